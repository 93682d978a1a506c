"""Sheets of samples, drawn while a training goes on."""

from pathlib import Path

import torch

from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.media.read import read_image
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.layers import antialias_downsample, antialias_kernel
from fomm_lite.training.sample_sheet import write_sample_sheet

HALVING = HourglassConfig(4, 8, 1, scale_factor=0.5)


def test_a_sheet_leaves_nothing_behind_that_training_could_not_use(tmp_path: Path) -> None:
    antialias_kernel.cache_clear()
    model = FirstOrderModel(
        ModelConfig(2, detector=HALVING, dense_motion=HALVING, generator=GeneratorConfig(4, 8, 1, 1))
    )
    write_sample_sheet(model, [torch.rand(3, 3, 16, 16)] * 2, tmp_path / "sheet.png")
    assert read_image(tmp_path / "sheet.png").shape[2] > 4 * 128
    picture = torch.rand(1, 3, 16, 16, requires_grad=True)
    antialias_downsample(picture, 0.5).sum().backward()  # by the kernel that the sheet made
    assert picture.grad is not None and picture.grad.abs().sum() > 0
