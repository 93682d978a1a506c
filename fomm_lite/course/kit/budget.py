"""How much a notebook computes: as written for readers, or a taste of it for a quick look."""

import os
from typing import TypeVar

FAST = "FOMM_LITE_FAST"

_T = TypeVar("_T")


def budget(full: _T, fast: _T) -> _T:
    """The value ``full``, unless the environment variable ``FOMM_LITE_FAST`` is set to anything but 0 or nothing.

    Notebooks claim and assert what holds at ``full``; a fast run is for trying an edit, and its assertions may fail.

    Args:
        full: steps, minutes or clips, as the text describes them.
        fast: the same for a quick look.

    Example:
        >>> budget(full=3000, fast=20)
        3000
    """
    return fast if os.environ.get(FAST, "0") not in ("", "0") else full
