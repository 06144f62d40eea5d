"""Run a bundle on a device: numpy, OpenCV and ONNX Runtime only."""
