"""Absolute and relative transfer, scale and initial frame (Eqs. 14-15): the same driver, four ways of obeying it."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.controls import choice, slider, switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.own_picture import OwnPicture
from fomm_lite.course.kit.scene import Scene, drawn_sources
from fomm_lite.course.kit.thumbnails import Thumbnails
from fomm_lite.course.kit.wipe import WIPE, Wiped, wipe_slider, wiped
from fomm_lite.media.draw import draw_keypoints, enlarge
from fomm_lite.transfer import movement_scale, pose_distance, transfer
from fomm_lite.types import Keypoints

SOURCES = 5


class TransferExplorer(Wiped, Explorer):
    """Another source, driven by the clip.

    Args:
        scene: model and driving clip; drawn faces by default.
        world: of the sources.
    """

    about = (
        "Eqs. 14-15: absolute puts the source's keypoints where the driver's are; relative moves them as the "
        "driver moved since its initial frame. At the initial frame relative leaves the source as it is: whose "
        "shape does absolute show? Then take another initial frame."
    )
    wiped = 4  # the prediction
    presets = {"absolute": {"relative": False}, "no movement": {"amount": 0.0}, "twice the movement": {"amount": 2.0}}

    def __init__(self, scene: Scene | None = None, world: str = "faces") -> None:
        self.scene = scene or Scene()
        size = self.scene.source.shape[-1]
        self.sources = drawn_sources(world, SOURCES, size)
        with torch.no_grad():
            self.kp_sources = self.scene.model.detect(self.sources)
        last = len(self.scene.clip.frames) - 1
        apart = [
            float(pose_distance(self.kp_sources[each : each + 1], self.scene.kp_source)) for each in range(SOURCES)
        ]
        self.own = OwnPicture(size, self._taken)
        self._names = [f"source {number}" for number in range(SOURCES)]
        super().__init__(
            "Whose pose, whose shape?",
            {
                "relative": choice("transfer", [("relative", True), ("absolute", False)]),
                "adapt_scale": switch("adapt the movement's scale", False),
                "amount": slider("amount of movement", 1.0, 0.0, 2.0, 0.05, "1: as driven"),
                "initial": whole("initial frame", 0, 0, last),
                "frame": whole("driving frame", 8, 0, last),
                "source": Thumbnails("source", list(self.sources), self._names, apart.index(min(apart))),
                WIPE: wipe_slider("source"),
            },
        )

    def below_buttons(self) -> list[widgets.Widget]:
        """A source of one's own."""
        return [self.own.widget]

    def stage(self) -> widgets.Widget:
        """The pictures, and below them the own one with its square."""
        self.view.below = (self.own.crop,)
        return super().stage()

    def update(self) -> None:
        """Draw; the square belongs to the own picture alone."""
        self.own.open(self.controls["source"].value == SOURCES)
        super().update()

    def _taken(self, picture: Float[Tensor, "3 h w"]) -> None:
        """The reader's own picture is the last of the sources, and the one that is shown."""
        self.sources = torch.cat([self.sources[:SOURCES], picture[None]])
        with torch.no_grad():
            found = self.scene.model.detect(picture[None])
        self.kp_sources = Keypoints(
            torch.cat([self.kp_sources.positions[:SOURCES], found.positions]),
            torch.cat([self.kp_sources.jacobians[:SOURCES], found.jacobians]),
        )
        self.controls["source"].show(list(self.sources), [*self._names, "your own picture"])
        self.put({"source": SOURCES})

    def idle(self, state: Mapping[str, Any]) -> dict[str, str]:
        """Absolute transfer does not look at the initial frame; no movement is no movement, however it is scaled."""
        if state["amount"] == 0:
            return dict.fromkeys(("relative", "adapt_scale"), "nothing moves")
        return {} if state["relative"] else {"adapt_scale": "only relative transfer has a scale"}

    def compute(
        self, relative: bool, adapt_scale: bool, amount: float, initial: int, frame: int, source: int, wipe: float
    ) -> Drawn:
        """Source, initial and driving frame with keypoints, and the prediction with those it was made for.

        Args:
            relative: move the source as the driver moved since the initial frame, or put it where the driver is.
            adapt_scale: multiply the movement by the ratio of sizes.
            amount: 0 stays at the source's keypoints, 1 goes where the transfer says, 2 twice as far.
            initial: number of the initial frame.
            frame: number of the driving frame.
            source: which source; the one after the drawn ones is the reader's own.
            wipe: how much of the prediction the source covers.
        """
        scene, side = self.scene, 384  # pixels, two for each of the page
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
        shown = {
            "source": (picture[0], kp_source),
            "initial": (scene.driving(initial), kp_initial),
            "driving": (scene.driving(frame), kp_driving),
            "prediction, its keypoints": (made[0], goal),
        }
        panels = {
            name: draw_keypoints(enlarge(image, side), kp.positions[0], kp.jacobians[0], inplace=True)
            for name, (image, kp) in shown.items()
        }
        text = (
            f"pose distance of source and initial frame {float(pose_distance(kp_source, kp_initial)):.3f}\n"
            f"ratio of sizes {movement_scale(kp_source, kp_initial):.2f}"
            + ("" if relative and adapt_scale else " (not used)")
            + f"\nkeypoints moved by {float((goal.positions - kp_source.positions).norm(dim=-1).mean()):.3f} on average"
            f"\nL1 of prediction and source {float((made - picture).abs().mean()):.4f}"
        )
        alone = wiped(enlarge(made[0], side), enlarge(picture[0], side), wipe)
        return Drawn(panels | {"prediction": alone}, text)
