"""Test that C++ refuses weights in another file where Python does."""

import random
import re
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError
from export.runtime.external_data import MOST_LEVELS, refuse_external_data
from tests.export.runtime.external_graphs import PLACES, external, graph_with_a_tensor_at, split_weights
from tests.export.runtime.test_external_data import MALFORMED, deep
from tests.export.runtime.tiny_bundle import make_graph
from tests.export.runtime_cpp.test_reader import run

onnx = pytest.importorskip("onnx")

ELSEWHERE = "expected every weight inside the graph's own file"


def verdicts(reader: Path, folder: Path, graphs: list[bytes]) -> list[str]:
    paths = [folder / f"{i}.onnx" for i in range(len(graphs))]
    for path, graph in zip(paths, graphs, strict=True):
        path.write_bytes(graph)
    lines = run(reader, "graph", "-", *paths)
    return [line.removeprefix(f"refused: {path}: ") for path, line in zip(paths, lines, strict=True)]


def python_verdict(graph: bytes) -> str:
    try:
        refuse_external_data(graph, "m")
    except CheckFailedError as error:
        return str(error).removeprefix("m: ")
    return "whole"


def test_whole_graphs_are_taken(reader: Path, tmp_path: Path):
    graphs = [make_graph(), *(graph_with_a_tensor_at(place, onnx.TensorProto()) for place in PLACES)]
    assert verdicts(reader, tmp_path, graphs) == ["whole"] * len(graphs)


def test_external_data_is_refused_wherever_a_tensor_may_be(reader: Path, tmp_path: Path):
    graphs = [graph_with_a_tensor_at(place, tensor) for place in PLACES for tensor in external()]
    for line in verdicts(reader, tmp_path, [split_weights(make_graph())[0], *graphs]):
        assert line.startswith(ELSEWHERE)


def test_malformed_and_deep_files_are_refused_as_python_refuses_them(reader: Path, tmp_path: Path):
    graphs = [*MALFORMED, deep(MOST_LEVELS // 3 - 1), deep(MOST_LEVELS // 3 + 1), deep(2000)]
    lines = verdicts(reader, tmp_path, graphs)
    assert lines == [python_verdict(graph) for graph in graphs]
    assert lines[: len(MALFORMED)] == ["expected an ONNX file, but it cannot be read as one"] * len(MALFORMED)
    assert [bool(re.search("nested deeper", line)) for line in lines[-3:]] == [False, True, True]


def test_changed_bytes_have_pythons_verdict(reader: Path, tmp_path: Path):
    draw = random.Random(5)
    sources = [make_graph(), split_weights(make_graph())[0], graph_with_a_tensor_at("function", next(external()))]
    graphs = []
    for _ in range(600):
        graph = bytearray(draw.choice(sources))
        for _ in range(draw.randint(1, 3)):
            place = draw.randrange(len(graph))
            graph[place : place + draw.randint(0, 2)] = draw.randbytes(draw.randint(0, 2))
        graphs.append(bytes(graph))
    lines = verdicts(reader, tmp_path, graphs)
    assert lines == [python_verdict(graph) for graph in graphs]
    assert len(set(lines)) == 3
