"""The switch for quick runs."""

import pytest

from fomm_lite.course import budget


@pytest.mark.parametrize(("value", "expected"), [(None, 3000), ("", 3000), ("0", 3000), ("1", 20), ("yes", 20)])
def test_a_quick_run_is_asked_for_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str | None, expected: int
) -> None:
    if value is None:
        monkeypatch.delenv("FOMM_LITE_FAST", raising=False)
    else:
        monkeypatch.setenv("FOMM_LITE_FAST", value)
    assert budget(full=3000, fast=20) == expected
