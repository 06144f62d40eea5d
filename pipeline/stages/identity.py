"""Compute the key of a stage: what would have to change for its result to change."""

from pydantic import BaseModel

from data_tools.artifacts.hashing import sha256_json
from data_tools.artifacts.source_code import code_version


def stage_key(
    name: str, config: BaseModel, parents: dict[str, str], code: tuple[str, ...], outside: dict[str, str]
) -> str:
    """Return the key of a stage.

    Args:
        name: The stage's name.
        config: Its configuration.
        parents: sha256 of every artifact it reads.
        code: Package folders whose source decides its result.
        outside: Fingerprints of what it reads from outside the run: pictures, a weight file, the host.
    """
    return sha256_json(
        {
            "stage": name,
            "config": config.model_dump(mode="json"),
            "parents": parents,
            "code": {folder: code_version(folder) for folder in code},
            "outside": outside,
        }
    )
