"""The graphs of the live puppet against PyTorch: the source encoded once, and everything that led to a picture."""

import pytest
import torch

from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.weights.onnx_live import export_live

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


def small(**changed: bool) -> ModelConfig:
    """Three keypoints and few channels."""
    light = HourglassConfig(
        block_expansion=4, max_features=8, num_blocks=2, head_kernel=3, head_padding=1, light_blocks=True
    )
    generator = GeneratorConfig(
        block_expansion=4, max_features=8, num_bottleneck_blocks=1, edge_kernel=3, light_blocks=True, batch_norm=False,
        warped_skips=True, blend_deformed=True,
    )  # fmt: skip
    return ModelConfig(
        num_keypoints=3, motion_size=16, jacobian_kernel=1, detector=light, dense_motion=light, generator=generator,
        **changed,
    )  # fmt: skip


@pytest.mark.parametrize("occlusion", [True, False])
def test_a_source_encoded_once_moves_as_the_model_moves_it(occlusion, tmp_path):
    torch.manual_seed(0)
    model = FirstOrderModel(small(estimate_occlusion_map=occlusion)).eval()
    exported = export_live(model, tmp_path / "new", size=32)
    assert [each.path.name for each in exported] == ["detector.onnx", "encoder.onnx", "renderer.onnx"]
    assert all(each.difference < 1e-4 for each in exported)
    detector, encoder, renderer = (
        onnxruntime.InferenceSession(str(each.path), providers=["CPUExecutionProvider"]) for each in exported
    )
    source = torch.rand(1, 3, 32, 32)
    features = dict(zip(exported[1].outputs, encoder.run(None, {"source": source.numpy()}), strict=True))
    s = detector.run(None, {"images": source.numpy()})
    for _ in range(2):  # the same features for every picture
        driving = torch.rand(1, 3, 32, 32)
        d = detector.run(None, {"images": driving.numpy()})
        given = dict(zip(exported[2].inputs[:5], (source.numpy(), *s, *d), strict=True)) | features
        made = dict(zip(exported[2].outputs, map(torch.from_numpy, renderer.run(None, given)), strict=True))
        with torch.no_grad():
            out = model(source, model.detect(source), model.detect(driving))
        expected = {
            "prediction": out.prediction,
            "deformed": out.deformed,
            "masks": out.motion.masks,
            "deformation": out.motion.deformation,
        } | ({"occlusion_map": out.motion.occlusion_map} if occlusion else {})
        assert made.keys() == expected.keys()
        for name, value in expected.items():
            torch.testing.assert_close(made[name], value, atol=1e-4, rtol=0, msg=name)


def test_a_size_that_the_networks_cannot_take_is_told(tmp_path):
    with pytest.raises(InputError, match="size 40"):
        export_live(FirstOrderModel(small()), tmp_path, size=40)
    assert not list(tmp_path.iterdir())
