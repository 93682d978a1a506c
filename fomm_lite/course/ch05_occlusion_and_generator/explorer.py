"""What the source does not show: the occlusion map against the truth, and what painting makes of either (Eq. 8)."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.controls import choice, slider, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panels import framed, heat
from fomm_lite.course.kit.scene import Scene
from fomm_lite.course.kit.wipe import WIPE, Wiped, wipe_slider, wiped
from fomm_lite.geometry import resize
from fomm_lite.media.draw import draw_occlusion, enlarge

SIDE = 384  # pixels, two for each of the page
MAPS = [("the model's own", "own"), ("the truth", "truth"), ("keep everything", "keep"), ("paint everything", "paint")]


class OcclusionExplorer(Wiped, Explorer):
    """Frames of a clip, the occlusion map, and other maps in its place.

    Args:
        scene: model and clip; drawn puppets by default, whose arms hide and uncover things.
    """

    about = (
        "Eq. 8: features = occlusion map x warped features; where the map is 0, the generator must paint anew. "
        "Keep everything, then paint everything: where does the error grow, where things are hidden or where they "
        "are visible?"
    )
    wiped = 4  # the prediction
    presets = {
        "keep everything": {"used": "keep", "strength": 1.0},
        "paint everything": {"used": "paint", "strength": 1.0},
    }

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene or Scene("puppets-64", "puppets", clip=1)
        super().__init__(
            "What must be painted anew?",
            {
                "frame": whole("driving frame", 8, 0, len(self.scene.clip.frames) - 1),
                "used": choice("occlusion map used", MAPS),
                "strength": slider("how much of it", 1.0, 0.0, 1.0, 0.05, "0: the model's own"),
                WIPE: wipe_slider("driving frame"),
            },
        )

    def idle(self, state: Mapping[str, Any]) -> dict[str, str]:
        """The model's own map, mixed with itself, is itself."""
        return {"strength": "the map is the model's own"} if state["used"] == "own" else {}

    def compute(self, frame: int, used: str, strength: float, wipe: float) -> Drawn:
        """Driving frame, maps, prediction and its error.

        Args:
            frame: driving frame.
            used: "own", "truth", "keep" or "paint".
            strength: 0 leaves the model's own map, 1 puts the other in its place.
            wipe: how much of the prediction the driving frame covers.
        """
        scene = self.scene
        motion = scene.motion(frame)
        truth = scene.truth(frame)[1][None, None]
        own = motion.occlusion_map
        assert own is not None, "the explorer needs a model with an occlusion map"
        size = (own.shape[2], own.shape[3])
        others = {
            "own": own,
            "truth": resize(truth, size),
            "keep": torch.ones_like(own),
            "paint": torch.zeros_like(own),
        }
        chosen = torch.lerp(own, others[used], strength)
        made = scene.paint(dataclasses.replace(motion, occlusion_map=chosen))
        driving = scene.driving(frame)
        error = (made.prediction[0] - driving).abs().mean(0)
        whole_size = (driving.shape[1], driving.shape[2])
        panels = {
            "driving": driving,
            "occlusion map": framed(draw_occlusion(chosen[0], whole_size), SIDE),
            "truth": framed(draw_occlusion(truth[0], whole_size), SIDE),
            "deformed source": made.deformed[0],
            "prediction": wiped(enlarge(made.prediction[0], SIDE), enlarge(driving, SIDE), wipe),
            "error; yellow: 0.25": heat(4 * error),
        }
        text = (
            f"L1 {float(error.mean()):.4f}, where hidden {_mean(error, truth[0, 0] < 0.5)}, "
            f"where visible {_mean(error, truth[0, 0] >= 0.5)}"
        )
        return Drawn(panels, text)


def _mean(error: Float[Tensor, "h w"], where: Tensor) -> str:
    """The mean error in a region, if there is any of it."""
    return f"{float(error[where].mean()):.4f}" if bool(where.any()) else "(nothing)"
