"""How a training goes, as fields: length, pace, schedule, what is drawn and what is minimised."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch

from fomm_lite.config import DiscriminatorConfig, ModelConfig
from fomm_lite.config.architecture import MOST_SIZE
from fomm_lite.config.ranges import check_range, check_word
from fomm_lite.config.reading import build
from fomm_lite.errors import InputError
from fomm_lite.training.augment import AUGMENT_PRESETS, AugmentConfig
from fomm_lite.training.objective import LossWeights

PRECISIONS = ("no", "bf16", "fp16")
MILESTONE_FACTOR = 0.1  # as in the original
MOST_SEED = 2**32 - 1  # what numpy takes
# of the preset `speaking`: what is rare and small, a blink, counts more, and is drawn more often where a world knows it
SPEAKING: dict[str, Any] = {
    "weights": LossWeights(squared=20.0, hidden=2.0, expression=2.0),
    "lively": 0.7,
    "average": 0.995,
}


@dataclass(frozen=True)
class TrainingConfig:
    """How long, how fast, on what.

    Attributes:
        size: side of the training pictures in pixels, at the end.
        steps: optimiser steps; or
        minutes: wall-clock minutes, whatever comes first. One of the two must be given.
        batch_size: pairs a step, in all processes together.
        learning_rate: the peak of the schedule.
        detector_learning_rate: another peak for the keypoint detector; 0 leaves it as it is, None is the same peak.
        discriminator_learning_rate: another peak for the discriminator; None is the same peak.
        warm_up: share of the training in which the learning rate rises from 0.
        cool_down: share at the end in which it falls to 0, along a half cosine.
        milestones: shares of the training at which it falls to a tenth, as in the original.
        betas: of Adam; 0.5 as in the original.
        grow: shares of the training at which the picture size doubles; ``(0.5,)`` spends the first half at size / 2.
        augmentation: what is changed in a pair, in both frames alike.
        lively: share of the pairs whose two frames are drawn by how much they differ in expression or limbs, where the
            clips know (:meth:`~fomm_lite.training.pairs.WorldClips.changes`); in the others any two are as likely.
        average: of the weights' running mean, the share that a step leaves (0.995: over some 200 steps); what comes
            out of the training is then that mean. 0 is the last weights themselves.
        sigma_affine: spread of the affine part of the equivariance warp.
        sigma_tps: spread of its thin-plate part.
        points_tps: control points of that part along each side.
        seed: of everything random.
        precision: "no", "bf16" or "fp16".
        checkpoint_minutes: how often the run can be resumed from.
        checkpoint_steps: write a checkpoint at each multiple of this many steps too.
        workers: processes that read clips ahead, for each training process; 0 reads in the training process itself.
        weights: of the loss terms.
        discriminator: its architecture, where the weights ask for one.
        vgg_weights: a file with torchvision's weights of VGG19, for the perceptual term; None lets torchvision find
            or download them.
    """

    size: int = 64
    steps: int | None = None
    minutes: float | None = None
    batch_size: int = 8
    learning_rate: float = 2e-3
    detector_learning_rate: float | None = None
    discriminator_learning_rate: float | None = None
    warm_up: float = 0.05
    cool_down: float = 0.5
    milestones: tuple[float, ...] = ()
    betas: tuple[float, float] = (0.5, 0.999)
    grow: tuple[float, ...] = ()
    augmentation: AugmentConfig = AUGMENT_PRESETS["lean"]
    lively: float = 0.0
    average: float = 0.0
    sigma_affine: float = 0.05
    sigma_tps: float = 0.005
    points_tps: int = 5
    seed: int = 0
    precision: str = "no"
    checkpoint_minutes: float = 1.0
    checkpoint_steps: int | None = None
    workers: int = 0
    weights: LossWeights = field(default_factory=LossWeights)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    vgg_weights: str | None = None

    def __post_init__(self) -> None:
        """Refuse a training without an end.

        Raises:
            InputError: neither steps nor minutes, a number out of range, or a precision that is not to be had here.
        """
        if self.steps is None and self.minutes is None:
            raise InputError("got neither steps nor minutes", "one of the two", "pass minutes=4, for example")
        check_range(self, "steps", "checkpoint_steps", least=1, whole=True)
        check_range(self, "minutes", "checkpoint_minutes", above=0, example=1.0)
        check_range(self, "size", least=1, most=MOST_SIZE, whole=True)
        check_range(self, "batch_size", "points_tps", least=1, whole=True)
        rate = TrainingConfig.learning_rate
        check_range(self, "learning_rate", "discriminator_learning_rate", above=0, example=rate)
        check_range(self, "detector_learning_rate", "sigma_affine", "sigma_tps", least=0)
        check_range(self, "warm_up", "cool_down", least=0, most=1)
        check_range(self, "lively", least=0, most=1)
        check_range(self, "average", least=0, below=1)
        check_range(self, "milestones", above=0, most=1, example=(0.5,))
        check_range(self, "grow", above=0, below=1, example=(0.5,))
        check_range(self, "betas", least=0, below=1, example=TrainingConfig.betas)
        check_range(self, "seed", least=0, most=MOST_SEED, whole=True)
        check_range(self, "workers", least=0, whole=True)
        check_word(self, "precision", PRECISIONS)
        if self.precision == "fp16" and not torch.cuda.is_available():
            raise InputError(
                "got precision fp16 without a CUDA device", "no or bf16 on a CPU", "use precision = 'bf16'"
            )

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "TrainingConfig":
        """Rebuild a configuration from ``dataclasses.asdict``.

        Raises:
            InputError: a key that no field has, or a value of another type or out of range.
        """
        return build(TrainingConfig, values, "training")

    def progress(self, step: float, seconds: float) -> float:
        """Share of the training that is done, 0 to 1, after this many steps and seconds."""
        by_steps = step / self.steps if self.steps else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return min(1.0, max(by_steps, by_time))

    def check_size(self, model: ModelConfig) -> None:
        """Refuse a size that the networks cannot take, or not from the start where it grows.

        Raises:
            InputError: as said; it names a size that they can.
        """
        smallest = self.size // 2 ** len(self.grow)
        step = model.size_multiple * 2 ** len(self.grow)
        if self.grow and self.size % step:
            raise InputError(
                f"got size = {self.size}, which begins at {smallest} with grow = {self.grow}",
                f"a multiple of {step}",
                f"use size = {max(1, self.size // step) * step}",
            )
        model.check_size(self.size, self.size)

    def size_at(self, progress: float) -> int:
        """Side of the pictures when ``progress`` (0 to 1) of the training is done."""
        return self.size // 2 ** sum(progress < share for share in self.grow)

    @property
    def sizes(self) -> list[int]:
        """Every side that pictures have in the course of the training, small ones first."""
        return sorted({self.size_at(share) for share in (0.0, *self.grow, 1.0)})

    def rate_at(self, progress: float, peak: float | None = None) -> float:
        """Learning rate at ``progress``: up in a line, flat, down by milestones and along a half cosine.

        Args:
            progress: 0 to 1.
            peak: other than :attr:`learning_rate`.
        """
        up = min(1.0, progress / self.warm_up) if self.warm_up else 1.0
        left = min(1.0, (1 - progress) / self.cool_down) if self.cool_down else 1.0
        dropped = MILESTONE_FACTOR ** sum(progress >= share for share in self.milestones)
        peak = self.learning_rate if peak is None else peak
        return dropped * (peak * min(up, 0.5 - 0.5 * math.cos(math.pi * max(left, 0.0))))
