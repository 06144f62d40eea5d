"""Configure how training pictures are varied (torch-free, so that the command line can read it)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RoadAugmentation(_Strict):
    """Vary colour and geometry (the paper, appendix H.2)."""

    type: Literal["road"] = Field(default="road", description="colour jitter, rotation, perspective, mirroring")
    color_jitter: float = Field(
        default=0.3, ge=0, lt=1, description="brightness, contrast, saturation factors from 1 ± this"
    )
    rotation_deg: float = Field(default=10.0, ge=0, le=180, description="rotation, uniform in ± this, degrees")
    perspective: Probability = Field(default=0.5, description="torchvision's distortion scale")
    perspective_probability: Probability = Field(default=0.5, description="share of pictures with a perspective warp")
    horizontal_flip_probability: Probability = Field(default=0.5, description="share of mirrored pictures")


class CropFlipAugmentation(_Strict):
    """Pad with black, crop at random and mirror (the paper, appendix H.1, for 32×32 pictures)."""

    type: Literal["crop_flip"] = Field(default="crop_flip", description="random crop of the padded picture, mirroring")
    padding: int = Field(default=4, ge=0, le=1024, description="black border before the crop, px")
    horizontal_flip_probability: Probability = Field(default=0.5, description="share of mirrored pictures")


AugmentationConfig = RoadAugmentation | CropFlipAugmentation
