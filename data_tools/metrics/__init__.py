"""Compute classification metrics with numpy alone."""
