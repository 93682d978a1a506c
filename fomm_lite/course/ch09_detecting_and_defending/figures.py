"""Figures of the notebook on detecting and defending."""

from collections.abc import Sequence
from textwrap import fill

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit import style
from fomm_lite.forensics import CUE_NAMES, auc, auc_interval, precision_at, roc_curve
from fomm_lite.forensics.cues import grey, match_blocks, motion_borders, noise_residual, radial_spectrum

REAL, FAKE = style.BLUE, style.ORANGE


def residuals(real: Float[Tensor, "3 h w"], fake: Float[Tensor, "3 h w"]) -> Image:
    """A real and a fake frame, each with the size of its noise residual."""
    alt = "A real and a fake frame of one person; the residual of the fake is paler: its edges are softer"
    with style.drawing(alt, height=2.7) as made:
        axes = made.figure.subplots(1, 4)
        sizes = [noise_residual(grey(frame)).abs() for frame in (real, fake)]
        limit = float(torch.stack(sizes).flatten().quantile(0.995))
        for column, (frame, size, name) in enumerate(zip((real, fake), sizes, ("real", "fake"), strict=True)):
            style.picture(axes[2 * column], frame, f"{name} frame")
            drawn = style.scalar_map(axes[2 * column + 1], size, f"{name}: residual", limit=limit)
        made.figure.colorbar(drawn, ax=axes, shrink=0.8, label="size of the residual")
    return made.shown


def spectra(
    real: Sequence[Float[Tensor, "_ 3 h w"]], fake: Sequence[Float[Tensor, "_ 3 h w"]], rings: int = 16
) -> Image:
    """Radial spectra of all clips: each a thin line, the mean of each kind a thick one."""
    with style.drawing("Power falls with frequency; that of fakes falls deeper at the fine end", height=3.4) as made:
        axes = made.figure.subplots()
        frequencies = (torch.arange(rings) + 0.5) / (2 * rings)
        for clips, colour, name, dashes in ((real, REAL, "real", "-"), (fake, FAKE, "fake", "--")):
            lines = torch.stack([radial_spectrum(grey(clip), rings) for clip in clips])
            for line in lines:
                axes.semilogy(frequencies, line, "-", color=colour, alpha=0.15, linewidth=0.8)
            mean = lines.log().mean(0).exp()
            axes.semilogy(frequencies, mean, dashes, color=colour, linewidth=2.5, label=f"{name}, mean")
        axes.set(xlabel="frequency (cycles a pixel)", ylabel="power", xlim=(0, 0.5))
        axes.legend()
    return made.shown


def borders(clip: Float[Tensor, "t 3 h w"], at: int) -> Image:
    """A frame, how far its pixels moved, where the motion jumps, and the residual there."""
    images = grey(clip[at - 1 : at + 1])
    steps, _ = match_blocks(images[:1], images[1:])
    edge = motion_borders(steps)[0]
    with style.drawing("A frame, its steps, the borders between steps, and the residual on them", height=2.7) as made:
        axes = made.figure.subplots(1, 4)
        style.picture(axes[0], clip[at], f"frame {at}")
        drawn = style.scalar_map(axes[1], steps[0].norm(dim=-1), "length of the step")
        made.figure.colorbar(drawn, ax=axes[1], shrink=0.6, label="pixels", location="bottom")
        style.scalar_map(axes[2], edge, "motion borders")
        kept = noise_residual(images[1]).abs() * edge
        drawn = style.scalar_map(axes[3], kept, "residual on borders", limit=0.1)
        made.figure.colorbar(drawn, ax=axes[3], shrink=0.6, label="size", location="bottom")
    return made.shown


