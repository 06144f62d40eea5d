"""Describe what a stage leaves behind: frozen, versioned records that name their parents by sha256."""
