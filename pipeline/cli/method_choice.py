"""Exchange the training method of a configuration by its name alone."""

import json
from pathlib import Path

from data_tools.errors import InputError
from data_tools.validation import closest
from pipeline.cli.sections import section_tree
from pipeline.training.method_config import METHOD_CONFIGS

_SHARED = {"sigma", "sigma_from", "ramp_epochs", "radius"}
"""Keys that mean the same wherever they occur."""
_ATTACKS = {"fgsm", "pgd"}
_SHARED_BY_ATTACKS = {"epsilon", "clean_share"}


def method_override(name: str, config: Path | None) -> str:
    """Return the `--set` text that exchanges the method, keeping the settings that mean the same in both.

    Args:
        name: The new method.
        config: The run configuration whose method is exchanged; None: the defaults.

    Raises:
        InputError: The name is unknown, or the configuration is malformed.
    """
    if name not in METHOD_CONFIGS:
        raise InputError(f"--method {name}: unknown method; {closest(name, tuple(METHOD_CONFIGS))}")
    earlier = section_tree("train", config).get("method", {})
    if not isinstance(earlier, dict):
        raise InputError(f"{config}: train.method: expected a section, got {earlier!r}")
    shared = _SHARED | (_SHARED_BY_ATTACKS if {name, earlier.get("type")} <= _ATTACKS else set())
    shared |= set(earlier) if earlier.get("type", "robust") == name else set()
    known = METHOD_CONFIGS[name].model_fields
    kept = {key: value for key, value in earlier.items() if key in shared and key in known}
    return f"train.method={json.dumps({**kept, 'type': name})}"
