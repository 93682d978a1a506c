"""Warp a picture by a known map: keypoints and jacobians must follow (Eqs. 10-13)."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.beyond_core import Handle, Place
from fomm_lite.course.kit.controls import slider, switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panels import trace
from fomm_lite.course.kit.scene import Scene
from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import draw_keypoints, enlarge
from fomm_lite.training import losses
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.types import Keypoints

GRIP = (0.6, 0.0)  # the place in the transformed picture that is dragged in the original, in normalised units
_WHITE = (1.0, 1.0, 1.0)


class EquivarianceExplorer(Explorer):
    """A picture, its warped copy, and the keypoints found in each, carried over by the warp.

    Args:
        scene: model and clip; drawn faces by default.
    """

    about = (
        "Eqs. 10-13: what is found in the transformed picture, carried back by the known map, must be what is "
        "found in the original (rings). Try no warp, then a strong one, and then carry the points the wrong way "
        "round. The line in the original is the frame of the transformed picture: drag its handle."
    )
    presets = {
        "no warp": {"affine": 0.0, "bend": 0.0, "turn": 0.0, "size": 1.0},
        "strong warp": {"affine": 0.2, "bend": 0.02},
        "a quarter turn": {"affine": 0.0, "bend": 0.0, "turn": 90.0, "size": 1.0},
    }

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene or Scene()
        super().__init__(
            "Do keypoints follow a known warp?",
            {
                "affine": slider("affine part", 0.05, 0.0, 0.3, 0.01, "standard deviation"),
                "bend": slider("thin-plate part", 0.005, 0.0, 0.03, 0.001, "standard deviation"),
                "seed": whole("another warp", 0, 0, 20),
                "turn": slider("turned by", 0.0, -179.0, 180.0, 1.0, "degrees"),
                "size": slider("size of the frame", 1.0, 0.4, 1.6, 0.01, "times"),
                "frame": whole("frame", 0, 0, len(self.scene.clip.frames) - 1),
                "backwards": switch("carry the points the wrong way round", False),
            },
        )

    def idle(self, state: Mapping[str, Any]) -> dict[str, str]:
        """Where nothing is random all warps are one."""
        return {"seed": "nothing is random"} if state["affine"] == state["bend"] == 0 else {}

    def handles(self, state: Mapping[str, Any]) -> dict[int, dict[str, Handle]]:
        """Where a place of the transformed picture is looked up."""
        warp = warp_of(*(state[name] for name in ("affine", "bend", "seed", "turn", "size")))
        x, y = warp.points(torch.tensor([[GRIP]]))[0, 0].tolist()
        return {0: {"warp": Handle((x, y), "right side of the frame: turns it and makes it larger or smaller")}}

    def pull(self, name: str, place: Place) -> Mapping[str, Any]:  # noqa: ARG002 - there is one handle
        """The turn and the size that look the place up there."""
        affine, bend, seed = (self.controls[each].value for each in ("affine", "bend", "seed"))
        warp, grip = warp_of(affine, bend, seed, 0.0, 1.0), torch.tensor([[GRIP]])
        turns = warp.theta[0, :, :2]
        rest = warp.points(grip)[0, 0] - turns @ grip[0, 0]
        across, down = torch.linalg.solve(turns, torch.tensor(place) - rest).tolist()
        return {
            "turn": float(round(math.degrees(math.atan2(down, across)))),
            "size": round(math.hypot(across, down) / GRIP[0], 2),
        }

    def compute(
        self, affine: float, bend: float, seed: int, turn: float, size: float, frame: int, backwards: bool
    ) -> Drawn:
        """Original and transformed picture with keypoints, and both losses.

        Args:
            affine: spread of the affine part around the identity.
            bend: spread of the thin-plate weights.
            seed: of the warp.
            turn: of what is looked up, in degrees.
            size: of what is looked up.
            frame: of the clip.
            backwards: carry the original's keypoints by T instead of those of the transformed picture, which is wrong:
                the picture is sampled backwards.
        """
        model, image = self.scene.model, self.scene.clip.frames[frame : frame + 1]
        warp = warp_of(affine, bend, seed, turn, size)
        transformed = warp.image(image)
        found = self.scene.keypoints[frame : frame + 1]
        with torch.no_grad():
            there = model.detect(transformed)
        start, goal = (found, there) if backwards else (there, found)
        carried, slope, *apart = _carried(warp, start, goal)
        _, _, *other = _carried(warp, goal, start)
        side = 512  # pixels, two for each of the page
        original = trace(enlarge(image[0], side), warp.points(_border())[0], _WHITE)
        aimed = draw_keypoints(enlarge((transformed if backwards else image)[0], side), goal.positions[0], hollow=True)
        last = "original's, carried by T: wrong" if backwards else "transformed ones, carried by T"
        text = (
            f"Eq. 11, positions: {apart[0]:.4f} normalised units\nEq. 13, jacobians: {apart[1]:.4f}\n"
            f"carried the other way: {other[0]:.4f} and {other[1]:.4f}"
        )
        panels = {
            "found in the original": draw_keypoints(original, found.positions[0], found.jacobians[0]),
            "found in the transformed": draw_keypoints(
                enlarge(transformed[0], side), there.positions[0], there.jacobians[0]
            ),
            f"{last}; rings: the goal": draw_keypoints(aimed, carried[0], (slope @ start.jacobians)[0]),
        }
        return Drawn(panels, text)


def _carried(
    warp: RandomWarp, start: Keypoints, goal: Keypoints
) -> tuple[Float[Tensor, "1 k 2"], Float[Tensor, "1 k 2 2"], float, float]:
    """Where a warp carries keypoints, its jacobians there, and how far positions and jacobians are from the goal."""
    carried, slope = warp.points(start.positions), warp.jacobians(start.positions)
    positions = losses.equivariance_positions(goal.positions, carried)
    jacobians = losses.equivariance_jacobians(goal.jacobians, start.jacobians, slope)
    return carried, slope, float(positions), float(jacobians)


def warp_of(affine: float, bend: float, seed: int, turn: float, size: float) -> RandomWarp:
    """A random warp of a turned and resized frame.

    Args:
        affine: spread of the affine part around the identity.
        bend: spread of the thin-plate weights.
        seed: of both.
        turn: of the frame, in degrees.
        size: of the frame; 1 is the picture's.
    """
    generator = torch.Generator().manual_seed(seed)
    warp = RandomWarp.sample(1, sigma_affine=affine, sigma_tps=bend, generator=generator)
    angle = math.radians(turn)
    frame = size * torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return dataclasses.replace(warp, theta=torch.cat([warp.theta[:, :, :2] @ frame, warp.theta[:, :, 2:]], dim=2))


def _border() -> Float[Tensor, "1 n 2"]:
    """Places around the edge of a picture, in order."""
    grid = coordinate_grid(17, 17)
    return torch.cat([grid[0], grid[:, -1], grid[-1].flip(0), grid[:, 0].flip(0)])[None]
