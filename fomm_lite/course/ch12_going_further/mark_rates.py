"""How often a watermark is read wrongly, and found, after each coding: over marked and unmarked films."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.forensics.attacks import recompress, rescale
from fomm_lite.forensics.watermark import carrying_coefficients, detect_watermark, embed_watermark, key_pattern

Film = Float[Tensor, "t 3 h w"]
_COLUMNS_OFF = 3  # pixels that a crop takes away at the left


def crop(film: Film) -> Film:
    """The film without its first columns, and its last ones twice: what shifts the blocks."""
    return torch.cat([film[..., _COLUMNS_OFF:], film[..., -_COLUMNS_OFF:]], dim=-1)


CODINGS: dict[str, Callable[[Film], Film]] = {
    "as it was marked": lambda film: film,
    "H.264, crf 18": lambda film: recompress(film, 18),
    "H.264, crf 23": lambda film: recompress(film, 23),
    "H.264, crf 28": lambda film: recompress(film, 28),
    "crf 28 twice": lambda film: recompress(recompress(film, 28), 28),
    "resized to 3/4": lambda film: rescale(film, 0.75),
    "resized to 1/2": lambda film: rescale(film, 0.5),
    "cut by 3 columns": crop,
}


@dataclass(frozen=True)
class Rate:
    """One coding.

    Attributes:
        bits: share of the pattern's signs that are read wrongly in marked films; 0.5 is chance.
        found: share of marked films in which the key is found.
        alarms: share of unmarked films, coded alike, in which it is found.
    """

    bits: float
    found: float
    alarms: float


def wrong_bits(film: Film, key: str) -> float:
    """The share of signs that the mean frame's coefficients have the other way round than the key's pattern."""
    carried = carrying_coefficients(film)
    return float((carried * key_pattern(key, len(carried)) <= 0).float().mean())


def rates(films: Sequence[Film], key: str, codings: Mapping[str, Callable[[Film], Film]] = CODINGS) -> dict[str, Rate]:
    """Each coding over all films, marked and unmarked.

    Args:
        films: unmarked.
        key: of the mark.
        codings: name -> what happens to a film.
    """
    marked, found = [embed_watermark(film, key) for film in films], {}
    for name, coding in codings.items():
        after, plain = [[coding(film) for film in each] for each in (marked, films)]
        found[name] = Rate(
            sum(wrong_bits(film, key) for film in after) / len(films),
            sum(detect_watermark(film, key).found for film in after) / len(films),
            sum(detect_watermark(film, key).found for film in plain) / len(films),
        )
    return found
