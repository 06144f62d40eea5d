"""Fine-tune a network so that it quantises better (needs torch)."""
