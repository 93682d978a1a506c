"""A training that is watched: curves and pictures that change in place while it runs, and sick runs for comparison."""

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import display

from fomm_lite.course.figures.training import progress
from fomm_lite.errors import InputError
from fomm_lite.evaluation import evaluate
from fomm_lite.model import FirstOrderModel
from fomm_lite.objective import Terms
from fomm_lite.training import State

SHOWN = ("reconstruction", "warp", "equivariance_positions", "equivariance_jacobians", "separation")
EVERY = 10.0  # seconds between two pictures
POINTS = 200


class LivePicture:
    """An ``on_step`` callback that keeps losses, and redraws one picture in the notebook now and then.

    Args:
        quiet: keep losses only.

    Attributes:
        losses: name -> (step, value), thinned out.
        keypoints: (step, spread), the mean distance of driving keypoints from their centre, in normalised units.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.losses: dict[str, list[tuple[int, float]]] = {}
        self.keypoints: list[tuple[int, float]] = []
        self._quiet, self._every, self._last = quiet, 1, time.monotonic()
        self._handle: Any = None

    def __call__(self, state: State, terms: Terms) -> None:
        """Take in a step."""
        if state.step % self._every == 0:
            for name in SHOWN:
                if name in state.losses:
                    self.losses.setdefault(name, []).append((state.step, state.losses[name]))
            positions = terms.kp_driving.positions.detach()
            spread = float((positions - positions.mean(1, keepdim=True)).norm(dim=-1).mean())
            self.keypoints.append((state.step, spread))
            if len(self.keypoints) > POINTS:
                self._every *= 2
                self.keypoints = self.keypoints[::2]
                self.losses = {name: line[::2] for name, line in self.losses.items()}
        if not self._quiet and (time.monotonic() - self._last > EVERY or state.progress >= 1):
            self._last = time.monotonic()
            self.show(state, terms)

    def show(self, state: State, terms: Terms) -> None:
        """Put this moment in the place of the last one."""
        made = terms.reconstruction
        shown = progress(self.losses, made.deformed.detach()[:4], made.prediction.detach()[:4], state)
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)


def held_out_ratio(model: FirstOrderModel, clips: Sequence[Any]) -> float:
    """L1 over clips that drive themselves, as a share of copying the source."""
    ratio = evaluate(model, clips).total.ratio
    assert ratio is not None, "nothing moves in these clips"
    return ratio


def sick_run(start: Callable[[LivePicture], object]) -> LivePicture:
    """Run a training that may go wrong, and keep its curves; what ends it is not an error here.

    Args:
        start: trains, with the given callback.
    """
    picture = LivePicture(quiet=True)
    try:
        start(picture)
    except InputError:  # a loss that is no number any more stops a training; its curve says so
        picture.losses.setdefault("reconstruction", []).append((picture.keypoints[-1][0] + 1, float("inf")))
    return picture


def zero_order(model: FirstOrderModel) -> FirstOrderModel:
    """A copy that answers with identity jacobians."""
    other = copy.deepcopy(model)
    other.detector.jacobian_head = None
    return other.eval()
