"""Figures of the notebook on keypoints: confidence maps, temperature, equivariance, landmarks, the reference frame."""

from collections.abc import Mapping, Sequence

from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.figures.style import BLUE, GREY, INK, ORANGE, RED, drawing, picture, scalar_map
from fomm_lite.drawing import draw_keypoints, enlarge, keypoint_colour
from fomm_lite.types import Keypoints


def confidence(
    image: Float[Tensor, "3 h w"],
    maps: Float[Tensor, "k h2 w2"],
    positions: Float[Tensor, "k 2"],
    keypoints: Sequence[int],
) -> Image:
    """A picture, and the confidence maps of some keypoints with the position read from each."""
    numbers = ", ".join(str(k + 1) for k in keypoints)
    alt = f"The picture and the confidence maps of keypoints {numbers}, each a small blot"
    with drawing(alt, height=9 / (1 + len(keypoints)) + 0.35) as made:
        panels = made.figure.subplots(1, 1 + len(keypoints))
        picture(panels[0], image, "picture")
        for axes, k in zip(panels[1:], keypoints, strict=True):
            scalar_map(axes, maps[k], f"confidence map {k + 1}")
            for where in (panels[0], axes):
                place = positions[k].tolist()
                where.scatter(*place, s=40, color=keypoint_colour(k), edgecolors="white", zorder=3)
    return made.shown


def two_peaks(maps: Mapping[str, Float[Tensor, "h w"]], positions: Mapping[str, Float[Tensor, " 2"]]) -> Image:
    """Confidence maps of one set of scores, each with what soft-argmax reads from it."""
    with drawing("Confidence maps with two peaks: " + ", ".join(maps), height=9 / len(maps) + 0.35) as made:
        panels = made.figure.subplots(1, len(maps), squeeze=False)[0]
        for axes, (name, values) in zip(panels, maps.items(), strict=True):
            scalar_map(axes, values, name)
            axes.scatter(*positions[name].tolist(), s=60, color=RED, edgecolors="white", zorder=3)
    return made.shown


def temperatures(
    values: Float[Tensor, " n"], entropy: Float[Tensor, " n"], bias: Float[Tensor, " n"], used: float
) -> Image:
    """Entropy of a confidence map and bias of its mean, against the temperature."""
    alt = (
        f"Entropy rises with temperature to {float(entropy[-1]):.1f} bits; the position's bias to {float(bias[-1]):.2f}"
    )
    with drawing(alt, width=8, height=3) as made:
        left, right = made.figure.subplots(1, 2)
        left.semilogx(values, entropy, color=BLUE)
        left.set_ylabel("entropy (bits)")
        right.semilogx(values, bias, color=ORANGE)
        right.set_ylabel("bias (normalised units)")
        for axes in (left, right):
            axes.axvline(used, color=GREY, linestyle="--", linewidth=1)
            axes.set_xlabel("temperature (dashed: the model's)")
    return made.shown


def equivariance(
    image: Float[Tensor, "3 h w"],
    transformed: Float[Tensor, "3 h w"],
    found: Keypoints,
    there: Keypoints,
    carried: Keypoints,
) -> Image:
    """Keypoints of the picture, of the transformed picture, and the latter carried over by the warp."""
    with drawing("Keypoints in the picture, in the warped picture, and carried back: they agree", height=3.3) as made:
        panels = made.figure.subplots(1, 3)
        shown = [("found in the picture", image, found), ("found in the transformed", transformed, there)]
        shown.append(("the latter, carried by T", image, carried))
        for axes, (name, seen, kp) in zip(panels, shown, strict=True):
            picture(axes, draw_keypoints(enlarge(seen, 280), kp.positions[0], kp.jacobians[0]), name)
    return made.shown


def landmarks(
    image: Float[Tensor, "3 h w"], truth: Float[Tensor, "n 2"], guess: Float[Tensor, "n 2"], error: float, base: float
) -> Image:
    """True landmarks and those read from keypoints on a picture; the errors as bars."""
    alt = f"Landmarks read from keypoints are {error:.2f} pixels off on average, the mean landmark {base:.2f}"
    with drawing(alt, width=8, height=3.6) as made:
        left, right = made.figure.subplots(1, 2, width_ratios=[1, 1.2])
        picture(left, image, "landmarks: true (white), read (red)")
        for a, b in zip(truth.tolist(), guess.tolist(), strict=True):
            left.plot([a[0], b[0]], [a[1], b[1]], color=INK, linewidth=0.8)
        left.scatter(*truth.T, s=22, color="white", edgecolors=INK, zorder=3)
        left.scatter(*guess.T, s=16, color=RED, edgecolors="white", linewidths=0.5, zorder=4)
        bars = right.bar(["mean landmark", "read from keypoints"], [base, error], color=[GREY, BLUE])
        right.bar_label(bars, fmt="%.2f")
        right.set_ylabel("error on test people (pixels)")
    return made.shown


def reference_patches(rows: Mapping[str, Sequence[Float[Tensor, "3 _ _"]]], keypoints: Sequence[int]) -> Image:
    """What lies around some keypoints in different pictures, pulled back into the reference frame."""
    alt = "Around keypoints " + ", ".join(str(k + 1) for k in keypoints) + ", rows: " + ", ".join(rows)
    with drawing(alt, height=1.5 * len(rows) + 0.4) as made:
        grid = made.figure.subplots(len(rows), len(keypoints), squeeze=False)
        for line, (name, patches) in zip(grid, rows.items(), strict=True):
            for axes, patch, k in zip(line, patches, keypoints, strict=True):
                picture(axes, patch, f"{name}, {k + 1}")
                axes.title.set_fontsize(9)
    return made.shown
