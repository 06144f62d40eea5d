"""Mean light on a scene, by which the camera meters."""

from data_tools.synth.daylight import mean_light
from data_tools.synth.lamps import mean_beam
from data_tools.synth.scene import Scene


def metered_light(scene: Scene) -> float:
    """Return the mean light that falls on a scene (irradiance over pi)."""
    return mean_light(scene.daylight) + (mean_beam(scene.lamps) if scene.lamps else 0.0)
