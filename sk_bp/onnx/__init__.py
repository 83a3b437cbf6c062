"""Conversion to ONNX, so that a network predicts where there is no Python.

`to_onnx` converts a fitted estimator, or a Pipeline or search that holds one; `table_inputs` says
what the estimators for tables read of a data frame then. Importing this module
also tells skl2onnx how to convert the estimators, so that its own `convert_sklearn` works. It needs
``pip install "sk_bp[onnx]"``.
"""

from sk_bp.onnx.export import table_inputs, to_onnx

__all__ = ["table_inputs", "to_onnx"]
