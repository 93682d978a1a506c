"""Pictures of how a training goes: source, driving, deformed source and prediction of held-out clips."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from fomm_lite.media.draw import draw_keypoints, enlarge, sheet
from fomm_lite.media.write import write_image
from fomm_lite.model import FirstOrderModel

SIDE = 128  # of each picture on a sheet, in pixels


@torch.no_grad()  # not inference_mode: kernels that are kept from here must do for training too
def write_sample_sheet(model: FirstOrderModel, clips: Sequence[Tensor], path: Path) -> None:
    """One row a clip: its first frame driven by its last.

    Args:
        model: put into evaluation mode.
        clips: each (t 3 h w) in [0, 1], t >= 2.
        path: a picture file.
    """
    model.eval()
    device = next(model.parameters()).device
    rows = []
    for clip in clips:
        pair = clip[[0, -1]].to(device)
        keypoints = model.detect(pair)
        output = model(pair[:1], keypoints[:1], keypoints[1:])
        marked = [draw_keypoints(enlarge(image, SIDE), at) for image, at in zip(pair, keypoints.positions, strict=True)]
        rows.append([*marked, output.deformed[0].cpu(), output.prediction[0].cpu()])
    write_image(path, sheet(rows, ["source", "driving", "deformed source", "prediction"], SIDE))
