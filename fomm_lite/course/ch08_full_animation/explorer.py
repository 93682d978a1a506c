"""Absolute and relative transfer, scale and initial frame (Eqs. 14-15): the same driver, four ways of obeying it."""

import torch

from fomm_lite.course.kit.controls import choice, slider, switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.scene import Scene
from fomm_lite.media.draw import draw_keypoints, enlarge, sheet
from fomm_lite.transfer import movement_scale, pose_distance, transfer
from fomm_lite.types import Keypoints
from fomm_lite.worlds import WORLDS, seeds

SOURCES = 5


class TransferExplorer(Explorer):
    """Another source, driven by the clip.

    Args:
        scene: model and driving clip; drawn faces by default.
        world: of the sources.
    """

    def __init__(self, scene: Scene | None = None, world: str = "faces") -> None:
        self.scene = scene or Scene()
        size = self.scene.source.shape[-1]
        picked = list(seeds("test", SOURCES + 1))[1:]
        self.sources = torch.cat([WORLDS[world](seed, frames=2, size=size).frames[:1] for seed in picked])
        with torch.no_grad():
            self.kp_sources = self.scene.model.detect(self.sources)
        last = len(self.scene.clip.frames) - 1
        apart = [
            float(pose_distance(self.kp_sources[each : each + 1], self.scene.kp_source)) for each in range(SOURCES)
        ]
        super().__init__(
            "Whose pose, whose shape?",
            {
                "relative": choice("transfer", [("relative", True), ("absolute", False)]),
                "adapt_scale": switch("adapt the movement's scale", False),
                "amount": slider("amount of movement", 1.0, 0.0, 2.0, 0.05, "1: as driven"),
                "initial": whole("initial frame", 0, 0, last),
                "frame": whole("driving frame", 8, 0, last),
                "source": whole("source", apart.index(min(apart)), 0, SOURCES - 1),
            },
        )

    def compute(self, relative: bool, adapt_scale: bool, amount: float, initial: int, frame: int, source: int) -> Drawn:
        """Source, initial and driving frame with keypoints, and the prediction with those it was made for.

        Args:
            relative: move the source as the driver moved since the initial frame, or put it where the driver is.
            adapt_scale: multiply the movement by the ratio of sizes.
            amount: 0 stays at the source's keypoints, 1 goes where the transfer says, 2 twice as far.
            initial: number of the initial frame.
            frame: number of the driving frame.
            source: which source.
        """
        scene, side = self.scene, 192
        picture = self.sources[source : source + 1]
        kp_source = self.kp_sources[source : source + 1]
        kp_initial, kp_driving = scene.keypoints[initial : initial + 1], scene.keypoints[frame : frame + 1]
        goal = transfer(kp_source, kp_driving, kp_initial, relative=relative, adapt_scale=adapt_scale)
        goal = Keypoints(
            torch.lerp(kp_source.positions, goal.positions, amount),
            torch.lerp(kp_source.jacobians, goal.jacobians, amount),
        )
        with torch.no_grad():
            made = scene.model(picture, kp_source, goal).prediction
        shown = [
            (picture[0], kp_source),
            (scene.driving(initial), kp_initial),
            (scene.driving(frame), kp_driving),
            (made[0], goal),
        ]
        panels = [draw_keypoints(enlarge(image, side), kp.positions[0], kp.jacobians[0]) for image, kp in shown]
        text = (
            f"pose distance of source and initial frame {float(pose_distance(kp_source, kp_initial)):.3f}\n"
            f"ratio of sizes {movement_scale(kp_source, kp_initial):.2f}"
            + ("" if relative and adapt_scale else " (not used)")
        )
        labels = ["source", "initial", "driving", "prediction, its keypoints", "prediction"]
        return sheet([[*panels, made[0]]], labels, side), text
