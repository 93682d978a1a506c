"""How a made film shows that it is made: a statement in the file, a label in the picture, a watermark under it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor

from fomm_lite import __version__
from fomm_lite.forensics.watermark import embed_watermark
from fomm_lite.media.draw import draw_label
from fomm_lite.media.statement import statement

LABEL = "synthetic"


def marked(frame: Float[Tensor, "c h w"], label: bool, key: str | None) -> Float[Tensor, "c h w"]:
    """A frame with the label drawn and the watermark embedded, where they are wanted.

    Args:
        frame: in [0, 1], perhaps with alpha, which the watermark leaves alone.
        label: whether to draw it.
        key: of the watermark; None for none.

    Raises:
        InputError: an empty key, or a frame too small for a watermark.
    """
    frame = draw_label(frame, LABEL) if label else frame
    if key is not None:
        frame = frame.clone()
        frame[:3] = embed_watermark(frame[None, :3], key)[0]
    return frame


def said(command: str, weights: str, how: Mapping[str, Any]) -> str:
    """The statement of a film; of files it has the names only, not where they lie."""
    names = {name: value.name if isinstance(value, Path) else value for name, value in how.items()}
    shown = Path(weights).name  # a shipped name stays as it is
    return statement(f"fomm-lite {__version__}", {"command": command, "weights": shown, **names})
