"""Options that restrict or force what a drive draws."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

TimeOfDay: TypeAlias = Literal["any", "day", "dusk", "night", "mixed"]
Weather: TypeAlias = Literal["any", "clear", "overcast", "rain", "snowfall", "fog", "mixed"]
Headlights: TypeAlias = Literal["auto", "on", "off"]
Curves: TypeAlias = Literal["any", "straight", "gentle", "winding"]


class SceneOptions(BaseModel):
    """Say what every drive of a campaign may look like; the defaults restrict nothing.

    An option that is set wins over what `difficulty` would choose for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    difficulty: float | None = Field(
        default=None, ge=0, le=1, description="0: clean day scenes; 1: night, fog, dirt, damp dry roads; none: no dial."
    )
    time_of_day: TimeOfDay = Field(default="any", description="any: day with some dusk; mixed: a third of each.")
    weather: Weather = Field(default="any", description="any: as the light and road draw it; mixed: a fifth of each.")
    headlights: Headlights = Field(default="auto", description="The own car's; auto: on at dusk and at night.")
    camera_height_m: tuple[float, float] | None = Field(
        default=None, description="Lowest and highest lens over the road; none: 1.1 to 1.9 m."
    )
    curves: Curves = Field(default="any", description="any: nearly straight; winding: radii down to 45 m, both ways.")
    cars: float | None = Field(
        default=None, ge=0, le=1, description="Density of other cars; none: now and then one ahead."
    )
    lens_dirt: float | None = Field(default=None, ge=0, le=1, description="Dirt on the lens; none: a clean lens.")

    @field_validator("camera_height_m")
    @classmethod
    def _sensible_height(cls, span: tuple[float, float] | None) -> tuple[float, float] | None:
        """Refuse a range that is upside down or no vehicle's."""
        if span is not None and not 0.3 <= span[0] <= span[1] <= 5.0:
            raise ValueError("expected 0.3 <= lowest <= highest <= 5.0 metres")
        return span

    def scene_options(self) -> "SceneOptions":
        """Return these options alone, without what a subclass adds."""
        return SceneOptions.model_validate({name: getattr(self, name) for name in SceneOptions.model_fields})


ANY_SCENE = SceneOptions()
"""Options that restrict nothing."""
