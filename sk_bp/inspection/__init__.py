"""Looking inside a network: whether the gradient is right, and whether it reaches all layers.

`check_gradient`, `gradient_report` and `learning_rate_range_test` return figures and verdicts. The
displays draw, in the manner of scikit-learn's, and need matplotlib
(``pip install "sk_bp[plots]"``), which is imported only then.
"""

from sk_bp.inspection.diagnosis import LayerReport
from sk_bp.inspection.gradient_check import ArrayCheck, GradientCheck, check_gradient
from sk_bp.inspection.gradient_flow_display import GradientFlowDisplay
from sk_bp.inspection.gradient_report import GradientReport, gradient_report
from sk_bp.inspection.learning_rate_display import LearningRateDisplay
from sk_bp.inspection.learning_rate_range_test import RangeTest, learning_rate_range_test
from sk_bp.inspection.loss_curve_display import LossCurveDisplay
from sk_bp.inspection.regression_display import RegressionDisplay
from sk_bp.inspection.schedule_display import ScheduleDisplay
from sk_bp.inspection.summary import NetworkSummary, summary
from sk_bp.inspection.training_state_display import TrainingStateDisplay
from sk_bp.inspection.weights_display import WeightsDisplay

__all__ = [
    "ArrayCheck",
    "GradientCheck",
    "GradientFlowDisplay",
    "GradientReport",
    "LayerReport",
    "LearningRateDisplay",
    "LossCurveDisplay",
    "NetworkSummary",
    "RangeTest",
    "RegressionDisplay",
    "ScheduleDisplay",
    "TrainingStateDisplay",
    "WeightsDisplay",
    "check_gradient",
    "gradient_report",
    "learning_rate_range_test",
    "summary",
]
