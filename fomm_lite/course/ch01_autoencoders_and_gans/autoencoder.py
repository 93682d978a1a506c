"""Faces swapped before FOMM: one encoder that both persons share, and one decoder for each of them.

The encoder may keep what the decoders cannot know, the pose; each decoder knows the looks of its person by heart.
Reading a picture of one person with the encoder and painting with the other's decoder swaps them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

SIDE = 32
COARSE = 4  # side of the map between encoder and decoders
WIDTHS = (24, 48, 96)


class Encoder(nn.Module):
    """A picture of 32 pixels squeezed into a code, and the code spread out again over a small map.

    The spreading belongs to what is shared, as it did in the first programs of this kind: a code then means the same
    *place* to every decoder, and not only the same list of numbers.

    Args:
        code: how many numbers a picture is squeezed into.
    """

    def __init__(self, code: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip((3, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.LeakyReLU(0.1)]
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.squeeze = nn.Linear(WIDTHS[-1] * COARSE**2, code)
        self.spread = nn.Linear(code, WIDTHS[-1] * COARSE**2)

    def codes(self, pictures: Float[Tensor, "b 3 32 32"]) -> Float[Tensor, "b n"]:
        """The codes of pictures in [0, 1]."""
        return self.squeeze(self.features(pictures))

    def forward(self, pictures: Float[Tensor, "b 3 32 32"]) -> Float[Tensor, "b c 4 4"]:
        """What the decoders are given: the codes, spread over a map."""
        return self.spread(self.codes(pictures)).unflatten(1, (-1, COARSE, COARSE))


class Decoder(nn.Module):
    """A picture of 32 pixels painted from a small map by three doublings: one person's looks, known by heart."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in zip(WIDTHS[::-1], (*WIDTHS[-2::-1], 3), strict=True):
            # four times the channels, then each four of them become 2 x 2 pixels of one
            layers += [nn.LeakyReLU(0.1), nn.Conv2d(inputs, 4 * outputs, 3, padding=1), nn.PixelShuffle(2)]
        self.layers = nn.Sequential(*layers, nn.Sigmoid())

    def forward(self, maps: Float[Tensor, "b c 4 4"]) -> Float[Tensor, "b 3 32 32"]:
        """Pictures in [0, 1]."""
        return self.layers(maps)


class SwapAutoencoder(nn.Module):
    """One encoder for everybody, one decoder a person.

    Args:
        persons: how many decoders.
        code: how many numbers pass between encoder and decoders.

    Example:
        >>> model = SwapAutoencoder(persons=2, code=8)
        >>> pictures = torch.rand(5, 3, 32, 32)  # of person 0
        >>> model(pictures, person=1).shape  # the same poses, painted as person 1
        torch.Size([5, 3, 32, 32])
    """

    def __init__(self, persons: int = 2, code: int = 32) -> None:
        super().__init__()
        self.encoder = Encoder(code)
        self.decoders = nn.ModuleList(Decoder() for _ in range(persons))

    def forward(self, pictures: Float[Tensor, "b 3 32 32"], person: int) -> Float[Tensor, "b 3 32 32"]:
        """Whoever is in the pictures, painted as ``person``.

        Args:
            pictures: in [0, 1].
            person: whose decoder paints.
        """
        return self.decoders[person](self.encoder(pictures))


@dataclass(frozen=True)
class SwapTraining:
    """What a training leaves.

    Attributes:
        model: in evaluation mode.
        losses: the L1 of every step, mean over the persons.
    """

    model: SwapAutoencoder
    losses: list[float]


def train_swap(
    persons: Sequence[Float[Tensor, "_ 3 32 32"]],
    steps: int,
    *,
    code: int = 32,
    batch: int = 16,
    rate: float = 3e-3,
    seed: int = 0,
) -> SwapTraining:
    """Train every decoder on the pictures of its own person, and the encoder on all of them (L1).

    Nobody ever shows the networks a swapped picture: that the swap works is a consequence of sharing the encoder.

    Args:
        persons: pictures of each person, in [0, 1]; the more poses the better.
        steps: of Adam; the rate falls to 0 along a line.
        code: how many numbers pass between encoder and decoders.
        batch: pictures of each person a step.
        rate: the first step's.
        seed: of weights and batches.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = SwapAutoencoder(len(persons), code)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    losses = []
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        wanted = [p[torch.randint(len(p), (batch,), generator=generator)] for p in persons]
        shown = torch.cat(wanted)
        maps = model.encoder(shown).chunk(len(persons))
        painted = torch.cat([decoder(part) for decoder, part in zip(model.decoders, maps, strict=True)])
        loss = (painted - shown).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return SwapTraining(model.eval(), losses)
