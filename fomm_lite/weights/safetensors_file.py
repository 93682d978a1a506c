"""A safetensors file, believed piece by piece: header, then names and shapes, then numbers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.networks.states import fitting, matching

_MOST_HEADER = 4 * 2**20  # bytes; vox-256 has 40 thousand
_FLOATING = ("F64", "F32", "F16", "BF16")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file behind a path, its header checked by the library of the format.

    Raises:
        InputError: no such file, a damaged one, or a header that no model needs.
    """
    if not path.is_file():
        raise InputError(f"got {path}: no such file", "an existing .safetensors file", "check the path")
    try:
        with path.open("rb") as raw:
            header = int.from_bytes(raw.read(8), "little")
        if _MOST_HEADER < header < path.stat().st_size:
            raise InputError(f"got {path} with a header of {header} bytes", f"at most {_MOST_HEADER}", "check the file")
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise InputError(f"got {path}: {error}", "a whole .safetensors file", "copy or download it again") from None


def read_metadata(path: Path) -> dict[str, str]:
    """The words in the header of a file; no number is read.

    Raises:
        InputError: a missing or damaged file.
    """
    with _opened(path) as file:
        return dict(file.metadata() or {})


def metadata_value(path: Path, metadata: Mapping[str, str], name: str, kind: type) -> Any:
    """One entry of the header, which is JSON.

    Args:
        path: for messages.
        metadata: as read by :func:`read_metadata`.
        name: of the entry.
        kind: what it must be, ``dict`` or ``list``.

    Raises:
        InputError: no such entry, or one that is no JSON of this kind.
    """
    fix = "copy it again, or save it with weights.save"
    if name not in metadata:
        raise InputError(f"got {path} without {name!r} in its header", "one", fix)
    try:
        found = json.loads(metadata[name])
    except (ValueError, RecursionError) as error:
        raise InputError(f"got {path} whose {name!r} is no JSON ({error})", "JSON", fix) from None
    if not isinstance(found, kind):
        raise InputError(f"got {path} whose {name!r} is {type(found).__name__}", kind.__name__, fix)
    return found


def read_matching(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file; names, shapes and kinds are compared before a number is read.

    Args:
        path: the file.
        expected: as for :func:`fomm_lite.networks.states.matching`.

    Raises:
        InputError: a damaged file, or a tensor that does not fit; it is named.
    """
    with _opened(path) as file:
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        names = fitting({name: part.get_shape() for name, part in slices.items()}, expected)
        for theirs in names.values():
            kind = slices[theirs].get_dtype()
            if kind not in _FLOATING:
                raise InputError(f"got {theirs} of type {kind}", f"one of {', '.join(_FLOATING)}", "save it as numbers")
        return matching({name: file.get_tensor(theirs) for name, theirs in names.items()}, expected)
