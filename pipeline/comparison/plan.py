"""Hold what a comparison is about, and where its networks stand."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.comparison.config import CompareConfig
from pipeline.comparison.entries import Entry
from pipeline.comparison.networks import Network, Surroundings, network_of


@dataclass(frozen=True)
class Comparison:
    """Hold what a comparison is about."""

    config: CompareConfig
    entries: tuple[Entry, ...]
    split_path: Path
    out: Path
    around: Surroundings

    def networks(self, seed: int) -> list[Network]:
        """Return a seed's networks."""
        return [network_of(self.out, entry, seed) for entry in self.entries]

    def all_networks(self) -> list[Network]:
        """Return every network, all entries of the first seed before those of the second."""
        return [network for seed in self.config.seeds for network in self.networks(seed)]
