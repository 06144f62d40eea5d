"""Keep pictures ready at model size, in WebDataset shards that are read without unpacking."""
