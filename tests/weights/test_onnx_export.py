"""ONNX graphs against PyTorch, for a lean and an official architecture."""

import pytest
import torch

from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.weights import onnx_export as export_module
from fomm_lite.weights.onnx_export import export

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

LIGHT = HourglassConfig(
    block_expansion=4, max_features=8, num_blocks=2, head_kernel=3, head_padding=1, light_blocks=True
)
LEAN = ModelConfig(
    num_keypoints=3,
    motion_size=16,
    jacobian_kernel=1,
    detector=LIGHT,
    dense_motion=LIGHT,
    generator=GeneratorConfig(
        block_expansion=4, max_features=8, num_bottleneck_blocks=1, edge_kernel=3, light_blocks=True, batch_norm=False,
        warped_skips=True, blend_deformed=True,
    ),
)  # fmt: skip
_WIDTHS = {"block_expansion": 4, "max_features": 8}
OFFICIAL = ModelConfig.from_official(
    {
        "common_params": {"num_kp": 2, "num_channels": 3, "estimate_jacobian": True},
        "kp_detector_params": _WIDTHS | {"temperature": 0.1, "num_blocks": 2, "scale_factor": 0.5},
        "generator_params": _WIDTHS
        | {
            "num_down_blocks": 2,
            "num_bottleneck_blocks": 1,
            "estimate_occlusion_map": False,
            "dense_motion_params": _WIDTHS | {"num_blocks": 2, "scale_factor": 0.5},
        },
    }
)


def run(path, **given: torch.Tensor) -> list[torch.Tensor]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return [torch.from_numpy(x) for x in session.run(None, {name: value.numpy() for name, value in given.items()})]


@pytest.mark.parametrize("config", [LEAN.trained_at(16), OFFICIAL], ids=["lean, painted at half the size", "official"])
def test_the_graphs_animate_as_the_model_does(config, tmp_path):
    torch.manual_seed(0)
    model = FirstOrderModel(config).eval()
    detector, generator = export(model, tmp_path / "new", size=32)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["detector.onnx", "generator.onnx"]
    assert max(detector.difference, generator.difference) < 1e-3
    source, driving = torch.rand(5, 3, 32, 32), torch.rand(5, 3, 32, 32)
    s, d = run(detector.path, images=source), run(detector.path, images=driving)
    names = ("source_positions", "source_jacobians", "driving_positions", "driving_jacobians")
    out = run(generator.path, source=source, **dict(zip(names, (*s, *d), strict=True)))
    with torch.no_grad():
        expected = model(source, model.detect(source), model.detect(driving))
    torch.testing.assert_close(out[0], expected.prediction, atol=1e-3, rtol=0)
    torch.testing.assert_close(out[1], expected.motion.deformation, atol=1e-3, rtol=0)
    assert len(out) == len(generator.outputs) == (3 if config.estimate_occlusion_map else 2)


def test_a_graph_that_computes_something_else_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "_difference", lambda *_: 0.5)
    with pytest.raises(InputError, match=r"off by 0\.5"):
        export(FirstOrderModel(LEAN), tmp_path, size=32)
    assert list(tmp_path.iterdir()) == []


def test_bad_sizes_and_a_missing_extra_are_told(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="size 40"):
        export(FirstOrderModel(LEAN), tmp_path, size=40)
    monkeypatch.setattr(export_module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"pip install 'fomm-lite\[onnx\]'"):
        export(FirstOrderModel(LEAN), tmp_path, size=32)
    assert list(tmp_path.iterdir()) == []
