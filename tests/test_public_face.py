"""The names that are promised, and that asking for help does not wait for torch."""

import subprocess
import sys

import pytest

import fomm_lite


@pytest.mark.parametrize("name", sorted(fomm_lite.__all__))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(fomm_lite, name) is not None
    assert name in dir(fomm_lite)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="animator"):
        fomm_lite.animator  # noqa: B018


def test_help_does_not_load_torch() -> None:
    script = "import sys; from fomm_lite.cli.main import main; main(['--help']); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0
