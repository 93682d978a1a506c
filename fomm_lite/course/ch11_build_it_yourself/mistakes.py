"""Blocks of the model as they are often written wrong: the right numbers of the right shape, but not quite."""

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.course.ch11_build_it_yourself import borrowed, recipe
from fomm_lite.networks import layers
from fomm_lite.training.random_warp import RandomWarp


def sparse(kp_source: borrowed.Described, kp_driving: borrowed.Described, height: int, width: int) -> Tensor:
    """Local motions of all keypoints with the background's in front (b k+1 h w 2)."""
    grid = geometry.coordinate_grid(height, width)
    return geometry.sparse_motions(geometry.keypoint_motions(*kp_source, *kp_driving, grid), grid)


def way_down(network: borrowed.Hourglass, x: Tensor) -> list[Tensor]:
    """The input, and what each halving makes of it."""
    maps = [x]
    for block in network.down_blocks:
        maps.append(block(maps[-1]))
    return maps


class SkipFirst(borrowed.Hourglass):
    """Joins the skip in front."""

    def forward(self, x: Tensor) -> Tensor:
        """As somebody wrote it."""
        *skips, x = way_down(self, x)
        for block in self.up_blocks:
            x = torch.cat([skips.pop(), block(x)], dim=1)
        return x


class Nearest(borrowed.Hourglass):
    """Doubles by nearest neighbours, or by the right rule before the block instead of after it."""

    double_first = False

    def forward(self, x: Tensor) -> Tensor:
        """As somebody wrote it."""
        *skips, x = way_down(self, x)
        for block in self.up_blocks:
            alone = cast(layers.UpBlock, block)  # without its own doubling
            if self.double_first:
                larger = F.interpolate(x, scale_factor=2, mode="bilinear")
                x = F.relu(alone.norm(alone.conv(larger)))
            else:
                x = F.interpolate(F.relu(alone.norm(alone.conv(x))), scale_factor=2)
            x = torch.cat([x, skips.pop()], dim=1)
        return x


class DoubleFirst(Nearest):
    """Doubles before the block."""

    double_first = True


class Warm(borrowed.Detector):
    """Knows no temperature."""

    def confidence_maps(self, features: Tensor) -> Tensor:
        """As somebody wrote it."""
        return self.confidence_head(features).flatten(2).softmax(2).unflatten(2, features.shape[2:])


class Rivals(borrowed.Detector):
    """Lets keypoints compete."""

    def confidence_maps(self, features: Tensor) -> Tensor:
        """As somebody wrote it."""
        return (self.confidence_head(features) / self.config.temperature).softmax(1)


class RowsFirst(borrowed.Detector):
    """Says (y, x)."""

    def forward(self, images: Tensor) -> borrowed.Described:  # type: ignore[override]
        """As somebody wrote it."""
        positions, jacobians = super().forward(images)
        return positions.flip(-1), jacobians


class PlainMean(borrowed.Detector):
    """Reads jacobians everywhere alike."""

    def jacobians(self, features: Tensor, confidence_maps: Tensor) -> Tensor:
        """As somebody wrote it."""
        return super().jacobians(features, torch.full_like(confidence_maps, 1 / confidence_maps[0, 0].numel()))


class Transposed(borrowed.Detector):
    """Takes columns for rows."""

    def jacobians(self, features: Tensor, confidence_maps: Tensor) -> Tensor:
        """As somebody wrote it."""
        return super().jacobians(features, confidence_maps).mT


class OtherMotion(borrowed.DenseMotion):
    """The motion network with one thing done otherwise."""

    over_places = sigmoid = False
    heat = 1

    def forward(  # type: ignore[override]
        self, source: Tensor, kp_source: borrowed.Described, kp_driving: borrowed.Described
    ) -> tuple[Tensor, Tensor]:
        """As somebody wrote it."""
        height, width = source.shape[2:]
        motions = sparse(kp_source, kp_driving, height, width)
        heatmaps = self.heat * geometry.heatmap_differences(
            kp_source[0], kp_driving[0], height, width, self.config.heatmap_variance
        )
        deformed = geometry.deform_sources(source, motions)
        features = self.hourglass(torch.cat([heatmaps[:, :, None], deformed], dim=2).flatten(1, 2))
        scores = self.mask_head(features)
        masks = scores.flatten(2).softmax(2).view_as(scores) if self.over_places else scores.softmax(1)
        assert self.occlusion_head is not None
        occlusion = self.occlusion_head(features)
        return geometry.combine_motions(masks, motions), occlusion if self.sigmoid else occlusion.sigmoid()


class MasksOverPlaces(OtherMotion):
    """Lets places compete."""

    over_places = True


class NoSigmoid(OtherMotion):
    """Leaves the occlusion map as it comes."""

    sigmoid = True


class HeatTurned(OtherMotion):
    """Subtracts the other way round."""

    heat = -1


class AllKept(borrowed.Generator):
    """Occludes nothing."""

    def carry(self, features: Tensor, motion: Any, *, occlude: bool = True) -> Tensor:  # noqa: ARG002
        """As somebody wrote it."""
        return super().carry(features, motion, occlude=False)


class Swapped(borrowed.Generator):
    """Keeps what should be painted."""

    def forward(self, source: Tensor, deformation: Tensor, occlusion: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        """As somebody wrote it."""
        prediction, deformed, painted = super().forward(source, deformation, occlusion)
        return deformed + painted - prediction, deformed, painted


class OnlyPainted(borrowed.Generator):
    """Keeps nothing."""

    def forward(self, source: Tensor, deformation: Tensor, occlusion: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        """As somebody wrote it."""
        _, deformed, painted = super().forward(source, deformation, occlusion)
        return painted, deformed, painted


def loop(
    *, zero: bool = True, schedule: bool = True, betas: tuple[float, float] = (0.5, 0.999)
) -> Callable[..., list[float]]:
    """A training loop with one thing done otherwise."""

    def fit(model: nn.Module, objective: Any, pairs: Any, steps: int) -> list[float]:
        optimiser, said = torch.optim.Adam(model.parameters(), betas=betas), []
        for step in range(steps):
            progress = (step + 1) / steps
            optimiser.param_groups[0]["lr"] = recipe.PEAK * (recipe.rate(progress) if schedule else 1.0)
            loss = objective(model, *pairs(step))
            if zero:
                optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            said.append(float(loss.detach()))
        return said

    return fit


def without(name: str) -> Callable[..., Tensor]:
    """The objective with one term forgotten."""

    def objective(model: nn.Module, source: Tensor, driving: Tensor, warp: RandomWarp) -> Tensor:
        terms = recipe.terms(model, source, driving, warp)
        return sum((recipe.WEIGHTS[each] * terms[each] for each in terms if each != name), start=torch.zeros(()))

    return objective
