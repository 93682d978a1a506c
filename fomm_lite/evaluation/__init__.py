"""How good a model is: the published measures, the truth of the drawn worlds, judges, and the table made of them."""

from fomm_lite.evaluation.scoring import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
