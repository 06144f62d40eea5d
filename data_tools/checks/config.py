"""Configure the checks: what happens to a picture with an issue, and from which value on it has one."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.images.decode import MAX_PIXELS, MIN_SIDE_PX

Action = Literal["quarantine", "report", "off"]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Say what happens to a picture with an issue: leave it out, keep and report it, or do not look for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action


class UnusableLimits(Section):
    """A file that gives no usable picture: always left out."""

    action: Literal["quarantine"] = "quarantine"


class TooLargeLimits(UnusableLimits):
    """Pictures that are refused before they are decoded."""

    max_pixels: int = Field(default=MAX_PIXELS, ge=MIN_SIDE_PX**2, le=MAX_PIXELS, description="height × width, px")


class TooSmallLimits(UnusableLimits):
    """Pictures with too few pixels to show a road."""

    min_side_px: int = Field(default=MIN_SIDE_PX, ge=MIN_SIDE_PX, le=4096, description="shorter side, px")


class OddAspectLimits(Section):
    """Panoramas and strips, which a resize to model size distorts."""

    action: Action = "report"
    max_ratio: float = Field(default=3.0, ge=1, description="longer side / shorter side")


class GrayscaleLimits(Section):
    """Pictures without colour."""

    action: Action = "report"
    max_chroma: Fraction = Field(default=0.001, description="mean of largest minus smallest channel, 0..1")


class OrientationTagLimits(Section):
    """Pictures that are stored turned or mirrored."""

    action: Action = "report"


class DarkLimits(Section):
    """Pictures in which next to nothing is lit."""

    action: Action = "report"
    min_mean_plus_std: Fraction = Field(default=0.2, description="mean luma plus its standard deviation, 0..1")


class BrightLimits(Section):
    """Burnt-out pictures: white all over, or bright with most grey levels gone."""

    action: Action = "report"
    max_brightness: Fraction = Field(default=0.87, description="mean luma, 0..1")
    bright_from: Fraction = Field(default=0.75, description="mean luma, 0..1, from which few grey levels count")
    min_entropy_bits: float = Field(default=5.2, ge=0, le=8, description="of the luma histogram, bits")


class BlurredLimits(Section):
    """Pictures without fine detail in at least one direction."""

    action: Action = "report"
    min_sharpness: float = Field(default=0.35, ge=0, le=2, description="gradient ratio; a smooth ramp has 0.25")


class LowInformationLimits(Section):
    """Near-uniform pictures: a covered lens, a lost signal, a blank wall."""

    action: Action = "quarantine"
    min_contrast: Fraction = Field(default=0.01, description="standard deviation of luma, 0..1")
    min_entropy_bits: float = Field(default=1.5, ge=0, le=8, description="of the luma histogram, bits")
    noise_sharpness: float = Field(default=0.95, ge=0, le=2, description="gradient ratio from which detail is noise")
    noise_max_contrast: Fraction = Field(
        default=0.07, description="standard deviation of luma up to which it is looked at"
    )


class ExactDuplicateLimits(Section):
    """Further copies of the same bytes."""

    action: Action = "quarantine"


class NearDuplicateLimits(Section):
    """Later pictures of the same shot."""

    action: Action = "report"


class LabelConflictLimits(Section):
    """One picture under two labels."""

    action: Action = "quarantine"
    near_action: Action = Field(default="report", description="for near duplicates, which need not be the same moment")


class LabelErrorLimits(Section):
    """Labels that a model trained on the other pictures contradicts."""

    action: Literal["report", "off"] = "report"


class ChecksConfig(BaseModel):
    """Hold one section for each issue type, in the order in which they are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unreadable: UnusableLimits = UnusableLimits()
    truncated: UnusableLimits = UnusableLimits()
    too_large: TooLargeLimits = TooLargeLimits()
    too_small: TooSmallLimits = TooSmallLimits()
    low_information: LowInformationLimits = LowInformationLimits()
    dark: DarkLimits = DarkLimits()
    bright: BrightLimits = BrightLimits()
    blurred: BlurredLimits = BlurredLimits()
    grayscale: GrayscaleLimits = GrayscaleLimits()
    odd_aspect: OddAspectLimits = OddAspectLimits()
    orientation_tag: OrientationTagLimits = OrientationTagLimits()
    exact_duplicate: ExactDuplicateLimits = ExactDuplicateLimits()
    near_duplicate: NearDuplicateLimits = NearDuplicateLimits()
    label_conflict: LabelConflictLimits = LabelConflictLimits()
    label_error: LabelErrorLimits = LabelErrorLimits()

    def actions(self) -> dict[str, Action]:
        """Return each issue type's action, in order."""
        return {name: section.action for name, section in self if isinstance(section, Section)}
