"""A training that is watched: curves and pictures that change in place while it runs, and sick runs for comparison."""

import copy
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from IPython.display import display
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch06_losses_and_training.figures import progress
from fomm_lite.course.kit.denormals import flushed_denormals
from fomm_lite.errors import InputError
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.evaluation.metrics import l1
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig
from fomm_lite.training.objective import LossWeights, Terms
from fomm_lite.training.random_warp import RandomWarp

SHOWN = ("reconstruction", "warp", "equivariance_positions", "equivariance_jacobians", "separation")
EVERY = 10.0  # seconds between two pictures
POINTS = 200
SHOWN_PAIRS = 4


class Lines:
    """Values over steps, thinned out: however long a training is, a few hundred points a line.

    Args:
        points: at most so many a line; beyond, every second one is dropped.

    Attributes:
        lines: name -> (step, value), in the order of steps.
    """

    def __init__(self, points: int = POINTS) -> None:
        self.lines: dict[str, list[tuple[int, float]]] = {}
        self._points, self._every = points, 1

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Take in the values of a step, or pass over it."""
        if step % self._every:
            return
        for name, value in values.items():
            self.lines.setdefault(name, []).append((step, value))
        if max(map(len, self.lines.values()), default=0) > self._points:
            self._every *= 2
            self.lines = {name: line[::2] for name, line in self.lines.items()}


class LivePicture:
    """An ``on_step`` callback that keeps losses, and redraws one picture in the notebook now and then.

    Args:
        quiet: keep losses only.

    Attributes:
        model: the trained model, where :func:`sick_run` made one.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.model: FirstOrderModel | None = None
        self._losses, self._crowding = Lines(), Lines()
        self._quiet, self._last = quiet, time.monotonic()
        self._handle: Any = None

    @property
    def losses(self) -> dict[str, list[tuple[int, float]]]:
        """Name -> (step, value), thinned out."""
        return self._losses.lines

    @property
    def keypoints(self) -> list[tuple[int, float]]:
        """(step, distance) of a driving keypoint to its nearest neighbour, on average, in normalised units."""
        return self._crowding.lines.setdefault("nearest", [])

    def __call__(self, state: State, terms: Terms) -> None:
        """Take in a step."""
        self._losses.add(state.step, shown_losses(state))
        self._crowding.add(state.step, {"nearest": nearest(terms.kp_driving.positions.detach())})
        if not self._quiet and (time.monotonic() - self._last > EVERY or state.progress >= 1):
            self._last = time.monotonic()
            self.show(state, terms)

    def show(self, state: State, terms: Terms) -> None:
        """Put this moment in the place of the last one."""
        shown = progress(self.losses, pictures_of(terms, SHOWN_PAIRS), state)
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)


def shown_losses(state: State) -> dict[str, float]:
    """Those of the step's losses that tell most."""
    return {name: state.losses[name] for name in SHOWN if name in state.losses}


def pictures_of(terms: Terms, count: int) -> dict[str, Float[Tensor, "b 3 h w"]]:
    """The first pairs of a step, and what the model made of them: what a training is watched by."""
    made = terms.reconstruction
    rows = {"source": terms.source, "driving": terms.driving, "deformed": made.deformed, "prediction": made.prediction}
    return {name: images[:count].detach() for name, images in rows.items()}


def nearest(positions: Float[Tensor, "b k 2"]) -> float:
    """How far a keypoint is from its nearest neighbour, on average; small where they crowd."""
    apart = (positions[:, :, None] - positions[:, None]).norm(dim=-1)
    return float(apart.kthvalue(2, dim=-1).values.mean())  # the first is the keypoint itself


def held_out_ratio(model: FirstOrderModel, clips: Sequence[Any]) -> float:
    """L1 over clips that drive themselves, as a share of copying the source."""
    ratio = evaluate(model, clips).total.ratio
    assert ratio is not None, "nothing moves in these clips"
    return ratio


def sick_run(start: Callable[[LivePicture], FirstOrderModel]) -> LivePicture:
    """Run a training that may go wrong, and keep its curves; what ends it is not an error here.

    Args:
        start: trains, with the given callback.
    """
    picture = LivePicture(quiet=True)
    with flushed_denormals():
        try:
            picture.model = start(picture)
        except InputError:  # a loss that is no number any more stops a training; its curve says so
            picture.losses.setdefault("reconstruction", []).append((picture.keypoints[-1][0] + 1, float("inf")))
    return picture


def unnamed_recipes(plain: TrainingConfig) -> dict[str, TrainingConfig]:
    """Three trainings to be told apart by their curves: a healthy one and two that ail.

    Args:
        plain: the healthy one.
    """
    crowded = dataclasses.replace(LossWeights(), separation=0.0)
    return {
        "run A": plain,
        "run B": dataclasses.replace(plain, weights=crowded),
        "run C": dataclasses.replace(plain, learning_rate=0.1),
    }


def predictions(
    models: Mapping[str, FirstOrderModel], source: Float[Tensor, "1 3 h w"], driving: Float[Tensor, "1 3 h w"]
) -> dict[str, Float[Tensor, "3 h w"]]:
    """What models make of one pair, by their names, each with its L1."""
    made = {}
    for name, model in models.items():
        with torch.no_grad():
            prediction = model(source, model.detect(source), model.detect(driving)).prediction
        made[f"{name}: {float(l1(prediction, driving)):.3f}"] = prediction[0]
    return made


def carry_back(
    model: FirstOrderModel, images: Float[Tensor, "b 3 h w"], warp: RandomWarp
) -> tuple[Float[Tensor, "b k 2"], Float[Tensor, "b k 2"], float]:
    """The test of equivariance (Eq. 11): keypoints of pictures, those of the warped ones carried back, and a grade.

    Returns:
        The two positions, and how far they lie apart as a share of how far the warp moves them: 0 where keypoints
        follow the warp exactly, about 1 where they stay as if nothing had happened.
    """
    with torch.no_grad():
        found, in_warped = (model.detect(pictures).positions for pictures in (images, warp.image(images)))
    carried = warp.points(in_warped)
    apart, moved = ((a - b).norm(dim=-1).mean() for a, b in ((found, carried), (in_warped, carried)))
    return found, carried, float(apart / moved)


def zero_order(model: FirstOrderModel) -> FirstOrderModel:
    """A copy that answers with identity jacobians."""
    other = copy.deepcopy(model)
    other.detector.jacobian_head = None
    return other.eval()
