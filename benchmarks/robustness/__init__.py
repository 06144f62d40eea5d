"""Measure the accuracy of exported files under perturbations."""
