"""Weights as ONNX, for browsers, phones and other runtimes: two graphs, each compared with PyTorch before it is kept.

The detector runs once for the source and once for each driving frame; the generator then draws the frame. What lies
between them (relative motion, see :mod:`fomm_lite.transfer`) is arithmetic on a few numbers and is left to the caller.
"""

import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints

OPSET = 18
TOLERANCE = 1e-3
DETECTOR, GENERATOR = "detector.onnx", "generator.onnx"
_TRACED = 7  # pictures; a number that is the length of no other axis, since the tracer takes equal lengths for one
_NEEDED = ("onnx", "onnxruntime", "onnxscript")


class PlainDetector(nn.Module):
    """Pictures in, two plain tensors out."""

    def __init__(self, model: FirstOrderModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Positions and jacobians."""
        keypoints = self.model.detect(images)
        return keypoints.positions, keypoints.jacobians


class _Generator(nn.Module):
    """A source and two sets of keypoints in, the prediction and the motion behind it out."""

    def __init__(self, model: FirstOrderModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        source: Tensor,
        source_positions: Tensor,
        source_jacobians: Tensor,
        driving_positions: Tensor,
        driving_jacobians: Tensor,
    ) -> tuple[Tensor, ...]:
        kp_source = Keypoints(source_positions, source_jacobians)
        out = self.model(source, kp_source, Keypoints(driving_positions, driving_jacobians))
        occlusion = () if out.motion.occlusion_map is None else (out.motion.occlusion_map,)
        return (out.prediction, out.motion.deformation, *occlusion)


@dataclass(frozen=True)
class Exported:
    """One graph that was written.

    Attributes:
        path: the file.
        inputs: names of its inputs, in order.
        outputs: names of its outputs, in order.
        difference: the largest between ONNX Runtime and PyTorch in any number, on random pictures.
    """

    path: Path
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    difference: float


def check_extra() -> None:
    """Refuse to begin without the packages that exporting needs.

    Raises:
        InputError: one of them is not installed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"got a Python without {', '.join(missing)}", "the extra `onnx`", "pip install 'fomm-lite[onnx]'"
        )


KEYPOINTS = ("positions", "jacobians")
POSED = ("source", *(f"{picture}_{part}" for picture in ("source", "driving") for part in KEYPOINTS))


@dataclass(frozen=True)
class Examples:
    """A model that can be exported, and random inputs for its graphs, other ones each time.

    Attributes:
        model: in evaluation mode, its weights in the usual order of memory.
        size: side of the pictures, in pixels.
        random: what they are drawn from.
    """

    model: FirstOrderModel
    size: int
    random: torch.Generator

    @classmethod
    def of(cls, model: FirstOrderModel, size: int) -> "Examples":
        """Make a model ready.

        Raises:
            InputError: a missing extra, or a size that the networks cannot take.
        """
        check_extra()
        model.config.check_size(size, size)
        plain = model.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch's stubs lack it
        return cls(plain, size, torch.Generator().manual_seed(0))

    def pictures(self, count: int) -> Float[Tensor, "b c h w"]:
        """So many pictures."""
        return torch.rand(count, self.model.config.num_channels, self.size, self.size, generator=self.random)

    def posed(self, count: int) -> tuple[Tensor, ...]:
        """So many sources, and the keypoints of them and of driving frames: the inputs named ``POSED``."""
        source = self.pictures(count)
        kp_source, kp_driving = self.model.detect(source), self.model.detect(self.pictures(count))
        return source, kp_source.positions, kp_source.jacobians, kp_driving.positions, kp_driving.jacobians


def export(model: FirstOrderModel, folder: str | Path, size: int) -> list[Exported]:
    """Write ``detector.onnx`` and ``generator.onnx``; the number of pictures is free, their size is not.

    Args:
        model: on the CPU.
        folder: created if missing.
        size: side of the pictures, in pixels.

    Returns:
        What was written: the detector, then the generator.

    Raises:
        InputError: a missing extra, a size that the networks cannot take, a place that cannot be written, or a graph
            that does not compute what PyTorch does; the file of that graph is not kept.
    """
    examples, folder = Examples.of(model, size), Path(folder).expanduser()
    maps = ("prediction", "deformation", "occlusion_map")
    made = maps if model.config.estimate_occlusion_map else maps[:2]
    with torch.no_grad():
        return [
            export_one(
                PlainDetector(examples.model),
                folder / DETECTOR,
                lambda n: (examples.pictures(n),),
                ("images",),
                KEYPOINTS,
            ),
            export_one(_Generator(examples.model), folder / GENERATOR, examples.posed, POSED, made),
        ]


def export_one(
    module: nn.Module,
    path: Path,
    example: Callable[[int], tuple[Tensor, ...]],
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    alone: bool = False,
) -> Exported:
    """Write one graph and compare it, with other pictures than it was traced with.

    Args:
        module: what is written.
        path: the file.
        example: inputs for so many pictures, other ones each time.
        inputs: their names.
        outputs: names of the outputs.
        alone: the graph takes one picture at a time, which runtimes compute faster, instead of any number.

    Raises:
        InputError: the graph does not compute what PyTorch does; its file is not kept.
    """
    given = example(1 if alone else _TRACED)
    module(*given)  # fills caches of constants: what the tracer would put there is no tensor to anybody else
    free = None if alone else [{0: torch.export.Dim("batch", min=1, max=4096)}] * len(inputs)
    with written_whole(path) as draft:
        with _quiet():
            torch.onnx.export(
                module, given, draft, input_names=list(inputs), output_names=list(outputs), opset_version=OPSET,
                dynamo=True, dynamic_shapes=free, external_data=False, verbose=False,
            )  # fmt: skip
        counts = (1, 1) if alone else (1, 3)
        difference = max(_difference(module, draft, example(count), inputs) for count in counts)
        if not difference < TOLERANCE:
            raise InputError(
                f"got a graph for {path.name} that is off by {difference:.2g}", f"less than {TOLERANCE}", "report this"
            )
    return Exported(path, tuple(inputs), tuple(outputs), difference)


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings and remarks of the exporter about its own affairs; its errors are heard."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _difference(module: nn.Module, path: Path, given: tuple[Tensor, ...], inputs: Sequence[str]) -> float:
    """The largest difference between what ONNX Runtime and PyTorch compute."""
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    computed = session.run(None, {name: value.numpy() for name, value in zip(inputs, given, strict=True)})
    wanted = module(*given)
    return max(float((torch.from_numpy(a) - b).abs().max()) for a, b in zip(computed, wanted, strict=True))
