"""A category that no shipped model knows, learnt from nothing: what a training of eight minutes is worth on its way.

python -m benchmarks.first_minutes --new-category     trains, and writes ``new_category.json``
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from fomm_lite.course.kit.records import write_records

RECORDED = Path(__file__).with_name("new_category.json")


@dataclass(frozen=True)
class Moment:
    """One look at a training that goes on.

    Attributes:
        clips: that it draws its pairs from.
        seconds: of one core that its steps have taken so far.
        steps: so far.
        seen: L1 as a share of copying the source on its own clips, at most 24 of them: low, value, high over clips.
        unseen: likewise on 24 clips that no training saw.
    """

    clips: int
    seconds: float
    steps: int
    seen: tuple[float, float, float]
    unseen: tuple[float, float, float]


def recorded(path: Path = RECORDED) -> dict[int, list[Moment]]:
    """The trainings that were written, by their number of clips, each from its first look to its last."""
    found: dict[int, list[Moment]] = {}
    for line in json.loads(path.read_text(encoding="utf-8")):
        moment = Moment(line["clips"], line["seconds"], line["steps"], tuple(line["seen"]), tuple(line["unseen"]))
        found.setdefault(moment.clips, []).append(moment)
    return found


def write(moments: Iterable[Moment], path: Path = RECORDED) -> None:
    """Write looks, those of one training after those of another."""
    write_records(path, map(asdict, moments))
