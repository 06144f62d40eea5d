"""Named campaigns."""

from data_tools.errors import InputError
from data_tools.synth.config import PictureCounts, SynthConfig
from data_tools.validation import closest

PRESETS: dict[str, SynthConfig] = {
    "demo": SynthConfig(),
    "paper": SynthConfig(pictures_per_class=PictureCounts(dry=460, wet=460, snow=977)),
}
"""`demo`: 14 drives of 10 frames per condition; `paper`: the paper's counts, drives of 10 frames, at 400x500."""


def preset(name: str) -> SynthConfig:
    """Return a named campaign.

    Raises:
        InputError: No preset has this name.

    Examples:
        >>> preset("paper").pictures_per_class.snow
        977
    """
    if name not in PRESETS:
        raise InputError(f"preset {name!r}: expected a known preset; {closest(name, sorted(PRESETS))}")
    return PRESETS[name]
