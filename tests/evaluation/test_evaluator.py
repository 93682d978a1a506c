import dataclasses
import math
import weakref

import pytest
import torch

from fomm_lite.animation import animate
from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.evaluation.accumulate import Piece, Running
from fomm_lite.evaluation.evaluator import MEASURES, evaluate, self_reconstruction
from fomm_lite.evaluation.measures import Measures
from fomm_lite.evaluation.metrics import Landmarks
from fomm_lite.evaluation.truth import TruthScore
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import faces

SMALL = HourglassConfig(block_expansion=4, max_features=8, num_blocks=2, head_kernel=3, head_padding=1)


@pytest.fixture
def model() -> FirstOrderModel:
    torch.manual_seed(0)
    config = ModelConfig(
        num_keypoints=3,
        motion_size=32,
        jacobian_kernel=3,
        detector=SMALL,
        dense_motion=SMALL,
        generator=GeneratorConfig(block_expansion=4, max_features=8, num_bottleneck_blocks=1, edge_kernel=3),
    )
    return FirstOrderModel(config).eval()


@pytest.fixture
def clips() -> list[torch.Tensor]:
    return [torch.rand(3, 3, 32, 32), 0.5 * torch.rand(6, 3, 32, 32)]


def predicted(model: FirstOrderModel, clip: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        kp = model.detect(clip)
        count = len(clip)
        return model(clip[:1].expand(count, -1, -1, -1), kp[:1].expand(count), kp).prediction


def test_self_reconstruction_drives_the_first_frame_with_every_frame(model, clips):
    frames = list(self_reconstruction(model, clips[1], batch=4))
    assert torch.equal(torch.stack([frame.driving for frame in frames]), clips[1])
    assert all(torch.equal(frame.source, clips[1][0]) for frame in frames)
    shown = torch.stack([frame.prediction for frame in frames])
    torch.testing.assert_close(shown, predicted(model, clips[1]), atol=1e-5, rtol=0)


def test_self_reconstruction_streams(model):
    count = 0

    def frames():
        nonlocal count
        while True:
            count += 1
            yield torch.rand(3, 32, 32)

    next(self_reconstruction(model, frames(), batch=2))
    assert count == 1  # the first frame is alone


def test_scores_are_the_sums_over_all_driven_frames(model, clips):
    result = evaluate(model, clips, batch=2)
    errors, copies, ratios = [], [], []
    for clip, score in zip(clips, result.clips, strict=True):
        difference = predicted(model, clip)[1:] - clip[1:]
        errors += [frame.abs().mean().item() for frame in difference]
        copies += [frame.abs().mean().item() for frame in clip[:1] - clip[1:]]
        ratios += [-10 * math.log10(frame.square().mean().item()) for frame in difference]
        assert score.frames == len(clip) - 1
        assert score.ratio == pytest.approx(
            float(difference.abs().mean() / (clip[:1] - clip[1:]).abs().mean()), rel=1e-4
        )
    total = result.total
    assert total.frames == 7
    assert total.l1 == pytest.approx(sum(errors) / 7, rel=1e-4)
    assert total.copy_l1 == pytest.approx(sum(copies) / 7, rel=1e-4)
    assert total.ratio == pytest.approx(sum(errors) / sum(copies), rel=1e-4)
    assert total.psnr == pytest.approx(sum(ratios) / 7, rel=1e-4)
    assert result.truth is None


def test_bytes_count_as_the_pictures_they_stand_for(model, clips):
    as_bytes = [(clip * 255).round().to(torch.uint8) for clip in clips]
    as_floats = [clip.float() / 255 for clip in as_bytes]
    assert evaluate(model, as_bytes) == evaluate(model, as_floats)


def test_a_clip_in_which_nothing_moves_has_no_ratio(model):
    still = torch.rand(1, 3, 32, 32).expand(3, -1, -1, -1)
    assert evaluate(model, [still]).total.ratio is None


def test_a_model_that_sees_no_motion_is_as_wrong_as_the_identity(model):
    torch.nn.init.zeros_(model.detector.confidence_head.weight)
    clip = faces(5, frames=4, size=32, stride=4)
    truth = evaluate(model, [clip]).truth
    assert truth is not None
    assert truth.identity_error > 0.2
    assert truth.deformation_error == pytest.approx(truth.identity_error, rel=0.01)


class Corners:
    """Finds the brightest pixel, so many times, and embeds the mean colour."""

    def __init__(self, points: int = 1) -> None:
        self.points = points

    def landmarks(self, pictures: torch.Tensor) -> Landmarks:
        place = pictures.sum(1).flatten(1).argmax(1)
        width = pictures.shape[-1]
        positions = torch.stack([place % width, place // width], dim=1)[:, None].float()
        return Landmarks(
            positions.expand(-1, self.points, -1), torch.ones(len(pictures), self.points, dtype=torch.bool)
        )

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.mean((2, 3))


def test_published_measures_are_those_of_the_whole_clip_whatever_the_batch(model, clips):
    judge = Corners()
    whole = Running(MEASURES)
    for clip in clips:
        whole.add(Piece(clip[0], predicted(model, clip)[1:], clip[1:], detector=judge, embedder=judge))
    measured = whole.result(Measures)
    assert measured.akd_floor is measured.mkr_floor is None  # no truth here
    expected = {name: value for name, value in dataclasses.asdict(measured).items() if value is not None}
    assert expected["akd"] > 0 and expected["aed"] > 0
    for batch in (1, 2, 8):
        found = evaluate(model, clips, batch=batch, detector=judge, embedder=judge)
        assert found.measures is not None
        numbers = dataclasses.asdict(found.measures)
        assert {name: numbers[name] for name in expected} == pytest.approx(expected, rel=1e-3)
        assert found.measures.psnr == pytest.approx(found.total.psnr, rel=1e-6)
        assert f"AKD                 {found.measures.akd:.2f} px" in found.table()
    without = evaluate(model, clips).measures
    assert without is not None
    assert (without.akd, without.mkr, without.aed) == (None, None, None)
    assert without.ssim == pytest.approx(expected["ssim"], rel=1e-3)


def test_a_drawn_clip_is_measured_against_the_truth_of_each_frame_whatever_the_batch(model):
    drawn, judge = faces(5, frames=6, size=32, stride=4), Corners(20)
    driven = predicted(model, drawn.frames)[1:]
    with torch.no_grad():
        kp = model.detect(drawn.frames)
        motion = model(drawn.frames[:1].expand(6, -1, -1, -1), kp[:1].expand(6), kp).motion[1:]
    whole = Running(MEASURES)
    whole.add(
        Piece(drawn.frames[0], driven, drawn.frames[1:], motion.deformation, motion.occlusion_map, drawn, 1, judge)
    )
    expected = whole.result(Measures)
    for batch in (1, 2, 8):
        found = evaluate(model, [drawn], batch=batch, detector=judge)
        assert found.truth is not None and found.measures is not None
        assert found.measures.akd_floor == pytest.approx(expected.akd_floor, rel=1e-6)
        assert dataclasses.asdict(found.truth) == pytest.approx(dataclasses.asdict(whole.result(TruthScore)), rel=1e-3)


def test_evaluation_reads_no_further_than_it_must(model):
    alive: list[weakref.ref] = []
    most = 0

    def frames():
        nonlocal most
        for _ in range(24):
            frame = torch.rand(3, 32, 32)
            alive.append(weakref.ref(frame))
            most = max(most, sum(each() is not None for each in alive))
            yield frame

    assert evaluate(model, [frames()], batch=2, detector=Corners(), embedder=Corners()).total.frames == 23
    assert most <= 10


@pytest.mark.parametrize(
    ("clips", "said"),
    [
        ([], "no clips"),
        ([torch.rand(1, 3, 32, 32)], "single frame"),
        ([torch.rand(0, 3, 32, 32)], "without frames"),
        ([torch.rand(2, 3, 40, 40)], "size 40"),
    ],
)
def test_bad_clips_are_told(model, clips, said):
    with pytest.raises(InputError, match=said):
        evaluate(model, clips)


def test_cross_identity_evaluation_measures_what_animate_makes(model: FirstOrderModel) -> None:
    truth, driver = faces(2, frames=4, size=32, stride=4, motion=5), faces(5, frames=4, size=32, stride=4)
    result = evaluate(model, [truth], drivers=[driver.frames], batch=2)
    made = torch.stack(list(animate(model, truth.frames[0], driver.frames)))[1:]
    assert result.total.l1 == pytest.approx(float((made - truth.frames[1:]).abs().mean()), rel=1e-5)
    assert result.total.copy_l1 == pytest.approx(float((truth.frames[:1] - truth.frames[1:]).abs().mean()), rel=1e-5)
    assert result.truth is not None and result.expression is not None
    assert result.expression.mouth_copy_l1 > 0 and "lids follow" in result.table()
    with pytest.raises(ValueError, match="shorter|longer"):
        evaluate(model, [truth], drivers=[driver.frames[:3]])
