"""Jacobians against those of a known warp."""

import torch

from fomm_lite import FirstOrderModel, load_model
from fomm_lite.config import TINY
from fomm_lite.course.ch12_going_further import free_jacobians
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.worlds import puppets


def test_a_fresh_detector_says_the_identity_and_a_taught_one_more():
    pictures = torch.cat([puppets(seed, frames=2, size=32, stride=4).frames for seed in (2, 5, 8)])
    warp = RandomWarp.sample(len(pictures), sigma_affine=0.05, generator=torch.Generator().manual_seed(0))
    fresh = free_jacobians.told(FirstOrderModel(TINY).eval(), pictures, warp)
    assert abs(fresh.learnt - fresh.identity) < 1e-4
    taught = free_jacobians.told(load_model("ablation-full"), pictures, warp)
    assert taught.learnt < 0.9 * taught.identity
