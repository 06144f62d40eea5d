"""Build the data set: list the pictures of a source, set bad ones aside, merge exact duplicates."""
