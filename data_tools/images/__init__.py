"""Read pictures safely and bring them to model size: one decoder, one preprocessing."""
