"""Measure how long a decision takes on this device."""
