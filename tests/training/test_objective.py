"""The objective: each term under its weight, judges that are asked and never taught."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fomm_lite.config import LEAN, DiscriminatorConfig, GeneratorConfig, HourglassConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.discriminator import Discriminator, PatchScores
from fomm_lite.networks.perceptual import Vgg19Features
from fomm_lite.training import losses
from fomm_lite.training.discriminator_step import DiscriminatorObjective, asking_for_no_gradient
from fomm_lite.training.objective import LossWeights, Objective, Terms
from fomm_lite.training.random_warp import RandomWarp

TINY_HOURGLASS = HourglassConfig(4, 16, 3, head_kernel=3, head_padding=1, light_blocks=True)
TINY = dataclasses.replace(
    LEAN,
    num_keypoints=4,
    motion_size=16,
    detector=TINY_HOURGLASS,
    dense_motion=TINY_HOURGLASS,
    generator=GeneratorConfig(4, 8, 1, 1, 3, light_blocks=True, warped_skips=True, blend_deformed=True),
)
NOTHING = LossWeights(**dict.fromkeys(LossWeights().terms, 0.0))
SMALL_JUDGE = DiscriminatorConfig(block_expansion=4, max_features=8, num_blocks=2, use_keypoints=True)
ADVERSARIAL = dataclasses.replace(NOTHING, generator_gan=1.0, feature_matching=10.0, discriminator_gan=1.0)


class Edges(nn.Module):
    """A stand-in for VGG19: two layers of fixed convolutions, as small as can be."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 6, 3, padding=1)

    def forward(self, image: Tensor) -> list[Tensor]:
        first = F.relu(self.first(image))
        return [first, F.relu(self.second(F.max_pool2d(first, 2)))]


def judge() -> Discriminator:
    return Discriminator(SMALL_JUDGE, 3, TINY.num_keypoints).requires_grad_(False)


def ask(objective: Objective) -> Terms:
    pictures = torch.rand(2, 3, 16, 16)
    return objective(pictures, pictures.flip(0), RandomWarp.sample(2), torch.ones(2, 1, 16, 16))


@pytest.mark.parametrize("name", list(LossWeights().terms))
def test_terms_of_weight_zero_are_not_computed(name: str) -> None:
    adversarial = name in ("generator_gan", "feature_matching")
    alone = dataclasses.replace(NOTHING, **{name: 2.0}, discriminator_gan=float(adversarial))
    features, discriminator = Edges() if name == "perceptual" else None, judge() if adversarial else None
    terms = ask(Objective(FirstOrderModel(TINY), alone, features, discriminator))
    assert set(terms.named) == {name}
    assert float(terms.total.detach()) == pytest.approx(2 * float(terms.named[name].detach()))


def test_total_is_the_weighted_sum() -> None:
    weights = LossWeights(reconstruction=2.0, warp=0.5)
    terms = ask(Objective(FirstOrderModel(TINY), weights))
    expected = sum(getattr(weights, name) * float(term.detach()) for name, term in terms.named.items())
    assert float(terms.total.detach()) == pytest.approx(expected, rel=1e-5)
    assert set(terms.named) == {name for name, weight in weights.terms.items() if weight}


def test_zero_order_model_has_no_jacobian_term() -> None:
    model = FirstOrderModel(dataclasses.replace(TINY, estimate_jacobian=False))
    assert "equivariance_jacobians" not in ask(Objective(model, LossWeights())).named


def test_the_term_of_expression_looks_into_its_region_only_and_at_all_three_pictures() -> None:
    torch.manual_seed(0)
    objective = Objective(FirstOrderModel(TINY), dataclasses.replace(NOTHING, expression=1.0))
    source, driving = torch.rand(2, 2, 3, 16, 16)
    region = torch.zeros(2, 1, 16, 16)
    region[1, 0, 4:8, 2:9] = 1
    terms = objective(source, driving, RandomWarp.sample(2), region)
    made = (terms.reconstruction.prediction, terms.reconstruction.painted, terms.reconstruction.deformed)
    errors = [float((each - driving)[1, :, 4:8, 2:9].abs().mean().detach()) for each in made]
    assert float(terms.named["expression"].detach()) == pytest.approx(sum(errors) / 3, rel=1e-5)
    with pytest.raises(InputError, match="without a region"):
        objective(source, driving, RandomWarp.sample(2))


def test_nonsense_weights_are_refused() -> None:
    with pytest.raises(InputError, match="no loss term"):
        Objective(FirstOrderModel(TINY), NOTHING)
    with pytest.raises(InputError, match="warp"):
        LossWeights(warp=-1.0)
    with pytest.raises(InputError, match="both used and trained"):
        LossWeights(generator_gan=1.0)
    with pytest.raises(InputError, match="both used and trained"):
        LossWeights(discriminator_gan=1.0)
    with pytest.raises(InputError, match="perceptual_scales"):
        LossWeights(perceptual_scales=(0.3,))
    with pytest.raises(InputError, match="without its judge"):
        Objective(FirstOrderModel(TINY), ADVERSARIAL)
    with pytest.raises(InputError, match="without its judge"):
        Objective(FirstOrderModel(TINY), LossWeights(perceptual=10.0))


