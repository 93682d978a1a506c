import dataclasses
import json
import math
import weakref

import pytest
import torch

from fomm_lite.animation import AnimationFrame
from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.evaluation import scoring as evaluation
from fomm_lite.evaluation.metrics import Landmarks, Rendering, measure, true_landmarks
from fomm_lite.evaluation.scoring import evaluate, l1, l1_ratio, renderings, self_reconstruction
from fomm_lite.evaluation.truth import average_precision
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import DenseMotion, Keypoints
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
    assert count == 2


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
    assert l1_ratio(model, clips) == pytest.approx(total.ratio, rel=1e-4)


def test_bytes_count_as_the_pictures_they_stand_for(model, clips):
    as_bytes = [(clip * 255).round().to(torch.uint8) for clip in clips]
    as_floats = [clip.float() / 255 for clip in as_bytes]
    assert evaluate(model, as_bytes) == evaluate(model, as_floats)


def test_a_clip_in_which_nothing_moves_has_no_ratio(model):
    still = torch.rand(1, 3, 32, 32).expand(3, -1, -1, -1)
    assert evaluate(model, [still]).total.ratio is None
    with pytest.raises(InputError, match="nothing moves"):
        l1_ratio(model, [still])


def test_a_model_that_sees_no_motion_is_as_wrong_as_the_identity(model):
    torch.nn.init.zeros_(model.detector.confidence_head.weight)
    clip = faces(5, frames=4, size=32, stride=4)
    truth = evaluate(model, [clip]).truth
    assert truth is not None
    assert truth.identity_error > 0.2
    assert truth.deformation_error == pytest.approx(truth.identity_error, rel=0.01)


def told_the_truth(clip, occlusion):
    """What self_reconstruction would give for a clip if the model knew everything."""
    nothing = Keypoints(torch.zeros(1, 1, 2), torch.eye(2).view(1, 1, 2, 2))
    for index, picture in enumerate(clip.frames):
        empty = torch.zeros(1, 2, 32, 32)
        motion = DenseMotion(
            empty, torch.zeros(1, 2, 32, 32, 2), torch.zeros(1, 2, 3, 32, 32), empty,
            clip.deformation(0, index)[None], occlusion(clip.occlusion(0, index))[None, None],
        )  # fmt: skip
        yield AnimationFrame(clip.frames[0], picture, picture, picture, nothing, nothing, nothing, motion)


@pytest.mark.parametrize(
    ("occlusion", "low", "high"),  # the average precision it should have, 1 being the share of hidden pixels
    [
        (lambda truth: truth, None, None),
        (lambda truth: torch.full_like(truth, 0.5), 1 - 1e-6, 1 + 1e-6),  # ranks nothing: as good as guessing
        (lambda truth: 1 - truth, 0, 0.9),
    ],
)
def test_truth_told_as_a_prediction_is_perfect(model, monkeypatch, occlusion, low, high):
    clip = faces(5, frames=4, size=32, stride=6)
    monkeypatch.setattr(evaluation, "self_reconstruction", lambda *_, **__: told_the_truth(clip, occlusion))
    result = evaluate(model, [clip])
    assert result.total.ratio == 0
    assert result.total.psnr == pytest.approx(100)
    assert result.truth is not None
    assert result.truth.deformation_error < 1e-4 < result.truth.identity_error
    assert 0 < result.truth.hidden < 0.5
    assert result.truth.occlusion_precision is not None
    if low is None:
        assert result.truth.occlusion_precision == pytest.approx(1)
    else:
        assert low <= result.truth.occlusion_precision / result.truth.hidden <= high


def test_renderings_hold_all_driven_frames_and_the_truth(model, clips):
    drawn = faces(5, frames=4, size=32, stride=4)
    first, rest, known = renderings(model, [clips[1], drawn], batch=4)
    assert (len(first.driving), len(rest.driving)) == (4, 1)
    assert torch.equal(torch.cat([first.driving, rest.driving]), clips[1][1:]) and first.truth is rest.truth is None
    whole = torch.cat([first.prediction, rest.prediction])
    torch.testing.assert_close(whole, predicted(model, clips[1])[1:], atol=1e-5, rtol=0)
    assert known.truth is not None
    assert torch.equal(known.truth.positions, true_landmarks(drawn).positions[1:])
    assert measure([first, rest, known]).l1 == pytest.approx(evaluate(model, [clips[1], drawn]).total.l1, rel=1e-4)


def test_truths_of_later_pieces_are_those_of_their_own_frames(model):
    drawn = faces(5, frames=6, size=32, stride=4)
    pieces = list(renderings(model, [drawn], batch=2))
    truths = [piece.truth for piece in pieces]
    assert [len(truth.positions) for truth in truths if truth] == [2, 2, 1]
    positions = torch.cat([truth.positions for truth in truths if truth])
    assert torch.equal(positions, true_landmarks(drawn).positions[1:])


class Corners:
    """Finds the brightest pixel and embeds the mean colour."""

    def landmarks(self, pictures: torch.Tensor) -> Landmarks:
        place = pictures.sum(1).flatten(1).argmax(1)
        width = pictures.shape[-1]
        return Landmarks(
            torch.stack([place % width, place // width], dim=1)[:, None].float(), torch.ones(len(pictures), 1).bool()
        )

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures.mean((2, 3))


def test_published_measures_are_those_of_the_whole_clip_whatever_the_batch(model, clips):
    judge = Corners()
    whole = [Rendering(predicted(model, clip)[1:], clip[1:]) for clip in clips]
    measured = measure(whole, detector=judge, embedder=judge)
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


def test_average_precision_is_the_mean_of_precisions_at_the_hits():
    counts = torch.tensor([[0, 1, 0, 2, 0], [1, 0, 1, 0, 1]], dtype=torch.float64)  # right at ranks 1, 3 and 6
    assert average_precision(counts) == pytest.approx((1 / 1 + 2 / 3 + 3 / 6) / 3)


def test_numbers_survive_json_and_show_in_the_table(model, clips):
    result = evaluate(model, [*clips, torch.zeros(2, 3, 32, 32)])
    numbers = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert numbers["total"]["ratio"] == pytest.approx(result.total.ratio)
    assert [clip["frames"] for clip in numbers["clips"]] == [2, 5, 1]
    table = result.table(["first", "a longer name", "still"]).splitlines()
    assert table[5] == "" and table[6].split() == ["SSIM", f"{result.measures.ssim:.4f}"]
    table = table[:5]
    assert len({len(line) for line in table}) == 1
    assert table[2].split()[:4] == ["a", "longer", "name", "5"]
    assert table[3].split()[-2] == "-"
    assert f"{result.total.ratio:.3f}" in table[-1]


def test_the_table_shows_the_truth_where_it_is_known(model):
    result = evaluate(model, [faces(5, frames=2, size=32, stride=6)])
    assert result.truth is not None
    assert f"{result.truth.deformation_error:.2f} px" in result.table()
    without_map = dataclasses.replace(result.truth, occlusion_precision=None)
    assert "occlusion" not in dataclasses.replace(result, truth=without_map).table()


def test_l1_of_known_pictures():
    assert l1(torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.25)) == 0.25


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
