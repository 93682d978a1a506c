"""Answers that students give to the exercises of notebook 01, and the right ones written differently."""

import torch

from fomm_lite.course import checks


def test_the_linear_autoencoder_takes_the_mean_off_and_puts_it_back():
    def looped(pictures, mean, basis):
        rows = []
        for picture in pictures:
            numbers = [float((picture - mean) @ direction) for direction in basis]
            rows.append(mean + sum(number * direction for number, direction in zip(numbers, basis, strict=True)))
        return torch.stack(rows)

    def without_taking_off(pictures, mean, basis):
        return torch.einsum("bn,kn,km->bm", pictures, basis, basis) + mean

    def without_putting_back(pictures, mean, basis):
        codes = (pictures - mean) @ basis.T
        return codes @ basis

    def without_any(pictures, mean, basis):
        return (pictures @ basis.T) @ basis

    assert checks.linear_autoencoder(looped).passed
    for wrong, name in (
        (without_taking_off, "the mean was not taken off"),
        (without_putting_back, "the mean was not put back"),
        (without_any, "no mean at all"),
    ):
        verdict = checks.linear_autoencoder(wrong)
        assert not verdict.passed and verdict.mistake == name


def test_the_swap_takes_the_other_decoder():
    def paint(choose):
        def answer(pictures, encoder, decoders, who):
            codes = [encoder @ picture for picture in pictures]
            return torch.stack([decoders[choose(int(p))] @ code for code, p in zip(codes, who, strict=True)])

        return answer

    assert checks.swapped_persons(paint(lambda person: 0 if person else 1)).passed
    for choose, name in (
        (lambda person: person, "everybody by their own decoder"),
        (lambda _: 1, "everybody as person 1"),
        (lambda _: 0, "everybody as person 0"),
    ):
        verdict = checks.swapped_persons(paint(choose))
        assert not verdict.passed and verdict.mistake == name


def test_the_best_discriminator_is_the_share_of_real_things():
    assert checks.best_discriminator(lambda p, q: 1 / (1 + q / p)).passed
    for wrong, name in (
        (lambda p, q: 1 - p / (p + q), "the share of generated points"),
        (lambda p, q: torch.exp(p.log() - q.log()), "real over generated"),
        (lambda p, q: torch.where(p > q, 1.0, 0.0), "the sign only"),
    ):
        verdict = checks.best_discriminator(wrong)
        assert not verdict.passed and verdict.mistake == name


def test_the_slope_of_least_squares():
    def by_autograd(scores):
        scores = scores.clone().requires_grad_()
        return torch.autograd.grad(((1 - scores) ** 2).mean(), scores)[0]

    def backwards(scores):
        return -by_autograd(scores)

    def summed(scores):
        scores = scores.clone().requires_grad_()
        return torch.autograd.grad(((1 - scores) ** 2).sum(), scores)[0]

    def of_the_discriminator(scores):
        scores = scores.clone().requires_grad_()
        return torch.autograd.grad((scores**2).mean(), scores)[0]

    assert checks.least_squares_slope(by_autograd).passed
    for wrong, name in (
        (backwards, "the sign is turned"),
        (summed, "a sum instead of a mean"),
        (of_the_discriminator, "the discriminator's slope"),
        (lambda s: (s - 1) / s.numel(), "the square was not differentiated"),
    ):
        verdict = checks.least_squares_slope(wrong)
        assert not verdict.passed and verdict.mistake == name


def test_how_much_is_missing() -> None:
    def heaps_not_reached(real: torch.Tensor, made: torch.Tensor) -> list[float]:
        """Share of the real points without a generated one near by, as a list."""
        return [float((torch.cdist(real, each) < 0.1).any(1).logical_not().float().mean()) for each in made]

    assert checks.how_much_is_missing(heaps_not_reached).passed
    turned = checks.how_much_is_missing(lambda real, made: [-each for each in heaps_not_reached(real, made)])
    assert not turned.passed and "expected less" in turned.message
    spreads = checks.how_much_is_missing(lambda real, made: [(each.std(0) - real.std(0)).abs().mean() for each in made])
    assert spreads.mistake == "the spreads compared"
    assert "one number for each" in checks.how_much_is_missing(lambda *given: given[0]).message
