"""The slides as reveal.js shows them, opened as a file: keys, notes, overview, print, and a telephone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
SLIDES = ("# Title\n\nNotes: begin", "## A part (15 min)\n\n$x^2$\n\nNotes: say $x$", "### In it\n\n- a point", "# End")
READY = "() => window.Reveal && Reveal.isReady()"
AT = "() => Reveal.getCurrentSlide().querySelector('h1, h2, h3').innerText"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Of the page, as a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "scripts")
        import make_slides
    if not make_slides.has_reveal():
        pytest.skip("needs reveal.js, which `npm ci` in site/ brings")
    out = tmp_path_factory.mktemp("slides")
    return make_slides.write_slides([make_slides.slide(each) for each in SLIDES], out).as_uri()


@pytest.fixture
def opened(browser: "Browser", address: str) -> Iterator[Callable[..., "Page"]]:
    """Opens the page; nothing may fail on it, and nothing may be asked of a network."""
    contexts, wrong = [], []

    def page_of(query: str = "", **how: object) -> "Page":
        contexts.append(browser.new_context(**how))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url.startswith("http") else None)
        page.goto(address + query)
        page.wait_for_function(READY)
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert wrong == []


def test_an_arrow_takes_every_slide_in_order(opened) -> None:
    page = opened(viewport={"width": 1366, "height": 768})
    seen = [page.evaluate(AT)]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        seen.append(page.evaluate(AT))
    assert seen == ["Title", "A part (15 min)", "In it", "End"]


def test_overview_and_notes_open_by_a_key(opened) -> None:
    page = opened(viewport={"width": 1366, "height": 768})
    page.keyboard.press("o")
    assert page.evaluate("() => Reveal.isOverview()")
    page.keyboard.press("o")
    page.keyboard.press("n")
    page.wait_for_function("() => document.querySelector('.speaker-notes')?.innerText.includes('begin')")
    with page.expect_popup() as window:
        page.keyboard.press("s")
    window.value.wait_for_function(
        "() => document.querySelector('.speaker-controls-notes').innerText.includes('begin')"
    )


def test_it_prints_a_page_for_each_slide(opened) -> None:
    page = opened("?print-pdf", viewport={"width": 1366, "height": 768})
    page.wait_for_function("() => document.querySelectorAll('.pdf-page').length > 0")
    assert page.locator(".pdf-page").count() == len(SLIDES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_by_day_and_by_night(opened, scheme: str) -> None:
    page = opened(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    looks = """() => {
        const style = getComputedStyle(document.querySelector(".reveal-viewport"));
        return [style.backgroundColor, style.color];
    }"""
    paper, ink = (sum(map(int, each.strip("rgb()").split(","))) for each in page.evaluate(looks))
    assert abs(paper - ink) > 500 and (paper > ink) == (scheme == "light")


def test_pictures_in_rows_are_lit_less_once_and_their_names_are_ink_on_paper(opened) -> None:
    page = opened(viewport={"width": 1366, "height": 768}, color_scheme="dark")
    told = """() => {
        const cell = "<div><div id=name>name</div><img id=picture></div>";
        const sheet = `<figure><figure><div>row</div><div>${cell}</div></figure></figure>`;
        Reveal.getCurrentSlide().insertAdjacentHTML("beforeend", sheet);
        const filters = [];
        for (let at = document.querySelector("#picture"); at; at = at.parentElement) {
            filters.push(getComputedStyle(at).filter);
        }
        return [getComputedStyle(document.querySelector("#name")).color, filters.filter((one) => one !== "none")];
    }"""
    ink, filters = page.evaluate(told)
    assert max(map(int, ink.strip("rgb()").split(","))) < 60
    assert filters == ["brightness(0.84)"]


def test_a_telephone_scrolls_downwards_only(opened) -> None:
    page = opened(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.evaluate("() => Reveal.isScrollView()")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    size = "() => parseFloat(getComputedStyle(document.querySelector('li')).fontSize) * Reveal.getScale()"
    assert page.evaluate(size) >= 15
