"""Every choice of the model's architecture as a field: frozen dataclasses, and the reader of official YAML files.

The field names are those of the original configuration files where a field exists there. What the lean models add is
off by default, so ``ModelConfig()`` is the original architecture on this library's aligned convention, and
:meth:`ModelConfig.from_official` is the original with its quirks.
"""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, get_args

from fomm_lite.config.ranges import check_odd, check_range, check_word
from fomm_lite.config.reading import build, check_scale, take
from fomm_lite.errors import InputError
from fomm_lite.geometry import PaddingMode

# beyond all that was ever trained; what lies below is looked at once more, as a whole, by networks.outline
MOST_WIDTH, MOST_BLOCKS, MOST_HALVINGS, MOST_KERNEL, MOST_KEYPOINTS, MOST_SIZE = 8192, 128, 12, 63, 1024, 4096
MOST_UNSHUFFLE = 16
_MODEL_SECTIONS = ("common_params", "kp_detector_params", "generator_params", "discriminator_params")
_WIDTHS = {"block_expansion": int, "max_features": int}


@dataclass(frozen=True)
class HourglassConfig:
    """Widths and depth of an hourglass and of the heads on it.

    Attributes:
        block_expansion: channels after the first level; each level doubles them.
        max_features: cap on the channels of a level; ``block_expansion`` or more.
        num_blocks: levels; the input is halved this many times.
        scale_factor: the input picture is shrunk by this first (anti-aliased); the inverse of an integer.
        head_kernel: side of the heads' convolution, odd.
        head_padding: zeros around the hourglass features before the heads. ``head_kernel // 2`` keeps the size. The
            official detector has 0, so its 64-pixel maps shrink to 58 and are then spread over all of [-1, 1].
        light_blocks: halve by strided convolutions and double by bilinear interpolation after the convolution,
            instead of averaging after and nearest doubling before: a quarter of the arithmetic.
    """

    block_expansion: int = 32
    max_features: int = 1024
    num_blocks: int = 5
    scale_factor: float = 0.25
    head_kernel: int = 7
    head_padding: int = 3
    light_blocks: bool = False

    def __post_init__(self) -> None:
        """Refuse what no network can be built from.

        Raises:
            InputError: a width, depth, kernel, padding or scale out of range.
        """
        check_range(self, "block_expansion", least=1, most=MOST_WIDTH, whole=True)
        check_range(self, "num_blocks", least=1, most=MOST_HALVINGS, whole=True)
        # the last level has that many
        check_range(self, "max_features", least=self.block_expansion, most=MOST_WIDTH, whole=True)
        check_range(self, "head_padding", least=0, most=MOST_KERNEL // 2, whole=True)
        check_odd(self, "head_kernel", example=2 * self.head_padding + 1, most=MOST_KERNEL)
        check_range(self, "head_padding", most=self.head_kernel // 2, whole=True)
        check_scale("scale_factor", self.scale_factor)


@dataclass(frozen=True)
class GeneratorConfig:
    """The occlusion-aware generator.

    Attributes:
        block_expansion: channels at full resolution; each halving doubles them.
        max_features: cap on the channels.
        num_down_blocks: halvings before features are warped.
        num_bottleneck_blocks: residual blocks on the warped features.
        edge_kernel: side of the first and last convolution, odd.
        light_blocks: as in :class:`HourglassConfig`.
        batch_norm: normalise features; without it colours are not disturbed by the rest of a batch, and steps are
            faster.
        deep_norm: normalise in every block that neither takes nor gives full-size maps. Colours pass by undisturbed,
            and no level dies: without norms the relus of a deep decoder tend to fall silent for good, whatever they
            could have painted.
        warped_skips: hand the warped encoder features of each resolution to the decoder, as later methods do
            (the original decoder sees the warped bottleneck only).
        open_skips: leave these as they were warped, and apply the occlusion map to the bottleneck only. Where it asks
            for painting, an eye that has to open say, the decoder then still sees the colours of what was there.
        blend_deformed: Eq. 8 once more, on pixels: the prediction keeps the warped source where the occlusion map (and
            a finer map from the last layer) says so, and shows what was painted elsewhere. Details then need not be
            redrawn, and from the first steps on the prediction is as good as the motion.
        motion_features: show the decoder, beside what was warped, the features from which masks and occlusion are
            read. What no warp can bring about, an eye opened in a picture where it is shut, can then be painted for
            the motion that asks for it. The original decoder knows of the motion what it did to the features.
        fine_block: one more convolution and relu at full resolution; the last layer sees both what it makes and what it
            saw. With ``light_blocks`` a pixel is else a linear mixture of features interpolated from half the size,
            and an opening mouth or eye, two or three pixels high, takes more than that.
        painting_size: side in pixels of the largest picture that is painted as it is. A larger one is halved until it
            fits, painted, enlarged, and gets its detail back where the source is kept
            (:mod:`fomm_lite.networks.enlarging`), so it needs ``blend_deformed``. None paints at any size, as the
            original does.
    """

    block_expansion: int = 64
    max_features: int = 512
    num_down_blocks: int = 2
    num_bottleneck_blocks: int = 6
    edge_kernel: int = 7
    light_blocks: bool = False
    batch_norm: bool = True
    deep_norm: bool = False
    warped_skips: bool = False
    open_skips: bool = False
    blend_deformed: bool = False
    motion_features: bool = False
    fine_block: bool = False
    painting_size: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no network can be built from.

        Raises:
            InputError: a width, depth, kernel or size out of range, or a painting size where nothing is kept.
        """
        check_range(self, "block_expansion", "max_features", least=1, most=MOST_WIDTH, whole=True)
        check_range(self, "num_down_blocks", least=0, most=MOST_HALVINGS, whole=True)
        check_range(self, "num_bottleneck_blocks", least=0, most=MOST_BLOCKS, whole=True)
        check_odd(self, "edge_kernel", example=GeneratorConfig.edge_kernel, most=MOST_KERNEL)
        check_range(self, "painting_size", least=1, most=MOST_SIZE, whole=True)
        if self.painting_size is not None and not self.blend_deformed:
            raise InputError(
                f"got painting_size = {self.painting_size} without blend_deformed", "both", "use blend_deformed = true"
            )


@dataclass(frozen=True)
class ModelConfig:
    """A whole First Order Motion Model.

    Attributes:
        num_keypoints: K.
        num_channels: of a picture; 3.
        estimate_jacobian: True is first order; False keeps identity jacobians (zero order).
        single_jacobian_map: one jacobian map shared by all keypoints, read out under each confidence map.
        jacobian_kernel: side of the jacobian head's convolution, at most the detector's ``head_kernel``. 1 is much the
            cheapest: the head is linear, so features can be averaged under the confidence maps before it.
        temperature: the detector's softmax divides by it; small is sharp.
        estimate_occlusion_map: whether the motion network also predicts what must be painted anew.
        heatmap_variance: of the Gaussians of Eq. 6, in squared normalised units.
        align_corners: how ``warp`` reads coordinates; False only for official weights.
        padding_mode: what ``warp`` sees outside the picture; the official code has zeros.
        motion_size: when set, detector and motion network always see the picture shrunk to this many pixels, whatever
            its size, and ``scale_factor`` is ignored. A model then works at any multiple of it, and training can
            start on small pictures and grow without the motion noticing.
        detector_unshuffle: the detector sees the picture this many times as large, each block of that many pixels
            squared laid side by side as channels (``pixel_unshuffle``). Its hourglass works at the same size and costs
            about the same, but a lid or a lip of one pixel reaches it.
        motion_shuffle: masks and occlusion map are this many times as fine as what the motion network looks at: each
            of its places speaks for a block of that many pixels squared (``pixel_shuffle``), read from the hourglass
            and one more layer on it. Local motions are affine, and known anywhere: finer masks cost no finer hourglass.
        keypoint_embedding: a small network on positions and jacobians of both pictures adds what it says to the motion
            network's evidence, alike at every place. How far a mouth is open is all in these numbers, and hardly to be
            seen in heatmaps and deformed sources.
        detector: hourglass of the keypoint detector.
        dense_motion: hourglass of the motion network.
        generator: the generator.
    """

    num_keypoints: int = 10
    num_channels: int = 3
    estimate_jacobian: bool = True
    single_jacobian_map: bool = False
    jacobian_kernel: int = 7
    temperature: float = 0.1
    estimate_occlusion_map: bool = True
    heatmap_variance: float = 0.01
    align_corners: bool = True
    padding_mode: PaddingMode = "border"
    motion_size: int | None = None
    detector_unshuffle: int = 1
    motion_shuffle: int = 1
    keypoint_embedding: bool = False
    detector: HourglassConfig = field(default_factory=lambda: HourglassConfig(block_expansion=32))
    dense_motion: HourglassConfig = field(default_factory=lambda: HourglassConfig(block_expansion=64))
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)

    def __post_init__(self) -> None:
        """Refuse what no network can be built from.

        Raises:
            InputError: a number out of range, an unknown padding, a jacobian head whose maps do not fit the confidence
                maps, motion heads that change the size, or a motion size that an hourglass cannot halve as often as it
                must, or a detector that would have to enlarge the picture before it unshuffles.
        """
        check_range(self, "num_keypoints", "num_channels", least=1, most=MOST_KEYPOINTS, whole=True)
        check_range(self, "temperature", above=0, example=ModelConfig.temperature)
        check_range(self, "heatmap_variance", above=0, example=ModelConfig.heatmap_variance)
        check_word(self, "padding_mode", get_args(PaddingMode))
        detector, motion = self.detector, self.dense_motion
        check_range(self, "jacobian_kernel", least=1, most=detector.head_kernel, whole=True)
        padding = self.jacobian_padding
        # a head of one pixel is read out from features, which must then be as large as the confidence maps
        if self.jacobian_kernel % 2 == 0 or padding < 0 or (self.jacobian_kernel == 1 and padding):
            raise InputError(
                f"got jacobian_kernel = {self.jacobian_kernel}",
                f"one that fits head_kernel = {detector.head_kernel}, head_padding = {detector.head_padding}",
                f"use jacobian_kernel = {detector.head_kernel}",
            )
        if motion.head_padding != motion.head_kernel // 2:
            raise InputError(
                f"got head_padding = {motion.head_padding} in dense_motion with head_kernel = {motion.head_kernel}",
                "masks of the size of the motions that they weigh",
                f"use head_padding = {motion.head_kernel // 2}",
            )
        halvings = 2 ** max(detector.num_blocks, motion.num_blocks)
        check_range(self, "motion_size", least=halvings, most=MOST_SIZE, whole=True)
        if self.motion_size is not None and self.motion_size % halvings:
            below = self.motion_size // halvings * halvings
            raise InputError(
                f"got motion_size = {self.motion_size}", f"a multiple of {halvings}", f"use motion_size = {below}"
            )
        check_range(self, "detector_unshuffle", "motion_shuffle", least=1, most=MOST_UNSHUFFLE, whole=True)
        if self.motion_size is None and detector.scale_factor * self.detector_unshuffle > 1:
            raise InputError(
                f"got detector_unshuffle = {self.detector_unshuffle} with scale_factor = {detector.scale_factor}",
                "at most the pixels that there are",
                f"use detector_unshuffle = {round(1 / detector.scale_factor)}",
            )

    def trained_at(self, size: int) -> "ModelConfig":
        """The same, but that it paints at most at the size of its training, where it can and nothing else is said."""
        part = self.generator
        if not part.blend_deformed or part.painting_size is not None:
            return self
        return dataclasses.replace(self, generator=dataclasses.replace(part, painting_size=size))

    def motion_scale(self, part: HourglassConfig, size: int) -> float:
        """By how much ``part`` (detector or dense motion) shrinks a picture of ``size`` pixels."""
        return part.scale_factor if self.motion_size is None else self.motion_size / size

    @property
    def jacobian_padding(self) -> int:
        """Padding that gives jacobian maps the size of the confidence maps."""
        return self.detector.head_padding - (self.detector.head_kernel - self.jacobian_kernel) // 2

    @property
    def evidence_channels(self) -> int:
        """Channels that the motion network sees: a heatmap and a deformed source for each of the k+1 motions."""
        return (self.num_keypoints + 1) * (1 + self.num_channels)

    @property
    def size_multiple(self) -> int:
        """A picture's side must be a multiple of this many pixels."""
        multiples = [2**self.generator.num_down_blocks]
        if self.motion_size is None:
            multiples += [round(2**p.num_blocks / p.scale_factor) for p in (self.detector, self.dense_motion)]
        else:
            multiples.append(self.motion_size * self.detector_unshuffle)
        return math.lcm(*multiples)

    def check_size(self, height: int, width: int) -> None:
        """Refuse a picture that the networks cannot halve as often as they must.

        Raises:
            InputError: not square, or not a positive multiple of :attr:`size_multiple`.
        """
        step = self.size_multiple
        if height != width:
            raise InputError(f"got a picture of {width} x {height}", "a square one", "crop or pad it to a square")
        if height % step or height < 1:
            below, above = height // step * step, (height // step + 1) * step
            nearest = f"{below} or {above}" if below else f"{above}"
            raise InputError(f"got size {height}", f"a multiple of {step}", f"use size {nearest}")

    @staticmethod
    def from_official(model_params: dict[str, Any]) -> "ModelConfig":
        """The configuration that official weights need, quirks included.

        Args:
            model_params: the part of that name in an official YAML file; what it says of a discriminator is for
                :meth:`fomm_lite.config.DiscriminatorConfig.from_official`.

        Raises:
            InputError: an unknown or missing key, or a value of another type; it is named with its section.
        """
        for name in model_params:
            if name not in _MODEL_SECTIONS:
                raise InputError(
                    f"got the section {name!r}", "one of " + ", ".join(_MODEL_SECTIONS), "correct or remove it"
                )
        common = take(model_params, "common_params", {"num_kp": int, "num_channels": int}, {"estimate_jacobian": False})
        detector = take(
            model_params,
            "kp_detector_params",
            {"temperature": float} | _WIDTHS | {"num_blocks": int},
            {"scale_factor": 1.0, "single_jacobian_map": False, "pad": 0},
        )
        generator = take(
            model_params,
            "generator_params",
            _WIDTHS | {"num_down_blocks": int, "num_bottleneck_blocks": int, "dense_motion_params": dict},
            {"estimate_occlusion_map": False},
        )
        motion = take(
            generator, "dense_motion_params", _WIDTHS | {"num_blocks": int}, {"scale_factor": 1.0, "kp_variance": 0.01}
        )
        widths = ("block_expansion", "max_features")
        hourglass = (*widths, "num_blocks", "scale_factor")
        return ModelConfig(
            num_keypoints=common["num_kp"],
            num_channels=common["num_channels"],
            estimate_jacobian=common["estimate_jacobian"],
            single_jacobian_map=detector["single_jacobian_map"],
            temperature=detector["temperature"],
            estimate_occlusion_map=generator["estimate_occlusion_map"],
            heatmap_variance=motion["kp_variance"],
            align_corners=False,
            padding_mode="zeros",
            detector=HourglassConfig(**{key: detector[key] for key in hourglass}, head_padding=detector["pad"]),
            dense_motion=HourglassConfig(**{key: motion[key] for key in hourglass}),
            generator=GeneratorConfig(
                **{key: generator[key] for key in (*widths, "num_down_blocks", "num_bottleneck_blocks")}
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain nested dictionaries, for JSON; :meth:`from_dict` reads them back."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "ModelConfig":
        """Rebuild a configuration from :meth:`to_dict`.

        Raises:
            InputError: a key that no field has, or a value of another type or out of range.
        """
        return build(ModelConfig, values, "model")
