"""Measure latency and robustness of exported files on this device."""
