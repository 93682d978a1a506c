"""Augmentation of training pairs: what the official code does to a clip, with one draw for both frames.

The order is the official one: flips, rotation, resizing, crop, colours. Two frames of a pair must stay related by
motion alone, so every number is drawn once and used on both.
"""

import dataclasses
import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from numpy.random import Generator
from torch import Tensor

from fomm_lite.config.reading import take
from fomm_lite.errors import InputError
from fomm_lite.geometry import coordinate_grid, warp

Pictures = Float[Tensor, "b 3 h w"]

_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue, as in the grey pictures of Pillow and torchvision
_MOST = {"hue": 0.5, "rotation": 180.0, "resize": 10.0}


@dataclass(frozen=True)
class AugmentConfig:
    """What is drawn for each pair.

    Attributes:
        time_flip: swap source and driving in half of the pairs.
        horizontal_flip: mirror half of the pairs that were not swapped: with both, 50 % are swapped, 25 % mirrored and
            25 % left alone, as in the original.
        rotation: greatest turn to either side, in degrees; what comes in from outside is black.
        resize: smallest and largest factor of the size; (1, 1) leaves it alone.
        crop_size: side in pixels of the square that is cut out at a random place; smaller pictures are first padded
            with their edge. None leaves the size alone, and after resizing cuts (or pads) back to the old one.
        brightness: factor within 1 ± this.
        contrast: factor of the distance to the mean grey, within 1 ± this.
        saturation: factor of the distance to grey, within 1 ± this.
        hue: shift within ± this share of the colour circle, 0.5 at most.
    """

    time_flip: bool = False
    horizontal_flip: bool = False
    rotation: float = 0.0
    resize: tuple[float, float] = (1.0, 1.0)
    crop_size: int | None = None
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn from.

        Raises:
            InputError: a number out of range.
        """
        for name in ("rotation", "brightness", "contrast", "saturation", "hue"):
            value, most = getattr(self, name), _MOST.get(name, 10.0)
            if not 0 <= value <= most:
                raise InputError(f"got {name} = {value}", f"0 to {most}", "change it")
        if not 0 < self.resize[0] <= self.resize[1] <= _MOST["resize"]:
            raise InputError(
                f"got resize = {self.resize}", "two factors above 0, the small one first", "use for example (0.9, 1.1)"
            )
        if self.crop_size is not None and self.crop_size < 1:
            raise InputError(f"got crop_size = {self.crop_size}", "1 or more", "leave it out to keep the size")

    @staticmethod
    def from_official(params: dict[str, Any]) -> "AugmentConfig":
        """The ``augmentation_params`` part of an official YAML file; what it leaves out is not done.

        Resizing here is always bilinear with antialiasing, also where the file says ``interpolation: nearest``.

        Raises:
            InputError: an unknown key, a wrong type, an oblong crop, a number out of range.
        """
        for section in params:
            if section not in _OFFICIAL:
                raise InputError(
                    f"got the key {section!r} in 'augmentation_params'", "one of " + ", ".join(_OFFICIAL), "remove it"
                )
        found: dict[str, Any] = {}
        for section, (needed, defaults) in _OFFICIAL.items():
            values = params.get(section)
            if values is None:
                continue
            if section == "resize_param" and isinstance(values, dict) and "interpolation" in values:
                needed = needed | _INTERPOLATION
            found |= take(params, section, needed, defaults)
        size = found.get("size")
        sides = set(size if isinstance(size, list) else [size])
        if len(sides) != 1:
            raise InputError(f"got the crop size {size}", "a square", "give one number")
        if len(found.get("ratio", (1, 1))) != 2:
            raise InputError(f"got the ratio {found['ratio']}", "the smallest and the largest factor", "give both")
        return AugmentConfig(
            time_flip=found.get("time_flip", False),
            horizontal_flip=found.get("horizontal_flip", False),
            rotation=found.get("degrees", 0.0),
            resize=found.get("ratio", (1.0, 1.0)),
            crop_size=sides.pop(),
            brightness=found.get("brightness", 0.0),
            contrast=found.get("contrast", 0.0),
            saturation=found.get("saturation", 0.0),
            hue=found.get("hue", 0.0),
        )


# sections of an official file: keys that must be there with their types, keys that may be left out with their defaults
_OFFICIAL: dict[str, tuple[dict[str, Any], dict[str, float | bool]]] = {
    "flip_param": ({}, {"time_flip": False, "horizontal_flip": False}),
    "rotation_param": ({"degrees": float}, {}),
    "resize_param": ({"ratio": tuple[float, ...]}, {}),
    "crop_param": ({"size": int | list}, {}),
    "jitter_param": ({}, {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}),
}
_INTERPOLATION: dict[str, Any] = {"interpolation": Literal["nearest", "bilinear"]}

_FLIPS = AugmentConfig(time_flip=True, horizontal_flip=True)
_SLIGHT_JITTER = dataclasses.replace(_FLIPS, brightness=0.1, contrast=0.1, saturation=0.1, hue=0.1)
AUGMENT_PRESETS: dict[str, AugmentConfig] = {
    "lean": AugmentConfig(horizontal_flip=True),
    "vox-256": _SLIGHT_JITTER,
    "vox-adv-256": _SLIGHT_JITTER,
    "taichi-256": _SLIGHT_JITTER,
    "taichi-adv-256": _SLIGHT_JITTER,
    "fashion-256": dataclasses.replace(_FLIPS, hue=0.1),
    "mgif-256": dataclasses.replace(_FLIPS, hue=0.5, resize=(0.9, 1.1), crop_size=256),
    "bair-256": _SLIGHT_JITTER,
    "nemo-256": _FLIPS,
    "few-clips": AugmentConfig(
        time_flip=True,
        horizontal_flip=True,
        rotation=15,
        resize=(0.8, 1.25),
        crop_size=256,
        brightness=0.2,
        contrast=0.2,
        saturation=0.2,
        hue=0.5,
    ),
}


def augment_preset(name: str, size: int = 256) -> AugmentConfig:
    """The augmentations of an official data set, or ours: ``lean`` only mirrors, ``few-clips`` changes all it can.

    Args:
        name: of the preset, as for :func:`fomm_lite.config.preset`.
        size: side of the pictures in pixels; a preset that crops, crops to it.

    Raises:
        InputError: an unknown name; the known ones are listed.
    """
    if name not in AUGMENT_PRESETS:
        raise InputError(f"got the preset {name!r}", "one of " + ", ".join(AUGMENT_PRESETS), "choose one of these")
    config = AUGMENT_PRESETS[name]
    return config if config.crop_size is None else dataclasses.replace(config, crop_size=size)


def augment(
    pair: UInt8[Tensor, "2 c h w"] | Float[Tensor, "2 c h w"], config: AugmentConfig, random: Generator
) -> UInt8[Tensor, "2 c h2 w2"] | Float[Tensor, "2 c h2 w2"]:
    """One augmented pair; the same draw on source and driving.

    Args:
        pair: source, then driving; floats in [0, 1] or bytes. Channels after the third are moved as the picture is, and
            keep their values.
        config: what to draw.
        random: where the numbers come from; the same state gives the same pair.

    Returns:
        The same kind of numbers, of size ``config.crop_size`` where that is given. Bytes are rounded once, at the end,
        and not touched at all by flips and crops.
    """
    size = tuple(pair.shape[2:])
    if random.random() < 0.5 and config.time_flip:
        pair = pair.flip(0)
    elif random.random() < 0.5 and config.horizontal_flip:
        pair = pair.flip(3)
    jitters = _draw_jitters(config, random)
    moves = config.rotation > 0 or config.resize != (1.0, 1.0)
    as_floats = moves or bool(jitters)
    pictures = pair.float() / 255 if as_floats and pair.dtype == torch.uint8 else pair
    if config.rotation:
        pictures = rotate(pictures, random.uniform(-config.rotation, config.rotation))
    if config.resize != (1.0, 1.0):
        pictures = _resized(pictures, random.uniform(*config.resize))
    height, width = (config.crop_size, config.crop_size) if config.crop_size else size
    pictures = _cropped(pictures, height, width, random)
    if jitters:
        colours, others = pictures[:, :3], pictures[:, 3:]
        for jitter in jitters:
            colours = jitter(colours)
        pictures = torch.cat([colours, others], dim=1)
    return (pictures * 255).round().to(torch.uint8) if as_floats and pair.dtype == torch.uint8 else pictures


def rotate(pictures: Float[Tensor, "b c h w"], degrees: float) -> Float[Tensor, "b c h w"]:
    """Turn pictures counter-clockwise about their centre, bilinearly; black comes in from outside."""
    height, width = pictures.shape[2:]
    angle = math.radians(degrees)
    # In pixels from the centre, not in normalised coordinates: an oblong picture must not be sheared.
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2]).clamp(min=0.5)
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    grid = (coordinate_grid(height, width) * half) @ turn.T / half
    return warp(pictures, grid.to(pictures).expand(len(pictures), -1, -1, -1), padding_mode="zeros")


def rgb_to_hsv(pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
    """Hue, saturation and value, each in [0, 1]; the hue of a grey is 0."""
    red, green, blue = pictures.unbind(1)
    value, leader = pictures.max(1)
    spread = value - pictures.amin(1)
    safe = torch.where(spread > 0, spread, 1)
    turns = torch.stack([(green - blue) / safe, (blue - red) / safe + 2, (red - green) / safe + 4])
    hue = turns.gather(0, leader[None])[0] / 6 % 1
    saturation = spread / torch.where(value > 0, value, 1)
    return torch.stack([hue, saturation, value], dim=1)


def hsv_to_rgb(colours: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
    """The inverse of :func:`rgb_to_hsv`; hues count modulo 1."""
    hue, saturation, value = colours.unbind(1)
    offset = torch.tensor([5.0, 3.0, 1.0]).to(colours).view(1, 3, 1, 1)  # where on the circle red, green, blue fade in
    place = (offset + 6 * hue[:, None]) % 6
    faded = torch.minimum(place, 4 - place).clamp(0, 1)
    return value[:, None] * (1 - saturation[:, None] * faded)


def adjust_brightness(pictures: Float[Tensor, "b 3 h w"], factor: float) -> Float[Tensor, "b 3 h w"]:
    """Mix with black: 0 is black, 1 changes nothing."""
    return (pictures * factor).clamp(0, 1)


def adjust_contrast(pictures: Float[Tensor, "b 3 h w"], factor: float) -> Float[Tensor, "b 3 h w"]:
    """Mix with the mean grey of each picture by itself: 0 is that grey, 1 changes nothing."""
    mean = _grey(pictures).mean((2, 3), keepdim=True)
    return (mean + factor * (pictures - mean)).clamp(0, 1)


def adjust_saturation(pictures: Float[Tensor, "b 3 h w"], factor: float) -> Float[Tensor, "b 3 h w"]:
    """Mix with the grey picture: 0 is grey, 1 changes nothing."""
    grey = _grey(pictures)
    return (grey + factor * (pictures - grey)).clamp(0, 1)


def adjust_hue(pictures: Float[Tensor, "b 3 h w"], shift: float) -> Float[Tensor, "b 3 h w"]:
    """Turn the colour circle by a share of it: 1/3 makes red green."""
    hue, saturation, value = rgb_to_hsv(pictures).unbind(1)
    return hsv_to_rgb(torch.stack([hue + shift, saturation, value], dim=1))


def _grey(pictures: Pictures) -> Float[Tensor, "b 1 h w"]:
    weights = torch.tensor(_LUMA).to(pictures).view(1, 3, 1, 1)
    return (pictures * weights).sum(1, keepdim=True)


def _draw_jitters(config: AugmentConfig, random: Generator) -> list[partial[Tensor]]:
    """The colour changes with their factors, in a random order."""
    jitters = []
    for change, spread in (
        (adjust_brightness, config.brightness),
        (adjust_contrast, config.contrast),
        (adjust_saturation, config.saturation),
    ):
        if spread:
            jitters.append(partial(change, factor=random.uniform(max(0.0, 1 - spread), 1 + spread)))
    if config.hue:
        jitters.append(partial(adjust_hue, shift=random.uniform(-config.hue, config.hue)))
    return [jitters[index] for index in random.permutation(len(jitters))]


def _resized(pictures: Float[Tensor, "b c h w"], factor: float) -> Float[Tensor, "b c h2 w2"]:
    """Both sides times ``factor``, rounded down, bilinearly with antialiasing."""
    size = [max(1, int(side * factor)) for side in pictures.shape[2:]]
    return F.interpolate(pictures, size=size, mode="bilinear", antialias=True).clamp(0, 1)


def _cropped(pictures: Tensor, height: int, width: int, random: Generator) -> Tensor:
    """A window at a random place, the picture first padded with its edge, half on each side, where it is smaller."""
    missing = [max(0, wanted - there) for wanted, there in zip((height, width), pictures.shape[2:], strict=True)]
    for axis, lacking in zip((2, 3), missing, strict=True):
        if lacking:
            length = pictures.shape[axis]
            # an index, not F.pad: that has no edge padding for bytes
            places = torch.arange(-(lacking // 2), length + lacking - lacking // 2).clamp(0, length - 1)
            pictures = pictures.index_select(axis, places.to(pictures.device))
    top, left = (
        int(random.integers(there - wanted + 1))
        for wanted, there in zip((height, width), pictures.shape[2:], strict=True)
    )
    return pictures[:, :, top : top + height, left : left + width]
