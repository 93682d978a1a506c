"""The pictures of an explorer on its page: what stays behind them, and how they travel."""

import base64
import io

import pytest
import torch
from PIL import Image

from fomm_lite.course.ch02_first_order_motion.explorer import TaylorExplorer
from fomm_lite.course.ch03_keypoints_without_labels.temperature_explorer import TemperatureExplorer
from fomm_lite.course.kit.explorer import Explorer
from fomm_lite.course.kit.panel_view import FAINT, Chart, over, pixels_of


def sent(explorer: Explorer, number: int) -> torch.Tensor:
    """A picture as a browser reads it, (h w 3) of bytes."""
    data = bytes(explorer.view.images[number].value).partition(b",")[2]
    return torch.frombuffer(bytearray(Image.open(io.BytesIO(base64.b64decode(data))).tobytes()), dtype=torch.uint8)


def test_of_what_stays_behind_a_part_of_the_ink_is_seen() -> None:
    paper = torch.ones(3, 2, 2)
    line, older = paper.clone(), paper.clone()
    line[:, 0, 0] = 0.2
    older[:, :, 0] = 0.0
    both = over(Chart(line, span=2), Chart(older))
    assert both.span == 2
    assert both.picture[0].tolist() == [[pytest.approx(0.2), 1.0], [pytest.approx(1 - FAINT), 1.0]]


@pytest.mark.parametrize(
    ("kind", "moved"), [(TaylorExplorer, {"curvature": 0.0}), (TemperatureExplorer, {"temperature": 1.0})]
)
def test_kept_lines_stay_behind_until_the_switch_is_off(kind: type[Explorer], moved: dict[str, float]) -> None:
    explorer = kind()
    start = [pixels_of(each) for each in explorer.compute(**explorer.state).panels.values()]
    explorer.keep.value = True
    explorer.put(moved)
    kept = [sent(explorer, number) for number in range(len(start))]
    explorer.keep.value = False
    alone = [sent(explorer, number) for number in range(len(start))]
    for number, (one, other) in enumerate(zip(kept, alone, strict=True)):
        assert torch.equal(one, other) == (number not in explorer.kept)
        if number in explorer.kept:  # there is more ink, and it lies where the older lines were
            more = (other.int() - one.int()).view(start[number].shape[1], -1, 3).sum(-1)
            was = start[number].sum(0) < 2.0
            assert float(more[was].float().mean()) > 10 * abs(float(more[~was].float().mean()))


def test_reset_lets_go_of_kept_lines() -> None:
    explorer = TaylorExplorer()
    start = [sent(explorer, number) for number in range(4)]
    explorer.put({"curvature": 0.0})
    explorer.keep.value = True
    explorer.reset()
    assert not explorer.keep.value
    assert all(torch.equal(sent(explorer, number), start[number]) for number in range(4))


def test_the_switch_stands_only_where_there_is_something_to_keep() -> None:
    class Bare(TaylorExplorer):
        kept = ()

    for explorer in (TaylorExplorer(), Bare()):
        assert (explorer.keep in explorer.side.children) == bool(explorer.kept)
