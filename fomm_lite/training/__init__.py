"""Learning from clips: pairs, losses, their weighted sum, and the loop with its checkpoints."""

from fomm_lite.training.config import TrainingConfig
from fomm_lite.training.loop import train
from fomm_lite.training.progress import State

__all__ = ["State", "TrainingConfig", "train"]
