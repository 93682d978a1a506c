"""What docs/teaching.md promises adds up, and the slides of the lecture keep to its plan."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
SLIDES = (ROOT / "docs" / "slides.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+):(\d\d) \| (\d+) \| (.+) \|$", re.MULTILINE)
LONGEST = 120  # minutes without a break


def plan(title: str) -> list[tuple[int, int, str]]:
    """When, for how many minutes, and what."""
    part = TEXT.partition(f"### {title}\n")[2].partition("\n### ")[0]
    return [(60 * int(hour) + int(minute), int(length), what) for hour, minute, length, what in ROW.findall(part)]


def days(title: str) -> list[list[tuple[int, int, str]]]:
    """A plan's days: the clock falls between them."""
    found: list[list[tuple[int, int, str]]] = []
    for row in plan(title):
        if not found or row[0] < found[-1][-1][0]:
            found.append([])
        found[-1].append(row)
    return found


def heads() -> dict[str, int]:
    """Minutes that the notebooks say at their heads."""
    texts = {path.stem[:2]: path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").glob("[01]*.ipynb")}
    found = {number: re.search(r"\*About (\d+) minutes", text) for number, text in texts.items()}
    return {number: int(match[1]) for number, match in found.items() if match}


def test_the_plans_of_days_add_up_and_have_breaks():
    assert [len(days(title)) for title in ("One day", "Two days")] == [1, 2]
    for day in days("One day") + days("Two days"):
        clock = since = day[0][0]
        for at, length, what in day:
            assert at == clock, what
            clock += length
            if what in ("break", "lunch"):
                assert at - since <= LONGEST
                since = clock
        assert clock - since <= LONGEST and clock - day[0][0] in (450, 480)


def test_no_plan_gives_a_notebook_more_time_at_a_stretch_than_it_asks_for():
    minutes = heads()
    assert len(minutes) == 12
    for _, length, what in plan("One day") + plan("Two days"):
        if what[:2] in minutes:
            assert length <= minutes[what[:2]], what


def test_the_slides_keep_to_the_plan_of_ninety_minutes():
    part = TEXT.partition("### 90 minutes\n")[2].partition("\n### ")[0]
    planned = re.findall(r"^\| (\d+) \| (.+) \|$", part, re.MULTILINE)
    assert sum(int(length) for length, _ in planned) == 90
    assert re.findall(r"^## (.+) \((\d+) min\)$", SLIDES, re.MULTILINE) == [(what, length) for length, what in planned]


def test_a_slide_carries_its_figure_with_words_and_hides_its_notes():
    spec = importlib.util.spec_from_file_location("make_slides", ROOT / "scripts" / "make_slides.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert set(re.findall(r"figure:(\w+)", SLIDES)) == {each.__name__ for each in script.FIGURES}
    made = script.slide("### Precision\n\n$x^2$\n\n![](figure:rates)\n\nNotes: ask first")
    assert re.search(r'<figure>.*alt="\w[^"]+"', made, re.DOTALL)
    assert "<aside><p>ask first</p>" in made and 'alt="x^2"' in made
    assert not re.findall(r'(?:src|href)="(?!data:|#)', made)
