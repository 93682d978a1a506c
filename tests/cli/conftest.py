"""A working folder with weights, a source and drivers, for every command."""

import math
import shutil
import struct
import wave
from pathlib import Path

import pytest
import torch
import yaml

from fomm_lite import weights
from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.media.write import write_image, write_video
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import faces

SMALL = HourglassConfig(block_expansion=4, max_features=8, num_blocks=2, head_kernel=3, head_padding=1)
FRAMES = 5
GOLDEN = Path(__file__).resolve().parent.parent / "golden"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    """Weights, a source and drivers, made once."""
    folder = tmp_path_factory.mktemp("shelf")
    torch.manual_seed(3)
    config = ModelConfig(
        num_keypoints=4,
        motion_size=32,
        jacobian_kernel=3,
        detector=SMALL,
        dense_motion=SMALL,
        generator=GeneratorConfig(
            block_expansion=4, max_features=8, num_bottleneck_blocks=1, edge_kernel=3, blend_deformed=True
        ),
    )
    model = FirstOrderModel(config)
    with torch.no_grad():  # keypoints that follow the picture closely, so that every option shows in the result
        model.detector.confidence_head.weight.mul_(100)
        model.dense_motion.mask_head.bias[0] = -3
        model.dense_motion.occlusion_head.bias[0] = 5
        model.generator.final.bias[3] = 5
    weights.save(model, folder / "tiny.safetensors", about={"size": 32})
    with wave.open(str(folder / "tone.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"".join(struct.pack("<h", int(8000 * math.sin(0.5 * n))) for n in range(8000)))
    clip = faces(5, frames=FRAMES, size=64, stride=5).frames
    write_image(folder / "source.png", faces(8, frames=1, size=64).frames[0])
    write_image(folder / "wide.png", torch.cat([torch.zeros(3, 64, 32), clip[0], torch.ones(3, 64, 32)], dim=2))
    write_video(folder / "driver.mp4", clip, 12.5, audio_from=folder / "tone.wav")
    write_video(folder / "wide.mp4", torch.cat([torch.zeros(FRAMES, 3, 64, 64), clip], dim=3), 10)
    for index, frame in enumerate(clip):
        write_image(folder / "frames" / f"{index}.png", frame)
    (folder / "empty").mkdir()
    write_video(folder / "still.mp4", clip[:1].expand(4, -1, -1, -1), 10)
    for name in ("driver", "wide"):
        (folder / "films").mkdir(exist_ok=True)
        shutil.copy(folder / f"{name}.mp4", folder / "films" / f"{name}.mp4")
    (folder / "other.csv").write_text("source,driving\nann.mp4,bob.mp4\n", encoding="utf-8")
    official = yaml.safe_load((GOLDEN / "tiny.yaml").read_text(encoding="utf-8"))
    (folder / "official.yaml").write_text(yaml.safe_dump({"model_params": official["model_params"]}), encoding="utf-8")
    torch.save({"generator": {"a": torch.zeros(99)}}, folder / "whole.pth.tar")
    (folder / "cut.pth.tar").write_bytes((folder / "whole.pth.tar").read_bytes()[:700])
    (folder / "text.mp4").write_text("this is a letter, not a film\n" * 20, encoding="utf-8")
    (folder / "broken.safetensors").write_bytes(b"\0" * 40)
    return folder


@pytest.fixture
def desk(shelf, tmp_path, monkeypatch) -> Path:
    """A working folder with the shelf in it, and `tiny` as the only shipped weights."""
    folder = tmp_path / "desk"
    shutil.copytree(shelf, folder)
    shipped = tmp_path / "assets"
    (shipped / "weights").mkdir(parents=True)
    shutil.copy(shelf / "tiny.safetensors", shipped / "weights" / "tiny.safetensors")
    monkeypatch.setattr(weights.native, "assets_folder", lambda: shipped)
    monkeypatch.chdir(folder)
    return folder
