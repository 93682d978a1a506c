"""What tests of figures share: the figures themselves, whose artists say what stands where."""

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures of a test, in the order in which they are finished."""
    finished: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *arguments: object, **named: object) -> None:
        finished.append(figure)
        save(figure, *arguments, **named)

    monkeypatch.setattr(Figure, "savefig", keep)
    return finished
