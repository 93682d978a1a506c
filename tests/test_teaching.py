"""What docs/teaching.md promises adds up, and the slides of the lecture keep to its plan."""

import re
from pathlib import Path

import nbformat
import pytest

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
    assert len(minutes) == 13
    for _, length, what in plan("One day") + plan("Two days"):
        if what[:2] in minutes:
            assert length <= minutes[what[:2]], what


def minutes_by_rule(path: Path) -> float:
    """What docs/teaching.md reckons with: words, lines of code, exercises without a star, explorers."""
    cells = nbformat.read(path, 4).cells
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    exercises = re.findall(r"^### Exercise \d\d\.\d+:", words, re.MULTILINE)
    explorers = set(re.findall(r"\b\w+(?:Explorer|Monitor)\(", code))
    lines = [line for line in code.splitlines() if line.strip()]
    return len(words.split()) / 180 + len(lines) / 12 + 5 * len(exercises) + 4 * len(explorers)


def test_heads_say_the_minutes_that_the_rule_gives():
    assert "180 words or 12 lines of code, 5 for an exercise, 4 for an explorer" in TEXT
    for number, minutes in heads().items():
        (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
        assert minutes % 5 == 0 and abs(minutes - minutes_by_rule(path)) < 5, f"{number}: {minutes_by_rule(path):.0f}"
        assert minutes <= 60


def test_the_slides_keep_to_the_plan_of_ninety_minutes():
    part = TEXT.partition("### 90 minutes\n")[2].partition("\n### ")[0]
    planned = re.findall(r"^\| (\d+) \| (.+) \|$", part, re.MULTILINE)
    assert sum(int(length) for length, _ in planned) == 90
    assert re.findall(r"^## (.+) \((\d+) min\)$", SLIDES, re.MULTILINE) == [(what, length) for length, what in planned]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    """scripts/make_slides.py."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import make_slides

    return make_slides


def test_a_slide_carries_its_figure_with_words_and_hides_its_notes(script):
    assert set(re.findall(r"figure:(\w+)", SLIDES)) == {each.__name__ for each in script.FIGURES}
    made = script.slide("### Precision\n\n$x^2$\n\n![](figure:rates)\n\nNotes: ask first")
    assert re.search(r'<figure>.*alt="\w[^"]+"', made, re.DOTALL)
    assert '<aside class="notes"><p>ask first</p>' in made and 'alt="x^2"' in made
    assert not re.findall(r'(?:src|href)="(?!data:|#)', made)


def test_without_node_the_slides_are_one_plain_page_and_it_is_said(script, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(script, "REVEAL", tmp_path / "nothing")
    page = script.write_slides([script.slide("# One\n\nNotes: first")], tmp_path / "out")
    assert "no reveal.js" in capsys.readouterr().out
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page.read_text("utf-8"))


def test_with_node_all_that_shows_the_slides_lies_beside_them(script, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(script, "REVEAL", tmp_path / "reveal.js")
    for name in script.BROUGHT:
        (tmp_path / "reveal.js" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "reveal.js" / name).write_text(name.name, encoding="utf-8")
    page = script.write_slides([script.slide(each) for each in ("# One", "## Two", "### In two")], tmp_path / "out")
    text = page.read_text("utf-8")
    named = re.findall(r'(?:src|href)="(?!data:|#)([^"]+)"', text)
    assert len(named) == 5 and all((page.parent / name).is_file() for name in named)
    assert (page.parent / "reveal-license.txt").read_text("utf-8") == "LICENSE"
    assert text.count("<section><section>") == 2 and text.count("<aside") == 3  # a column for each part
    assert capsys.readouterr().out == ""
