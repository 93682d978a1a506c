"""The published measures of whole clips: what their judges see, what a truth changes, and how frames add up."""

import dataclasses

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.evaluation.accumulate import Measure, Piece, Running
from fomm_lite.evaluation.measures import MEASURES, ClipScore, Measures
from fomm_lite.evaluation.metrics import Landmarks, true_landmarks
from fomm_lite.worlds import Clip, faces, puppets


def piece(prediction: torch.Tensor, driving: torch.Tensor, clip: Clip | None = None, **judges) -> Piece:
    """A prediction without a model; the source is the first driving frame."""
    return Piece(driving[0], prediction, driving, clip=clip, **judges)


def measures(*pieces: Piece) -> Measures:
    running = Running(MEASURES)
    for each in pieces:
        running.add(each)
    return running.result(Measures)


class Recognizer:
    """Knows every frame of a clip by heart and answers with its true landmarks."""

    def __init__(self, clip) -> None:
        self.frames, self.truth = clip.frames, true_landmarks(clip)

    def landmarks(self, pictures: torch.Tensor) -> Landmarks:
        index = torch.cdist(pictures.flatten(1), self.frames.flatten(1)).argmin(1)
        return Landmarks(self.truth.positions[index], self.truth.present[index], self.truth.names)


class Palette:
    """Mean colours, as a poor man's identity."""

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.mean((2, 3))


@pytest.mark.parametrize("world", [faces, puppets])
def test_a_prediction_that_lags_behind_is_as_far_off_as_the_truth_says(world):
    clip = world(5, frames=5, size=48, stride=5)
    late = [0, 0, 1, 2, 3]
    found = measures(piece(clip.frames[late], clip.frames, clip, detector=Recognizer(clip), embedder=Palette()))
    pixels = (clip.landmarks[late] - clip.landmarks) * 47 / 2
    inside = (clip.landmarks.abs() <= 1).all(-1)
    both = inside & inside[late]
    distances = [pixels[t][both[t]].norm(dim=-1).mean() for t in range(5)]
    assert found.akd is not None and found.akd > 0.2
    assert found.akd == pytest.approx(float(torch.stack(distances).mean()), rel=1e-4)
    assert found.mkr == pytest.approx(float(sum((inside & ~both).sum(1) / inside.sum(1)) / 5), abs=1e-6)
    assert found.aed is not None and found.aed > 0
    assert (found.frames, found.ssim < 1, found.psnr < 100) == (5, True, True)


def test_the_truth_told_as_a_prediction_is_perfect():
    clip = faces(5, frames=3, size=48)
    found = measures(piece(clip.frames, clip.frames, detector=Recognizer(clip), embedder=Palette()))
    assert (found.l1, found.akd, found.akd_released, found.mkr, found.aed, found.aed_released) == (0,) * 6
    assert found.ssim == pytest.approx(1) and found.psnr == pytest.approx(100)


def test_the_floor_is_what_the_detector_gets_wrong_on_true_pictures():
    class Shifted(Recognizer):
        def landmarks(self, pictures: torch.Tensor) -> Landmarks:
            found = super().landmarks(pictures)
            return Landmarks(found.positions + torch.tensor([3.0, 4.0]), found.present & (torch.arange(20) > 4))

    clip = faces(5, frames=3, size=48)
    found = measures(piece(clip.frames[[1, 1, 1]], clip.frames, clip, detector=Shifted(clip)))
    assert found.akd_floor == pytest.approx(5)
    assert found.mkr_floor == found.mkr and 0.2 < found.mkr < 0.3
    assert measures(piece(clip.frames, clip.frames, detector=Shifted(clip))).akd_floor is None


def test_pictures_too_small_for_the_window_have_no_ssim():
    assert measures(piece(torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8))).ssim is None


