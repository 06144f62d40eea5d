"""Compare training methods: the same network, split and budget, measured under growing noise."""
