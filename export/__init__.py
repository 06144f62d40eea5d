"""Turn a checkpoint into ONNX graphs, quantise them, bundle them, and run the bundle on a device."""
