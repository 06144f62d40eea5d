"""Find copies of one picture: perceptual hash, search, verification."""
