"""Every choice of the discriminator as a field; used in adversarial training only."""

from dataclasses import dataclass
from typing import Any

from fomm_lite.config.architecture import MOST_HALVINGS, MOST_WIDTH
from fomm_lite.config.ranges import check_range
from fomm_lite.config.reading import check_scale, take
from fomm_lite.errors import InputError

_MOST_SCALES = 16


@dataclass(frozen=True)
class DiscriminatorConfig:
    """A patch discriminator at several scales, for adversarial training.

    Attributes:
        scales: sizes of the picture that are judged, each by a discriminator of its own; inverses of integers.
        block_expansion: half the channels of the first block; each block doubles them.
        max_features: cap on the channels.
        num_blocks: convolutions before the judgement.
        spectral_norm: divide each weight by its largest singular value, which keeps the judgement's slope bounded.
        use_keypoints: show the discriminator a heatmap of each keypoint beside the picture.
        heatmap_variance: of these heatmaps, as in :class:`ModelConfig`.
    """

    scales: tuple[float, ...] = (1.0,)
    block_expansion: int = 32
    max_features: int = 512
    num_blocks: int = 4
    spectral_norm: bool = False
    use_keypoints: bool = False
    heatmap_variance: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what no network can be built from.

        Raises:
            InputError: no scale, a number out of range, or a scale that is not 1 / integer.
        """
        if not self.scales:
            raise InputError("got a discriminator without scales", "at least 1", "use scales = (1.0,)")
        check_range(self, "block_expansion", "max_features", least=1, most=MOST_WIDTH, whole=True)
        check_range(self, "num_blocks", least=1, most=MOST_HALVINGS, whole=True)
        check_range(self, "heatmap_variance", above=0, example=DiscriminatorConfig.heatmap_variance)
        if len(self.scales) > _MOST_SCALES:
            raise InputError(f"got {len(self.scales)} scales", f"at most {_MOST_SCALES}", "use scales = (1.0,)")
        for scale in self.scales:
            check_scale("scales", scale)

    @staticmethod
    def from_official(discriminator_params: dict[str, Any]) -> "DiscriminatorConfig":
        """The configuration in the ``discriminator_params`` of an official YAML file.

        Raises:
            InputError: an unknown or missing key, or a value of another type; it is named.
        """
        values = take(
            {"discriminator_params": discriminator_params},
            "discriminator_params",
            {"scales": tuple[float, ...]},
            {
                "block_expansion": 64,
                "max_features": 512,
                "num_blocks": 4,
                "sn": False,
                "use_kp": False,
                "kp_variance": 0.01,
            },
        )
        return DiscriminatorConfig(*values.values())
