"""Measure the data tools at the size of a large data set."""
