"""Several processes that train one model: what each takes, what all must decide alike, and who writes.

A launcher (``torchrun``, ``accelerate launch``) starts the same command several times and tells each copy its rank in
the environment. Whatever ends a training or changes its course must be known to all at the same step, or some would
wait for ever for the gradients of those that left.
"""

import gc
import os

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import nn

from fomm_lite.errors import InputError


def leads() -> bool:
    """Whether this process is the one that writes and speaks; True without a launcher."""
    return os.environ.get("RANK", "0") == "0"


def share_of(batch_size: int, processes: int) -> int:
    """Pairs a step of one process.

    Raises:
        InputError: a batch that cannot be shared out evenly.
    """
    if batch_size % processes:
        least = -(-batch_size // processes) * processes
        raise InputError(
            f"got a batch of {batch_size} for {processes} processes",
            f"a multiple of {processes}: it is the total of all processes",
            f"use --batch {least}",
        )
    return batch_size // processes


def greatest(accelerator: Accelerator, *values: float) -> list[float]:
    """The greatest of each value over all processes: for a yes or no (1.0 or 0.0), whether anyone says yes."""
    if accelerator.num_processes == 1:
        return list(values)
    mine = torch.tensor([values], dtype=torch.float64, device=accelerator.device)
    return accelerator.gather(mine).amax(dim=0).tolist()


def share_buffers(accelerator: Accelerator, model: nn.Module) -> None:
    """Give every process the leader's running means: parameters are equal anyway, these follow a step behind."""
    if accelerator.num_processes > 1:
        for buffer in model.buffers():
            buffer.copy_(broadcast(buffer, from_process=0))


def leave() -> None:
    """Say goodbye to the other processes; nothing happens where there are none."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        gc.collect()  # what still holds on to the group would end its threads too late, and abort the process
        torch.distributed.destroy_process_group()
