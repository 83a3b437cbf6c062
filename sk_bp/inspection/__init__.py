"""Looking inside a network: whether the gradient is right, and whether it reaches all layers."""

from sk_bp.inspection.gradient_check import ArrayCheck, GradientCheck, check_gradient
from sk_bp.inspection.gradient_report import GradientReport, LayerReport, gradient_report

__all__ = [
    "ArrayCheck",
    "GradientCheck",
    "GradientReport",
    "LayerReport",
    "check_gradient",
    "gradient_report",
]
