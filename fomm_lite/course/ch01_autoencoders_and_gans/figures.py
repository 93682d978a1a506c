"""Figures of notebook 01: autoencoders, the swap, and two networks against each other."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch01_autoencoders_and_gans.gan import GanTraining, generator_loss, real_points
from fomm_lite.course.kit.sheets import picture_sheet
from fomm_lite.course.kit.style import BLUE, GREY, INK, LINES, MARKERS, ORANGE, PALE, drawing


def code_lengths(lengths: Sequence[int], errors: Mapping[str, Sequence[float]]) -> Image:
    """L1 of restored pictures against the length of the code, one line a group of pictures."""
    said = "; ".join(f"{name}: {values[0]:.3f} to {values[-1]:.3f}" for name, values in errors.items())
    with drawing(f"L1 of restored pictures for {lengths[0]} to {lengths[-1]} numbers in the code. {said}") as made:
        axes = made.figure.subplots()
        for (name, values), colour, mark in zip(errors.items(), LINES, MARKERS, strict=False):
            axes.plot(lengths, values, marker=mark, color=colour, label=name)
        axes.set_xscale("log", base=2)
        axes.set_xticks(list(lengths), [str(length) for length in lengths])
        axes.set_ylim(bottom=0)
        axes.set(xlabel="numbers in the code (a picture has 3072)", ylabel="L1 of restored pictures")
        axes.legend()
    return made.shown


def losses(values: Sequence[float], window: int = 25) -> Image:
    """A loss over the steps, with its running mean."""
    with drawing(f"The loss falls fast at first, then slowly, to {fmean(values[-window:]):.3f}") as made:
        axes = made.figure.subplots()
        axes.plot(values, color=GREY, linewidth=0.7, linestyle="-", label="each step")
        mean = torch.tensor(values).unfold(0, window, 1).mean(1)
        axes.plot(
            range(window - 1, len(values)), mean.tolist(), color=BLUE, linestyle="-", label=f"mean of {window} steps"
        )
        axes.set(ylim=(0, max(values[5:]) * 1.05), xlabel="step", ylabel="L1 of both persons")
        axes.legend()
    return made.shown


def rows(
    pictures: Mapping[str, Float[Tensor, "t 3 h w"]], moments: Sequence[int], alt: str, *, side: int = 96
) -> Image:
    """Rows of small pictures at the same moments."""
    chosen = {name: {f"frame {each}": group[each] for each in moments} for name, group in pictures.items()}
    return picture_sheet(chosen, alt, side=side)


def pose_follows(
    read: Float[Tensor, "t 2"], driver: Float[Tensor, "t 2"], who: str, *, names: Sequence[str] = ("x", "y")
) -> Image:
    """What a ruler reads off swapped pictures over the frames, beside the truth of the person who moved."""
    with drawing(f"The nose in the swapped pictures moves with the nose of {who}", height=3.6) as made:
        panels = made.figure.subplots(1, 2, sharex=True)
        for number, (axes, name) in enumerate(zip(panels, names, strict=True)):
            axes.plot(driver[:, number].tolist(), color=GREY, label=f"true nose of {who}")
            axes.plot(read[:, number].tolist(), color=ORANGE, label="read off the swapped pictures")
            axes.set(xlabel="frame", ylabel=f"nose {name} in the crop, normalised")
        panels[0].legend(loc="lower left", bbox_to_anchor=(0, 1))
    return made.shown


def best_judge(x: Float[Tensor, " n"], real: Tensor, generated: Tensor, judge: Tensor) -> Image:
    """Two densities on a line and the best discriminator between them."""
    with drawing("Where real points are denser the best discriminator is above a half") as made:
        left, right = made.figure.subplots(1, 2, sharex=True)
        left.plot(x, real, color=BLUE, label="real")
        left.plot(x, generated, color=ORANGE, label="generated")
        left.set_ylabel("density")
        left.set_ylim(bottom=0)
        left.legend()
        right.plot(x, judge, color=INK)
        right.axhline(0.5, color=PALE, zorder=0)
        right.set(ylim=(0, 1), ylabel="best discriminator")
        for axes in (left, right):
            axes.set_xlabel("x")
    return made.shown


def heaps(trainings: Mapping[str, GanTraining]) -> Image:
    """Generated points over real ones, one panel a training."""
    real = real_points(1000, torch.Generator().manual_seed(7))
    alt = "; ".join(f"{name}: {made.moments[-1].heaps} of 8 heaps" for name, made in trainings.items())
    with drawing(alt, width=4.4 * len(trainings), height=4.4) as made:
        for axes, (name, training) in zip(
            made.figure.subplots(1, len(trainings), squeeze=False)[0], trainings.items(), strict=True
        ):
            axes.scatter(real[:, 0], real[:, 1], s=6, color=GREY, alpha=0.4, linewidths=0, label="real")
            points = training.points
            axes.scatter(points[:, 0], points[:, 1], s=6, color=ORANGE, alpha=0.6, label="generated")
            axes.set(title=name, aspect="equal")
            reach = 1.1 * max(1.35, float(points.abs().max()))
            axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="x", ylabel="y")
            axes.legend(loc="center", markerscale=2)  # in each panel, so that they can stand below each other
    return made.shown


def contest(trainings: Mapping[str, GanTraining]) -> Image:
    """How two trainings went: heaps found, and how often the discriminator is right."""
    said = "; ".join(
        f"{name} ends with {made.moments[-1].heaps} of 8 heaps, judged right in {100 * made.moments[-1].judged:.0f} %"
        for name, made in trainings.items()
    )
    with drawing(f"Heaps found, and judgements of the discriminator, over each training: {said}", height=3.4) as made:
        left, right = made.figure.subplots(1, 2)
        for (name, training), colour in zip(trainings.items(), LINES, strict=False):
            done = [moment.step / training.moments[-1].step for moment in training.moments]
            left.plot(done, [moment.heaps for moment in training.moments], color=colour, label=name)
            right.plot(done, [moment.judged for moment in training.moments], color=colour, label=name)
        right.axhline(0.5, color=PALE, zorder=0)
        left.set(ylabel="heaps found, of 8", ylim=(-0.3, 8.5))
        right.set(ylabel="judged right by the discriminator", ylim=(0, 1))
        for axes in (left, right):
            axes.set_xlabel("share of the training")
        left.legend()
        right.legend(loc="lower left")  # the panels may stand below each other
    return made.shown


def three_losses(names: Sequence[str]) -> Image:
    """What the generator pays for a score, and the slope of it."""
    score = torch.linspace(-6, 4, 200).requires_grad_()
    with drawing("The saturating loss is flat where the discriminator is sure; the others are not", height=3.4) as made:
        left, right = made.figure.subplots(1, 2, sharex=True)
        for name, colour in zip(names, LINES, strict=False):
            paid = torch.stack([generator_loss(each.view(1, 1), name) for each in score])
            (slope,) = torch.autograd.grad(paid.sum(), score)
            left.plot(score.detach(), paid.detach(), color=colour, label=name)
            right.plot(score.detach(), slope, color=colour, label=name)
        left.set_ylim(-5, 12)
        right.set_ylim(-6, 6)
        left.set_ylabel("what the generator pays")
        right.set_ylabel("its slope")
        for axes in (left, right):
            axes.set_xlabel("score of a generated point (left: seen through)")
            axes.axhline(0, color=PALE, zorder=0)
        left.legend(loc="lower left")
        right.legend(loc="upper left")  # the panels may stand below each other
    return made.shown


def slopes(found: Mapping[str, Sequence[tuple[int, float]]]) -> Image:
    """How hard each loss pulls while only the discriminator learns."""
    said = ", ".join(f"{name} {line[-1][1]:.2g}" for name, line in found.items())
    with drawing(f"Slopes at a generated point while the discriminator alone learns; in the end {said}") as made:
        axes = made.figure.subplots()
        for (name, line), colour in zip(found.items(), LINES, strict=False):
            axes.plot([step for step, _ in line], [slope for _, slope in line], color=colour, label=name)
        axes.set(yscale="log", xlabel="steps of the discriminator alone", ylabel="slope at a generated point")
        made.figure.legend(
            *axes.get_legend_handles_labels(),
            loc="outside upper center",
            ncols=len(found),
            columnspacing=1,
            handlelength=2,
        )
    return made.shown
