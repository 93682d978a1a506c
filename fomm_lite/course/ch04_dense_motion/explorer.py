"""From one keypoint to the deformation: heatmap, sparse motion, deformed source, mask; and keypoints switched off."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course.ch04_dense_motion.dense_truth import hard_masks, with_masks
from fomm_lite.course.kit import equations
from fomm_lite.course.kit.beyond_core import Handle, Place
from fomm_lite.course.kit.controls import choice, several, slider, switch, whole
from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panel_view import Chart, Panel
from fomm_lite.course.kit.panels import bent_grid_picture, flow_colours, framed, heat, numbered, signed
from fomm_lite.course.kit.scene import Scene
from fomm_lite.course.kit.wipe import WIPE, wipe_handle, wipe_slider, wipe_to, wiped
from fomm_lite.media.draw import draw_keypoints, draw_masks, enlarge
from fomm_lite.types import DenseMotion, Keypoints

SIDE = 320  # pixels, two for each of the page
KEPT = 32  # pictures of each kind
REACH = 0.5  # of a keypoint that is moved by hand, in normalised units
DRIVING, PREDICTION = 5, 9  # the numbers of the picture whose keypoints are dragged, and of the one that is wiped


class MotionExplorer(Explorer):
    """One local motion in all its maps, and what the mixture loses when keypoints are switched off.

    Args:
        scene: model and clip; drawn faces by default.
    """

    about = (
        "Eqs. 4-7: a keypoint's jacobians and its two places make a sparse motion, a mask says where it holds, and "
        "their sum is the deformation. Choose a keypoint and look where its mask lies; then switch it off: what "
        "takes its place, and what becomes of the end-point error? Point at a keypoint of the driving frame to choose "
        "it; drag it to see what follows it."
    )
    presets = {"all on": {"off": ()}, "no motion yet": {"frame": 0, "right": 0.0, "down": 0.0}}
    columns = 5

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene or Scene()
        count = self.scene.model.config.num_keypoints
        # pictures that most moves of a control leave as they are
        self._source = _marked(enlarge(self.scene.source[0], SIDE), self.scene.kp_source)
        self._marked_driving = lru_cache(KEPT)(self._mark_driving)
        self._true_flow = lru_cache(KEPT)(lambda frame: Chart(framed(flow_colours(self.scene.truth(frame)[0]), SIDE)))
        names = [(f"keypoint {index}", index) for index in range(1, count + 1)]
        busiest = 1 + int(self.scene.motion(8).masks[0, 1:].mean((1, 2)).argmax())
        super().__init__(
            "How do a few points move every pixel?",
            {
                "k": choice("local motion shown", [*names, ("background", 0)], busiest),
                "right": slider("moved right", 0.0, -REACH, REACH, 0.01, "normalised units"),
                "down": slider("moved down", 0.0, -REACH, REACH, 0.01, "normalised units"),
                "off": several("keypoints switched off", names),
                "hard": switch("hard masks: the strongest takes all", False),
                "frame": whole("driving frame", 8, 0, len(self.scene.clip.frames) - 1),
                WIPE: wipe_slider("driving frame"),
            },
        )

    def idle(self, state: Mapping[str, Any]) -> dict[str, str]:
        """The background has no keypoint."""
        return dict.fromkeys(("right", "down"), "the background stays") if state["k"] == 0 else {}

    def handles(self, state: Mapping[str, Any]) -> dict[int, dict[str, Handle]]:
        """The driving frame's keypoints, and the line of the wipe."""
        places = self._driving(*(state[name] for name in ("frame", "k", "right", "down"))).positions[0].tolist()
        return {
            DRIVING: {
                str(number): Handle((x, y), f"keypoint {number}", number == state["k"])
                for number, (x, y) in enumerate(places, 1)
            },
            PREDICTION: wipe_handle(state[WIPE]),
        }

    def pull(self, name: str, place: Place) -> Mapping[str, Any]:
        """Only the keypoint shown is where a hand put it; the wipe goes wherever its line is pulled."""
        if name == WIPE:
            return wipe_to(place)
        x, y = self.scene.keypoints.positions[self.controls["frame"].value, int(name) - 1].tolist()
        return {"k": int(name), "right": round(place[0] - x, 2), "down": round(place[1] - y, 2)}

    def look(self, name: str) -> Mapping[str, Any]:
        """Its maps, and its matrices; what was moved before goes back."""
        if name == WIPE or int(name) == self.controls["k"].value:
            return {}
        return {"k": int(name), "right": 0.0, "down": 0.0}

    def compute(
        self, k: int, right: float, down: float, off: Sequence[int], hard: bool, frame: int, wipe: float
    ) -> Drawn:
        """All maps of local motion ``k``, the mixture, and its distance from the truth.

        Args:
            k: 0 for the background, or a keypoint's number from 1.
            right: how far that keypoint of the driving frame is moved by hand.
            down: likewise.
            off: numbers of keypoints whose masks are set to 0; the others share their pixels.
            hard: each pixel follows its strongest mask alone.
            frame: driving frame.
            wipe: how much of the prediction the driving frame covers.
        """
        scene, side = self.scene, SIDE
        kp_driving = self._driving(frame, k, right, down)
        with torch.no_grad():
            motion = remix(scene.model.motion(scene.source, scene.kp_source, kp_driving), off, hard)
        made = scene.paint(motion)
        truth, occlusion = scene.truth(frame)
        size = (truth.shape[0], truth.shape[1])
        deformation, seen = geometry.resize_grid(motion.deformation, size)[0], occlusion > 0.5
        error = float(endpoint_error(deformation, truth, seen))
        still = float(endpoint_error(geometry.coordinate_grid(*size), truth, seen))
        above: dict[str, Panel] = {
            "source": self._source,
            f"heatmap {k}": Chart(framed(signed(motion.heatmaps[0, k]), side)),
            f"sparse motion {k}": Chart(framed(bent_grid_picture(motion.sparse_motions[0, k], side), side)),
            f"deformed source {k}": motion.deformed_sources[0, k],
            f"mask {k}": heat(motion.masks[0, k]),
        }
        below: dict[str, Panel] = {
            "driving": self._marked_driving(frame, k, right, down) if right or down else self._marked_driving(frame),
            "all masks": draw_masks(made.prediction[0], motion.masks[0]),
            "flow": Chart(framed(flow_colours(deformation), side)),
            "true flow": self._true_flow(frame),
            "prediction": wiped(made.prediction[0], scene.driving(frame), wipe),
        }
        share = 100 * float(motion.masks[0, k].mean())
        of = f"keypoint {k}" if k else "the background"
        text = (
            f"end-point error on visible pixels {error:.2f} px "
            f"(not moving at all: {still:.2f} px)\nthe mask of {of} explains {share:.0f} % of the picture"
        )
        return Drawn(above | below, text, self._equation(k, frame))

    def _driving(self, frame: int, k: int, right: float, down: float) -> Keypoints:
        """Keypoints of a frame, one of them moved by hand."""
        found = self.scene.keypoints[frame : frame + 1]
        moved = torch.zeros_like(found.positions)
        if k:
            moved[0, k - 1] = torch.tensor([right, down])
        return Keypoints((found.positions + moved).clamp(-1, 1), found.jacobians)

    def _mark_driving(self, frame: int, k: int = 0, right: float = 0.0, down: float = 0.0) -> Float[Tensor, "3 h w"]:
        """A frame with its keypoints."""
        return _marked(enlarge(self.scene.driving(frame), SIDE), self._driving(frame, k, right, down))

    def _equation(self, k: int, frame: int) -> str:
        """Eq. 5 with the numbers of keypoint ``k``; the background has none."""
        if k == 0:
            return ""
        a, b = (kp.jacobians[0, k - 1] for kp in (self.scene.kp_source, self.scene.keypoints[frame : frame + 1]))
        return equations.chip(f"keypoint {k}", k - 1) + equations.relative_jacobian(a, b, ("A", "B"), k - 1)


def _marked(picture: Float[Tensor, "3 h w"], keypoints: Keypoints) -> Float[Tensor, "3 h w"]:
    """The picture with keypoints and their numbers."""
    marked = draw_keypoints(picture, keypoints.positions[0], keypoints.jacobians[0])
    return numbered(marked, keypoints.positions[0])


def remix(motion: DenseMotion, off: Sequence[int], hard: bool) -> DenseMotion:
    """A dense motion with some local motions switched off (Eq. 7 with other masks).

    Args:
        motion: of one or more pictures.
        off: numbers on the k+1 axis whose masks become 0; what is left is divided by its sum. A pixel of which nothing
            is left goes to the background.
        hard: 1 for the largest mask of each pixel and 0 for the others.
    """
    masks = motion.masks.clone()
    masks[:, list(off)] = 0
    left = masks.sum(1, keepdim=True)
    nobody = torch.zeros_like(masks).index_fill_(1, torch.tensor(0), 1.0)  # nothing left: the background, which stays
    masks = torch.where(left > 0, masks / left.clamp_min(torch.finfo(left.dtype).tiny), nobody)
    return with_masks(motion, hard_masks(masks) if hard else masks)
