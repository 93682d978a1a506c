"""Figures: works take turns, a table under the machine's ceiling, a file that has what was measured."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.figures import Figure, median_seconds, taking_turns, tell


def test_works_take_turns() -> None:
    done: list[str] = []
    spent = taking_turns([lambda: done.append("a"), lambda: done.append("b")], 3)
    assert done == ["a", "b"] * 3
    assert [len(times) for times in spent] == [3, 3]


def test_the_first_run_only_warms_up() -> None:
    done: list[int] = []
    assert median_seconds(lambda: done.append(1), 4) > 0
    assert len(done) == 5


def test_a_figure_says_whether_it_is_missed() -> None:
    assert Figure("film", 1.5, "times", 2, least=True).missed
    assert not Figure("film", 2.0, "times", 2, least=True).missed
    assert Figure("wait", 120, "ms", 100).missed
    assert not Figure("wait", 120, "ms").missed
    assert Figure("wait", 120.4, "ms", 100).row() == "| wait | 120 ms | 100 at most, missed |  |"
    assert (
        Figure("film", 2.5, "times", 2, least=True, note="quiet").row() == "| film | 2.5 times | 2 at least | quiet |"
    )


def test_table_and_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(figures, "SIDE", 64)
    measured = [Figure("film", 2.5, "times", 2, least=True), Figure("wait", 3, "s")]

    def stopped() -> Iterator[Figure]:
        yield from measured
        raise KeyboardInterrupt

    file = tmp_path / "out" / "bench.json"
    with pytest.raises(KeyboardInterrupt):
        tell(stopped(), file)
    shown, written = capsys.readouterr().out, json.loads(file.read_text(encoding="utf-8"))
    assert written["gflops"] > 0 and f"{written['gflops']:.0f} GFLOP/s" in shown
    assert [Figure(**figure) for figure in written["figures"]] == measured
    assert all(figure.row() in shown for figure in measured)
