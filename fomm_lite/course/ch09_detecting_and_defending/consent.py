"""May this film be shown? Its papers are checked first, then whether everybody in it has agreed to what is planned."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from fomm_lite.forensics import verify_clip

Record = Mapping[str, Any]  # what one person agreed to: {"for": [uses], "until": "2027-06-30"}; empty: nobody has asked


def has_agreed(record: Record, use: str, day: str) -> bool:
    """Whether one person's consent covers a use on a day.

    Args:
        record: ``for``, a list of uses, and ``until``, the last day, as year-month-day; empty where nobody has asked.
        use: what is planned.
        day: when, as year-month-day: days written so are in order as words are.

    Example:
        >>> has_agreed({"for": ["a lesson"], "until": "2027-06-30"}, "a lesson", "2027-06-30")
        True
        >>> has_agreed({}, "a lesson", "2027-06-30")
        False
    """
    return use in record.get("for", []) and day <= record.get("until", "")


def refusal(
    film: Float[Tensor, "t 3 h w"],
    manifest: Mapping[str, Any],
    secret: bytes,
    shown: Sequence[str],
    use: str,
    day: str,
    agreed: Callable[[Record, str, str], Any] = has_agreed,
) -> str:
    """Why a film may not be shown; empty where nothing speaks against it.

    Args:
        film: as it is to be shown.
        manifest: signed, with ``consent`` among its claims: a record for each name.
        secret: that signed it.
        shown: names of all who appear, as source or as driver.
        use: what is planned.
        day: when, as year-month-day.
        agreed: who decides about one record; an answer of None is none, and without an answer nothing is shown.
    """
    papers = verify_clip(film, manifest, secret)
    if not papers.valid:
        return papers.reason
    records = manifest["claims"].get("consent", {})
    missing = [name for name in shown if not agreed(records.get(name, {}), use, day)]
    return f"no consent to {use} on {day}: {', '.join(missing)}" if missing else ""
