"""Matrices as a page shows them, with the present numbers; columns have the colours of a jacobian's arms."""

from collections.abc import Mapping, Sequence
from html import escape

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.media.draw import keypoint_colour


def matrices(named: Mapping[str, Float[Tensor, "2 2"]], keypoint: int | None = None) -> str:
    """HTML of matrices side by side, each below its name.

    Args:
        named: name -> matrix; its first column is where a step right leads, its second where a step down does.
        keypoint: index of the keypoint whose colour they have: full in the first column, pale in the second, as on its
            arms; None for a matrix that belongs to no keypoint.
    """
    each = [_matrix(escape(name), matrix.tolist(), _tints(keypoint)) for name, matrix in named.items()]
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px 12px;margin:4px 0">{"".join(each)}</div>'


def relative_jacobian(
    source: Float[Tensor, "2 2"], driving: Float[Tensor, "2 2"], names: tuple[str, str], keypoint: int
) -> str:
    """HTML of Eq. 5 at one keypoint: both jacobians, and the first times the inverse of the second.

    Args:
        source: the source's jacobian.
        driving: the driving one; invertible.
        names: of both.
        keypoint: its index.
    """
    product = torch.linalg.solve(driving, source, left=False)
    return matrices({names[0]: source, names[1]: driving, f"{names[0]} {names[1]}⁻¹": product}, keypoint)


def chip(name: str, keypoint: int) -> str:
    """HTML of a keypoint's name on its colour.

    Args:
        name: what is written.
        keypoint: its index.
    """
    full, _ = _tints(keypoint)
    return f'<span style="font-size:12px;border-radius:8px;padding:1px 8px;background:{full}">{escape(name)}</span>'


def _tints(keypoint: int | None) -> tuple[str, str]:
    """Backgrounds of the two columns: letters stay in the page's ink, whatever its theme."""
    if keypoint is None:
        return "transparent", "transparent"
    red, green, blue = (round(255 * part) for part in keypoint_colour(keypoint))
    return f"rgba({red},{green},{blue},.5)", f"rgba({red},{green},{blue},.2)"


def _matrix(name: str, rows: Sequence[Sequence[float]], tints: tuple[str, str]) -> str:
    """One matrix: its name above, and a line left and right of it."""
    edge = "border:solid currentColor;border-width:0 1.5px;border-radius:5px;display:inline-block"
    cell = "display:inline-block;width:3.2em;text-align:right;padding:0 3px;background:"
    spans = [
        "".join(f'<span style="{cell}{tint}">{entry:+z.2f}</span>' for entry, tint in zip(row, tints, strict=True))
        for row in rows
    ]
    lines = "".join(f"<div>{each}</div>" for each in spans)
    return f'<div style="font-size:12px"><div>{name}</div><div style="{edge}">{lines}</div></div>'
