"""Draw what the network is shown in training, to check augmentation and noise with the eye."""

from pipeline.training.preview.page import draw_preview, save_page
from pipeline.training.preview.selection import choose

__all__ = ["choose", "draw_preview", "save_page"]
