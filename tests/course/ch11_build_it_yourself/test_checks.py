"""The blocks of the capstone: borrowed ones are the library's, the recipe is the library's, stubs stop nothing."""

import dataclasses

import pytest
import torch
from torch import Tensor, nn

from fomm_lite import FirstOrderModel, geometry
from fomm_lite.course import checks
from fomm_lite.course.ch11_build_it_yourself import borrowed, recipe
from fomm_lite.training.objective import LossWeights, Objective
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.training.training_config import TrainingConfig


def pictures(seed: int) -> Tensor:
    return torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def pair_of_models() -> tuple[FirstOrderModel, borrowed.Fomm]:
    """The library's model, and the borrowed one with its weights."""
    theirs, ours = FirstOrderModel(borrowed.CONFIG), borrowed.library_model()
    borrowed.scattered(theirs, 1)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def test_the_borrowed_model_is_the_librarys(pair_of_models: tuple[FirstOrderModel, borrowed.Fomm]) -> None:
    theirs, ours = (model.eval() for model in pair_of_models)
    source, driving = pictures(0), pictures(1)
    expected = theirs(source, theirs.detect(source), theirs.detect(driving))
    prediction, deformed, painted = ours(source, ours.detector(source), ours.detector(driving))
    torch.testing.assert_close(prediction, expected.prediction)
    torch.testing.assert_close(deformed, expected.deformed)
    torch.testing.assert_close(painted, expected.painted)


def test_the_recipe_weighs_as_the_library_does(pair_of_models: tuple[FirstOrderModel, borrowed.Fomm]) -> None:
    theirs, ours = pair_of_models
    source, driving, warp = pictures(0), pictures(1), RandomWarp.sample(3)
    expected = Objective(theirs, LossWeights())(source, driving, warp)
    terms = recipe.terms(ours, source, driving, warp)
    assert terms.keys() == expected.named.keys()
    for name, term in terms.items():
        torch.testing.assert_close(term, expected.named[name])
    torch.testing.assert_close(recipe.objective(ours, source, driving, warp), expected.total)
    assert recipe.WEIGHTS == {name: weight for name, weight in LossWeights().terms.items() if weight}


def test_the_schedule_is_the_librarys() -> None:
    config = TrainingConfig(steps=100)
    for progress in (0.01, 0.05, 0.3, 0.5, 0.77, 1.0):
        assert recipe.PEAK * recipe.rate(progress) == pytest.approx(config.rate_at(progress), abs=1e-9)


def test_pairs_are_two_frames_of_one_clip_and_the_same_every_time() -> None:
    clips = torch.arange(5 * 4).float().view(5, 4, 1, 1, 1).expand(5, 4, 3, 32, 32)
    draw = recipe.pairs_of(clips)
    source, driving, warp = draw(3)
    which = [picture[:, 0, 0, 0].long() for picture in (source, driving)]
    assert torch.equal(which[0] // 4, which[1] // 4) and (which[0] != which[1]).all()
    again = recipe.pairs_of(clips)(3)
    assert torch.equal(again[0], source) and torch.equal(again[2].theta, warp.theta)
    assert not torch.equal(draw(4)[0], source)


def test_a_zero_order_model_keeps_identity_jacobians() -> None:
    torch.manual_seed(0)
    model = recipe.zero_order(borrowed.library_model())
    clips = torch.rand(4, 3, 3, 32, 32)
    start = model.detector.confidence_head.weight.detach().clone()
    said = recipe.fit(model, recipe.objective, recipe.pairs_of(clips), 2)
    assert len(said) == 2 and not torch.equal(model.detector.confidence_head.weight, start)
    _, jacobians = model.detector(clips[0])
    assert torch.equal(jacobians, torch.eye(2).expand_as(jacobians))


def test_the_ratio_is_1_for_a_copy_and_0_for_a_perfect_film() -> None:
    class Pretends(nn.Module):
        def __init__(self, perfect: bool) -> None:
            super().__init__()
            self.perfect, self.frames = perfect, torch.empty(0)

        def detector(self, frames: Tensor) -> borrowed.Described:
            self.frames = frames
            return torch.zeros(len(frames), 3, 2), torch.eye(2).expand(len(frames), 3, 2, 2)

        def forward(self, source: Tensor, *_: object) -> tuple[Tensor, Tensor, Tensor]:
            return (self.frames if self.perfect else source,) * 3

    clips = [torch.rand(3, 3, 8, 8), torch.rand(5, 3, 8, 8)]
    assert recipe.held_out_ratio(Pretends(perfect=True), clips) == 0.0
    assert recipe.held_out_ratio(Pretends(perfect=False), clips) == pytest.approx(1)


class Half(nn.Module):
    """A detector whose layers have other names."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3)

    def forward(self, images: Tensor) -> Tensor:
        return self.layer(images)


def test_blocks_that_fail_are_borrowed(capsys: pytest.CaptureFixture[str]) -> None:
    model = borrowed.assembled(detector=Half, dense_motion=borrowed.DenseMotion, generator=borrowed.Generator)
    assert capsys.readouterr().out == "detector: borrowed, dense_motion: yours, generator: yours\n"
    assert isinstance(model.detector, borrowed.Detector)
    assert "raised RuntimeError" in checks.keypoint_detector(Half).message


def test_a_stub_is_no_answer_yet() -> None:
    class Stub(borrowed.Hourglass):
        def forward(self, x: Tensor) -> None:  # type: ignore[override]
            ...

    assert "no answer yet" in checks.hourglass(Stub).message
    assert "no answer yet" in checks.training_loop(lambda *_: None).message


def test_a_right_block_written_otherwise_passes() -> None:
    def motions(kp_source: borrowed.Described, kp_driving: borrowed.Described, height: int, width: int) -> Tensor:
        grid = geometry.coordinate_grid(height, width)
        (s, a), (d, b) = kp_source, kp_driving
        looked = [
            torch.stack([s[i, k] + (grid - d[i, k]) @ (a[i, k] @ b[i, k].inverse()).T for k in range(s.shape[1])])
            for i in range(len(s))
        ]
        return torch.stack([torch.cat([grid[None], each]) for each in looked])

    verdict = checks.sparse_motions(motions)
    assert verdict.passed, verdict


def test_pictures_of_cases_are_told_by_the_weights_that_they_meet() -> None:
    class Untrained(borrowed.Generator):
        def load_state_dict(self, *_: object, **__: object) -> None:  # type: ignore[override]
            ...

    assert not checks.generator(Untrained).passed
    assert dataclasses.asdict(borrowed.CONFIG)["num_keypoints"] == borrowed.K
