"""The difficulty dial: which distributions a single number between 0 and 1 stands for."""

from typing import NamedTuple


class Step(NamedTuple):
    """Say what one distribution is at the ends of the dial; between them it moves in a straight line."""

    easy: float
    hard: float
    meaning: str

    def at(self, difficulty: float) -> float:
        """Return the value at a difficulty of 0 to 1."""
        return self.easy + (self.hard - self.easy) * difficulty


STEPS: dict[str, Step] = {
    "night_odds": Step(0.0, 0.55, "share of drives at night"),
    "dusk_odds": Step(0.0, 0.25, "share of drives at dusk"),
    "fog_odds": Step(0.0, 0.30, "share of drives in fog"),
    "falling_odds": Step(0.0, 0.45, "share of drives in rain or snowfall"),
    "clear_odds": Step(0.65, 0.05, "share of drives under a clear sky; the rest is overcast"),
    "winding_odds": Step(0.0, 0.5, "share of drives on winding roads; the others are straight or nearly so"),
    "cars": Step(0.0, 0.8, "largest density of other cars; each drive draws evenly from 0 up to it"),
    "lens_dirt": Step(0.0, 1.0, "largest amount of dirt on the lens; each drive draws evenly from 0 up to it"),
    "stray_light": Step(0.0, 0.25, "largest extra stray light in the lens (lower contrast)"),
    "noise_factor": Step(0.6, 2.0, "factor of the sensor noise"),
    "blur_px": Step(0.0, 1.0, "largest extra lens blur, px at 500 px width"),
    "ambiguity": Step(
        0.0,
        1.0,
        "road state: 0 pale dry asphalt, streaming water, closed snow; "
        "1 dark dry asphalt with damp patches, thin film, thin dirty snow",
    ),
}
"""Every distribution that the dial moves."""
