"""A prediction is kept, answered, and its answer covered until there is one: on pages and in terminals."""

import re

import pytest
import torch
from IPython.core.formatters import DisplayFormatter

from fomm_lite.course import predict, show_clip, show_picture
from fomm_lite.errors import InputError

RED = torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 4, 6)


def on_page(thing: object) -> dict[str, str]:
    """What a cell whose last line is ``thing`` shows."""
    return dict(DisplayFormatter().format(thing)[0])


def test_what_was_said_stands_beside_what_is() -> None:
    page = on_page(predict("error at half the distance", 2, unit=" pixels").reveal(1.9812, show_picture(RED, "red")))
    assert "you said 2 pixels, it is 1.98 pixels" in page["text/html"]
    assert 'alt="red"' in page["text/html"]
    assert "details" not in page["text/html"]  # it is open
    assert page["text/plain"] == "error at half the distance: you said 2 pixels, it is 1.98 pixels\nred"


def test_answer_and_picture_are_covered_until_something_is_said() -> None:
    page = on_page(predict("error at half the distance", ...).reveal(1.9812, show_picture(RED, "red")))
    covered = re.fullmatch(r"<details><summary>(.+?)</summary>(.+)</details>", page["text/html"], re.DOTALL)
    assert covered is not None
    assert "No prediction yet" in covered[1] and "1.98" not in covered[1]
    assert "it is 1.98" in covered[2] and 'alt="red"' in covered[2]
    assert "1.98" not in page["text/plain"]


@pytest.mark.parametrize(
    ("said", "shown"), [(3, "3"), (0.25, "0.25"), (-1.0, "-1"), (0, "0"), ("it doubles", "it doubles")]
)
def test_numbers_and_words_may_be_said(said: float | str, shown: str) -> None:
    assert repr(predict("how", said).reveal("so")) == f"how: you said {shown}, it is so"


def test_a_choice_is_one_of_the_answers() -> None:
    ways = {"masks": 1, "nearest keypoint": 2}
    assert "you said masks, it is nearest keypoint" in repr(
        predict("worst", "masks", among=ways).reveal("nearest keypoint")
    )
    with pytest.raises(
        InputError, match=r"got 'mask'; expected one of 'masks', 'nearest keypoint'; did you mean 'masks'"
    ):
        predict("worst", "mask", among=ways)
    with pytest.raises(InputError, match="choose one of these"):
        predict("worst", 7, among=ways)
    with pytest.raises(InputError, match=r"got '32'; expected one of 16, 32, 64; did you mean 32\?"):
        predict("finest", "32", among=(16, 32, 64))


def test_an_answer_that_nobody_could_choose_is_refused() -> None:
    ways = {"masks": 1, "nearest keypoint": 2}
    for said in ("masks", ...):
        with pytest.raises(
            InputError, match="got the answer 'background'; expected one of 'masks', 'nearest keypoint'"
        ):
            predict("worst", said, among=ways).reveal("background")
    assert "it is masks" in repr(predict("worst", "masks", among=ways).reveal("masks"))


@pytest.mark.parametrize("said", [float("nan"), float("inf"), True, " ", None, [2]])
def test_what_predicts_nothing_is_refused_in_one_line(said: object) -> None:
    with pytest.raises(InputError, match="a number or some words") as error:
        predict("how", said)
    assert "\n" not in str(error.value)


def test_words_are_not_taken_for_html() -> None:
    page = on_page(predict("a < b", "<script>").reveal("a & b"))["text/html"]
    assert "&lt;script&gt;" in page and "a &lt; b" in page and "a &amp; b" in page


def test_a_film_may_be_revealed() -> None:
    page = on_page(predict("how", ...).reveal("so", show_clip([RED, RED], "red")))["text/html"]
    assert "<video" in page.partition("</summary>")[2]
