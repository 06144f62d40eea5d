"""Pack exported graphs into one verified bundle."""
