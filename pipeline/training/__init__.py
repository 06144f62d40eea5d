"""Fine-tune a network on a split."""