def test_all_pictures_weigh_alike_and_those_without_a_value_are_left_out():
    class Blind:
        def landmarks(self, pictures: torch.Tensor) -> Landmarks:
            return Landmarks(torch.zeros(len(pictures), 1, 2), pictures[:, 0, :1, 0] > 0.5)

    white, black = torch.ones(1, 3, 16, 16), torch.zeros(3, 3, 16, 16)
    found = measures(piece(white, white, detector=Blind()), piece(black, 1 - black, detector=Blind()))
    assert (found.frames, found.l1, found.mkr, found.akd) == (4, 0.75, 0.75, 0)
    nothing = measures(piece(black, black, detector=Blind()))
    assert (nothing.akd, nothing.akd_released, nothing.mkr, nothing.aed) == (None, None, None, None)


def test_pieces_and_clips_add_up_to_the_whole_in_any_order():
    torch.manual_seed(0)
    clip = faces(5, frames=6, size=32, stride=4)
    late, judges = clip.frames[[0, 0, 1, 2, 3, 4]], {"detector": Recognizer(clip), "embedder": Palette()}
    source = clip.frames[0]
    whole = Running(MEASURES)
    whole.add(Piece(source, late, clip.frames, clip=clip, **judges))
    others = Running(MEASURES), Running(MEASURES)
    for part, chosen in zip((*others, others[0]), (slice(3, 5), slice(0, 3), slice(5, 6)), strict=True):
        start = chosen.start
        before = (late[start - 1], clip.frames[start - 1]) if start else None
        part.add(Piece(source, late[chosen], clip.frames[chosen], clip=clip, first=start, before=before, **judges))
    others[1].merge(others[0])
    for kind in (Measures, ClipScore):
        expected = dataclasses.asdict(whole.result(kind))
        assert None not in expected.values()
        assert dataclasses.asdict(others[1].result(kind)) == pytest.approx(expected, rel=1e-6)


def test_what_nothing_was_measured_of_is_none():
    running = Running(MEASURES)
    assert {name: running.number(name) for name in MEASURES} == dict.fromkeys(MEASURES)


def test_a_measure_is_any_sums_and_the_number_they_make():
    def sums(piece: Piece) -> torch.Tensor:
        x, y = piece.driving.mean((1, 2, 3)), piece.prediction.mean((1, 2, 3))
        return torch.stack([torch.ones_like(x), x, y, x * x, x * y]).sum(1).double()

    def slope(total: torch.Tensor) -> float:
        n, x, y, xx, xy = total
        return float((n * xy - x * y) / (n * xx - x * x))

    running = Running({"slope": Measure(sums, slope)})
    driving = torch.rand(5, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    for chosen in (slice(0, 2), slice(2, 5)):
        running.add(piece(0.3 * driving[chosen] + 0.1, driving[chosen]))
    assert running.number("slope") == pytest.approx(0.3, abs=1e-3)


def test_a_detector_is_compared_on_what_it_looks_for_by_name():
    class Narrow(Recognizer):
        def landmarks(self, pictures: torch.Tensor) -> Landmarks:
            return super().landmarks(pictures).named(("chin", "nose"))

    clip = faces(5, frames=3, size=48)
    found = measures(piece(clip.frames, clip.frames, clip, detector=Narrow(clip)))
    assert (found.akd, found.akd_floor, found.mkr) == (0, 0, 0)
    elsewhere = piece(clip.frames, clip.frames, puppets(5, frames=3, size=48), detector=Narrow(clip))
    with pytest.raises(InputError, match="chin, nose.*judge of the world"):
        measures(elsewhere)


def test_flicker_is_what_changes_where_nothing_does() -> None:
    driving = torch.zeros(4, 3, 8, 8)
    driving[:, :, :4] = torch.rand(4, 3, 4, 8)  # the upper half moves all the time, and does not count
    prediction = driving.clone()
    prediction[1::2, :, 4:] += 0.25
    prediction[:, :, :4] = torch.rand(4, 3, 4, 8)
    assert measures(piece(prediction, driving)).flicker == pytest.approx(0.25)
    assert measures(piece(driving, driving)).flicker == 0
    moving = torch.rand(3, 3, 8, 8)
    assert measures(piece(moving, moving)).flicker is None
