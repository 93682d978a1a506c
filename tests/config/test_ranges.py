"""Every number of every configuration has a range, and whoever follows the advice of a refusal is not refused again."""

import dataclasses
import math
import re
from ast import literal_eval
from types import SimpleNamespace
from typing import Any

import pytest

from fomm_lite.config import LEAN, DiscriminatorConfig, GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.config.ranges import check_range
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.objective import LossWeights
from fomm_lite.training.training_config import TrainingConfig

TRAINING = TrainingConfig(steps=9)
ADVERSARIAL = LossWeights(generator_gan=1.0, feature_matching=10.0, discriminator_gan=1.0)
NAN, INF = math.nan, math.inf

# field -> values that must be refused; what is missing here is a switch, a word or a section (`test_every_number...`)
WRONG: list[tuple[Any, dict[str, tuple[Any, ...]]]] = [
    (
        HourglassConfig(),
        {
            "block_expansion": (0, -4),
            "max_features": (0, 31),  # less than block_expansion, which the last level has
            "num_blocks": (0, -1),
            "scale_factor": (0.0, -0.5, 0.3, 2.0, NAN),
            "head_kernel": (0, -3, 4),
            "head_padding": (-1, 4),
        },
    ),
    (
        GeneratorConfig(),
        {
            "block_expansion": (0, -4),
            "max_features": (0,),
            "num_down_blocks": (-1,),
            "num_bottleneck_blocks": (-1,),
            "edge_kernel": (0, -1, 2),
        },
    ),
    (LEAN.generator, {"painting_size": (0, -64)}),
    (
        ModelConfig(),
        {
            "num_keypoints": (0, -2),
            "num_channels": (0,),
            "jacobian_kernel": (0, -1, 2, 9),
            "temperature": (0.0, -1.0, NAN, INF),
            "heatmap_variance": (0.0, -1.0, NAN, INF),
        },
    ),
    (LEAN, {"motion_size": (0, -16, 8, 40), "detector_unshuffle": (0, -1, 17), "motion_shuffle": (0, -1, 17)}),
    (
        DiscriminatorConfig(),
        {
            "scales": ((), (0.3,), (-1.0,)),
            "block_expansion": (0,),
            "max_features": (0,),
            "num_blocks": (0, -1),
            "heatmap_variance": (0.0, -0.01, NAN),
        },
    ),
    (
        ADVERSARIAL,
        {
            **{name: (-1.0, NAN, INF) for name in (*ADVERSARIAL.terms, "separation_distance")},
            "discriminator_gan": (-1.0, NAN),
            "pyramid_levels": (0, -2),
            "perceptual_scales": ((), (0.3,), (0.0,)),
        },
    ),
    (
        TRAINING,
        {
            "size": (0, -64),
            "steps": (0, -1),
            "minutes": (0.0, -1.0, NAN, INF),
            "batch_size": (0, -8),
            "learning_rate": (0.0, -1.0, NAN, INF),
            "detector_learning_rate": (-1.0, NAN),
            "discriminator_learning_rate": (0.0, -1.0),
            "warm_up": (-0.1, 1.1, NAN),
            "cool_down": (-0.1, 5.0, NAN),
            "lively": (-0.1, 1.1, NAN),
            "average": (-0.1, 1.0, NAN),
            "milestones": ((0.0,), (1.5,), (0.5, -1.0)),
            "betas": ((-0.1, 0.9), (0.5, 1.0)),
            "grow": ((5.0,), (0.0,), (1.0,), (0.5, NAN)),
            "sigma_affine": (-0.1, NAN),
            "sigma_tps": (-0.1, INF),
            "points_tps": (0, -1),
            "seed": (-1, 2**32),
            "checkpoint_minutes": (0.0, -1.0),
            "checkpoint_steps": (0,),
            "workers": (-1,),
        },
    ),
]
CASES = [(good, name, wrong) for good, fields in WRONG for name, values in fields.items() for wrong in values]


def test_every_number_of_every_configuration_is_tried() -> None:
    for good, _ in WRONG:
        for item in dataclasses.fields(good):
            kinds = str(item.type)
            number = ("int" in kinds or "float" in kinds) and "Config" not in kinds
            tried = {name for other, names in WRONG if type(other) is type(good) for name in names}
            assert not number or item.name in tried, item.name


@pytest.mark.parametrize(
    ("good", "name", "wrong"), CASES, ids=lambda case: None if hasattr(case, "__dict__") else repr(case)
)
def test_a_refusal_names_the_field_and_its_advice_is_accepted(good: Any, name: str, wrong: Any) -> None:
    with pytest.raises(InputError) as refused:
        dataclasses.replace(good, **{name: wrong})
    assert name in refused.value.got
    advised = re.fullmatch(r"use (\w+) = (.+)", refused.value.fix)
    if advised is None:
        listed = [float(number) for number in re.findall(r"[\d.]*\d", refused.value.fix)]
        assert listed and refused.value.fix.startswith("use ")
        for number in listed:
            dataclasses.replace(good, **{name: (number,) if isinstance(wrong, tuple) else number})
    else:
        assert advised[1] == name
        dataclasses.replace(good, **{name: literal_eval(advised[2])})


def test_words_and_fractions_that_will_not_do() -> None:
    with pytest.raises(InputError, match="one of no, bf16, fp16; use precision = 'no'"):
        dataclasses.replace(TRAINING, precision="fp7")
    with pytest.raises(InputError, match="got steps = 2.5; expected a whole number, 1 or more; use steps = 1"):
        check_range(SimpleNamespace(steps=2.5), "steps", least=1, whole=True)
    with pytest.raises(InputError, match="got steps = True"):
        check_range(SimpleNamespace(steps=True), "steps", least=1, whole=True)
    with pytest.raises(InputError, match=r"got share = 0; expected a number above 0 and below 1; use share = 0\.5"):
        check_range(SimpleNamespace(share=0), "share", above=0, below=1, example=0.5)


def test_motion_heads_keep_the_size() -> None:
    with pytest.raises(InputError, match="dense_motion.*use head_padding = 1"):
        dataclasses.replace(LEAN, dense_motion=dataclasses.replace(LEAN.dense_motion, head_padding=0))


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_jacobian_heads_that_are_accepted_can_be_built(kernel: int) -> None:
    detector = HourglassConfig(4, 8, 2, 0.5, head_kernel=5, head_padding=2)
    small = ModelConfig(
        2, jacobian_kernel=kernel, detector=detector, dense_motion=detector, generator=GeneratorConfig(4, 8, 1, 1)
    )
    assert FirstOrderModel(small)
    with pytest.raises(InputError, match="use jacobian_kernel = 5"):  # maps smaller than the features it averages
        dataclasses.replace(small, jacobian_kernel=1, detector=dataclasses.replace(detector, head_padding=1))
