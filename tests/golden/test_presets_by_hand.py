"""The whole of ``lean`` and ``tiny`` written out a second time, plainly: layer after layer, place after place.

No authors' numbers exist for these two, which all shipped models are made of. So the definition stands here once more,
with nothing of the library in it but names of tensors: no configuration, no block, no geometry. Convolutions, sigmoid
and softmax are PyTorch's. Both run in double precision. Pictures of 32 pixels are seen as they are, and all must agree
to ten digits, gradients included; those of 64 are first shrunk with a kernel that the library keeps in single
precision.
"""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.model import FirstOrderModel
from tests.golden.conftest import filled_preset, smooth_pictures

SIZES = (32, 64)
NEAR = {32: 1e-10, 64: 1e-6}


def grid_of(height: int, width: int) -> Tensor:
    """(x, y) of each pixel, -1 and +1 at the centres of the corners."""
    places = [[(-1 + 2 * j / (width - 1), -1 + 2 * i / (height - 1)) for j in range(width)] for i in range(height)]
    return torch.tensor(places, dtype=torch.float64)


def look(image: Tensor, grid: Tensor) -> Tensor:
    """What one picture (c h w) shows at the places of a grid (h' w' 2), between its pixels and held at its border."""
    height, width = image.shape[1:]
    x = ((grid[..., 0] + 1) * (width - 1) / 2).clamp(0, width - 1)
    y = ((grid[..., 1] + 1) * (height - 1) / 2).clamp(0, height - 1)
    left, top = x.detach().long(), y.detach().long()
    right, bottom = (left + 1).clamp(max=width - 1), (top + 1).clamp(max=height - 1)
    upper = image[:, top, left] * (1 - (x - left)) + image[:, top, right] * (x - left)
    lower = image[:, bottom, left] * (1 - (x - left)) + image[:, bottom, right] * (x - left)
    return upper * (1 - (y - top)) + lower * (y - top)


def look_all(images: Tensor, grids: Tensor) -> Tensor:
    return torch.stack([look(image, grid) for image, grid in zip(images, grids, strict=True)])


def spread(maps: Tensor, size: int) -> Tensor:
    """Maps (b c h w) on ``size`` pixels, corner on corner."""
    return torch.stack([look(each, grid_of(size, size)) for each in maps])


def doubled(x: Tensor) -> Tensor:
    """Twice the size: each new pixel lies a quarter of an old one beside its centre."""
    for axis in (2, 3):
        last = x.shape[axis] - 1
        before = x.index_select(axis, torch.arange(-1, last).clamp(min=0))
        after = x.index_select(axis, torch.arange(1, last + 2).clamp(max=last))
        pair = torch.stack([0.25 * before + 0.75 * x, 0.75 * x + 0.25 * after], dim=axis + 1)
        x = pair.flatten(axis, axis + 1)
    return x


def shrunk(images: Tensor) -> Tensor:
    """32 pixels: every other one of 64 after a blur of half a pixel, which reaches two far and finds black outside."""
    if images.shape[-1] == 32:
        return images
    weights = {(i, j): 2.718281828459045 ** (-2.0 * (i * i + j * j)) for i in range(-2, 3) for j in range(-2, 3)}
    wide = F.pad(images, (2, 2, 2, 2))
    blurred = sum(
        weight * wide[..., 2 + i : wide.shape[2] - 2 + i, 2 + j : wide.shape[3] - 2 + j]
        for (i, j), weight in weights.items()
    )
    assert isinstance(blurred, Tensor)
    return blurred[..., ::2, ::2] / sum(weights.values())


