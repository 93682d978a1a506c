"""Make the pictures of the README from the shipped weights: ``python scripts/make_gallery.py``."""

import math
from collections.abc import Iterator
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import animation_frames
from fomm_lite.cli.grid import grid_frame
from fomm_lite.cli.options import DEFAULT_BATCH
from fomm_lite.course.live_puppet.state import PuppetState
from fomm_lite.files.shipped import asset
from fomm_lite.media.draw import draw_keypoints, enlarge
from fomm_lite.media.read import read_image, stream_frames
from fomm_lite.media.write import write_video
from fomm_lite.weights import load_model

GALLERY = Path(__file__).resolve().parent.parent / "assets" / "gallery"
SIZE = 128
SIDE = 192
FPS = 20.0
HAT, FACE = 4, 5  # keypoints
MOMENTS = 24  # of each movement by hand
SHOWN = {"faces": ("faces-128", "face"), "puppets": ("puppets-64", "puppet")}


def by_hand() -> Iterator[Float[Tensor, "3 h w"]]:
    """The live puppet: a keypoint of the hat is pulled out and let go, one of the face turned back and forth."""
    puppet = PuppetState(load_model("faces-64"), read_image(asset("sources/face.png"), SIZE), None)
    hat, face = ({"x": 0.0, "y": 0.0, "turn": 0.0, "stretch": 1.0} | puppet.hand(k, 0) for k in (HAT, FACE))
    for moment in range(2 * MOMENTS):
        swing = math.sin(2 * math.pi * moment / MOMENTS)
        puppet.reset()
        if moment < MOMENTS:
            puppet.set_hand(HAT, hat | {"x": hat["x"] - 0.3 * swing**2}, 0)
        else:
            puppet.set_hand(FACE, face | {"turn": 40 * swing}, 0)
        pose = puppet.pose(0)
        yield draw_keypoints(enlarge(puppet.draw(0).prediction[0], 2 * SIZE), pose.positions[0], pose.jacobians[0])


def main() -> None:
    """Source, driver and film side by side for each weights, one grid, and the puppet by hand."""
    for name, (weights, asset_name) in SHOWN.items():
        model = load_model(weights)
        source = read_image(asset(f"sources/{asset_name}.png"), SIZE)
        driving = stream_frames(asset(f"drivers/{asset_name}.mp4"), SIZE)
        frames = list(animation_frames(model, source, driving, batch=DEFAULT_BATCH))
        rows = (
            torch.cat([enlarge(picture, SIDE) for picture in (frame.source, frame.driving, frame.prediction)], dim=2)
            for frame in frames
        )
        write_video(GALLERY / f"{name}.webp", rows, FPS)
        if name == "faces":
            write_video(GALLERY / "grid.webp", (grid_frame(frame, side=SIDE) for frame in frames[::2]), FPS / 2)
    write_video(GALLERY / "puppet-by-hand.webp", by_hand(), 12)


if __name__ == "__main__":
    main()
