"""Load the pictures of a split; every draw depends on (seed, epoch, picture) alone."""

from pipeline.training.data.loaders import statistics_loader, train_loader, val_loader

__all__ = ["statistics_loader", "train_loader", "val_loader"]