class ByHand:
    """The network of a state dict."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.state = state

    def conv(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.state[f"{name}.weight"]
        return F.conv2d(x, weight, self.state[f"{name}.bias"], stride, padding=weight.shape[-1] // 2)

    def block(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        """Convolution, norm where there is one, relu."""
        x = self.conv(f"{name}.conv", x, stride)
        if f"{name}.norm.weight" in self.state:
            mean, variance, weight, bias = (
                self.state[f"{name}.norm.{part}"][:, None, None]
                for part in ("running_mean", "running_var", "weight", "bias")
            )
            x = (x - mean) / (variance + 1e-5).sqrt() * weight + bias
        return x.clamp(min=0)

    def hourglass(self, name: str, x: Tensor) -> Tensor:
        a = self.block(f"{name}.down_blocks.0", x, stride=2)
        b = self.block(f"{name}.down_blocks.1", a, stride=2)
        c = self.block(f"{name}.down_blocks.2", b, stride=2)
        y = self.block(f"{name}.down_blocks.3", c, stride=2)
        for level, skip in enumerate((c, b, a, x)):
            y = torch.cat([doubled(self.block(f"{name}.up_blocks.{level}", y)), skip], dim=1)
        return y

    def detect(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.hourglass("detector.hourglass", shrunk(images))
        confidence = (self.conv("detector.confidence_head", features) / 0.1).flatten(2).softmax(2)
        turns = self.conv("detector.jacobian_head", features).flatten(2)  # (b 4k h w)
        places = grid_of(32, 32).flatten(0, 1)
        positions = torch.stack([torch.stack([(m[:, None] * places).sum(0) for m in maps]) for maps in confidence])
        jacobians = torch.stack(
            [
                torch.stack([(turn[4 * k : 4 * k + 4] * maps[k]).sum(1).view(2, 2) for k in range(len(maps))])
                for turn, maps in zip(turns, confidence, strict=True)
            ]
        )
        return positions, jacobians

    def motion(self, source: Tensor, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> dict[str, Tensor]:
        """Equations 3 to 7 for one picture (1 3 h w), source keypoints s, a and driving keypoints d, b."""
        small, grid = shrunk(source), grid_of(32, 32)
        heatmaps, motions = [torch.zeros(32, 32, dtype=torch.float64)], [grid]
        for k in range(len(s)):
            bump = [torch.exp(-((grid - p[k]) ** 2).sum(-1) / 2 / 0.01) for p in (d, s)]
            heatmaps.append(bump[0] - bump[1])
            motions.append(s[k] + (grid - d[k]) @ (a[k] @ torch.linalg.inv(b[k])).T)
        deformed = [look(small[0], each) for each in motions]
        evidence = torch.cat([torch.cat([h[None], p]) for h, p in zip(heatmaps, deformed, strict=True)])[None]
        features = self.hourglass("dense_motion.hourglass", evidence)
        masks = self.conv("dense_motion.mask_head", features).softmax(1)
        mixed = torch.zeros(32, 32, 2, dtype=torch.float64)
        for k, each in enumerate(motions):
            mixed = mixed + masks[0, k, :, :, None] * each
        return {
            "heatmaps": torch.stack(heatmaps)[None],
            "sparse_motions": torch.stack(motions)[None],
            "deformed_sources": torch.stack(deformed)[None],
            "masks": masks,
            "deformation": mixed[None],
            "occlusion_map": self.conv("dense_motion.occlusion_head", features).sigmoid(),
        }

    def paint(self, source: Tensor, deformation: Tensor, occlusion: Tensor) -> dict[str, Tensor]:
        """Equation 8 on features of every resolution, and once more on pixels."""

        def carry(features: Tensor) -> Tensor:
            size = features.shape[-1]
            grid = spread(deformation.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1)
            return look_all(features, grid) * spread(occlusion, size)

        full = self.block("generator.first", source)
        half = self.block("generator.down_blocks.0", full, stride=2)
        quarter = self.block("generator.down_blocks.1", half, stride=2)
        x = carry(self.block("generator.down_blocks.2", quarter, stride=2))
        index = 0
        while f"generator.bottleneck.{index}.conv1.weight" in self.state:
            once = self.conv(f"generator.bottleneck.{index}.conv1", x.clamp(min=0))
            x = x + self.conv(f"generator.bottleneck.{index}.conv2", once.clamp(min=0))
            index += 1
        for level, skip in enumerate((quarter, half, full)):
            x = torch.cat([doubled(self.block(f"generator.up_blocks.{level}", x)), carry(skip)], dim=1)
        x = self.conv("generator.final", x).sigmoid()
        size = source.shape[-1]
        painted, keep = x[:, :3], x[:, 3:] * spread(occlusion, size)
        deformed = look_all(source, spread(deformation.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1))
        prediction = torch.zeros_like(deformed)
        for b in range(len(source)):
            for i in range(size):
                for j in range(size):  # where the picture is kept it is the moved source, elsewhere what was painted
                    share = keep[b, 0, i, j]
                    prediction[b, :, i, j] = share * deformed[b, :, i, j] + (1 - share) * painted[b, :, i, j]
        return {"prediction": prediction, "deformed": deformed, "painted": painted}


@pytest.fixture(params=["lean", "tiny"])
def model(request: pytest.FixtureRequest) -> FirstOrderModel:
    return filled_preset(request.param)


def pictures(size: int) -> tuple[Tensor, Tensor]:
    return smooth_pictures("by hand, source", 1, size), smooth_pictures("by hand, driving", 1, size)


def check_all(ours: object, plain: dict[str, Tensor], tolerance: float) -> None:
    for name, expected in plain.items():
        found = getattr(ours, name)
        assert found.shape == expected.shape and (found - expected).abs().max() < tolerance, name


@torch.no_grad()
@pytest.mark.parametrize("size", SIZES)
def test_keypoints_and_jacobians(model: FirstOrderModel, size: int) -> None:
    images = torch.cat(pictures(size))
    positions, jacobians = ByHand(model.state_dict()).detect(images)
    check_all(model.detect(images), {"positions": positions, "jacobians": jacobians}, NEAR[size])
    assert positions.std() > 0.05 and (jacobians - torch.eye(2)).std() > 0.05


@torch.no_grad()
@pytest.mark.parametrize("size", SIZES)
def test_motion_and_picture(model: FirstOrderModel, size: int) -> None:
    source, driving = pictures(size)
    kp_source, kp_driving = model.detect(source), model.detect(driving)
    hand = ByHand(model.state_dict())
    (s, a), (d, b) = ((kp.positions[0], kp.jacobians[0]) for kp in (kp_source, kp_driving))
    motion, out = hand.motion(source, s, a, d, b), model(source, kp_source, kp_driving)
    check_all(out.motion, motion, NEAR[size])
    painted = hand.paint(source, motion["deformation"], motion["occlusion_map"])
    check_all(out, painted, NEAR[size])
    assert (painted["deformed"] - painted["painted"]).abs().mean() > 0.1  # else a blend of the two would show nothing


def gradients(model: FirstOrderModel, run: Callable[[], Tensor]) -> dict[str, Tensor]:
    model.zero_grad()
    (run() * smooth_pictures("by hand, what counts", 1, 32)).sum().backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_gradients_of_the_picture_by_every_parameter(model: FirstOrderModel) -> None:
    source, driving = pictures(32)
    hand = ByHand(model.state_dict(keep_vars=True))

    def plainly() -> Tensor:
        (s, a), (d, b) = hand.detect(source), hand.detect(driving)
        motion = hand.motion(source, s[0], a[0], d[0], b[0])
        return hand.paint(source, motion["deformation"], motion["occlusion_map"])["prediction"]

    def ours() -> Tensor:
        return model(source, model.detect(source), model.detect(driving)).prediction

    expected, found = gradients(model, plainly), gradients(model, ours)
    assert found.keys() == expected.keys() == dict(model.named_parameters()).keys()
    for name, gradient in expected.items():
        largest = float(gradient.abs().max())
        if name == "detector.confidence_head.bias":  # a softmax over places does not feel it
            assert largest < 1e-9 and found[name].abs().max() < 1e-9
        else:
            assert largest > 1e-6 and (found[name] - gradient).abs().max() < 1e-8 * largest, name
