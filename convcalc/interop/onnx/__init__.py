"""ONNX files: read by their bytes, shapes worked out, each node a layer; weights are never read."""
