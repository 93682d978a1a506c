"""A YAML file of settings, looked at before it is believed: what is small on disk can be without end in memory."""

import os
import stat
from pathlib import Path
from typing import Any

import yaml

from fomm_lite.errors import InputError

_MOST_BYTES = 32 * 2**10  # the longest official file has 3 thousand
_MOST_NODES = 2_000  # and less than 200 values
_DEEPEST = 32  # brackets within brackets; the parser's time grows with their square
_LONGEST = 1_000  # characters of a value
_FIX = "check the file"
# what the parser lets through of the constructors of dates, digits, sets and merges, beside its own errors
_TRIPPED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, yaml.YAMLError)


class _Loader(yaml.SafeLoader):
    """Plain data only, and no more of it than a file of settings can have."""

    seen = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """One node, counted."""
        self.seen += 1
        if self.seen > _MOST_NODES:
            raise yaml.YAMLError(f"more than {_MOST_NODES} values")
        return super().compose_node(parent, index)

    def fetch_flow_collection_start(self, token_class: Any) -> None:
        """One bracket, counted."""
        if self.flow_level >= _DEEPEST:
            raise yaml.YAMLError(f"more than {_DEEPEST} brackets within each other")
        super().fetch_flow_collection_start(token_class)


def read_yaml_file(path: str | os.PathLike[str], *, expected: str) -> Any:
    """What a YAML file holds, plain data only.

    Args:
        path: the file.
        expected: what it should be, for messages.

    Raises:
        InputError: no plain file, too long a one, no YAML, names that are no words, or more in it than it seems:
            aliases of aliases are counted as often as they are told, and none may lie in itself.
        OSError: no such file, or one that cannot be read.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InputError(f"got {path}, which is no plain file", expected, "check the path")
    with Path(path).open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(f"got {path} of more than {_MOST_BYTES} bytes", f"{expected}, which is short", _FIX)
    try:
        loader = _Loader(content.decode("utf-8-sig"))
        try:
            root = loader.get_single_node()
            if root is None:
                return None
            if _count(root, {}, path, expected) > _MOST_NODES:
                raise InputError(f"got {path}, whose aliases stand for more than {_MOST_NODES} values", expected, _FIX)
            return loader.construct_document(root)
        finally:
            loader.dispose()
    except InputError:
        raise
    except _TRIPPED as error:
        raise InputError(f"got {path}: {error or type(error).__name__}", expected, _FIX) from None


def _count(node: yaml.Node, known: dict[int, int], path: str | os.PathLike[str], expected: str) -> int:
    """Values under a node, those of an alias as often as it is told; each node is looked at once."""
    if id(node) not in known:
        known[id(node)] = _MOST_NODES + 1  # met again on the way down, it lies in itself
        if isinstance(node, yaml.ScalarNode):
            if len(node.value) > _LONGEST:
                raise InputError(f"got {path} with a value of {len(node.value)} characters", expected, _FIX)
            below: list[Any] = []
        else:
            below = node.value
            if isinstance(node, yaml.MappingNode):
                _check_names(node, path, expected)
                below = [each for pair in node.value for each in pair]
        known[id(node)] = 1 + sum(_count(each, known, path, expected) for each in below)
    return known[id(node)]


def _check_names(node: yaml.MappingNode, path: str | os.PathLike[str], expected: str) -> None:
    """Names are words: what reads 1 or true or a date as a name is no file of settings."""
    for name, _ in node.value:
        if name.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
            said = name.value if isinstance(name, yaml.ScalarNode) else "a list"
            raise InputError(f"got {path} with the name {said}", f"{expected} whose names are words", _FIX)
