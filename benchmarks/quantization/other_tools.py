"""Compare our quantisation with ONNX Runtime's, NNCF's and ModelOpt's, all on the same pictures.

    python -m benchmarks.quantization.other_tools onnx.json split.json --out other_tools.json

No recipe leaves single layers in float by name; groups of layers do where a row says so. Pictures of the calibration
part decide ranges; they and pictures of the validation part judge, as in the search. The test part is not read. NNCF,
OpenVINO (for timing) and ModelOpt are used where they are installed; a row says so where they are not. ModelOpt brings
an ONNX Runtime of its own, so let it write its graphs in an environment of its own, and judge them beside the others:

    python -m benchmarks.quantization.other_tools onnx.json split.json --only ModelOpt --save graphs
    python -m benchmarks.quantization.other_tools onnx.json split.json --made graphs
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx

from benchmarks.host import fingerprint
from benchmarks.quantization import modelopt_methods, nncf_presets, onnx_runtime, own_recipes
from benchmarks.quantization.candidates import Candidate, Subject
from benchmarks.quantization.openvino_latency import openvino_latencies_ms
from benchmarks.quantization.table import Row, as_markdown
from data_tools.artifacts.atomic import write_bytes, write_text
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import CheckFailedError, InputError, RoadgripError
from data_tools.split.artifact import open_split
from data_tools.split.origin import warn_of_other_split
from export.artifact import OnnxArtifact
from export.config import QuantizeConfig
from export.engine.graph_check import find_faults
from export.inference import labels_of, load_batch, part_of
from export.quantize.batch import free_batch
from export.quantize.pictures import choose
from export.quantize.quantizer import Quantizer
from export.quantize.scoring import Scorer
from export.quantize.timing import median_latencies_ms
from export.quantize.work import int8_share

ROUNDS = 100


class _Made(NamedTuple):
    """Hold a row and its graph, if the tool gave one."""

    row: Row
    graph: onnx.ModelProto | None


def all_candidates() -> list[Candidate]:
    """Return every way of quantising, tool by tool."""
    sources = (own_recipes, onnx_runtime, nncf_presets, modelopt_methods)
    return [candidate for source in sources for candidate in source.candidates()]


def load_subject(onnx_path: Path, split_path: Path) -> Subject:
    """Open an exported graph with the pictures that calibrate and judge, as the quantise stage chooses them.

    Raises:
        InputError: An input is missing or malformed, the calibration part is empty, or graph and split differ in
            classes.
        CheckFailedError: The graph was changed after it was written.
    """
    source = load_artifact(OnnxArtifact, onnx_path)
    check_payload(source, onnx_path.parent)
    warn_of_other_split(source.parents, split_path)
    config, split = QuantizeConfig(), open_split(split_path)
    part = part_of(split, "calibration", source.classes, split_path)
    calibration = choose(part, config.max_calibration_pictures)
    judging = [*calibration, *choose(split.samples["val"], config.max_validation_pictures)]
    model, _ = free_batch(onnx.load(str(onnx_path.parent / source.graph.path)))
    pictures = load_batch(judging, source.preprocessing)
    return Subject(
        model,
        Quantizer(model, pictures[: len(calibration)]),
        Scorer(model, pictures, labels_of(judging), "calibration and val"),
    )


def try_candidate(candidate: Candidate, subject: Subject) -> _Made:
    """Quantise and judge; a tool that is not installed or refuses gives a row that says so."""
    row = Row(tool=candidate.tool, setting=candidate.setting)
    try:
        graph = candidate.make(subject)
        score = subject.scorer.score(graph, candidate.setting)
    except ModuleNotFoundError as error:
        return _Made(row.model_copy(update={"note": f"not installed: {error.name}"}), None)
    except (CheckFailedError, ValueError) as error:
        return _Made(row.model_copy(update={"note": f"refused: {' '.join(str(error).split())[:160]}"}), None)
    faults = Counter(item.rule for item in find_faults(graph) if item.level == "fault")
    found = {
        "score": score,
        "int8_share": int8_share(graph, subject.quantizer.work),
        "size_bytes": graph.ByteSize(),
        "faults": tuple(f"{count} {rule}" for rule, count in faults.most_common()),
    }
    return _Made(row.model_copy(update=found), graph)


def timed(made: Sequence[_Made], subject: Subject, picture: npt.NDArray[np.uint8], rounds: int) -> list[Row]:
    """Return the rows with their latencies over fp32's; two rows of fp32 come first, the second as a check."""
    fp32 = subject.quantizer.fp32()
    graphs = {
        index + 2: item.graph.SerializeToString()
        for index, item in enumerate(made)
        if item.graph is not None and not _has_half(item.graph)
    }
    graphs = {0: fp32, 1: fp32, **graphs}
    score = subject.scorer.score(subject.model, "fp32")
    rows = [Row(tool="fp32", setting=name, score=score, size_bytes=len(fp32)) for name in ("", "again")]
    rows += [item.row for item in made]
    engines = {"onnxruntime_ratio": median_latencies_ms(list(graphs.values()), picture, rounds)}
    if find_spec("openvino"):
        engines["openvino_ratio"] = openvino_latencies_ms(list(graphs.values()), picture, rounds)
    for field, latencies_ms in engines.items():
        for position, latency_ms in zip(graphs, latencies_ms, strict=True):
            rows[position] = rows[position].model_copy(update={field: latency_ms / latencies_ms[0]})
    return rows


