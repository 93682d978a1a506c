"""Weights as ONNX for a puppet moved by hand: the source is encoded once, and every picture shows how it was made.

:mod:`fomm_lite.weights.onnx_export` writes two graphs for films, and the second encodes the source anew each time. Here
its work is split in two, and what the course shows of it comes out too: masks, deformation, deformed source.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints
from fomm_lite.weights.onnx_export import DETECTOR, KEYPOINTS, POSED, Examples, Exported, PlainDetector, export_one

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
    examples, folder = Examples.of(model, size), Path(folder).expanduser()
    model = examples.model

    def pictures(count: int) -> tuple[Tensor, ...]:
        return (examples.pictures(count),)

    def encoded(count: int) -> tuple[Tensor, ...]:
        posed = examples.posed(count)
        return *posed, *model.encode(posed[0])

    with torch.no_grad():
        features = tuple(f"features_{level}" for level in range(len(model.encode(examples.pictures(1)))))
        occlusion = ("occlusion_map",) if model.config.estimate_occlusion_map else ()
        made = ("prediction", "deformed", "masks", "deformation", *occlusion)
        return [
            export_one(PlainDetector(model), folder / DETECTOR, pictures, ("images",), KEYPOINTS, alone=True),
            export_one(_Encoder(model), folder / ENCODER, pictures, ("source",), features, alone=True),
            export_one(_Renderer(model), folder / RENDERER, encoded, (*POSED, *features), made, alone=True),
        ]
