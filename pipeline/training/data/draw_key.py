"""Name the draws of one picture."""

from data_tools.randomness import Key


def draw_key(purpose: str, seed: int, epoch: int, image_id: str, repeat: int) -> tuple[Key, ...]:
    """Return the key of a picture's draws.

    Args:
        purpose: What they are for.
        seed: The training's seed.
        epoch: 0-based epoch.
        image_id: The picture's path in its data set.
        repeat: How often it was drawn before in this epoch; the first draw's key does not contain it.
    """
    first: tuple[Key, ...] = (purpose, seed, epoch, image_id)
    return (*first, repeat) if repeat else first
