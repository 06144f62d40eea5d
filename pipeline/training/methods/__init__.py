"""Choose what the training minimises: one small class a method, registered by name."""

from pipeline.training.methods import (
    adversarial,
    both,
    center,
    max_mahalanobis,
    noisy,
    normal,
    robust,
    sign,
    stability,
)
from pipeline.training.methods.registry import LossTerms, Method, Surroundings, build_method, names

__all__ = [
    "LossTerms",
    "Method",
    "Surroundings",
    "adversarial",
    "both",
    "build_method",
    "center",
    "max_mahalanobis",
    "names",
    "noisy",
    "normal",
    "robust",
    "sign",
    "stability",
]
