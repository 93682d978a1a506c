"""How good a model is: the published measures, the truth of the drawn worlds, judges, and the table made of them."""

from fomm_lite.evaluation.report import Evaluation
from fomm_lite.evaluation.scoring import evaluate

__all__ = ["Evaluation", "evaluate"]
