"""What two pictures have in common to a network that knows pictures: features of VGG19 (for Eq. 9)."""

import os

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.errors import InputError
from fomm_lite.networks.states import matching, read_tensors

# VGG19 up to relu5_1: convolutions of each resolution; pictures are halved between them
_CHANNELS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, which it was trained on


class Vgg19Features(nn.Module):
    """VGG19 as a fixed judge: the features after the first relu of each resolution, relu1_1 to relu5_1.

    Built with random weights; :func:`imagenet_vgg19` fills in the trained ones. Its parameters never learn, but
    gradients pass through it to the picture.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        inputs, levels = 3, []
        for widths in _CHANNELS:
            convs = []
            for outputs in widths:
                convs.append(nn.Conv2d(inputs, outputs, 3, padding=1))
                inputs = outputs
            levels.append(nn.ModuleList(convs))
        self.levels = nn.ModuleList(levels)
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION)[:, None, None], persistent=False)
        self.requires_grad_(False)

    def forward(self, image: Float[Tensor, "b 3 h w"]) -> list[Float[Tensor, "b _ _ _"]]:
        """Features of pictures.

        Args:
            image: in [0, 1], at least 16 pixels a side.

        Returns:
            Five maps, each half the size of the one before.

        Raises:
            InputError: a picture that cannot be halved four times.
        """
        least = 2 ** (len(_CHANNELS) - 1)
        if min(image.shape[2:]) < least:
            raise InputError(
                f"got a picture of {image.shape[3]} x {image.shape[2]} for the perceptual loss",
                f"at least {least} pixels a side at the smallest scale",
                "use larger pictures or fewer scales",
            )
        x = (image - self.mean) / self.deviation
        features = []
        for index, level in enumerate(self.levels):
            if index:
                x = F.max_pool2d(x, 2)
            assert isinstance(level, nn.ModuleList)
            for place, conv in enumerate(level):
                x = F.relu(conv(x))
                if place == 0:
                    features.append(x)
        return features


def imagenet_vgg19(weights: str | os.PathLike[str] | None = None) -> Vgg19Features:
    """VGG19 features with the weights trained on ImageNet.

    Args:
        weights: a file with torchvision's state dict of VGG19, for machines without network; by default torchvision
            finds it in its cache or downloads it (550 MB).

    Raises:
        InputError: torchvision is not installed, its weights cannot be had, or the file is none.
    """
    state = _downloaded() if weights is None else _read(weights)
    features = Vgg19Features()
    expected = {theirs: features.state_dict()[ours] for ours, theirs in _torchvision_names().items()}
    given = {name: tensor for name, tensor in state.items() if name in expected}  # it goes on to a classifier
    found = matching(given, expected, module="vgg19", fix="use the weights of torchvision's vgg19")
    features.load_state_dict({ours: found[theirs] for ours, theirs in _torchvision_names().items()})
    return features.eval()


def _torchvision_names() -> dict[str, str]:
    """Our name -> torchvision's: it numbers convolutions, relus and poolings in one row."""
    names, number = {}, 0
    for level, widths in enumerate(_CHANNELS):
        for place in range(len(widths)):
            for kind in ("weight", "bias"):
                names[f"levels.{level}.{place}.{kind}"] = f"features.{number}.{kind}"
            number += 2  # the convolution and its relu
        number += 1  # the pooling
    return names


def _downloaded() -> dict[str, Tensor]:
    """The state dict as torchvision hands it out."""
    try:
        from torchvision.models import VGG19_Weights
    except ImportError:
        raise InputError(
            "got a perceptual loss without torchvision",
            "it installed, or the weights as a file",
            'run: pip install "fomm-lite[vgg]"',
        ) from None
    except RuntimeError as error:  # what a torchvision built for another torch says when it is imported
        raise InputError(
            f"got a torchvision that does not fit torch {torch.__version__}: {error}",
            "builds that match",
            "install both from the same index",
        ) from None
    try:
        return VGG19_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:  # no network; a download that does not match its hash
        raise InputError(
            f"got no weights of VGG19: {error}",
            "a network, or the weights as a file",
            "download torchvision's vgg19 weights elsewhere and pass the file",
        ) from None


def _read(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The state dict in a file, loaded as tensors only."""
    state = read_tensors(path, expected="a file of tensors only")
    if not isinstance(state, dict):
        raise InputError(f"got {path} of another kind", "a state dict", "use the weights of torchvision's vgg19")
    return state
