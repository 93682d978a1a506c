"""Learning from clips: pairs, losses, their weighted sum, and the loop with its checkpoints."""

from fomm_lite.training.loop import train
from fomm_lite.training.progress import State
from fomm_lite.training.training_config import TrainingConfig

__all__ = ["State", "TrainingConfig", "train"]
