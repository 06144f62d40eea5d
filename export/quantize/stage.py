"""Run the quantise stage: fp32 graph, checkpoint, split → int8 graphs and tables → quantized.json."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import onnx

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.model import check_payload, file_ref, load_artifact, parent, save_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.metrics.classification import classification_metrics
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample, open_split
from data_tools.split.origin import warn_of_other_split
from export.artifact import QUANTIZED_FILE_NAME, OnnxArtifact, QuantizedArtifact, QuantizedGraph
from export.config import BudgetConfig, QuantizeConfig
from export.engine.graph_check import check_model
from export.graph.batch import with_batch
from export.inference import labels_of, load_batch, part_of, run_graph
from export.metadata import lineage_of, write_metadata
from export.quantize.batch import free_batch
from export.quantize.budget import breaches
from export.quantize.degradation import degradation
from export.quantize.finetuning import check_checkpoint, prepare
from export.quantize.found import Found
from export.quantize.latency import write_latencies, write_plot
from export.quantize.pictures import choose
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Target
from export.quantize.scoring import Scorer
from export.quantize.search import Search
from export.quantize.tables import RECIPES_NAME, SENSITIVITY_NAME, write_recipes, write_sensitivity

_LOG = logging.getLogger("roadgrip")
_OPSET_OF_HALF_SCALES = 19


def graph_name(target: Target) -> str:
    """Return the file name of a target's graph."""
    return f"model.{target}.onnx"


class _Data(NamedTuple):
    """Hold the samples of each purpose; no picture serves two but those that calibrate, which judge as well."""

    train: tuple[Sample, ...]
    calibration: list[Sample]
    validation: list[Sample]
    test: tuple[Sample, ...]

    @property
    def judging(self) -> str:
        """Return the name of what judges recipes."""
        return "calibration and val" if self.validation else "calibration"


def run(
    config: QuantizeConfig,
    onnx_path: Path,
    checkpoint_path: Path,
    split_path: Path,
    out_dir: Path,
    *,
    progress: Progress = silent,
) -> Path:
    """Search a quantised graph for each target, write it with the table of recipes, and measure it on the test part.

    Pictures of the calibration part decide ranges; they and pictures of the validation part choose the recipe. Those of
    the train part fine-tune the network where no recipe will do (`quantize.finetune`). The test part is looked at once,
    at the end, and changes nothing but the record: what it says of the budget is warned about. A recipe that misses the
    budget is written all the same; whether to ship it is the bundle's decision.

    Args:
        config: Targets, budget, fine-tuning and sizes.
        onnx_path: onnx.json.
        checkpoint_path: checkpoint.json that the graph was exported from.
        split_path: split.json.
        out_dir: Where the graphs, recipes.csv, sensitivity.csv, timings.csv, recipes.png and quantized.json go.
        progress: Receives counts of pictures, recipes, layers, steps and rounds.

    Returns:
        The path of quantized.json.

    Raises:
        InputError: An input is missing or malformed, the calibration or test part is empty, graph and split differ in
            classes, the graph was exported from another checkpoint, int8-trt is wanted from a graph whose operator set
            is too old, or the network cannot be fine-tuned although that is always wanted.
        CheckFailedError: An input was changed after it was written, a picture of the test part is in another part
            too, or TensorRT would refuse the int8-trt graph.
    """
    source = load_artifact(OnnxArtifact, onnx_path)
    check_payload(source, onnx_path.parent)
    check_checkpoint(source, onnx_path, checkpoint_path)
    fp32_path = onnx_path.parent / source.graph.path
    model, batch = free_batch(onnx.load(str(fp32_path)))
    if "int8-trt" in config.targets:
        check_operator_set(model, fp32_path)
    warn_of_other_split(source.parents, split_path)
    data = _choose_data(config, source.classes, split_path)
    spec = source.preprocessing
    pictures = load_batch([*data.calibration, *data.validation], spec)
    quantizer = Quantizer(model, pictures[: len(data.calibration)], progress)
    scorer = Scorer(model, pictures, labels_of([*data.calibration, *data.validation]), data.judging)
    ranker = scorer.first(len(data.calibration), "calibration")
    finetuning = prepare(config.finetune, quantizer, source, checkpoint_path, data.train, progress=progress)
    search = Search(quantizer, scorer, ranker, config.budget, finetuning=finetuning, progress=progress)
    found = [search.run(target, config.steps) for target in dict.fromkeys(config.targets)]
    for item in found:
        _log(item)
        recipe = item.chosen.recipe
        graph = quantizer.quantize(recipe) if batch is None else with_batch(quantizer.quantize(recipe), batch)
        write_metadata(graph, source.classes, spec, lineage_of([onnx_path]))
        if recipe.target == "int8-trt":
            for advice in check_model(graph, graph_name(recipe.target)):
                _LOG.info("%s: %s", graph_name(recipe.target), advice)
        write_bytes(out_dir / graph_name(recipe.target), graph.SerializeToString(deterministic=True))
    write_recipes(out_dir / RECIPES_NAME, found)
    ranked = write_sensitivity(out_dir / SENSITIVITY_NAME, found)
    ratios = {}
    if config.timing_rounds:
        ratios = write_latencies(
            out_dir, found, quantizer, pictures[:1], rounds=config.timing_rounds, progress=progress
        )
    write_plot(out_dir, found, config.budget, ratios)
    artifact = QuantizedArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(
            parent("onnx", onnx_path, out_dir),
            parent("checkpoint", checkpoint_path, out_dir),
            parent("split", split_path, out_dir),
        ),
        classes=source.classes,
        preprocessing=spec,
        graphs=_recheck(source, fp32_path, out_dir, found, quantizer=quantizer, test=data.test, budget=config.budget),
        budget=config.budget,
        recipes=file_ref(out_dir / RECIPES_NAME, out_dir),
        sensitivity=file_ref(out_dir / SENSITIVITY_NAME, out_dir) if ranked else None,
        calibration_pictures=len(data.calibration),
        validation_pictures=len(data.validation),
    )
    return save_artifact(artifact, out_dir / QUANTIZED_FILE_NAME)


