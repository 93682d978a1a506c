"""Training steps against another revision, and the share of a step that waits for its pairs."""

import torch

from benchmarks.steps import ROOT, serving, step, stepper
from benchmarks.waiting import PAIRS, waited
from fomm_lite.training.pairs import Pairs, WorldClips


def test_the_same_package_learns_the_same_in_two_processes() -> None:
    arguments = ["--preset", "tiny", "--size", "32"]
    with serving(ROOT, arguments) as one, serving(ROOT, arguments) as other:
        turns = [(step(one), step(other)) for _ in range(2)]
    for (seconds, loss), (_, same) in turns:
        assert seconds > 0 and loss == same
    assert turns[0][0][1] != turns[1][0][1]


def test_a_step_learns() -> None:
    train = stepper("tiny")
    source, driving = torch.rand(2, 2, 3, 32, 32)
    losses = [train(source, driving) for _ in range(6)]
    assert losses[-1] < losses[0]


def test_waiting_and_working_are_told_apart() -> None:
    spans = list(waited(Pairs(WorldClips("faces", "train", PAIRS, size=32)), 2, workers=0))
    assert len(spans) == 2 and all(wait > 0 and work > 0 for wait, work in spans)
