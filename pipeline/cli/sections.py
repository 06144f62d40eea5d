"""Read one section of a run configuration for a command that runs one stage."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from data_tools.artifacts.atomic import new_folder, remove_folder
from data_tools.errors import InputError
from data_tools.validation import closest
from pipeline.stages.config import RunConfig
from pipeline.stages.loading import Tree, apply_override, read_yaml, validate
from pipeline.stages.lock import locked

ModelT = TypeVar("ModelT", bound=BaseModel)


def section(name: str, cls: type[ModelT], config: Path | None, overrides: Sequence[str] | None) -> ModelT:
    """Return a section's configuration from a file (or the defaults) with overrides on top.

    Overrides are written as in `roadgrip run`: `train.epochs=3`.

    Raises:
        InputError: The file or an override is malformed, has an unknown section, or belongs to another section.
    """
    values = section_tree(name, config)
    tree: Tree = {name: values}
    for text in overrides or ():
        if not text.startswith(f"{name}."):
            raise InputError(f"--set {text}: expected a key of this command's section, {name}.…")
        apply_override(tree, text)
    return validate(values, cls, f"{config or 'defaults'}: {name}")


def section_tree(name: str, config: Path | None) -> Tree:
    """Return a section of a run configuration as read, empty when there is none.

    Raises:
        InputError: The file is malformed or has an unknown section.
    """
    tree: Tree = read_yaml(config) if config is not None else {}
    unknown = [key for key in tree if key not in RunConfig.model_fields]
    if unknown:
        raise InputError(
            f"{config}: {unknown[0]}: unknown key; {closest(str(unknown[0]), tuple(RunConfig.model_fields))}"
        )
    value = tree.get(name, {})
    if not isinstance(value, dict):
        raise InputError(f"{config}: {name}: expected a section, got {value!r}")
    return dict(value)


@contextmanager
def result_folder(out: Path, marker: str, overwrite: bool) -> Iterator[Path]:
    """Yield a folder that becomes `out` when the command succeeds.

    Args:
        out: The result folder.
        marker: File that tells an earlier result of the same command from a folder of the user's own.
        overwrite: Replace an earlier result.

    Raises:
        InputError: `out` holds something that may not be replaced, or cannot be written.
    """
    with ExitStack() as stack:
        try:
            _check_free(out, marker, overwrite)
            folder = stack.enter_context(new_folder(out))
        except OSError as error:
            raise InputError(f"{out}: cannot be written ({error.strerror}); choose another folder") from error
        yield folder


@contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """Yield the hidden folder beside a result that keeps unfinished work, for one process at a time.

    It goes when the result is in its place. After an error it stays only if it holds work that another try can use.

    Args:
        out: The result folder.

    Raises:
        InputError: Another process works on the same result, or the folder cannot be written.
    """
    folder = out.resolve().parent / f".{out.resolve().name}.partial"
    with locked(folder):
        try:
            yield folder
        except BaseException:
            if not _holds_files(folder):
                remove_folder(folder)
            raise
        remove_folder(folder)


@contextmanager
def shared_folder(out: Path) -> Iterator[None]:
    """Let one process at a time work in a result folder that later calls go on in.

    After an error a folder that was made now, and holds nothing, goes again.

    Raises:
        InputError: Another process works in it, or it cannot be written.
    """
    existed = out.exists()
    with locked(out):
        try:
            yield
        except BaseException:
            if not existed and not _holds_files(out):
                remove_folder(out)
            raise


def _holds_files(folder: Path) -> bool:
    """Tell whether a folder holds a file beside its lock, at any depth."""
    return any(path.is_file() and path.name != ".lock" for path in folder.rglob("*"))


def _check_free(out: Path, marker: str, overwrite: bool) -> None:
    """Raise unless a result may stand at `out`."""
    if out.resolve() == Path.cwd():
        raise InputError(f"{out}: is the current folder, which cannot be replaced; choose one below it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not overwrite:
            raise InputError(f"{out}: expected an empty or new folder; choose another one, or pass --overwrite")
        if not (out / marker).is_file():
            raise InputError(f"{out}: --overwrite replaces earlier results only, and this folder has no {marker}")
