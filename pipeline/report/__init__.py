"""Render one self-contained HTML report from the artifacts of a run."""
