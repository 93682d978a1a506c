"""State dicts: files of tensors read safely, and whatever does not fit told by its name."""

import os
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.networks.unpickling import numpy_numbers

UNLEARNT = ("down.weight", "num_batches_tracked")  # fixed blur kernels and step counters: welcome, never needed
_FLOATING = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def read_tensors(path: str | os.PathLike[str], *, expected: str, fix: str = "download it again") -> Any:
    """What ``torch.save`` put into a file, loaded as tensors only: code in it is refused, not run.

    Args:
        path: the file.
        expected: what it should be, for the message about a damaged one.
        fix: what the user can do about a damaged one.

    Raises:
        InputError: no such file, or one that is damaged or holds more than tensors.
    """
    _refuse_bombs(path, expected, fix)
    try:
        with numpy_numbers():
            return torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InputError(f"got {path}: {error.strerror}", "an existing file", "check the path") from None
    except pickle.UnpicklingError as error:  # its text advises to run whatever code is inside
        with open(path, "rb") as file:
            start = file.read(256).lstrip().lower()
        if start.startswith((b"pk\x03\x04", b"\x80")):
            got = f"got {path}, which holds more than tensors: code, which is not run here"
            raise InputError(got, expected, "save its tensors alone, where you trust it") from error
        page = start.startswith((b"<!doctype", b"<html", b"<?xml"))
        kind = "a web page, not a checkpoint" if page else "no file of tensors"
        raise InputError(f"got {path}, {kind}", expected, fix) from error
    except Exception as error:  # noqa: BLE001 - torch.load raises many kinds on a damaged file
        raise InputError(f"got {path}, which is damaged or no file of tensors", expected, fix) from error


def _refuse_bombs(path: str | os.PathLike[str], expected: str, fix: str) -> None:
    """Refuse what is no plain file, or an archive that unpacks to more than it is: ``torch.save`` compresses nothing.

    Raises:
        InputError: as said.
    """
    if not os.path.isfile(path):
        reason = "no plain file" if os.path.exists(path) else "No such file or directory"
        raise InputError(f"got {path}: {reason}", "an existing file", "check the path")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except Exception:  # noqa: BLE001 - no archive, or a damaged one: whoever reads it says so
        return
    if unpacked > os.path.getsize(path):
        raise InputError(f"got {path}, which unpacks to {unpacked / 1e6:,.0f} MB from less", expected, fix)


def check_finite(tensors: Mapping[str, Tensor], *, fix: str, label: str = "") -> None:
    """Refuse weights that are no numbers.

    Args:
        tensors: name -> tensor of any kind.
        label: said in front of a name in messages.
        fix: what the user can do about it.

    Raises:
        InputError: a tensor holds NaN or infinity; the first is named, and how many of its numbers are broken.
    """
    for name, tensor in tensors.items():
        broken = tensor.numel() - int(tensor.isfinite().sum())
        if broken:
            raise InputError(
                f"got {label}{name}, of whose {tensor.numel()} numbers {broken} are NaN or infinite",
                "finite numbers",
                fix,
            )


def fitting(
    shapes: Mapping[Any, Sequence[int] | None],
    expected: Mapping[str, Tensor],
    *,
    module: str = "",
    fix: str = "check the configuration",
) -> dict[str, Any]:
    """Which name of a state goes by which of ours: names and shapes compared before anything is read or built.

    Args:
        shapes: name -> shape, None where there is none. What wrappers add to names, ``module.`` of data-parallel
            training and ``_orig_mod.`` of ``torch.compile``, is taken off.
        expected: name -> tensor of the shape that is needed.
        module: said in front of a name in messages.
        fix: what the user can do about a tensor that does not fit.

    Returns:
        Exactly the expected names, without those that end in :data:`UNLEARNT`, each with its name in ``shapes``.

    Raises:
        InputError: a tensor is missing, surplus, there twice, misshapen, or named by something else than a word.
    """
    label = f"{module}." if module else ""
    needed = {name: tensor for name, tensor in expected.items() if not name.endswith(UNLEARNT)}
    theirs: dict[str, Any] = {}
    for given in shapes:
        if not isinstance(given, str):
            raise InputError(f"got the name {label}{given!r}", "names that are words", fix)
        name = given.replace("_orig_mod.", "").removeprefix("module.")
        if name in theirs:
            raise InputError(f"got the tensor {label}{name} twice", "each once", fix)
        if name not in needed and not name.endswith(UNLEARNT):
            raise InputError(f"got the surplus tensor {label}{name}", "only tensors of this configuration", fix)
        theirs[name] = given
    for name, like in needed.items():
        if name not in theirs:
            raise InputError(f"got no tensor {label}{name}", f"one of shape {tuple(like.shape)}", fix)
        shape = shapes[theirs[name]]
        if shape is not None and tuple(shape) != tuple(like.shape):
            raise InputError(f"got {label}{name} of shape {tuple(shape)}", f"{tuple(like.shape)}", fix)
    return {name: theirs[name] for name in needed}


def matching(
    given: Mapping[Any, Any], expected: Mapping[str, Tensor], *, module: str = "", fix: str = "check the configuration"
) -> dict[str, Tensor]:
    """The tensors of ``given`` under the names of ``expected``, each in the precision that is expected.

    Args:
        given: name -> tensor or array, as for :func:`fitting`.
        expected: name -> tensor of the shape and precision that is needed; it may be on the meta device.
        module: said in front of a name in messages.
        fix: what the user can do about a tensor that does not fit.

    Returns:
        Exactly the expected names, without those that end in :data:`UNLEARNT`.

    Raises:
        InputError: a tensor is missing, surplus, misshapen, no plain tensor of floating numbers, or holds NaN or
            infinity; it is named.
    """
    label = f"{module}." if module else ""
    shapes: dict[Any, Sequence[int] | None] = {}
    for name, value in given.items():
        reason = _no_plain_tensor(value)
        shapes[name] = None if reason else value.shape
        if reason:
            plain = str(name).replace("_orig_mod.", "").removeprefix("module.")
            if not plain.endswith(UNLEARNT):
                raise InputError(f"got {label}{plain} of type {reason}", "a tensor", fix)
    names = fitting(shapes, expected, module=module, fix=fix)
    matched = {name: torch.as_tensor(given[theirs]).to(expected[name].dtype) for name, theirs in names.items()}
    check_finite(matched, label=label, fix="take weights that were saved before that happened")
    return matched


def _no_plain_tensor(value: Any) -> str:
    """What is wrong with something that should be a plain tensor of floating numbers; empty where nothing is."""
    if isinstance(value, np.ndarray):
        return "" if value.dtype.kind == "f" else f"array of {value.dtype}"
    if not isinstance(value, Tensor):
        return type(value).__name__
    if value.is_nested or value.layout != torch.strided or value.is_quantized or value.is_meta:
        return f"{type(value).__name__} that is sparse, quantised, nested or without numbers"
    return "" if value.dtype in _FLOATING else str(value.dtype)
