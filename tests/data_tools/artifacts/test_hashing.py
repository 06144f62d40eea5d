"""Digests against hashlib."""

import hashlib
import json
from pathlib import Path

import pytest

from data_tools.artifacts.hashing import sha256_bytes, sha256_file, sha256_json


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (2 << 20) + 3])
def test_file_digest_at_chunk_borders(size: int, tmp_path: Path):
    data = bytes(i % 251 for i in range(1000)) * (size // 1000 + 1)
    path = tmp_path / "f"
    path.write_bytes(data[:size])
    assert sha256_file(path) == sha256_bytes(data[:size]) == hashlib.sha256(data[:size]).hexdigest()


def test_known_digest():
    assert sha256_bytes(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_json_digest_ignores_key_order_and_nothing_else():
    assert sha256_json({"a": 1, "b": [1, 2]}) == sha256_json(json.loads('{"b": [1, 2],   "a": 1}'))
    values = [{"a": 1}, {"a": "1"}, {"a": 1.5}, {"a": None}, {"b": 1}, [["a", 1]], {"a": [1]}, {}]
    assert len({sha256_json(value) for value in values}) == len(values)
    assert sha256_json([1, 2]) != sha256_json([2, 1])
