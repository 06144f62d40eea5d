"""Hold the torch-free floor: artifacts, pictures, preprocessing, perturbations, metrics, data set and split."""
