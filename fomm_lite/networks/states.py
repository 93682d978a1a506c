"""State dicts: files of tensors read safely, and whatever does not fit told by its name."""

import os
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fomm_lite.errors import InputError

UNLEARNT = ("down.weight", "num_batches_tracked")  # fixed blur kernels and step counters: welcome, never needed


def read_tensors(path: str | os.PathLike[str], *, expected: str, fix: str = "download it again") -> Any:
    """What ``torch.save`` put into a file, loaded as tensors only: code in it is refused, not run.

    Args:
        path: the file.
        expected: what it should be, for the message about a damaged one.
        fix: what the user can do about a damaged one.

    Raises:
        InputError: no such file, or one that is damaged or holds more than tensors.
    """
    try:
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


def matching(
    given: Mapping[str, Any], expected: Mapping[str, Tensor], *, module: str = "", fix: str = "check the configuration"
) -> dict[str, Tensor]:
    """The tensors of ``given`` under the names of ``expected``, each in single precision or as it is.

    Args:
        given: name -> tensor or array. A ``module.`` prefix, which data-parallel training adds, is taken off.
        expected: name -> tensor of the shape that is needed.
        module: said in front of a name in messages.
        fix: what the user can do about a tensor that does not fit.

    Returns:
        Exactly the expected names, without those that end in :data:`UNLEARNT`.

    Raises:
        InputError: a tensor is missing, surplus, misshapen or no tensor at all; it is named.
    """
    plain = {name.removeprefix("module."): value for name, value in given.items()}
    label = f"{module}." if module else ""
    needed = {name: tensor for name, tensor in expected.items() if not name.endswith(UNLEARNT)}
    for name in plain:
        if name not in needed and not name.endswith(UNLEARNT):
            raise InputError(f"got the surplus tensor {label}{name}", "only tensors of this configuration", fix)
    matched = {}
    for name, like in needed.items():
        if name not in plain:
            raise InputError(f"got no tensor {label}{name}", f"one of shape {tuple(like.shape)}", fix)
        value = plain[name]
        if not isinstance(value, Tensor | np.ndarray):
            raise InputError(f"got {label}{name} of type {type(value).__name__}", "a tensor", fix)
        if tuple(value.shape) != tuple(like.shape):
            raise InputError(f"got {label}{name} of shape {tuple(value.shape)}", f"{tuple(like.shape)}", fix)
        matched[name] = torch.as_tensor(value)
    return matched
