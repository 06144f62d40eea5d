"""Disturb pictures the way the robustness figures need it: one perturbation a file, drawing apart from applying."""

from data_tools.perturbations import gaussian_noise, occlusion
from data_tools.perturbations.registry import get, names, perturb

__all__ = ["gaussian_noise", "get", "names", "occlusion", "perturb"]
