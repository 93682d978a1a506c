"""The self-test: its keys are computed here, and what it sends to is there."""

import json
import re
from pathlib import Path

import pytest
import torch

from fomm_lite.course.ch00_start_here.prerequisites import SELF_TEST, what_to_read

NOTEBOOKS = Path(__file__).resolve().parents[3] / "notebooks"
KEY = "".join(each.letter for each in SELF_TEST)


def text_of(number: str) -> str:
    """The text of a notebook."""
    (path,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def options() -> list[dict[str, str]]:
    """Letter -> answer of each question, as notebook 00 puts them."""
    test = text_of("00").partition("### Do you bring what it takes?")[2].partition("\n## ")[0]
    asked = [" ".join(part.split()) for part in re.split(r"^\d+\. ", test, flags=re.MULTILINE)[1:]]
    return [dict(re.findall(r"\b([a-d])\) (.+?)(?=; [a-d]\)|$)", each)) for each in asked]


def squared_twice() -> float:
    """A gradient that nobody cleared."""
    x = torch.tensor(3.0, requires_grad=True)
    for _ in range(2):
        (x**2).backward()
    assert x.grad is not None
    return float(x.grad)


def answers() -> list[str]:
    """What comes out, by running it; the second, which is a formula, by its name."""
    a, b = torch.tensor([[0.0, -1.0], [1.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    named = {"A^{-1}B^{-1}": a.inverse() @ b.inverse(), "B^{-1}A^{-1}": b.inverse() @ a.inverse(), "BA": b @ a}
    inverse = [name for name, found in named.items() if torch.allclose(found, (a @ b).inverse())]
    jacobian = torch.func.jacrev(lambda z: torch.stack([z[0] ** 2 * z[1], 3 * z[0] + z[1]]))(torch.tensor([1.0, 2.0]))
    seen = torch.nn.Conv2d(3, 16, kernel_size=7, stride=2, padding=3)(torch.rand(8, 3, 64, 64))
    return [
        str(tuple(int(x) for x in a @ b @ torch.tensor([1.0, 0.0]))),
        *(f"${name}$" for name in inverse),
        ", ".join(str(tuple(int(x) for x in row)) for row in jacobian),
        str(2 * 3),  # f'(f(0)) f'(0)
        str(tuple(seen.shape)),
        str(tuple((torch.rand(4, 1, 5) * torch.rand(3, 1)).shape)),
        str(round(float(torch.rand(1, 10, 8, 8).flatten(2).softmax(2).sum()))),
        f"{squared_twice():g}",
    ]


def test_each_key_is_the_option_that_is_true():
    asked = options()
    assert [sorted(each) for each in asked] == [list("abcd")] * len(SELF_TEST)
    assert [each[key] for each, key in zip(asked, KEY, strict=True)] == answers()
    assert all(len(set(each.values())) == 4 for each in asked)
    assert {KEY.count(letter) for letter in "abcd"} == {2}


def test_a_gap_says_what_to_read_and_when_and_a_solved_question_nothing():
    assert what_to_read(KEY).right == len(SELF_TEST) and "read" not in repr(what_to_read(KEY))
    assert "read" not in repr(what_to_read("?" * len(KEY)))
    some = what_to_read(KEY[:-2] + "?" + "a").lines
    assert ["D2L" in line for line in some] == [False] * 6 + [True, True]


@pytest.mark.parametrize("key", SELF_TEST)
def test_what_it_sends_to_is_there(key):
    (number, section), *more = re.findall(r"notebook (\d\d), section (\d)", key.found)
    assert not more and re.search(r"D2L, “[A-Z][\w ]+”", key.found)
    assert re.search(rf"^## {section} · ", text_of(number), re.MULTILINE)


def test_the_notebook_asks_as_many_as_there_are():
    (path,) = NOTEBOOKS.glob("00_*.ipynb")
    assert f'prerequisites.what_to_read(\\"{"?" * len(SELF_TEST)}\\")' in path.read_text(encoding="utf-8")
