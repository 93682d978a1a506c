"""Nothing in a file of weights is believed before it is checked: each claim that does not hold ends in one line."""

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml
from torch import Tensor

from fomm_lite import weights
from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.evaluation import judges
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.official import official_params, to_official
from tests.hostile import CONFIG, MEGABYTES, command_line, refusal


@pytest.fixture
def model() -> FirstOrderModel:
    return FirstOrderModel(CONFIG).eval()


def written(path: Path, tensors: dict[str, Tensor], **header: str) -> Path:
    """A file of ours with another header."""
    usual = {"format": "fomm_lite 1", "config": json.dumps(CONFIG.to_dict()), "about": "{}"}
    words = {name: word for name, word in (usual | header).items() if word != "LEFT OUT"}
    path.write_bytes(safetensors.torch.save({n: t.contiguous() for n, t in tensors.items()}, metadata=words))
    return path


def with_field(*names: str, found: Any) -> str:
    """The configuration with one field changed, as JSON."""
    values = CONFIG.to_dict()
    inner = values
    for name in names[:-1]:
        inner = inner[name]
    inner[names[-1]] = found
    return json.dumps(values)


HEADERS = {
    "no config": ({"config": "LEFT OUT"}, "config"),
    "no about": ({"about": "LEFT OUT"}, "about"),
    "no JSON": ({"config": "{"}, "config"),
    "about is a list": ({"about": "[]"}, "about"),
    "deep JSON": ({"config": "[" * 10**5}, "config"),
    "deep about": ({"about": '{"a":' * 10**5}, "about"),
    "long digits": ({"config": "9" * 5000}, "config"),
    "a list": ({"config": "[1, 2]"}, "config"),
    "a key too many": ({"config": '{"keypoints": 3}'}, "keypoints"),
    "a word": ({"config": with_field("num_keypoints", found="ten")}, "num_keypoints"),
    "nothing": ({"config": with_field("detector", found=None)}, "detector"),
    "negative": ({"config": with_field("generator", "block_expansion", found=-4)}, "block_expansion"),
    "absurd width": ({"config": with_field("generator", "block_expansion", found=10**9)}, "block_expansion"),
    "absurd cap": ({"config": with_field("detector", "max_features", found=10**30)}, "max_features"),
    "absurd depth": ({"config": with_field("detector", "num_blocks", found=10**6)}, "num_blocks"),
    "absurd length": (
        {"config": with_field("generator", "num_bottleneck_blocks", found=10**7)},
        "num_bottleneck_blocks = 10000000",
    ),
    "absurd keypoints": ({"config": with_field("num_keypoints", found=10**8)}, "num_keypoints"),
    "absurd kernel": ({"config": with_field("generator", "edge_kernel", found=100001)}, "edge_kernel"),
    "absurd scale": ({"config": with_field("detector", "scale_factor", found=2.0**-40)}, "scale_factor"),
    "large in all": (
        {
            "config": json.dumps(
                CONFIG.to_dict() | {"generator": {"block_expansion": 8192, "max_features": 8192, "edge_kernel": 63}}
            )
        },
        "million parameters",
    ),
    "not a number": ({"config": with_field("temperature", found=float("nan"))}, "temperature"),
    "more than a float": ({"config": with_field("temperature", found=10**400)}, "temperature"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_what_a_header_claims_is_checked(model: FirstOrderModel, tmp_path: Path, case: str) -> None:
    header, named = HEADERS[case]
    path = written(tmp_path / "m.safetensors", model.state_dict(), **header)
    assert named in refusal(lambda: weights.load_model(path))


def test_shapes_are_compared_before_anything_is_built(
    model: FirstOrderModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = written(tmp_path / "m.safetensors", model.state_dict(), config=with_field("num_keypoints", found=4))
    built: list[torch.device] = []
    usual = FirstOrderModel.__init__

    def watched(self: FirstOrderModel, config: ModelConfig) -> None:
        usual(self, config)
        built.append(next(self.parameters()).device)

    monkeypatch.setattr(FirstOrderModel, "__init__", watched)
    assert "shape" in refusal(lambda: weights.load_model(wider))
    assert {device.type for device in built} == {"meta"}


def test_a_header_of_many_megabytes_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    many = {f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(10**5)}
    header = json.dumps(many).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    assert "header of" in refusal(lambda: weights.load_model(path))


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_weights_that_are_no_numbers_are_named(model: FirstOrderModel, tmp_path: Path, bad: float) -> None:
    name = "generator.final.bias"
    tensors = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    tensors[name][0] = bad
    path = written(tmp_path / "m.safetensors", tensors)
    assert f"{name}, of whose 3 numbers 1" in refusal(lambda: weights.load_model(path))
    model.load_state_dict(tensors)
    assert name in refusal(lambda: weights.save(model, tmp_path / "new.safetensors"))
    assert not (tmp_path / "new.safetensors").exists()


def test_a_number_too_large_for_half_precision_is_not_saved_as_infinity(model: FirstOrderModel, tmp_path: Path) -> None:
    model.state_dict()["generator.final.bias"][0] = 1e6
    assert "generator.final.bias" in refusal(lambda: weights.save(model, tmp_path / "m.safetensors", half=True))
    weights.save(model, tmp_path / "m.safetensors")


@pytest.mark.parametrize("kind", [torch.int32, torch.bool])
def test_tensors_of_another_kind_are_named(model: FirstOrderModel, tmp_path: Path, kind: torch.dtype) -> None:
    name = "generator.final.bias"
    path = written(tmp_path / "m.safetensors", dict(model.state_dict()) | {name: torch.zeros(3, dtype=kind)})
    assert name in refusal(lambda: weights.load_model(path))


def test_weights_of_a_compiled_model_are_read(model: FirstOrderModel, tmp_path: Path) -> None:
    path = written(tmp_path / "m.safetensors", {f"_orig_mod.{n}": t for n, t in model.state_dict().items()})
    loaded = weights.load_model(path).state_dict()
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in model.state_dict().items())


def test_loading_draws_nothing_random(model: FirstOrderModel, tmp_path: Path) -> None:
    path = weights.save(model, tmp_path / "m.safetensors")
    before = torch.get_rng_state()
    loaded = weights.load_model(path)
    assert torch.equal(before, torch.get_rng_state())
    counters = [t for n, t in loaded.state_dict().items() if n.endswith("num_batches_tracked")]
    assert counters
    assert all(counter == 0 for counter in counters)  # and not what lay in memory


def test_a_judge_is_not_believed_either(tmp_path: Path) -> None:
    path = tmp_path / "j.safetensors"
    for landmarks in ("[[[", "{}", "[1]", json.dumps(["x"] * 10**5)):
        words = {"format": judges.FORMAT, "landmarks": landmarks}
        path.write_bytes(safetensors.torch.save({"a": torch.ones(1)}, metadata=words))
        refusal(lambda: judges.load_judge(path))


# ---- official checkpoints


def official(path: Path, change: Callable[[dict[str, Any]], object] | None = None, **more: Any) -> Path:
    """An official checkpoint, its generator changed; the YAML file lies beside it."""
    states = to_official(FirstOrderModel(CONFIG).state_dict())
    content: dict[str, Any] = {"generator": dict(states.generator), "kp_detector": dict(states.kp_detector), **more}
    if change is not None:
        change(content["generator"])
    torch.save(content, path)
    path.with_name("official.yaml").write_text(
        yaml.safe_dump({"model_params": official_params(CONFIG)}), encoding="utf-8"
    )
    return path


def load(path: Path) -> FirstOrderModel:
    return weights.load_official(path, path.with_name("official.yaml"))


BIAS = torch.zeros(3)
TENSORS: dict[str, Any] = {
    "sparse": lambda: BIAS.to_sparse(),
    "quantised": lambda: torch.quantize_per_tensor(BIAS, 0.1, 0, torch.qint8),
    "meta": lambda: BIAS.to("meta"),
    "complex": lambda: BIAS.to(torch.complex64),
    "whole": lambda: BIAS.long(),
    "NaN": lambda: BIAS / 0,
    "too large": lambda: torch.full((3,), 1e300, dtype=torch.float64),
    "array of words": lambda: np.array(["a", "b", "c"]),
    "a list": lambda: [0.0, 0.0, 0.0],
    "nothing": lambda: None,
    "huge view": lambda: torch.zeros(1).expand(10**6, 10**6),
}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # of torch, on old kinds of tensors
@pytest.mark.parametrize("case", TENSORS)
def test_official_tensors_of_another_kind_are_named(tmp_path: Path, case: str) -> None:
    path = official(tmp_path / "c.pth.tar", lambda state: state.update({"final.bias": TENSORS[case]()}))
    if case == "array of words":
        refusal(lambda: load(path))  # no file of tensors to begin with
    else:
        assert "generator.final.bias" in refusal(lambda: load(path))


def test_official_names_that_are_no_words_or_come_twice(tmp_path: Path) -> None:
    path = official(tmp_path / "c.pth.tar", lambda state: state.update({7: BIAS}))
    assert "7" in refusal(lambda: load(path))
    path = official(tmp_path / "c.pth.tar", lambda state: state.update({"module.final.bias": BIAS}))
    assert "final.bias twice" in refusal(lambda: load(path))


@pytest.mark.parametrize("count", [np.int64(100), np.float32(0.5), np.float64(0.25), np.bool_(True)])
@pytest.mark.parametrize("zipped", [True, False])
def test_numbers_of_numpy_are_read(tmp_path: Path, count: Any, zipped: bool) -> None:
    path = official(tmp_path / "c.pth.tar", epoch=count)
    content = torch.load(path, weights_only=False)
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    assert load(path).config == CONFIG


def test_numpy_is_no_way_in(tmp_path: Path) -> None:
    path = official(tmp_path / "c.pth.tar", epoch=np.array([object], dtype=object)[0])
    refusal(lambda: load(path))
    path = official(tmp_path / "c.pth.tar", epoch=np.complex64(1))
    refusal(lambda: load(path))


def test_official_names_of_a_compiled_model_are_read(tmp_path: Path) -> None:
    def compiled(state: dict[str, Any]) -> None:
        for name in list(state):
            state[f"module._orig_mod.{name}"] = state.pop(name)

    assert load(official(tmp_path / "c.pth.tar", compiled)).config == CONFIG


def test_an_archive_that_unpacks_to_more_than_it_is(tmp_path: Path) -> None:
    plain = official(tmp_path / "c.pth.tar")
    bomb = tmp_path / "bomb.pth.tar"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry) if not entry.endswith("data/0") else bytes(300_000_000))
    assert "unpacks to" in refusal(lambda: load(bomb))


def test_the_command_line_ends_in_one_line_and_little_memory(tmp_path: Path) -> None:
    wide = with_field("generator", "num_bottleneck_blocks", found=10**7)
    path = written(tmp_path / "m.safetensors", FirstOrderModel(CONFIG).state_dict(), config=wide)
    code, said, most = command_line("animate", "--weights", path, "--out", "x.mp4", cwd=tmp_path)
    assert code == 2
    assert said.count("\n") == 1
    assert most < MEGABYTES
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.safetensors"]


@pytest.mark.parametrize("size", ["big", -64, 10**9, [64], None, True, 1e400])
def test_the_size_that_weights_claim_is_checked(tmp_path: Path, size: Any) -> None:
    from fomm_lite.cli.common import load_at_size

    about = json.dumps({"size": size})
    path = written(tmp_path / "m.safetensors", FirstOrderModel(CONFIG).state_dict(), about=about)
    with pytest.raises(InputError, match="size"):
        load_at_size(str(path), "cpu", None)
