"""Find pictures whose label is doubtful: confident learning on what a frozen ImageNet network sees."""
