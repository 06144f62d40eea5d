"""Build TensorRT engines from a bundle's graphs, check them on the device, and load them again (needs no torch)."""
