"""The exercises of notebook 00 recognise what people really hand in."""

import numpy as np
import torch

from fomm_lite.course import checks


def test_where_it_looks() -> None:
    right = checks.where_it_looks(lambda motions, k, x, y: motions.squeeze(0)[k + 1][y][x].tolist())
    assert right.passed, right
    assert (
        checks.where_it_looks(lambda motions, k, x, y: motions.squeeze(0)[k][y][x]).mistake
        == "the background counted as keypoint 0"
    )

    def turned(motions: torch.Tensor, k: int, x: int, y: int) -> list[float]:
        across, down = motions[0, k + 1, y, x].tolist()
        return [down, across]

    assert checks.where_it_looks(turned).mistake == "(y, x) handed back"


def in_pixels(deformation: torch.Tensor, *, edges: bool = False, backwards: bool = False) -> torch.Tensor:
    """Pixel by pixel, as somebody writes it who likes loops."""
    height, width = deformation.shape[:2]
    flow = torch.zeros(height, width, 2)
    for row in range(height):
        for column in range(width):
            own = torch.tensor([2 * column / (width - 1) - 1, 2 * row / (height - 1) - 1])
            step = deformation[row, column] - own
            units = (
                torch.tensor([width / 2, height / 2]) if edges else torch.tensor([(width - 1) / 2, (height - 1) / 2])
            )
            flow[row, column] = -step * units if backwards else step * units
    return flow


def test_flow_in_pixels() -> None:
    assert checks.flow_in_pixels(lambda deformation: in_pixels(deformation).numpy()).passed
    assert (
        checks.flow_in_pixels(lambda deformation: in_pixels(deformation, edges=True)).mistake
        == "a picture taken as one pixel wider"
    )
    assert (
        checks.flow_in_pixels(lambda deformation: in_pixels(deformation, backwards=True)).mistake
        == "the wrong direction"
    )


def test_which_transfer() -> None:
    def by_place(source: torch.Tensor, initial: torch.Tensor, driving: torch.Tensor, film: torch.Tensor) -> str:
        moved = source + driving - initial
        return "Absolute" if torch.dist(film, driving) < torch.dist(film, moved) else "Relative"

    assert checks.which_transfer(by_place).passed
    verdict = checks.which_transfer(
        lambda source, _, driving, film: (
            "absolute" if torch.dist(film, driving) < torch.dist(film, source) else "relative"
        )
    )
    assert verdict.mistake == "compared with the source itself"
    swapped = checks.which_transfer(lambda *given: "relative" if by_place(*given) == "Absolute" else "absolute")
    assert swapped.mistake == "the two swapped"


def exchanged(positions: torch.Tensor, count: int) -> list[int]:
    """The first frames, each exchanged for a better one as long as there is one: another way than the solution's."""
    apart = torch.stack([(positions - each).norm(dim=-1).mean(-1) for each in positions]).numpy()
    chosen, better = [*range(count)], True
    while better:
        better = False
        for place in range(count):
            others = [frame for at, frame in enumerate(chosen) if at != place]
            left = [apart[[*others, frame]].min(0).mean() for frame in range(len(positions))]
            if min(left) < apart[chosen].min(0).mean() - 1e-9:
                chosen, better = [*others, int(np.argmin(left))], True
    return chosen


def test_telling_moments() -> None:
    assert checks.telling_moments(exchanged).passed
    assert checks.telling_moments(lambda positions, count: torch.tensor(exchanged(positions, count))).passed
    for answer, mistake in (
        (lambda positions, count: np.linspace(0, len(positions) - 1, count).round(), "evenly spread"),
        (lambda _, count: [*range(count)], "the first frames"),
    ):
        assert checks.telling_moments(answer).mistake == mistake
    same = checks.telling_moments(lambda _, count: [47] * count)
    assert not same.passed and "mean distance" in same.message
    assert "expected (6,)" in checks.telling_moments(lambda *_: [0, 1]).message
    for nowhere in (48, -1, 0.5):
        wrong = checks.telling_moments(lambda *_, at=nowhere: [0, 1, 2, 3, 4, at])
        assert not wrong.passed and "no frame" in wrong.message
