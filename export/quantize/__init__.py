"""Quantise an ONNX graph to int8 with calibration pictures (needs onnx, not torch)."""
