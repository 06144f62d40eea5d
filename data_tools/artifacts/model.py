"""Define the artifact: a frozen pydantic record with a schema version and its parents' sha256."""

import json
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import CheckFailedError, InputError
from data_tools.validation import describe

SHA256_PATTERN = r"^[0-9a-f]{64}$"


class Record(BaseModel):
    """A frozen value object that rejects unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Parent(Record):
    """Name an artifact that this one was made from."""

    role: str
    path: str = Field(description="where the parent's JSON stood, relative to this artifact's folder")
    sha256: str = Field(pattern=SHA256_PATTERN)


class FileRef(Record):
    """Name a payload file beside an artifact."""

    path: str = Field(description="relative to the artifact's folder, with forward slashes")
    sha256: str = Field(pattern=SHA256_PATTERN)
    size_bytes: int = Field(ge=0)


class Artifact(Record):
    """Hold what every artifact has; subclasses add `kind: Literal[...]` and their own fields."""

    kind: str
    schema_version: int
    producer: str = Field(description="program and version that wrote it, such as 'roadgrip 0.1.0'")
    parents: tuple[Parent, ...]

    def payload(self) -> tuple[FileRef, ...]:
        """Return the payload files that belong to this artifact."""
        return tuple(value for value in self.__dict__.values() if isinstance(value, FileRef))


ArtifactT = TypeVar("ArtifactT", bound=Artifact)


def file_ref(path: Path, folder: Path) -> FileRef:
    """Describe a payload file relative to its artifact's folder."""
    return FileRef(
        path=PurePosixPath(path.relative_to(folder)).as_posix(),
        sha256=sha256_file(path),
        size_bytes=path.stat().st_size,
    )


def parent(role: str, artifact_path: Path, folder: Path) -> Parent:
    """Describe a parent artifact as seen from the folder that the child is written to."""
    relative = Path(_relative(artifact_path.resolve(), folder.resolve()))
    return Parent(role=role, path=relative.as_posix(), sha256=sha256_file(artifact_path))


def _relative(path: Path, start: Path) -> str:
    """Return `path` relative to `start`, going up where needed."""
    common = 0
    for ours, theirs in zip(path.parts, start.parts, strict=False):
        if ours != theirs:
            break
        common += 1
    return str(Path(*[".."] * (len(start.parts) - common), *path.parts[common:]))


def save_artifact(artifact: Artifact, path: Path) -> Path:
    """Write an artifact as indented JSON, atomically, and return its path."""
    write_text(path, artifact.model_dump_json(indent=2) + "\n")
    return path


def load_artifact(cls: type[ArtifactT], path: Path) -> ArtifactT:
    """Read and validate an artifact.

    Raises:
        InputError: The file is missing, is not JSON, or does not fit the class; the message names the file,
            the key's full path, what was expected and what came.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{path}: expected a {cls.__name__}'s JSON file; it does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as a {cls.__name__} ({error.__class__.__name__})") from error
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: expected JSON, but it breaks off at line {error.lineno}") from error
    except (ValueError, RecursionError) as error:  # a number of 4,301 digits, or brackets a thousand deep
        raise InputError(f"{path}: expected JSON, but it cannot be parsed") from error
    if isinstance(value, dict) and "kind" not in value:
        raise InputError(f"{path}: expected a {cls.__name__}'s JSON file, but it has no kind; is it another file?")
    try:
        return cls.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise InputError(f"{path}: {describe(error, cls)}") from error


def check_payload(artifact: Artifact, folder: Path) -> None:
    """Compare every payload file with its recorded sha256.

    Raises:
        CheckFailedError: A file is missing or was changed.
    """
    for ref in artifact.payload():
        path = folder / ref.path
        if not path.is_file():
            raise CheckFailedError(f"{path}: missing, although {artifact.kind} lists it; make it anew")
        found = sha256_file(path)
        if found != ref.sha256:
            raise CheckFailedError(
                f"{path}: changed after it was written (expected sha256 {ref.sha256[:12]}…, found {found[:12]}…)"
            )
