"""Run the same function on many jobs: on this machine's cores, or on a Ray cluster."""
