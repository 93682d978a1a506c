"""Draw the shipped pictures and clips into assets/: sources and drivers of both worlds, from test seeds.

    python scripts/draw_assets.py

Nobody real is shown: all of it is drawn from a seed, so it can be drawn again.
"""

from pathlib import Path

from fomm_lite.media.write import write_image, write_video
from fomm_lite.worlds import WORLDS, seeds

ASSETS = Path(__file__).resolve().parent.parent / "assets"
SIZE = 256
FPS = 20
FRAMES = 80

# which of the test seeds: the source's identity, and the driver's
CHOSEN = {"faces": ("face", 19, 3), "puppets": ("puppet", 4, 3)}


def main() -> None:
    """Draw everything."""
    for world, (name, source, driver) in CHOSEN.items():
        picture = WORLDS[world](seeds("test", 1, start=source)[0], frames=1, size=SIZE).frames[0]
        write_image(ASSETS / "sources" / f"{name}.png", picture)
        clip = WORLDS[world](seeds("test", 1, start=driver)[0], frames=FRAMES, size=SIZE)
        write_video(ASSETS / "drivers" / f"{name}.mp4", clip.frames, FPS)


if __name__ == "__main__":
    main()
