"""Weights as ONNX for a puppet moved by hand: the source is encoded once, and every picture shows how it was made.

:mod:`fomm_lite.weights.onnx_export` writes two graphs for films, and the second encodes the source anew each time. Here
its work is split in two, and what the course shows of it comes out too: masks, deformation, deformed source.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints
from fomm_lite.weights.onnx_export import DETECTOR, Exported, PlainDetector, check_extra, export_one

ENCODER, RENDERER = "encoder.onnx", "renderer.onnx"


class _Encoder(nn.Module):
    """Pictures in, their features out, finest first."""

    def __init__(self, model: FirstOrderModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, source: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model.encode(source))


class _Renderer(nn.Module):
    """An encoded source and two sets of keypoints in, the prediction and what led to it out."""

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
        *features: Tensor,
    ) -> tuple[Tensor, ...]:
        kp_source = Keypoints(source_positions, source_jacobians)
        motion = self.model.motion(source, kp_source, Keypoints(driving_positions, driving_jacobians))
        out = self.model.render(source, list(features), motion)
        occlusion = () if motion.occlusion_map is None else (motion.occlusion_map,)
        return (out.prediction, out.deformed, motion.masks, motion.deformation, *occlusion)


def export_live(model: FirstOrderModel, folder: str | Path, size: int) -> list[Exported]:
    """Write ``detector.onnx``, ``encoder.onnx`` and ``renderer.onnx``; each takes one picture at a time, of one size.

    Args:
        model: on the CPU.
        folder: created if missing.
        size: side of the pictures, in pixels.

    Returns:
        What was written, in that order. The renderer's inputs are the source, ``source_positions``,
        ``source_jacobians``, ``driving_positions``, ``driving_jacobians`` and the encoder's outputs under their names;
        its outputs are ``prediction``, ``deformed``, ``masks``, ``deformation`` and, where the model has one,
        ``occlusion_map``.

    Raises:
        InputError: as :func:`fomm_lite.weights.onnx_export.export`.
    """
    check_extra()
    model.config.check_size(size, size)
    model = model.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch's stubs lack it
    folder = Path(folder).expanduser()
    random = torch.Generator().manual_seed(0)

    def pictures(count: int) -> Tensor:
        return torch.rand(count, model.config.num_channels, size, size, generator=random)

    def posed(count: int) -> tuple[Tensor, ...]:
        source = pictures(count)
        kp_source, kp_driving = model.detect(source), model.detect(pictures(count))
        parts = (each for kp in (kp_source, kp_driving) for each in (kp.positions, kp.jacobians))
        return source, *parts, *model.encode(source)

    keypoints = ("positions", "jacobians")
    with torch.no_grad():
        features = tuple(f"features_{level}" for level in range(len(model.encode(pictures(1)))))
        given = ("source", *(f"{whose}_{part}" for whose in ("source", "driving") for part in keypoints), *features)
        occlusion = ("occlusion_map",) if model.config.estimate_occlusion_map else ()
        made = ("prediction", "deformed", "masks", "deformation", *occlusion)
        return [
            export_one(
                PlainDetector(model), folder / DETECTOR, lambda n: (pictures(n),), ("images",), keypoints, alone=True
            ),
            export_one(_Encoder(model), folder / ENCODER, lambda n: (pictures(n),), ("source",), features, alone=True),
            export_one(_Renderer(model), folder / RENDERER, posed, given, made, alone=True),
        ]
