"""A check is fair: it takes every way of writing a right answer, and never breaks on a strange one."""

from collections import namedtuple
from collections.abc import Callable
from itertools import combinations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.course import checks
from fomm_lite.course.kit.checks import Case, Exercise, Mistake, Verdict
from fomm_lite.course.kit.exercise import one_value
from fomm_lite.course.kit.topics import checks_of
from fomm_lite.geometry import coordinate_grid, soft_argmax

EXERCISES = checks.exercises()
ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
Significance = namedtuple("Significance", ["statistic", "pvalue"])  # as scipy hands it back


class Hostile:
    """Breaks whoever looks into it."""

    def __array__(self, *_: object, **__: object) -> object:
        raise ArithmeticError("no")

    def __float__(self) -> float:
        raise LookupError("no")

    __len__ = __iter__ = __float__  # type: ignore[assignment]


class HostileList(list):  # type: ignore[type-arg]
    """A list that cannot be gone through."""

    def __iter__(self) -> object:  # type: ignore[override]
        raise LookupError("no")


STRANGE = {
    "scipy's result": Significance(0.5, 0.1),
    "a tuple of unlike things": (torch.zeros(3), "x", None),
    "ragged numbers": ([1, 2], [3]),
    "nested tuples": ((1, 2), (3, (4, 5))),
    "an empty tuple": (),
    "complex numbers": torch.tensor([1j]),
    "a number too large": 10**400,
    "a tensor without values": torch.zeros(2, device="meta"),
    "hostile": Hostile(),
    "a hostile list": HostileList([1.0]),
    "a list of unlike tensors": [torch.zeros(2), torch.zeros(3)],
    "a dictionary": {"a": 1},
    "an exception": ValueError("x"),
}


@ALL
@pytest.mark.parametrize("answer", STRANGE.values(), ids=STRANGE.keys())
def test_a_check_never_raises(exercise: Exercise, answer: object) -> None:
    verdict = exercise(answer if exercise.value else lambda *_: answer)
    assert isinstance(verdict, Verdict) and not verdict.passed
    assert repr(verdict).count("\n") <= 1


@ALL
def test_a_check_survives_a_function_that_leaves(exercise: Exercise) -> None:
    def leaves(*_: object) -> None:
        raise SystemExit

    assert not exercise(leaves).passed


def split(output: object) -> object:
    """Tuples all the way down, as Python's own numbers would be written."""
    if isinstance(output, tuple):
        return tuple(split(item) for item in output)
    if isinstance(output, Tensor):
        return split(output.tolist())
    return tuple(split(item) for item in output) if isinstance(output, list) else output


@ALL
def test_tuples_are_as_good_as_tensors(exercise: Exercise) -> None:
    if exercise.value:
        assert exercise(split(exercise.reference())).passed
    else:
        verdict = exercise(lambda *given: split(exercise.reference(*given)))
        assert verdict.passed, verdict


def test_one_tensor_is_as_good_as_a_pair_of_its_rows() -> None:
    def case() -> list[Case]:
        return [Case("two matrices", (torch.eye(2), torch.ones(2, 2)))]

    pair = Exercise("pair", lambda a, b: (a + b, a - b), case, mistakes=[], hints=["Think."])
    assert pair(lambda a, b: torch.stack([a + b, a - b])).passed
    assert not pair(lambda a, b: torch.stack([a - b, a + b])).passed


OPTION = one_value("option", "b", {"a": ("a", "Why a?"), "c": ("c", "Why c?")}, ["Think."])


@pytest.mark.parametrize("answer", ["b", "B", "b)", "(B)", " (b) ", "b.", "[b]", "'b'", "b:"])
def test_an_option_may_be_written_as_it_stands(answer: str) -> None:
    assert OPTION(answer).passed


@pytest.mark.parametrize("answer", ["a)", "(A)", "bc", "b c", "", "()"])
def test_another_option_is_another(answer: str) -> None:
    assert not OPTION(answer).passed


def test_an_option_with_a_bracket_still_gets_its_hint() -> None:
    assert OPTION("(A)").mistake == "a"


def double() -> Exercise:
    """An exercise to try the machinery on."""
    return Exercise(
        name="double",
        reference=lambda x: 2 * x,
        cases=lambda: [
            Case("numbers", (torch.tensor([1.0, 4.0, 2.0, 3.0]),)),
            Case("a negative number", (torch.tensor([-3.0, 1.0, 5.0, 2.0]),)),
        ],
        mistakes=[Mistake("squared", lambda x: x * x, "What is three doubled?"), Mistake("same", lambda x: x, "More.")],
        hints=["Think.", "Add it to itself."],
    )


@pytest.mark.parametrize("answer", [lambda x: 2 * x[None], lambda x: (2 * x)[:, None], lambda x: [(2 * x).tolist()]])
def test_right_values_in_a_surplus_axis_get_the_shape_hint_and_cost_nothing(answer: Callable[..., object]) -> None:
    exercise = double()
    verdict = exercise(answer)
    assert not verdict.passed
    assert "axis" in verdict.message and "expected (4,)" in verdict.message and "values are right" in verdict.message
    assert exercise.hint() == "Hint 1 of 2: Think."


