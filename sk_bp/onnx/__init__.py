"""Conversion to ONNX, so that a network predicts where there is no Python.

`to_onnx` converts a fitted estimator, or a Pipeline or search that holds one. Importing this module
also tells skl2onnx how to convert the estimators, so that its own `convert_sklearn` works. It needs
``pip install "sk_bp[onnx]"``.
"""

from sk_bp.onnx.export import to_onnx

__all__ = ["to_onnx"]
