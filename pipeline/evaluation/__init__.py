"""Measure a checkpoint on the test part, on clean pictures and under noise."""
