"""Number by number what ``lean`` and ``tiny`` gave when these files were made; README.md says how they were made."""

import pytest
import torch

from tests.golden.conftest import PRESETS, filled_preset, preset_numbers, read_arrays

NEAR = 1e-9  # double precision, whose last digits depend on the processor


@pytest.mark.parametrize("name", PRESETS)
def test_numbers_and_gradients_of_a_preset(name: str) -> None:
    golden, found = read_arrays(f"preset-{name}"), preset_numbers(filled_preset(name))
    assert found.keys() == golden.keys()
    for key, array in golden.items():
        assert found[key].shape == array.shape, key
        difference = (torch.as_tensor(found[key]) - array).abs().max()
        assert difference <= NEAR * max(1.0, float(array.abs().max())), f"{key} differs by {float(difference):.2e}"