def _has_half(graph: onnx.ModelProto) -> bool:
    """Tell whether a graph computes in float16."""
    return any(item.data_type == onnx.TensorProto.FLOAT16 for item in graph.graph.initializer)


def matching(candidates: Sequence[Candidate], pattern: str) -> list[Candidate]:
    """Return the candidates whose "tool: setting" has a regular expression.

    Raises:
        InputError: It is none, or no candidate has it.
    """
    try:
        found = [item for item in candidates if re.search(pattern, f"{item.tool}: {item.setting}")]
    except re.error as error:
        raise InputError(f"--only: expected a regular expression, got {pattern!r} ({error})") from error
    if not found:
        raise InputError(f"--only: expected part of a row's 'tool: setting', got {pattern!r}, which none has")
    return found


def with_made(candidates: Sequence[Candidate], folder: Path | None) -> list[Candidate]:
    """Take graphs that `--save` left in a folder in place of making them."""
    files = {} if folder is None else {path.name: path for path in folder.glob("*.onnx")}
    return [
        item._replace(make=partial(_read, files[file_name(item)])) if file_name(item) in files else item
        for item in candidates
    ]


def file_name(candidate: Candidate) -> str:
    """Return what a candidate's graph is called in a folder."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", f"{candidate.tool} {candidate.setting}") + ".onnx"


def _read(path: Path, _: Subject) -> onnx.ModelProto:
    """Read a graph that was made before."""
    return onnx.load(str(path))


def measure(subject: Subject, candidates: Sequence[Candidate], rounds: int, save: Path | None = None) -> list[Row]:
    """Try candidates on one graph, and keep their graphs where a folder is named."""
    made = []
    for candidate in candidates:
        made.append(try_candidate(candidate, subject))
        row, graph = made[-1]
        sys.stderr.write(as_markdown([row]).splitlines()[-1] + "\n")
        if save is not None and graph is not None:
            write_bytes(save / file_name(candidate), graph.SerializeToString(deterministic=True))
    return timed(made, subject, subject.quantizer.pictures[:1], rounds)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=Path, help="onnx.json of the export stage")
    parser.add_argument("split", type=Path, help="split.json")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"timed runs of each graph [{ROUNDS}]")
    parser.add_argument("--only", default="", help="rows alone whose 'tool: setting' has this regular expression")
    parser.add_argument("--save", type=Path, help="also write the graphs into this folder")
    parser.add_argument("--made", type=Path, help="take graphs from a folder that --save wrote, where it has them")
    parser.add_argument("--out", type=Path, help="also write the rows as JSON")
    options = parser.parse_args(arguments)
    try:
        chosen = matching(all_candidates(), options.only)
        subject = load_subject(options.onnx, options.split)
        rows = measure(subject, with_made(chosen, options.made), options.rounds, options.save)
    except RoadgripError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    print(as_markdown(rows))
    if options.out is not None:
        value = {
            "host": fingerprint().model_dump(mode="json"),
            "rows": [row.model_dump(mode="json") for row in rows],
        }
        write_text(options.out, json.dumps(value, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