def cue_dots(real: Float[Tensor, "n d"], fake: Float[Tensor, "m d"], names: Sequence[str] = CUE_NAMES) -> Image:
    """Every cue of every clip as a dot, standardised, with the area under the cue's own ROC curve."""
    both = torch.cat([real, fake])
    mean, deviation = both.mean(0), both.std(0).clamp(min=1e-9)
    dice = torch.Generator().manual_seed(0)
    areas = {name: f"{auc(real[:, row], fake[:, row]):.2f}" for row, name in enumerate(names)}
    said = ", ".join(f"{name} {area}" for name, area in areas.items())
    with style.drawing(f"Dots of real and fake clips for each cue, and its AUC: {said}", height=4.4) as made:
        axes = made.figure.subplots()
        for row in range(len(names)):
            for cues, colour, mark, up in ((real, REAL, "o", -0.18), (fake, FAKE, "^", 0.18)):
                x = (cues[:, row] - mean[row]) / deviation[row]
                y = row + up + 0.2 * (torch.rand(len(x), generator=dice) - 0.5)
                named = None if row else _kind(colour)
                axes.scatter(x, y, s=14, color=colour, marker=mark, alpha=0.6, linewidths=0, label=named)
            axes.text(4.1, row, areas[names[row]], va="center")
        axes.text(4.1, -0.9, "AUC", va="center", fontweight="bold")
        axes.set(xlim=(-4, 4), ylim=(len(names) - 0.4, -0.6), xlabel="cue, in standard deviations from the mean")
        axes.set_yticks(range(len(names)), names)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.13), ncols=2)
    return made.shown


def weights(values: Float[Tensor, " d"], names: Sequence[str] = CUE_NAMES) -> Image:
    """What the detector listens to."""
    said = ", ".join(f"{name} {value:.2f}" for name, value in zip(names, values.tolist(), strict=True))
    with style.drawing(f"Weights of the cues, above 0 for fake: {said}", height=3.0) as made:
        axes = made.figure.subplots()
        axes.barh(names, values.tolist(), color=[FAKE if value > 0 else REAL for value in values.tolist()])
        axes.axvline(0, color=style.INK, linewidth=1)
        axes.set(xlabel="weight: a high value of the cue\nspeaks for real (left) or fake (right)")
        axes.invert_yaxis()
    return made.shown


