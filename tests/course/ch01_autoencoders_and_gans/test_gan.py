"""The smallest stage for two networks against each other."""

import pytest
import torch

from fomm_lite.course.ch01_autoencoders_and_gans import gan
from fomm_lite.errors import InputError


def test_real_points_lie_in_all_heaps_alike():
    shares = gan.heap_shares(gan.real_points(4000, torch.Generator().manual_seed(0)))
    assert (shares - 1 / 8).abs().max() < 0.03
    assert shares.sum() > 0.99


def test_points_elsewhere_are_in_no_heap_and_points_in_one_are_counted_there():
    assert gan.heap_shares(torch.zeros(10, 2)).sum() == 0
    assert gan.heap_shares(gan.heap_centres()[3].expand(5, 2)).tolist() == [0, 0, 0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "paid"),
    [
        ("saturating", lambda d, _: torch.log(1 - d)),
        ("non-saturating", lambda d, _: -torch.log(d)),
        ("least squares", lambda _, s: (1 - s) ** 2),
    ],
)
def test_what_the_generator_pays_is_the_formula(name, paid):
    scores = torch.tensor([[-2.0], [0.3], [1.5]])
    assert torch.allclose(gan.generator_loss(scores, name), paid(scores.sigmoid(), scores).mean(), atol=1e-6)


def test_what_the_discriminator_pays_is_the_formula():
    real, made = torch.tensor([[0.5], [2.0]]), torch.tensor([[-1.0], [3.0]])
    logs = -(real.sigmoid().log().mean() + (1 - made.sigmoid()).log().mean())
    assert torch.allclose(gan.discriminator_loss(real, made, "saturating"), logs, atol=1e-6)
    assert gan.discriminator_loss(real, made, "non-saturating") == gan.discriminator_loss(real, made, "saturating")
    squares = ((1 - real) ** 2).mean() + (made**2).mean()
    assert torch.allclose(gan.discriminator_loss(real, made, "least squares"), squares)


def test_a_short_training_finds_heaps_and_can_be_repeated():
    first, again = (gan.train_gan(250, seed=0, looks=5) for _ in range(2))
    assert torch.equal(first.points, again.points)
    assert first.moments[0].heaps == 0 and first.moments[-1].heaps >= 2
    assert [moment.step for moment in first.moments] == [0, 50, 100, 150, 200, 250]


def test_an_unknown_loss_is_told():
    with pytest.raises(InputError, match="saturating"):
        gan.train_gan(1, "hinge")


def test_only_the_discriminator_learns_in_the_study_of_slopes():
    found = gan.slopes_against_a_judge_alone(120, looks=4)
    assert list(found) == list(gan.LOSSES)
    assert [step for step, _ in found["least squares"]] == [0, 30, 60, 90, 120]
    last = {name: line[-1][1] for name, line in found.items()}
    assert last["saturating"] < last["non-saturating"]
