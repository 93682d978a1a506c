"""How good a model is: the published measures, the truth of the drawn worlds, judges, and the table made of them."""

from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.evaluation.report import Evaluation

__all__ = ["Evaluation", "evaluate"]