def check_operator_set(model: onnx.ModelProto, path: Path) -> None:
    """Refuse a graph whose operator set has no float16 scales.

    Raises:
        InputError: It is older than 19.
    """
    opset = max((item.version for item in model.opset_import if item.domain in {"", "ai.onnx"}), default=1)
    if opset < _OPSET_OF_HALF_SCALES:
        raise InputError(
            f"{path}: int8-trt needs operator set {_OPSET_OF_HALF_SCALES} or newer, for float16 scales, got {opset}; "
            f"set export.opset to {_OPSET_OF_HALF_SCALES} and export again, or set quantize.targets to [int8]"
        )


def check_apart(chosen: Sequence[Sample], test: Sequence[Sample], split_path: Path) -> None:
    """Refuse pictures that tune or choose a recipe and are in the test part too, by name or by file.

    Raises:
        CheckFailedError: There is one; the message names the first.
    """
    names, files = {sample.image_id for sample in test}, {sample.file for sample in test}
    shared = [sample.image_id for sample in chosen if sample.image_id in names or sample.file in files]
    if shared:
        raise CheckFailedError(
            f"{split_path}: expected no picture of the test part among those that make the int8 graphs, got "
            f"{len(shared)}, such as {shared[0]}; split the data set again"
        )


def _choose_data(config: QuantizeConfig, classes: tuple[str, ...], split_path: Path) -> _Data:
    """Open the split and choose who calibrates, who judges, and who is looked at in the end."""
    split = open_split(split_path)
    calibration = choose(part_of(split, "calibration", classes, split_path), config.max_calibration_pictures)
    validation = choose(split.samples["val"], config.max_validation_pictures)
    test = part_of(split, "test", classes, split_path)
    train = split.samples["train"]
    check_apart([*train, *calibration, *validation], test, split_path)
    if not validation:
        _LOG.warning(
            "%s: no validation pictures; int8 recipes are judged on the pictures that calibrate them", split_path
        )
    return _Data(train, calibration, validation, test)


def _log(found: Found) -> None:
    """Say what was chosen and why, and warn when the budget is missed."""
    target = found.chosen.recipe.target
    _LOG.info("%s: %s: %s", target, found.chosen.recipe.label, found.reason)
    if found.chosen.breaches:
        _LOG.warning("%s: misses the budget: %s", target, "; ".join(found.chosen.breaches))


def _recheck(
    source: OnnxArtifact,
    fp32_path: Path,
    folder: Path,
    found: Sequence[Found],
    *,
    quantizer: Quantizer,
    test: tuple[Sample, ...],
    budget: BudgetConfig,
) -> tuple[QuantizedGraph, ...]:
    """Measure the written graphs on the test part, once each."""
    labels = labels_of(test)
    before = run_graph(fp32_path, test, source.preprocessing).probabilities
    graphs = []
    for item in found:
        recipe, path = item.chosen.recipe, folder / graph_name(item.chosen.recipe.target)
        after = run_graph(path, test, source.preprocessing).probabilities
        change = degradation(before, after, labels, "test")
        missed = breaches(change, budget)
        if missed:
            _LOG.warning("%s: misses the budget on the test part: %s", recipe.target, "; ".join(missed))
        graphs.append(
            QuantizedGraph(
                name=recipe.target,
                graph=file_ref(path, folder),
                recipe=recipe,
                reason=item.reason,
                recipes_tried=len(item.tried),
                nodes_left_in_float=tuple(quantizer.left_in_float(recipe)),
                chosen_on=item.chosen.score.degradation,
                degradation=change,
                breaches_on_choice=item.chosen.breaches,
                breaches_on_test=missed,
                metrics=classification_metrics(after, labels, source.classes),
            )
        )
    return tuple(graphs)
