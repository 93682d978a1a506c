"""Learning from clips: pairs, losses, their weighted sum, and the loop with its checkpoints."""

from fomm_lite.training.config import TrainingConfig
from fomm_lite.training.loop import train

__all__ = ["TrainingConfig", "train"]
