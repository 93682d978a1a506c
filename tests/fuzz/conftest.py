"""How much is tried: all of it by `make fuzz`, anew each time; a tenth, always the same, with the other tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

from fomm_lite import weights
from fomm_lite.model import FirstOrderModel
from tests.hostile import CONFIG, megabytes

FULLY = "FUZZ" in os.environ
GROWTH = 500  # megabytes that no file may make the process grow by


def tries(count: int) -> settings:
    """How many examples of a test: so many by `make fuzz`."""
    calm = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    if FULLY:
        return settings(max_examples=count, derandomize=False, deadline=None, suppress_health_check=calm)
    return settings(max_examples=max(1, count // 10), derandomize=True, deadline=None, suppress_health_check=calm)


@pytest.fixture(autouse=True)
def memory() -> Iterator[None]:
    before = megabytes()
    yield
    assert megabytes() - before < GROWTH


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with good weights, ours and official."""
    folder = tmp_path_factory.mktemp("shelf")
    torch.manual_seed(1)
    model = FirstOrderModel(CONFIG)
    weights.save(model, folder / "good.safetensors", about={"size": 32})
    weights.save_official(model, folder / "good.pth.tar", folder / "good.yaml")
    return folder
