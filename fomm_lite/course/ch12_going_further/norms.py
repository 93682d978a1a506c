"""Does a ranking of models by the distance of landmarks depend on the norm, or on mean or median?"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.evaluation.judges import load_judge
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import Clip

NORMS = {"L1": 1.0, "L2": 2.0, "L-infinity": float("inf")}


@torch.no_grad()
def gaps(model: FirstOrderModel, clips: Sequence[Clip], judge: str) -> Float[Tensor, "f n 2"]:
    """How far landmarks of redrawn frames are from those of the frames themselves, as a judge sees both, in pixels.

    Args:
        model: redraws each clip from its first frame, with absolute keypoints.
        clips: of any length.
        judge: name of a shipped one.

    Returns:
        (dx, dy) for each of the f driven frames of all clips and each of the n landmarks.
    """
    sees, found = load_judge(judge), []
    for clip in clips:
        keypoints, driven = model.detect(clip.frames), len(clip.frames) - 1
        source = clip.frames[:1].expand(driven, -1, -1, -1)
        made = model(source, keypoints[:1].expand(driven), keypoints[1:]).prediction
        both = [sees.landmarks(pictures).positions for pictures in (made, clip.frames[1:])]
        found.append(both[0] - both[1])
    return torch.cat(found)


def summaries(gaps: Float[Tensor, "f n 2"]) -> dict[str, float]:
    """The average keypoint distance in each norm, as mean and as median: "L2, mean" -> pixels."""
    found: dict[str, float] = {}
    for name, power in NORMS.items():
        each = torch.linalg.vector_norm(gaps, power, dim=-1)
        found |= {f"{name}, mean": float(each.mean()), f"{name}, median": float(each.median())}
    return found


def rankings(scores: Mapping[str, Mapping[str, float]]) -> dict[str, list[str]]:
    """For each way of counting, the models from best to worst.

    Example:
        >>> rankings({"a": {"L1": 2.0, "L2": 1.0}, "b": {"L1": 1.0, "L2": 3.0}})
        {'L1': ['b', 'a'], 'L2': ['a', 'b']}
    """
    ways = next(iter(scores.values()))
    return {way: sorted(scores, key=lambda model: scores[model][way]) for way in ways}
