"""Choose what the training minimises: one small class a method, registered by name."""

from pipeline.training.methods import normal, robust
from pipeline.training.methods.registry import LossTerms, Method, build_method, names

__all__ = ["LossTerms", "Method", "build_method", "names", "normal", "robust"]
