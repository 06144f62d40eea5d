"""Export a checkpoint to one ONNX graph (needs torch)."""
