"""Write every artifact of one run for the report's tests."""

from pathlib import Path

from pipeline.report.inputs import ReportInputs
from pipeline.training.artifact import WeightsOrigin
from tests.pipeline.report.synthetic_data import write_dataset, write_split
from tests.pipeline.report.synthetic_device import write_bundle, write_latency, write_robustness
from tests.pipeline.report.synthetic_network import write_checkpoint, write_evaluation, write_onnx, write_quantized

CLASSES = ("dry", "wet", "snow")
SOURCES = ("camera_a", "camera_b", "dashcam_north")
SCRATCH = WeightsOrigin(type="scratch", detail="ImageNet weights were not available offline", sha256=None)


def write_run(
    folder: Path,
    classes: tuple[str, ...] = CLASSES,
    sources: tuple[str, ...] = SOURCES,
    origin: WeightsOrigin = SCRATCH,
) -> ReportInputs:
    dataset = write_dataset(folder / "data", classes, sources)
    split = write_split(folder / "split", dataset, classes)
    checkpoint = write_checkpoint(folder / "training", split, classes, origin)
    onnx = write_onnx(folder / "onnx", checkpoint, split, classes)
    quantized = write_quantized(folder / "quantized", onnx, split, classes)
    bundle = write_bundle(folder / "bundle", onnx, quantized, (checkpoint, split), classes)
    return ReportInputs(
        dataset=dataset,
        split=split,
        checkpoint=checkpoint,
        evaluation=write_evaluation(folder / "evaluation", checkpoint, split, classes, sources),
        onnx=onnx,
        quantized=quantized,
        bundle=bundle,
        latency=write_latency(folder / "latency", bundle),
        robustness=write_robustness(folder / "robustness", bundle, split),
    )
