"""``lean``, ``tiny`` and ``speaking`` written out a second time, plainly: layer after layer, place after place.

No authors' numbers exist for these. Every shipped model of motion is one of them, or one with another number of
keypoints or with a part left out. So the definition stands here once more, with nothing of the library in it but names
of tensors, and the widths that these have: no configuration, no block, no geometry. Convolutions, sigmoid and softmax
are PyTorch's. The tests run it in double precision.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

LOOKED_AT = 32  # pixels of a side of what the motion network sees


def grid_of(size: int) -> Tensor:
    """(x, y) of each pixel of a square, -1 and +1 at the centres of the corners."""
    places = [[(-1 + 2 * j / (size - 1), -1 + 2 * i / (size - 1)) for j in range(size)] for i in range(size)]
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


def spread(maps: Tensor, size: int) -> Tensor:
    """Maps (b c h w) on ``size`` pixels, corner on corner."""
    return torch.stack([look(each, grid_of(size)) for each in maps])


def moved(maps: Tensor, deformation: Tensor) -> Tensor:
    """Maps (b c h w) as a deformation of another size (b h' w' 2) shows them."""
    grids = spread(deformation.permute(0, 3, 1, 2), maps.shape[-1]).permute(0, 2, 3, 1)
    return torch.stack([look(each, grid) for each, grid in zip(maps, grids, strict=True)])


def doubled(x: Tensor) -> Tensor:
    """Twice the size: each new pixel lies a quarter of an old one beside its centre."""
    for axis in (2, 3):
        last = x.shape[axis] - 1
        before = x.index_select(axis, torch.arange(-1, last).clamp(min=0))
        after = x.index_select(axis, torch.arange(1, last + 2).clamp(max=last))
        pair = torch.stack([0.25 * before + 0.75 * x, 0.75 * x + 0.25 * after], dim=axis + 1)
        x = pair.flatten(axis, axis + 1)
    return x


def shrunk(images: Tensor, size: int) -> Tensor:
    """Every n-th pixel, after a blur of (n - 1) / 2 pixels, which reaches four times as far and finds black outside."""
    step = images.shape[-1] // size
    if step == 1:
        return images
    sigma, reach = (step - 1) / 2, 2 * (step - 1)
    offsets = range(-reach, reach + 1)
    weights = {(i, j): 2.718281828459045 ** (-(i * i + j * j) / (2 * sigma**2)) for i in offsets for j in offsets}
    wide = F.pad(images, (reach, reach, reach, reach))
    blurred = sum(
        weight * wide[..., reach + i : wide.shape[2] - reach + i, reach + j : wide.shape[3] - reach + j]
        for (i, j), weight in weights.items()
    )
    assert isinstance(blurred, Tensor)
    return blurred[..., ::step, ::step] / sum(weights.values())


def folded(images: Tensor) -> Tensor:
    """Half the size, four times the channels: of each channel the pixels of 2 x 2 blocks, row by row."""
    corners = [images[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return torch.stack(corners, dim=2).flatten(1, 2)


def unfolded(maps: Tensor) -> Tensor:
    """Twice the size, a quarter of the channels: each four are the pixels of 2 x 2 blocks, row by row."""
    batch, channels, height, width = maps.shape
    large = maps.new_zeros(batch, channels // 4, 2 * height, 2 * width)
    for i in (0, 1):
        for j in (0, 1):
            large[:, :, i::2, j::2] = maps[:, 2 * i + j :: 4]
    return large


def mixed(masks: Tensor, motions: list[Tensor]) -> Tensor:
    """Equation 7 for one picture: masks (1 k+1 h w), motions (h w 2)."""
    deformation = torch.zeros_like(motions[0])
    for k, each in enumerate(motions):
        deformation = deformation + masks[0, k, :, :, None] * each
    return deformation[None]


def local_motions(s: Tensor, a: Tensor, d: Tensor, b: Tensor, grid: Tensor) -> list[Tensor]:
    """Equations 3 to 5: the background stays, and every keypoint says where the places around it come from."""
    return [grid] + [s[k] + (grid - d[k]) @ (a[k] @ torch.linalg.inv(b[k])).T for k in range(len(s))]


class Plain:
    """What all have in common, made of the tensors of a state dict."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.state = state

    def conv(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.state[f"{name}.weight"]
        return F.conv2d(x, weight, self.state[f"{name}.bias"], stride, padding=weight.shape[-1] // 2)

    def norm(self, name: str, x: Tensor) -> Tensor:
        mean, variance, weight, bias = (
            self.state[f"{name}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (variance + 1e-5).sqrt() * weight + bias

    def block(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        return self.conv(f"{name}.conv", x, stride).clamp(min=0)

    def normed_block(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        return self.norm(f"{name}.norm", self.conv(f"{name}.conv", x, stride)).clamp(min=0)

    def hourglass(self, name: str, x: Tensor) -> Tensor:
        a = self.normed_block(f"{name}.down_blocks.0", x, stride=2)
        b = self.normed_block(f"{name}.down_blocks.1", a, stride=2)
        c = self.normed_block(f"{name}.down_blocks.2", b, stride=2)
        y = self.normed_block(f"{name}.down_blocks.3", c, stride=2)
        for level, skip in enumerate((c, b, a, x)):
            y = torch.cat([doubled(self.normed_block(f"{name}.up_blocks.{level}", y)), skip], dim=1)
        return y

    def keypoints(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The mean place and the mean jacobian under each confidence map."""
        confidence = (self.conv("detector.confidence_head", features) / 0.1).flatten(2).softmax(2)
        turns = self.conv("detector.jacobian_head", features).flatten(2)  # (b 4k h w)
        places = grid_of(features.shape[-1]).flatten(0, 1)
        positions = torch.stack([torch.stack([(m[:, None] * places).sum(0) for m in maps]) for maps in confidence])
        jacobians = torch.stack(
            [
                torch.stack([(turn[4 * k : 4 * k + 4] * maps[k]).sum(1).view(2, 2) for k in range(len(maps))])
                for turn, maps in zip(turns, confidence, strict=True)
            ]
        )
        return positions, jacobians

    def shown(self, source: Tensor, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """What the motion network may look at, map by map, and in one piece (Equations 3 to 6)."""
        small, grid = shrunk(source, LOOKED_AT), grid_of(LOOKED_AT)
        heatmaps = [torch.zeros(LOOKED_AT, LOOKED_AT, dtype=torch.float64)]
        for k in range(len(s)):
            bump = [torch.exp(-((grid - p[k]) ** 2).sum(-1) / 2 / 0.01) for p in (d, s)]
            heatmaps.append(bump[0] - bump[1])
        deformed = [look(small[0], each) for each in local_motions(s, a, d, b, grid)]
        evidence = torch.cat([torch.cat([h[None], p]) for h, p in zip(heatmaps, deformed, strict=True)])[None]
        return {"heatmaps": torch.stack(heatmaps)[None], "deformed_sources": torch.stack(deformed)[None]}, evidence

    def blended(self, x: Tensor, source: Tensor, deformation: Tensor, occlusion: Tensor) -> dict[str, Tensor]:
        """Equation 8 once more, on pixels, with what the last layer says."""
        size = source.shape[-1]
        x = self.conv("generator.final", x).sigmoid()
        painted, keep = x[:, :3], x[:, 3:] * spread(occlusion, size)
        deformed = moved(source, deformation)
        prediction = torch.zeros_like(deformed)
        for b in range(len(source)):
            for i in range(size):
                for j in range(size):  # where the picture is kept it is the moved source, elsewhere what was painted
                    share = keep[b, 0, i, j]
                    prediction[b, :, i, j] = share * deformed[b, :, i, j] + (1 - share) * painted[b, :, i, j]
        return {"prediction": prediction, "deformed": deformed, "painted": painted}


class Lean(Plain):
    """``lean``, with which the others are compared."""

    residual_blocks = 2

    def detect(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return self.keypoints(self.hourglass("detector.hourglass", shrunk(images, 32)))

    def motion(self, source: Tensor, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> dict[str, Tensor]:
        """Equations 3 to 7 for one picture (1 3 h w), source keypoints s, a and driving keypoints d, b."""
        shown, evidence = self.shown(source, s, a, d, b)
        features = self.hourglass("dense_motion.hourglass", evidence)
        motions = local_motions(s, a, d, b, grid_of(32))
        masks = self.conv("dense_motion.mask_head", features).softmax(1)
        return shown | {
            "sparse_motions": torch.stack(motions)[None],
            "masks": masks,
            "deformation": mixed(masks, motions),
            "occlusion_map": self.conv("dense_motion.occlusion_head", features).sigmoid(),
        }

    def paint(self, source: Tensor, motion: dict[str, Tensor]) -> dict[str, Tensor]:
        """Equation 8 on features of every resolution, and once more on pixels."""
        deformation, occlusion = motion["deformation"], motion["occlusion_map"]

        def carry(features: Tensor) -> Tensor:
            return moved(features, deformation) * spread(occlusion, features.shape[-1])

        full = self.block("generator.first", source)
        half = self.block("generator.down_blocks.0", full, stride=2)
        quarter = self.block("generator.down_blocks.1", half, stride=2)
        x = carry(self.block("generator.down_blocks.2", quarter, stride=2))
        for index in range(self.residual_blocks):
            once = self.conv(f"generator.bottleneck.{index}.conv1", x.clamp(min=0))
            x = x + self.conv(f"generator.bottleneck.{index}.conv2", once.clamp(min=0))
        for level, skip in enumerate((quarter, half, full)):
            x = torch.cat([doubled(self.block(f"generator.up_blocks.{level}", x)), carry(skip)], dim=1)
        return self.blended(x, source, deformation, occlusion)


class Tiny(Lean):
    """``tiny``: one residual block less, and widths that end sooner, which are in the tensors."""

    residual_blocks = 1


class Speaking(Plain):
    """``speaking``: ``lean`` with a finer detector, finer masks, keypoints as numbers, and another decoder."""

    def detect(self, images: Tensor) -> tuple[Tensor, Tensor]:
        return self.keypoints(self.hourglass("detector.hourglass", folded(shrunk(images, 64))))

    def embedded(self, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> Tensor:
        """Three layers on what moved, what turned, where it was and how it was turned, counted in fifths."""
        y = 5 * torch.cat([(d - s).flatten(), (b - a).flatten(), s.flatten(), (a - torch.eye(2)).flatten()])
        for layer in (0, 2, 4):
            name = f"dense_motion.embedding.layers.{layer}"
            y = self.state[f"{name}.weight"] @ (y if layer == 0 else y.clamp(min=0)) + self.state[f"{name}.bias"]
        return y

    def motion(self, source: Tensor, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> dict[str, Tensor]:
        """Equations 3 to 7 for one picture, looking at 32 pixels and speaking of 64."""
        shown, evidence = self.shown(source, s, a, d, b)
        told = evidence + self.embedded(s, a, d, b)[:, None, None]
        features = self.hourglass("dense_motion.hourglass", told)
        seen = torch.cat([features, self.block("dense_motion.fine", features)], dim=1)
        motions = local_motions(s, a, d, b, grid_of(64))
        masks = unfolded(self.conv("dense_motion.mask_head", seen)).softmax(1)
        return shown | {
            "sparse_motions": torch.stack(motions)[None],
            "masks": masks,
            "deformation": mixed(masks, motions),
            "occlusion_map": unfolded(self.conv("dense_motion.occlusion_head", seen)).sigmoid(),
            "features": features,
        }

    def paint(self, source: Tensor, motion: dict[str, Tensor]) -> dict[str, Tensor]:
        """Equation 8 on the deepest features and on pixels; in between all is shown, and hints at what is asked for."""
        deformation, occlusion = motion["deformation"], motion["occlusion_map"]
        full = self.block("generator.first", source)
        half = self.block("generator.down_blocks.0", full, stride=2)
        quarter = self.normed_block("generator.down_blocks.1", half, stride=2)
        eighth = self.normed_block("generator.down_blocks.2", quarter, stride=2)
        x = moved(eighth, deformation) * spread(occlusion, eighth.shape[-1])
        for name in ("generator.bottleneck.0", "generator.bottleneck.1"):
            once = self.conv(f"{name}.conv1", self.norm(f"{name}.norm1", x).clamp(min=0))
            x = x + self.conv(f"{name}.conv2", self.norm(f"{name}.norm2", once).clamp(min=0))
        x = self.joined(0, self.normed_block("generator.up_blocks.0", x), quarter, motion)
        x = self.joined(1, self.normed_block("generator.up_blocks.1", x), half, motion)
        x = self.joined(2, self.block("generator.up_blocks.2", x), full, motion)
        x = torch.cat([x, self.block("generator.fine", x)], dim=1)
        return self.blended(x, source, deformation, occlusion)

    def joined(self, level: int, x: Tensor, skip: Tensor, motion: dict[str, Tensor]) -> Tensor:
        """A level of the decoder at twice its size, with a hint, beside features of the source that no map hides."""
        hint = self.conv(f"generator.hints.{level}", spread(motion["features"], skip.shape[-1]))
        return torch.cat([doubled(x) + hint, moved(skip, motion["deformation"])], dim=1)


PRESETS: dict[str, type[Lean | Speaking]] = {"lean": Lean, "tiny": Tiny, "speaking": Speaking}
