"""Compare our quantisation with that of well-kept tools."""
