"""Make the pictures of the README from the shipped weights: ``python scripts/make_gallery.py``."""

from pathlib import Path

import torch

from fomm_lite.animation import animation_frames
from fomm_lite.data.media import read_image, stream_frames
from fomm_lite.data.writing import write_video
from fomm_lite.drawing import enlarge, grid_frame
from fomm_lite.resources import asset
from fomm_lite.weights import load_model

GALLERY = Path(__file__).resolve().parent.parent / "assets" / "gallery"
SIZE = 128
SIDE = 192
FPS = 20.0
SHOWN = {"faces": ("faces-64", "face"), "puppets": ("puppets-64", "puppet")}


def main() -> None:
    """Source, driver and film side by side for each weights, and one grid."""
    for name, (weights, asset_name) in SHOWN.items():
        model = load_model(weights)
        source = read_image(asset(f"sources/{asset_name}.png"), SIZE)
        driving = stream_frames(asset(f"drivers/{asset_name}.mp4"), SIZE)
        frames = list(animation_frames(model, source, driving, batch=4))
        rows = (
            torch.cat([enlarge(picture, SIDE) for picture in (frame.source, frame.driving, frame.prediction)], dim=2)
            for frame in frames
        )
        write_video(GALLERY / f"{name}.webp", rows, FPS)
        if name == "faces":
            write_video(GALLERY / "grid.webp", (grid_frame(frame, side=SIDE) for frame in frames[::2]), FPS / 2)


if __name__ == "__main__":
    main()
