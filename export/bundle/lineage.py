"""Say what a bundle was made from, in the same bytes wherever it is made.

onnx.json and quantized.json lie between the checkpoint and the bundle, but are not named: they hold relative paths to
their parents, so that their sha256 depends on where they lie. The bundle names the graphs themselves, and beyond them
the checkpoint and the split.
"""

from collections.abc import Sequence
from pathlib import Path

from data_tools.artifacts.hashing import sha256_file, sha256_json
from data_tools.artifacts.lineage import ancestors
from data_tools.artifacts.model import Parent
from data_tools.artifacts.source_code import code_version
from data_tools.errors import CheckFailedError
from export.artifact import OnnxArtifact
from export.runtime.manifest import Ancestor
from pipeline.training.artifact import CheckpointArtifact

BETWEEN = frozenset({"onnx", "quantized"})
_CODE = ("data_tools", "pipeline/training", "export")


def checkpoint_of(source: OnnxArtifact, onnx_path: Path) -> Parent:
    """Return the checkpoint that the graphs were exported from, its path relative to onnx.json's folder.

    Raises:
        CheckFailedError: onnx.json does not name exactly one.
    """
    found = [item for item in source.parents if item.role == "checkpoint"]
    if len(found) != 1:
        raise CheckFailedError(f"{onnx_path}: expected one parent with the role checkpoint, got {len(found)}")
    return found[0]


def parents_of(checkpoint: Parent, onnx_path: Path, split_path: Path, out_dir: Path) -> tuple[Parent, ...]:
    """Name checkpoint and split, by relative paths within one run's folder and else by their files' names alone.

    Args:
        checkpoint: As onnx.json names it.
        onnx_path: onnx.json.
        split_path: split.json.
        out_dir: The bundle's folder.
    """
    place = (onnx_path.parent / checkpoint.path).resolve()
    return (
        Parent(role="checkpoint", path=_near(place, out_dir), sha256=checkpoint.sha256),
        Parent(role="split", path=_near(split_path.resolve(), out_dir), sha256=sha256_file(split_path)),
    )


def lineage_of_bundle(onnx_path: Path, split_path: Path, checkpoint: CheckpointArtifact | None) -> tuple[Ancestor, ...]:
    """Return all that the bundle descends from, each once: artifacts nearest first, then settings and source code.

    Args:
        onnx_path: onnx.json.
        split_path: split.json.
        checkpoint: The checkpoint's content, or None where it is not at hand.

    Raises:
        CheckFailedError: An ancestor was changed after what was made from it.
    """
    links = [link for path in (onnx_path, split_path) for link in ancestors(path)]
    for link in links:
        if link.state == "changed":
            raise CheckFailedError(f"{link.path}: changed after something was made from it; make that anew")
    named = {
        (link.kind, link.sha256): Ancestor(
            kind=link.kind, sha256=link.sha256, summary=f"{link.path.name} by {link.producer}"
        )
        for link in links
        if link.kind not in BETWEEN
    }
    settings = () if checkpoint is None else (_settings(checkpoint),)
    return (*named.values(), *settings, _code(_CODE))


def _near(path: Path, out_dir: Path) -> str:
    """Return the path as seen from the bundle, if both lie in one run's folder; else the file's name."""
    return f"../{path.parent.name}/{path.name}" if path.parent.parent == out_dir.resolve().parent else path.name


def _settings(checkpoint: CheckpointArtifact) -> Ancestor:
    """Name the training's configuration."""
    return Ancestor(
        kind="configuration", sha256=sha256_json(checkpoint.settings), summary="settings of the training, as JSON"
    )


def _code(places: Sequence[str]) -> Ancestor:
    """Name the source code."""
    digest = sha256_json({place: code_version(place) for place in places})
    return Ancestor(kind="code", sha256=digest, summary=f"source of {', '.join(places)} when the bundle was made")
