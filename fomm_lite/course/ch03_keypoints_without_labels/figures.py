"""Figures of the notebook on keypoints: confidence maps, temperature, equivariance, landmarks, the reference frame."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course.ch03_keypoints_without_labels.skips import Outlines
from fomm_lite.course.ch03_keypoints_without_labels.trained_temperatures import Trained
from fomm_lite.course.kit.sheets import Sheet, picture_sheet
from fomm_lite.course.kit.style import BLUE, GREY, INK, ORANGE, PALE, PINK, drawing, picture, scalar_map
from fomm_lite.media.draw import draw_keypoints, enlarge, keypoint_colour
from fomm_lite.types import Keypoints


def confidence(
    image: Float[Tensor, "3 h w"],
    maps: Float[Tensor, "k h2 w2"],
    positions: Float[Tensor, "k 2"],
    keypoints: Sequence[int],
) -> Image:
    """A picture, and the confidence maps of some keypoints with the position read from each."""
    numbers = ", ".join(str(k + 1) for k in keypoints)
    alt = f"The picture with {len(keypoints)} dots, and the confidence maps of keypoints {numbers}, each a small blot"
    with drawing(alt, height=9 / (1 + len(keypoints)) + 0.6) as made:
        panels = made.figure.subplots(1, 1 + len(keypoints))
        picture(panels[0], image, "picture")
        for axes, k in zip(panels[1:], keypoints, strict=True):
            scalar_map(axes, maps[k], f"confidence map {k + 1}\nyellow: {float(maps[k].max()):.2f}")
            for where in (panels[0], axes):
                place = positions[k].tolist()
                where.scatter(*place, s=40, color=keypoint_colour(k), edgecolors="white", zorder=3)
    return made.shown


def outlines(found: Outlines, which: Sequence[int]) -> Sheet:
    """Some pictures, the true outline of the figure, and what an hourglass with and one without skips drew."""
    said = ", ".join(f"{name} {share:.0%}" for name, share in found.hits.items())
    rows = [
        {"picture": found.pictures[each], "true outline": found.truth[each].float().expand(3, -1, -1)}
        | {
            f"{name}: {100 * found.hits[name]:.0f} % hit": drawn[each].expand(3, -1, -1)
            for name, drawn in found.drawn.items()
        }
        for each in which
    ]
    return picture_sheet(
        rows, f"Outlines of people, true and drawn by two hourglasses; of the marked pixels hit: {said}"
    )


def local_motions(
    image: Float[Tensor, "3 h w"], jacobians: Mapping[str, tuple[Float[Tensor, "2 2"], Float[Tensor, "2 2"]]]
) -> Sheet:
    """What single local motions make of a picture (Eq. 4), about its middle, with the determinants they come from.

    Args:
        image: the source.
        jacobians: name -> of the source and of the driving frame.
    """
    grid, shown, said = geometry.coordinate_grid(*image.shape[1:]), {"source": image}, []
    for name, (source, driving) in jacobians.items():
        places = grid @ geometry.relative_jacobians(source, driving).T
        determinants = "det A {:.2g}, det B {:.2g}".format(*(float(torch.det(each)) for each in (source, driving)))
        shown[f"{name}: {determinants}"] = geometry.warp(image[None], places[None])[0]
        said.append(f"{name} ({determinants})")
    return picture_sheet([shown], f"A face as local motions deform it: {'; '.join(said)}", side=128)


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


def jacobian_maps(
    image: Float[Tensor, "3 h w"],
    found: Keypoints,
    maps: Float[Tensor, "2 2 h2 w2"],
    confidence: Float[Tensor, "h2 w2"],
    k: int,
) -> Image:
    """All keypoints with their jacobians; the four jacobian maps of one of them, with their means under its confidence.

    Args:
        image: a picture.
        found: its keypoints.
        maps: the jacobian maps of keypoint k.
        confidence: its confidence map.
        k: which one is shown.
    """
    means = (confidence * maps).sum((-2, -1))
    alt = (
        f"The picture with {found.positions.shape[1]} dots, each with two bars; the four jacobian maps of keypoint "
        f"{k + 1}, which differ from place to place, with a dot where they are read"
    )
    with drawing(alt, height=2.7) as made:
        panels = made.figure.subplots(1, 5, width_ratios=[1.5, 1, 1, 1, 1])
        picture(panels[0], draw_keypoints(enlarge(image, 280), found.positions[0], found.jacobians[0]), "keypoints")
        limit = float(maps.abs().max())
        for place, axes in enumerate(panels[1:]):
            row, column = divmod(place, 2)
            name = f"row {row + 1}, column {column + 1}:\nread as {float(means[row, column]):.2f}"
            shown = scalar_map(axes, maps[row, column], name, signed=True, limit=limit)
            axes.scatter(*found.positions[0, k].tolist(), s=40, color=keypoint_colour(k), edgecolors=INK, zorder=3)
        made.figure.colorbar(shown, ax=list(panels[1:]), label="entry", shrink=0.8)
    return made.shown


def second_peak_slopes(values: Float[Tensor, " n"], slopes: Float[Tensor, " n"], used: float) -> Image:
    """How much the position feels of the scores of a peak that was not chosen, against the temperature."""
    best = float(values[slopes.argmax()])
    alt = f"The gradient at the lower peak is largest near temperature {best:.2f} and small on both sides of it"
    with drawing(alt, width=8, height=2.6) as made:
        axes = made.figure.subplots()
        axes.semilogx(values, slopes, color=BLUE)
        axes.axvline(used, color=GREY, linestyle="--", linewidth=1)
        axes.set(xlabel="temperature (dashed: the model's)", ylabel="gradient of x at\nthe lower peak")
    return made.shown


def trained_temperatures(models: Sequence[Trained], used: float) -> Image:
    """Held-out L1, and width of the confidence maps before and after, a dot for each model; lines through the means."""
    values = sorted({model.temperature for model in models})
    own = [[model for model in models if model.temperature == value] for value in values]
    said = "; ".join(
        f"{value:g}: L1 {fmean([one.share for one in each]):.2f} of copying, "
        f"maps {fmean([one.width for one in each]):.2f}"
        for value, each in zip(values, own, strict=True)
    )
    with drawing(f"Models trained at four temperatures. {said}", width=9, height=3.2) as made:
        left, right = made.figure.subplots(1, 2)
        for axes, field, colour, name in (
            (left, "share", BLUE, ""),
            (right, "width_before", GREY, "before training"),
            (right, "width", ORANGE, "after it"),
        ):
            axes.plot(values, [fmean([getattr(one, field) for one in each]) for each in own], color=colour, label=name)
            axes.scatter(
                [one.temperature for one in models], [getattr(one, field) for one in models], color=colour, s=18
            )
        for axes, said in ((left, "held-out L1 / copying"), (right, "width of the confidence maps")):
            axes.set_xscale("log")
            axes.set_xticks(values, [f"{value:g}" for value in values])
            axes.minorticks_off()
            axes.set_ylim(bottom=0)
            axes.set(xlabel="temperature (dashed: the model's)", ylabel=said)
            axes.axvline(used, color=GREY, linestyle="--", linewidth=1)
        right.legend()
    return made.shown


def products(columns: Mapping[str, Float[Tensor, "n 2 2"]]) -> Image:
    """The columns of many products of Eq. 13 as dots; those of the identity are rings.

    Args:
        columns: name -> products, one matrix for each keypoint of each picture.
    """
    distances = {n: float((p - torch.eye(2)).abs().mean()) for n, p in columns.items()}
    alt = "Columns of the products of Eq. 13, clouds around (1, 0) and (0, 1): " + ", ".join(
        f"{name} {distance:.3f} off on average" for name, distance in distances.items()
    )
    with drawing(alt, width=8, height=3.8) as made:
        panels = made.figure.subplots(1, len(columns), squeeze=False, sharex=True, sharey=True)[0]
        for axes, (name, matrices) in zip(panels, columns.items(), strict=True):
            for column, colour in enumerate((BLUE, ORANGE)):
                axes.scatter(*matrices[:, :, column].T, s=7, color=colour, alpha=0.6, label=f"column {column + 1}")
            axes.scatter([1, 0], [0, 1], s=90, facecolors="none", edgecolors=INK, linewidths=2, label="identity")
            axes.set(title=f"{name}: Eq. 13 is {distances[name]:.3f}", xlabel="first entry", aspect="equal")
            axes.grid(True, color=PALE, linewidth=0.6)
        panels[0].set_ylabel("second entry")
        panels[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return made.shown


def equivariance(
    image: Float[Tensor, "3 h w"],
    transformed: Float[Tensor, "3 h w"],
    found: Keypoints,
    there: Keypoints,
    carried: Keypoints,
) -> Image:
    """Keypoints of the picture, of the transformed picture, and the latter carried over by the warp."""
    alt = (
        "Keypoints found in the picture; in the warped picture; the latter carried by the warp into the picture, where "
        "they nearly agree with the former"
    )
    with drawing(alt, height=3.3) as made:
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
        picture(left, image, "landmarks: true (white), read (pink)")
        for a, b in zip(truth.tolist(), guess.tolist(), strict=True):
            left.plot([a[0], b[0]], [a[1], b[1]], color=INK, linewidth=0.8, linestyle="-")
        left.scatter(*truth.T, s=22, color="white", edgecolors=INK, zorder=3)
        left.scatter(*guess.T, s=16, color=PINK, edgecolors="white", linewidths=0.5, zorder=4)
        bars = right.bar(["mean landmark", "read from keypoints"], [base, error], color=[GREY, BLUE])
        right.bar_label(bars, fmt="%.2f")
        right.set_ylabel("error on test people (pixels)")
    return made.shown


def reference_patches(rows: Mapping[str, Sequence[Float[Tensor, "3 _ _"]]], keypoints: Sequence[int]) -> Image:
    """What lies around some keypoints in different pictures, pulled back into the reference frame."""
    numbers = ", ".join(str(k + 1) for k in keypoints)
    alt = f"Patches around keypoints {numbers}, pulled back into the reference; a row each: " + ", ".join(rows)
    with drawing(alt, height=1.5 * len(rows) + 0.4) as made:
        grid = made.figure.subplots(len(rows), len(keypoints), squeeze=False)
        for line, (name, patches) in zip(grid, rows.items(), strict=True):
            for axes, patch, k in zip(line, patches, keypoints, strict=True):
                picture(axes, patch, f"{name}, keypoint {k + 1}")
                axes.title.set_fontsize(10)
    return made.shown
