"""List the conditions that pictures are classified under."""

from dataclasses import dataclass

from benchmarks.robustness.config import RobustnessConfig
from data_tools.images.decode import Picture
from data_tools.perturbations import perturb

CLEAN = "clean"


@dataclass(frozen=True)
class Condition:
    """Name a perturbation, its severity, and how often it is drawn; severity 0 stands for the clean picture."""

    perturbation: str
    severity: float
    runs: int

    def apply(self, picture: Picture, image_id: str, run: int) -> Picture:
        """Disturb a picture at model size; the draw depends on the picture's name, this condition and the run."""
        if self.severity == 0:
            return picture
        return perturb(picture, image_id, self.perturbation, self.severity, run)


def conditions(config: RobustnessConfig) -> tuple[Condition, ...]:
    """Return the clean condition, which needs one run, and every perturbation at every severity."""
    return (
        Condition(CLEAN, 0.0, 1),
        *(Condition(grid.name, severity, config.runs) for grid in config.perturbations for severity in grid.severities),
    )
