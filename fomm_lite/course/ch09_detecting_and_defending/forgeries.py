"""Our own fakes for the defence lab: drawn people only, and each beside a real clip of the same person."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import animate
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import faces, seeds
from fomm_lite.worlds.clip import Clip

Clips = list[Float[Tensor, "t 3 h w"]]


@torch.no_grad()
def real_and_fake(
    model: FirstOrderModel,
    split: str,
    count: int,
    *,
    frames: int = 12,
    size: int = 64,
    world: Callable[..., Clip] = faces,
) -> tuple[Clips, Clips]:
    """A real and a fake clip of each of ``count`` identities, of the same length and size.

    A fake is made from the first frame of the identity's real clip. Every second one is driven by that same clip
    (self-driven), the others by the clip of the next identity (cross-driven, relative motion).

    Args:
        model: makes the fakes.
        split: "train", "validation" or "test": whose identities.
        count: how many identities, 2 or more.
        frames: in each clip.
        size: of the frames, as the model takes it.
        world: draws the real clips.

    Returns:
        Real clips and fake clips, in the order of the identities.

    Raises:
        InputError: fewer than two identities, or an unknown split.
    """
    if count < 2:
        raise InputError(f"got {count} identities", "2 or more: one drives the other", "ask for more")
    real = [world(seed, frames, size).frames for seed in seeds(split, count)]
    drivers = [real[at] if at % 2 == 0 else real[(at + 1) % count] for at in range(count)]
    pairs = zip(real, drivers, strict=True)
    return real, [torch.stack(list(animate(model, own[0], driver, batch=frames))) for own, driver in pairs]
