"""How good a detector is, whatever its threshold: the ROC curve, the area under it and what they hide.

"Positive" means fake. Scores may be on any scale: only their order counts.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError


def roc_curve(
    real: Float[Tensor, " n"], fake: Float[Tensor, " m"]
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"], Float[Tensor, " k"]]:
    """False and true positive rates at every threshold that makes a difference.

    Args:
        real: scores of real clips.
        fake: scores of fake clips.

    Returns:
        Thresholds, falling, from infinity on (a clip is called fake when its score is at least the threshold); the
        share of real clips called fake; the share of fake clips called fake.

    Example:
        >>> roc_curve(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 3.0]))[1:]
        (tensor([0.0000, 0.0000, 0.5000, 0.5000, 1.0000]), tensor([0.0000, 0.5000, 0.5000, 1.0000, 1.0000]))
    """
    _check(real, fake)
    thresholds = torch.cat([torch.tensor([torch.inf]).to(real), torch.cat([real, fake]).unique().flip(0)])
    false_positives = (real >= thresholds[:, None]).float().mean(1)
    true_positives = (fake >= thresholds[:, None]).float().mean(1)
    return thresholds, false_positives, true_positives


def auc(real: Float[Tensor, " n"], fake: Float[Tensor, " m"]) -> float:
    """Area under the ROC curve: how often a random fake scores above a random real clip, a tie counting half.

    1 is perfect, 0.5 is a coin, below 0.5 the order is the wrong way round.

    Example:
        >>> auc(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 3.0]))
        0.75
    """
    _check(real, fake)
    return float(_areas(real[None], fake[None])[0])


def auc_interval(
    real: Float[Tensor, " n"], fake: Float[Tensor, " m"], *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Bootstrap interval of the area: between which bounds it lies in that share of resampled test sets.

    Real and fake clips are drawn anew, with replacement, separately. It says what the choice of test clips does, not
    what another generator, another camera or another codec would do.

    Args:
        real: scores of real clips.
        fake: scores of fake clips.
        level: share of the draws inside, between 0 and 1.
        draws: how many test sets are drawn.
        seed: of the draws.
    """
    _check(real, fake)
    dice = torch.Generator().manual_seed(seed)
    picks = [scores[torch.randint(len(scores), (draws, len(scores)), generator=dice)] for scores in (real, fake)]
    edge = (1 - level) / 2
    low, high = _areas(*picks).quantile(torch.tensor([edge, 1 - edge], dtype=torch.float64)).tolist()
    return low, high


def equal_error_rate(real: Float[Tensor, " n"], fake: Float[Tensor, " m"]) -> tuple[float, float]:
    """The error where as many real clips are called fake as fakes are missed, and the threshold for it.

    Where no threshold makes the two equal, their mean at the threshold where they differ least.

    Example:
        >>> equal_error_rate(torch.tensor([0.0, 1.0, 2.0, 5.0]), torch.tensor([3.0, 4.0, 6.0, 7.0]))
        (0.25, 4.0)
    """
    thresholds, false_positives, true_positives = roc_curve(real, fake)
    misses = 1 - true_positives
    at = int((false_positives - misses).abs().argmin())
    return float((false_positives[at] + misses[at]) / 2), float(thresholds[at])


def precision_at(prevalence: float, true_positive_rate: float, false_positive_rate: float) -> float:
    """Share of fakes among all clips that are called fake, by Bayes' rule.

    Args:
        prevalence: share of fakes among all clips that are checked.
        true_positive_rate: share of fakes that are called fake.
        false_positive_rate: share of real clips that are called fake.

    Raises:
        InputError: a rate outside [0, 1], or nothing that is ever called fake.

    Example:
        >>> round(precision_at(0.01, 0.9, 0.1), 3)  # nine alarms in ten are false
        0.083
    """
    if not all(0 <= rate <= 1 for rate in (prevalence, true_positive_rate, false_positive_rate)):
        got = f"got {prevalence}, {true_positive_rate}, {false_positive_rate}"
        raise InputError(got, "shares between 0 and 1", "divide percentages by 100")
    hits, alarms = prevalence * true_positive_rate, (1 - prevalence) * false_positive_rate
    if hits + alarms == 0:
        raise InputError("got rates under which nothing is called fake", "some alarms", "lower the threshold")
    return hits / (hits + alarms)


def _areas(real: Float[Tensor, "d n"], fake: Float[Tensor, "d m"]) -> Float[Tensor, " d"]:
    """The area for each row: wins and half the ties over all pairs, counted by where fakes fall among sorted reals."""
    ordered = real.sort(dim=1).values
    below = torch.searchsorted(ordered, fake.contiguous())
    not_above = torch.searchsorted(ordered, fake.contiguous(), right=True)
    return (below + not_above).double().mean(1) / (2 * real.shape[1])


def _check(real: Tensor, fake: Tensor) -> None:
    for scores, kind in ((real, "real"), (fake, "fake")):
        if len(scores) == 0:
            raise InputError(f"got no scores of {kind} clips", "one or more of each kind", "score some clips first")
        if torch.isnan(scores).any():
            raise InputError(f"got NaN among the scores of {kind} clips", "numbers", "check the cues")
