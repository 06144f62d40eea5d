"""Measure the speed of the trainer's parts: the loss, the loading, a step."""
