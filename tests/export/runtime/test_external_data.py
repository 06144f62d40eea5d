from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.errors import CheckFailedError
from export.runtime.external_data import CHILDREN, MOST_LEVELS, refuse_external_data
from export.runtime.ort_session import create_session
from export.runtime.protobuf import fields
from export.runtime.seal import seal
from export.runtime.session import Classifier
from export.runtime.verify import verify_bundle
from tests.export.runtime.external_graphs import PLACES, external, graph_with_a_tensor_at, split_weights
from tests.export.runtime.tiny_bundle import colour_picture, make_graph, rehash

onnx = pytest.importorskip("onnx")
DecodeError = pytest.importorskip("google.protobuf.message").DecodeError

ELSEWHERE = "m: expected every weight inside the graph's own file"
MALFORMED = [
    b"no graph at all",
    bytes(300),
    b"\x3a\x05ab",  # a length beyond the end
    b"\x08" + b"\xff" * 10,  # a number without an end
    b"\x3b\x3c",  # a group
    b"\x3c",
    b"\x3f\x00",  # a wire type that there is not
    b"\x02\x00",  # field 0
    b"\xba\x80\x80\x80\x80\x01\x00",  # a key of more than 32 bits, whose lowest say field 7
    b"\x09\x00",  # eight bytes that are one
    b"\x08" + b"\xff" * 9 + b"\x02",  # a number of more than 64 bits
]


@pytest.mark.parametrize("way", [".", "absolute"])
def test_a_file_beside_the_graph_is_not_loaded_where_the_bundle_is_the_working_directory(
    manifest_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
):
    folder = manifest_path.parent
    graph, weights = split_weights(make_graph())
    (folder / "w.bin").write_bytes(weights)
    rehash(folder, "fp32.onnx", graph)
    seal(folder)
    monkeypatch.chdir(folder)
    onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])  # ONNX Runtime itself finds the file
    path = Path() if way == "." else folder
    for call in (lambda: verify_bundle(path), lambda: Classifier.open(path).classify([colour_picture(2)])):
        with pytest.raises(CheckFailedError, match=r"fp32\.onnx: expected every weight inside the graph's own file"):
            call()


@pytest.mark.parametrize("place", PLACES)
def test_external_data_is_refused_wherever_a_tensor_may_be(place: str):
    refuse_external_data(graph_with_a_tensor_at(place, onnx.TensorProto()), "m")
    for tensor in external():
        with pytest.raises(CheckFailedError, match=ELSEWHERE):
            refuse_external_data(graph_with_a_tensor_at(place, tensor), "m")


def test_every_way_to_a_tensor_is_walked():
    """Compare the table with onnx.proto itself, as the installed onnx has it."""
    names = {
        "model": "ModelProto", "training": "TrainingInfoProto", "graph": "GraphProto", "function": "FunctionProto",
        "node": "NodeProto", "attribute": "AttributeProto", "sparse": "SparseTensorProto", "tensor": "TensorProto",
    }  # fmt: skip
    short = {name: kind for kind, name in names.items()}

    def leads_to_a_tensor(message: object, seen: tuple[str, ...] = ()) -> bool:
        if message.name == "TensorProto":
            return True
        below = [field.message_type for field in message.fields if field.message_type]
        return message.name not in seen and any(leads_to_a_tensor(item, (*seen, message.name)) for item in below)

    for kind, name in names.items():
        fields = getattr(onnx, name).DESCRIPTOR.fields if name != "TensorProto" else []
        wanted = {
            field.number: short[field.message_type.name]
            for field in fields
            if field.message_type and leads_to_a_tensor(field.message_type)
        }
        assert CHILDREN.get(kind, {}) == wanted, name
    assert onnx.TensorProto.DESCRIPTOR.fields_by_name["external_data"].number == 13
    assert onnx.TensorProto.DESCRIPTOR.fields_by_name["data_location"].number == 14


def nested(levels: int) -> bytes:
    """Return a graph in an attribute of a node of a graph, and so on."""
    model = onnx.ModelProto()
    graph = model.graph
    for _ in range(levels):
        graph = graph.node.add().attribute.add().g
    return model.SerializeToString()


def test_depth_is_bounded():
    refuse_external_data(nested(MOST_LEVELS // 3 - 1), "m")
    for levels in (MOST_LEVELS // 3 + 1, 2000):
        with pytest.raises(CheckFailedError, match="m: expected an ONNX file of at most 100 levels, it is nested"):
            refuse_external_data(deep(levels), "m")


def deep(levels: int) -> bytes:
    """As `nested`, but written from the inside, for protobuf refuses such depth itself."""

    def field(number: int, data: bytes) -> bytes:
        size, out = len(data), bytes([number << 3 | 2])
        while size > 127:
            out, size = out + bytes([size & 127 | 128]), size >> 7
        return out + bytes([size]) + data

    graph = b""
    for _ in range(levels):
        graph = field(1, field(5, field(6, graph)))
    return field(7, graph)


@pytest.mark.parametrize("data", MALFORMED)
def test_what_is_no_protobuf_is_refused(data: bytes):
    with pytest.raises(CheckFailedError, match="m: expected an ONNX file, but it cannot be read as one"):
        refuse_external_data(data, "m")


def test_a_place_that_is_written_twice_or_at_length_is_found():
    """Protobuf takes the last of two values, and numbers in more bytes than they need."""
    tensor = b"\x70\x01\x70\x00"
    model = onnx.ModelProto()
    model.graph.initializer.add().MergeFromString(b"\x70\x81\x80\x00")
    assert model.graph.initializer[0].data_location == onnx.TensorProto.EXTERNAL
    for data in (tensor, b"\xf0\x00\x01", b"\x70\x81\x80\x00", b"\x72\x01\x01", b"\xea\x00\x00"):
        inside = b"\x2a" + bytes([len(data)]) + data
        with pytest.raises(CheckFailedError, match=ELSEWHERE):
            refuse_external_data(b"\x3a" + bytes([len(inside)]) + inside, "m")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(data=st.data())
def test_any_bytes_are_accepted_or_refused(data: st.DataObject):
    graph = bytearray(split_weights(make_graph())[0])
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(graph) - 1))
        graph[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        refuse_external_data(bytes(graph), "m")
    except CheckFailedError:
        return
    model = onnx.ModelProto()
    try:
        model.ParseFromString(bytes(graph))
    except DecodeError:  # where protobuf finds more fault than we do
        return
    assert not [item for item in model.graph.initializer if item.data_location or item.external_data]


def test_a_good_graph_is_walked_without_a_look_at_its_weights(monkeypatch: pytest.MonkeyPatch):
    model = onnx.load_model_from_string(make_graph())
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(4_000_000, np.float32), "large"))
    data = model.SerializeToString()
    monkeypatch.setattr(
        "export.runtime.external_data.fields", lambda view: seen.append(len(view)) or list(fields(view))
    )
    seen: list[int] = []
    refuse_external_data(data, "m")
    assert len(seen) < 100
    assert sum(length < 16_000_000 for length in seen) == len(seen) - 3  # the model, its graph and the tensor


def test_a_graph_in_onnx_runtimes_own_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "m.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(make_graph(), options, providers=["CPUExecutionProvider"])
    data = (tmp_path / "m.ort").read_bytes()
    onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])  # which it would open without being told
    for check in (refuse_external_data, lambda *_: None):
        monkeypatch.setattr("export.runtime.ort_session.refuse_external_data", check)
        with pytest.raises(CheckFailedError, match="m: "):
            create_session(data, "m", 1, "cpu")