def test_perceptual_term_is_the_loss_of_the_features_and_teaches_the_model_only() -> None:
    features = Edges()
    weights = dataclasses.replace(NOTHING, perceptual=10.0, perceptual_scales=(1.0, 0.5))
    objective = Objective(FirstOrderModel(TINY), weights, features)
    pictures = torch.rand(2, 3, 16, 16)
    terms = objective(pictures, pictures.flip(0), RandomWarp.sample(2))
    expected = losses.perceptual_pyramid(features, terms.reconstruction.prediction, pictures.flip(0), (1.0, 0.5))
    assert torch.allclose(terms.named["perceptual"], expected)
    terms.total.backward()
    assert all(parameter.grad is None for parameter in features.parameters())
    assert float(objective.model.generator.final.weight.grad.abs().sum()) > 0


def test_adversarial_terms_equal_the_losses_of_the_judgement() -> None:
    network = judge()
    objective = Objective(FirstOrderModel(TINY), ADVERSARIAL, discriminator=network)
    pictures = torch.rand(2, 3, 16, 16)
    terms = objective(pictures, pictures.flip(0), RandomWarp.sample(2))
    [made] = network(terms.reconstruction.prediction, terms.kp_driving.positions)
    [real] = network(pictures.flip(0), terms.kp_driving.positions)
    assert torch.allclose(terms.named["generator_gan"], (1 - made.prediction_map).square().mean())
    matching = sum((a - b).abs().mean() for a, b in zip(real.feature_maps, made.feature_maps, strict=True))
    assert torch.allclose(terms.named["feature_matching"], torch.as_tensor(matching))
    terms.total.backward()
    assert all(parameter.grad is None for parameter in network.parameters())


class KeypointJudge(Discriminator):
    """Sees where keypoints are and not the picture: what it thinks can reach a model by way of keypoints only."""

    def forward(self, image: Tensor, positions: Tensor | None = None) -> list[PatchScores]:
        return super().forward(image.detach(), positions)


def test_keypoints_do_not_learn_to_please_the_discriminator() -> None:
    blind = KeypointJudge(SMALL_JUDGE, 3, TINY.num_keypoints).requires_grad_(False)
    weights = dataclasses.replace(ADVERSARIAL, separation=1.0)
    terms = ask(Objective(FirstOrderModel(TINY), weights, discriminator=blind))
    assert terms.named["separation"].requires_grad
    assert not terms.named["generator_gan"].requires_grad
    assert not terms.named["feature_matching"].requires_grad


def test_the_discriminators_turn_leaves_the_model_and_its_keypoints_alone() -> None:
    network = Discriminator(SMALL_JUDGE, 3, 4)
    positions = torch.zeros(2, 4, 2, requires_grad=True)
    prediction = torch.rand(2, 3, 16, 16, requires_grad=True)
    DiscriminatorObjective(network, 1.0)(torch.rand(2, 3, 16, 16), prediction, positions).backward()
    assert positions.grad is None
    assert prediction.grad is None
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_discriminator_pays_for_mistakes_on_both_kinds_of_pictures() -> None:
    network = Discriminator(SMALL_JUDGE, 3, 4).eval()
    real, made, positions = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16), torch.rand(2, 4, 2) - 0.5
    [on_real], [on_made] = network(real, positions), network(made, positions)
    expected = (1 - on_real.prediction_map).square().mean() + on_made.prediction_map.square().mean()
    assert torch.allclose(DiscriminatorObjective(network, 3.0)(real, made, positions), 3 * expected, atol=1e-6)


def test_a_network_asks_for_no_gradient_inside_only() -> None:
    network = Discriminator(SMALL_JUDGE, 3, 4)
    with asking_for_no_gradient(network):
        assert not any(parameter.requires_grad for parameter in network.parameters())
    assert all(parameter.requires_grad for parameter in network.parameters())
    with asking_for_no_gradient(None):
        pass


def test_sizes_below_what_a_judge_can_see_are_refused() -> None:
    four_blocks = Discriminator(dataclasses.replace(SMALL_JUDGE, num_blocks=4), 3, 4).requires_grad_(False)
    with pytest.raises(InputError, match="for the discriminator"):
        Objective(FirstOrderModel(TINY), ADVERSARIAL, discriminator=four_blocks).check_size(32)
    weights = dataclasses.replace(NOTHING, perceptual=10.0)
    objective = Objective(FirstOrderModel(TINY), weights, Vgg19Features())
    objective.check_size(128)
    with pytest.raises(InputError, match="perceptual loss"):
        objective.check_size(64)


def test_a_pyramid_leaves_two_pixels_to_compare() -> None:
    deep = Objective(FirstOrderModel(TINY), LossWeights(pyramid_levels=6))
    with pytest.raises(InputError, match="got pyramid_levels = 6 for pictures of 32 pixels; expected 5 or less; use"):
        deep.check_size(32)
    deep.check_size(64)
    picture = torch.rand(1, 3, 32, 32)
    assert losses.pyramid_gradient_l1(picture, 1 - picture, 5).isfinite()


@pytest.mark.parametrize("name", ["equivariance_jacobians", "hidden", "painting", "separation"])
def test_a_term_that_a_model_lacks_is_no_term(name: str) -> None:
    plain = dataclasses.replace(
        TINY,
        num_keypoints=1,
        estimate_jacobian=False,
        estimate_occlusion_map=False,
        generator=GeneratorConfig(4, 8, 1, 1, 3, light_blocks=True),
    )
    alone = dataclasses.replace(NOTHING, **{name: 1.0})
    with pytest.raises(InputError, match=rf"that this model has \({name}\)"):
        Objective(FirstOrderModel(plain), alone)
    Objective(FirstOrderModel(TINY), alone)
    both = Objective(FirstOrderModel(plain), dataclasses.replace(alone, warp=1.0))
    pictures = torch.rand(2, 3, 32, 32)
    both(pictures, pictures, RandomWarp.sample(2, generator=torch.Generator())).total.backward()
