"""Split a data set by group into train, val, calibration and test."""
