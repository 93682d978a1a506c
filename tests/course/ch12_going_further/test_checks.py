"""Answers that students give to the exercises of notebook 12, and the right ones written differently."""

import torch

from fomm_lite.course import checks


def fails_as(exercise, wrong, name):
    """Whether a wrong answer is recognised."""
    verdict = exercise(wrong)
    return not verdict.passed and verdict.mistake == name


def test_numbers_of_a_taylor_series():
    check = checks.taylor_numbers
    monomials = lambda order: sum(1 for a in range(order + 1) for b in range(order + 1) if a + b <= order)  # noqa: E731
    assert check(lambda k, order: 2 * k * monomials(order)).passed
    assert fails_as(check, lambda k, order: 2 * k * (2 ** (order + 1) - 1), "xy and yx counted twice")
    assert fails_as(check, lambda k, order: k * (2 * order + 2), "the highest order only")
    assert fails_as(check, lambda k, order: k * monomials(order), "one component")


def test_a_step_in_units():
    check = checks.step_in_units
    assert check(lambda p, w, aligned: p / ((w - aligned) / 2)).passed
    assert fails_as(check, lambda p, w, aligned: 2 * p / (w - 1 + aligned), "the two conventions exchanged")
    assert fails_as(check, lambda p, w, aligned: p / (w - aligned), "an interval of length 1")
    places = lambda p, w, aligned: 2 * p / (w - 1) - 1 if aligned else (2 * p + 1) / w - 1  # noqa: E731
    assert fails_as(check, places, "a place instead of a step")


def test_the_wall_behind_a_figure():
    def by_lots(places, wanted):
        """Random triples; the one that most places agree with."""
        dice, ones = torch.Generator().manual_seed(1), torch.ones(len(places), 1).double()
        rows, best, most = torch.cat([places, ones], 1), None, 0
        for _ in range(100):
            three = torch.randperm(len(places), generator=dice)[:3]
            guess = torch.linalg.solve(rows[three], wanted[three])
            agreeing = int(((rows @ guess - wanted).norm(dim=1) < 0.02).sum())
            best, most = (guess.T, agreeing) if agreeing > most else (best, most)
        return best

    def plain(places, wanted):
        rows = torch.cat([places, torch.ones(len(places), 1).double()], 1)
        return (torch.linalg.pinv(rows) @ wanted).T

    check = checks.wall_behind_a_figure
    assert check(by_lots).passed
    assert fails_as(check, plain, "plain least squares")
    assert not check(lambda places, wanted: plain(places, wanted).T).passed
    identity = lambda places, _: torch.eye(2, 3).to(places)  # noqa: E731
    assert not check(identity).passed