def roc_curves(tests: dict[str, tuple[Float[Tensor, " n"], Float[Tensor, " m"]]]) -> Image:
    """ROC curves of one detector on several tests; the legend gives areas with 95 % intervals."""
    said = "; ".join(f"{name} {auc(real, fake):.2f}" for name, (real, fake) in tests.items())
    alt = f"ROC curves, and the areas under them: {said}"
    with style.drawing(alt, width=style.CHART, height=5.6 + 0.25 * len(tests)) as made:
        axes = made.figure.subplots()
        for line, (name, (real, fake)) in enumerate(tests.items()):
            _, false_positives, true_positives = roc_curve(real, fake)
            low, high = auc_interval(real, fake)
            label = f"{name}: {auc(real, fake):.2f}  [{low:.2f}, {high:.2f}]"
            dashes = ("-", "--", "-.", ":", (0, (4, 4)))[line % 5]
            width, alpha = (7.0, 0.35) if line == 0 else (2.0, 1.0)  # others may lie on the first
            axes.plot(false_positives, true_positives, label=label, linestyle=dashes, linewidth=width, alpha=alpha)
        axes.plot([0, 1], [0, 1], color=style.PALE, linewidth=1, linestyle="-", zorder=0)
        axes.set(xlabel="false positive rate: real clips called fake", ylabel="true positive rate: fakes caught")
        axes.set(aspect="equal", anchor="N", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.legend(title="AUC [95 % interval]", loc="upper center", bbox_to_anchor=(0.5, -0.11))
    return made.shown


def race(areas: Float[Tensor, "n m"], trained: Sequence[str], tested: Sequence[str]) -> Image:
    """Areas of several detectors (rows) on several tests (columns)."""
    said = "; ".join(
        f"trained on {name}: " + ", ".join(f"{test} {area:.2f}" for test, area in zip(tested, row, strict=True))
        for name, row in zip(trained, areas.tolist(), strict=True)
    )
    with style.drawing(f"Areas under ROC curves on each test; {said}", width=style.CHART, height=3.6) as made:
        axes = made.figure.subplots()
        drawn = axes.imshow(areas.numpy(), vmin=0.3, vmax=1, cmap=style.AMOUNT, aspect="auto")
        for row, line in enumerate(areas.tolist()):
            for column, area in enumerate(line):
                colour = "white" if area < 0.7 else style.INK
                axes.text(column, row, f"{area:.2f}", ha="center", va="center", color=colour, fontsize=13)
        axes.set_xticks(range(len(tested)), [fill(name, 10) for name in tested])
        axes.set_yticks(range(len(trained)), trained)
        axes.set(xlabel="tested on", ylabel="trained on")
        made.figure.colorbar(drawn, ax=axes, label="AUC")
    return made.shown


def base_rates(rates: dict[str, tuple[float, float]]) -> Image:
    """Precision over prevalence for detectors of given true and false positive rates."""
    prevalence = torch.logspace(-4, -0.01, 100).tolist()
    said = "; ".join(f"{name}: {100 * precision_at(0.01, *both):.0f} %" for name, both in rates.items())
    alt = f"Precision falls as fakes become rare; with one fake in a hundred, for caught, false alarms {said}"
    with style.drawing(alt, height=3.4) as made:
        axes = made.figure.subplots()
        for name, (hit, alarm) in rates.items():
            axes.semilogx(prevalence, [precision_at(share, hit, alarm) for share in prevalence], label=name)
        axes.axvline(0.01, color=style.GREY, linewidth=1, linestyle=":")
        axes.text(0.0085, 1, "one in a hundred", color=style.GREY, ha="right", va="top")
        axes.set(xlabel="prevalence: share of fakes among all clips", ylabel="precision", ylim=(0, 1.02))
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
        axes.legend(title="caught, false alarms")
    return made.shown


def watermark_pictures(frame: Float[Tensor, "3 h w"], marked: Float[Tensor, "3 h w"]) -> Image:
    """A frame before and after marking, and the mark alone."""
    with style.drawing("Two frames that look the same, and the faint pattern between them", height=2.9) as made:
        axes = made.figure.subplots(1, 3)
        style.picture(axes[0], frame, "frame")
        style.picture(axes[1], marked, "marked frame")
        drawn = style.scalar_map(axes[2], grey(marked - frame), "their difference", signed=True, limit=0.05)
        made.figure.colorbar(drawn, ax=axes, shrink=0.8, label="brightness")
    return made.shown


def watermark_scores(marked: dict[str, float], unmarked: dict[str, float], threshold: float) -> Image:
    """Scores of a marked and an unmarked clip after several trips."""
    said = ", ".join(f"{name} {score:.1f}" for name, score in marked.items())
    with style.drawing(f"Scores of the marked clip, with {threshold:.1f} as threshold: {said}", height=3.2) as made:
        axes = made.figure.subplots()
        names = [name.replace(" ", "\n") for name in marked]
        axes.plot(names, list(marked.values()), "o", markersize=8, color=FAKE, label="marked")
        # hollow: where the mark is lost, both scores are nearly the same
        axes.plot(
            names,
            [unmarked[name] for name in marked],
            "s",
            color=REAL,
            markersize=11,
            markerfacecolor="none",
            markeredgewidth=2,
            label="not marked",
        )
        axes.axhline(threshold, color=style.GREY, linewidth=1)
        axes.text(-0.35, threshold + 0.2, "threshold", color=style.GREY)
        axes.margins(x=0.06)
        axes.set(xlabel="what was done to the film", ylabel="score (standard deviations)")
        axes.legend()
    return made.shown


def _kind(colour: str) -> str:
    return "real" if colour == REAL else "fake"
