"""The live puppet of the site, as a folder that any page may load: ``python scripts/make_live_puppet.py FOLDER``.

The shipped model as ONNX for pictures of two sizes, the runtime that computes it in a browser and what writes GIFs
(from ``site/node_modules``, which ``npm ci`` in ``site/`` fills), six drawn faces, a driver with the keypoints that the
model finds in it, and the scripts of ``site/puppet`` with the notebooks' own canvas. Nothing is loaded from elsewhere.
"""

import json
import math
import shutil
import sys
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.media.draw import keypoint_code
from fomm_lite.media.read import read_image, stream_frames
from fomm_lite.media.write import write_image
from fomm_lite.types import Keypoints
from fomm_lite.weights import load_model
from fomm_lite.weights.onnx_live import export_live
from fomm_lite.worlds import faces

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
CANVAS = ROOT / "fomm_lite" / "course" / "live_puppet" / "canvas.js"
MODULES = SITE / "node_modules"
# of the runtime's builds the smallest: WebAssembly alone, no graphics card
RUNTIME = tuple(
    Path("onnxruntime-web", "dist", name)
    for name in ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
)
GIFS = Path("gifenc", "dist", "gifenc.esm.js")
WEIGHTS = "faces-64"
SIZES, SIDE = (64, 128), 384  # pixels: of the model's pictures, the first one first, and of the canvas
DRIVEN_AT = 20.0  # pictures a second
COLUMNS = 10  # of the strip that shows the driver
SEEDS = (3, 9, 18, 28, 12)  # of the drawn faces beside assets/sources/face.png


def has_runtime() -> bool:
    """Whether npm has brought what the puppet is computed by."""
    return all((MODULES / name).is_file() for name in (*RUNTIME, GIFS))


def sources(size: int) -> list[Float[Tensor, "3 {size} {size}"]]:
    """The six faces that can be moved."""
    shipped = read_image(ROOT / "assets" / "sources" / "face.png", size=size)
    return [shipped, *(faces(seed, frames=1, size=size).frames[0] for seed in SEEDS)]


def as_numbers(keypoints: Keypoints) -> dict[str, list[list[float]]]:
    """The first item's keypoints as ``algebra.js`` takes them."""
    return {"positions": keypoints.positions[0].tolist(), "jacobians": keypoints.jacobians[0].flatten(1).tolist()}


def make_live_puppet(out: Path) -> None:
    """Write the folder.

    Args:
        out: made, and files of the same names in it overwritten.

    Raises:
        FileNotFoundError: the runtime is not there.
    """
    for folder in (out, out / "runtime", out / "pictures"):
        folder.mkdir(parents=True, exist_ok=True)
    for name in (*RUNTIME, GIFS):
        shutil.copy(MODULES / name, out / "runtime")
    shutil.copy(MODULES / "gifenc" / "LICENSE.md", out / "runtime" / "gifenc-license.md")
    for path in (*(SITE / "puppet").iterdir(), CANVAS):
        shutil.copy(path, out)
    model = load_model(WEIGHTS)
    for size in SIZES:
        export_live(model, out / "weights" / str(size), size)
        for index, source in enumerate(sources(size)):
            write_image(out / "pictures" / f"face-{index}-{size}.png", source)
    small = SIZES[0]  # of the driver only its keypoints count, which know no pixels
    frames = torch.stack(list(stream_frames(ROOT / "assets" / "drivers" / "face.mp4", size=small)))
    rows = math.ceil(len(frames) / COLUMNS)
    strip = torch.zeros(rows * COLUMNS, 3, small, small)
    strip[: len(frames)] = frames
    tiled = strip.view(rows, COLUMNS, 3, small, small).permute(2, 0, 3, 1, 4).reshape(3, rows * small, COLUMNS * small)
    write_image(out / "pictures" / "driver.jpg", tiled)
    with torch.no_grad():
        found = [model.detect(frame[None]) for frame in frames]
    told = {
        "sizes": SIZES,
        "side": SIDE,
        "fps": DRIVEN_AT,
        "colours": [keypoint_code(index) for index in range(model.config.num_keypoints)],
        "sources": [{"name": f"drawn face {n + 1}", "file": f"./pictures/face-{n}"} for n in range(1 + len(SEEDS))],
        "strip": "./pictures/driver.jpg",
        "columns": COLUMNS,
        "rows": rows,
        "driver": [as_numbers(keypoints) for keypoints in found],
    }
    (out / "puppet.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_live_puppet(Path(sys.argv[1]))
