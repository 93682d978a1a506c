"""Sections of a settings file, checked: an unknown or missing key or a wrong type is named."""

import dataclasses
import sys
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from fomm_lite.errors import InputError

_WORDS: dict[Any, str] = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a word",
    dict: "a section of its own",
    NoneType: "null",
    tuple[float, ...]: "a list of numbers",
}

_MOST_STEP = 256


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value read from a file is of a field's type; a whole number is a number, a switch is not."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if get_origin(kind) is tuple:
        return isinstance(value, list | tuple) and all(_fits(item, get_args(kind)[0]) for item in value)
    if isinstance(kind, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if isinstance(value, bool):
        return kind is bool
    if kind is float and isinstance(value, int):
        return abs(value) <= sys.float_info.max
    return isinstance(value, kind)


def _in_words(kind: Any) -> str:
    """What values of a type are, for messages."""
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if isinstance(kind, UnionType):
        return " or ".join(_in_words(each) for each in get_args(kind))
    return _WORDS.get(kind, "a section of its own")


def _checked(values: dict[str, Any], kinds: dict[str, Any], section: str) -> dict[str, Any]:
    """The values of a section, numbers as the fields have them; an unknown key or a wrong type is named."""
    for key, value in values.items():
        if key not in kinds:
            raise InputError(
                f"got the key {key!r} in {section!r}", "one of " + ", ".join(kinds), "correct or remove it"
            )
        if dataclasses.is_dataclass(kinds[key]) and isinstance(value, dict):
            continue  # a section of its own is built, and checked, below
        if not _fits(value, kinds[key]):
            raise InputError(f"got {key} = {value!r} in {section!r}", _in_words(kinds[key]), "correct the value")
    return {key: _as_field(value, kinds[key], key) for key, value in values.items()}


def _as_field(value: Any, kind: Any, key: str) -> Any:
    """A value as its field holds it: a number that was written whole, numbers that came as a list, a section."""
    if kind is float:
        return float(value)
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return build(kind, value, key)
    return tuple(map(float, value)) if get_origin(kind) is tuple else value


def build(cls: Any, values: Any, section: str) -> Any:
    """``cls(**values)``, sections in it likewise, with an unknown key or a wrong type named."""
    if not isinstance(values, dict):
        raise InputError(f"got {section} = {values!r}", _in_words(cls), "correct the value")
    return cls(**_checked(values, {item.name: item.type for item in dataclasses.fields(cls)}, section))


def take(
    parent: Mapping[str, Any], section: str, needed: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """One section of an official file, checked; ``needed`` holds types, ``defaults`` what an absent key means."""
    values = parent.get(section)
    if not isinstance(values, dict):
        raise InputError(f"got no section {section!r}", "an official file", "take the YAML file whole")
    checked = _checked(values, dict(needed) | {key: _kind(value) for key, value in defaults.items()}, section)
    for key in needed:
        if key not in values:
            raise InputError(f"got {section!r} without {key!r}", "an official file", f"add {key!r}")
    return {key: checked[key] for key in needed} | {key: checked.get(key, value) for key, value in defaults.items()}


def _kind(default: Any) -> Any:
    """The type that a default stands for; a word may also be left empty."""
    if isinstance(default, tuple):
        return tuple[float, ...]
    return str | None if isinstance(default, str) else type(default)


def check_scale(name: str, scale: float) -> None:
    """Refuse a scale that no slicing can make, or one that leaves nothing of a picture."""
    if not 1 / _MOST_STEP <= scale <= 1 or (1 / scale) % 1:
        raise InputError(f"got {name} = {scale}", "1 divided by an integer", "use 1, 0.5, 0.25 or 0.125")