def test_wrong_values_in_a_surplus_axis_are_not_called_right() -> None:
    assert "values are right" not in double()(lambda x: 3 * x[None]).message


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda x: -2 * x, "sign"),
        (lambda x: 6 * x, "3 times"),
        (lambda x: 2 * x + 0.5, "0.5 more"),
        (lambda x: (2 * x).flip(0), "other order"),
        (lambda x: x[:2], "shape"),
        (lambda x: x @ torch.zeros(3, 3), "was given: a tensor of shape (4,)"),
        (lambda x: x / 0, "NaN"),
        (lambda x: 2 * x.abs(), "right"),
    ],
    ids=["sign", "factor", "offset", "order", "shape", "raises", "infinite", "partly"],
)
def test_the_hint_follows_the_kind_of_error(answer: Callable[..., object], word: str) -> None:
    exercise = double()
    first, again = exercise(answer).message, exercise(answer).message
    assert word in first
    assert first == again  # the same mistake gets the same words, however often it is tried


def test_mirrored_and_transposed_answers_are_told_apart() -> None:
    exercise = Exercise(
        "squares",
        lambda x: x**2,
        lambda: [Case("one", (torch.tensor([[1.0, 2.0], [3.0, 5.0]]),)), Case("two", (torch.eye(2) + 1,))],
        [],
        ["Think."],
    )
    assert "axes" in exercise(lambda x: (x**2).T).message
    assert "other order" in exercise(lambda x: (x**2).flip(-1)).message


def hull_perimeter(points: Tensor) -> float:
    """Length of the way around: of all corners of the hull, found by going round."""
    rows = points.tolist()
    edges = []
    for one, other in combinations(rows, 2):
        sides = [
            (other[0] - one[0]) * (q[1] - one[1]) - (other[1] - one[1]) * (q[0] - one[0])
            for q in rows
            if q not in (one, other)
        ]
        if all(side >= 0 for side in sides) or all(side <= 0 for side in sides):
            edges.append(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)
    return sum(edges)


def _cold(logits: Tensor, _: float) -> Tensor:
    return logits.flatten(1).softmax(1).view_as(logits)


def _over_all_maps(logits: Tensor, temperature: float) -> Tensor:
    return (logits / temperature).flatten().softmax(0).view_as(logits)


def _unaligned(features: Tensor, deformation: Tensor, occlusion: Tensor) -> Tensor:
    return F.grid_sample(features, deformation, padding_mode="border", align_corners=False) * occlusion


def _unaligned_zeros(features: Tensor, deformation: Tensor, occlusion: Tensor) -> Tensor:
    return F.grid_sample(features, deformation, align_corners=False) * occlusion


def _swapped_sizes(motions: Tensor) -> Tensor:
    return torch.cat([coordinate_grid(motions.shape[2], motions.shape[1])[None], motions])


def _swapped_and_mended(motions: Tensor) -> Tensor:
    return torch.cat([coordinate_grid(motions.shape[2], motions.shape[1]).transpose(0, 1)[None], motions])


def _row_first(motions: Tensor) -> Tensor:
    return torch.cat([coordinate_grid(motions.shape[1], motions.shape[2]).flip(-1)[None], motions])


def _through_the_middle(progress: float, peak: float) -> float:
    right: float = EXERCISES["learning_rate"].reference(progress, peak)
    return 99.0 if 0.32 < progress < 0.78 else right


TELLING = [
    ("movement_factor", lambda s, d: hull_perimeter(s) / hull_perimeter(d), "perimeters instead of areas"),
    ("add_background", _swapped_sizes, None),
    ("add_background", _row_first, "(y, x) instead of (x, y)"),
    ("add_background", _swapped_and_mended, "(y, x) instead of (x, y)"),
    ("learning_rate", _through_the_middle, None),
    ("learning_rate", lambda p, _: EXERCISES["learning_rate"].reference(p, 2e-3), None),
    ("carry_features", _unaligned, "grid_sample without align_corners, border kept"),
    ("carry_features", _unaligned_zeros, "grid_sample without align_corners"),
    ("confidence_maps", _over_all_maps, "softmax over all maps"),
    ("confidence_maps", _cold, "the temperature forgotten"),
    ("soft_argmax", lambda c: soft_argmax(c[None])[0].flip(-1), "x and y swapped"),
]


@pytest.mark.parametrize(("name", "answer", "mistake"), TELLING)
def test_cases_tell_and_the_mistake_is_recognised(name: str, answer: object, mistake: str | None) -> None:
    verdict = EXERCISES[name](answer)
    assert not verdict.passed
    assert verdict.mistake == mistake


def key(topic: str) -> str:
    """The letters of a quiz."""
    return "".join(each.letter for each in checks_of(topic).QUIZ)


def test_no_two_quizzes_share_a_key() -> None:
    for one, other in combinations(checks.TOPICS, 2):
        same = sum(a == b for a, b in zip(key(one), key(other), strict=False))
        assert same <= 3, f"{one} {key(one)} and {other} {key(other)}"


def test_letters_of_a_key_are_used_about_equally_often() -> None:
    letters = "".join(map(key, checks.TOPICS))
    counts = [letters.count(letter) for letter in "abcd"]
    assert max(counts) <= 1.6 * min(counts), counts


@pytest.mark.parametrize("written", ["{}", "({})", "{})", "{}, ", "{}. "])
def test_a_quiz_reads_letters_with_brackets(written: str) -> None:
    letters = key("start")
    assert checks.grade("start", "".join(written.format(letter) for letter in letters)).right == len(letters)
    assert checks.grade("start", [written.format(letter) for letter in letters]).right == len(letters)
    assert checks.grade("start", tuple(letters)).right == len(letters)
