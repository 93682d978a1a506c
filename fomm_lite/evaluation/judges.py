"""Judges of drawn worlds: small networks that find landmarks in a picture and tell who is in it.

AKD, MKR and AED need a detector and an embedder, and these are part of the measure. The published ones know people, not
drawings; a judge was taught on drawn pictures, where every landmark and every identity is known
(``scripts/train_judges.py``). It is no part of any model and never sees one before it judges it.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.config import HourglassConfig
from fomm_lite.errors import InputError
from fomm_lite.evaluation.metrics import Landmarks
from fomm_lite.files.atomic import written_whole
from fomm_lite.files.shipped import assets_folder
from fomm_lite.geometry import soft_argmax
from fomm_lite.networks.layers import ConvBlock, Hourglass
from fomm_lite.networks.outline import outlined
from fomm_lite.weights import JUDGES
from fomm_lite.weights.safetensors_file import metadata_value, read_matching, read_metadata

FORMAT = "fomm_lite judge 1"
SIDE = 64  # pixels of the pictures a judge sees, whatever those it is given
_WIDTH = 24
_EMBEDDING = 32
_AT_ONCE = 64  # pictures


@dataclass(frozen=True)
class Opinion:
    """What a judge sees in pictures, before it is asked for anything in particular.

    Attributes:
        confidence_maps: (b n h w), one a landmark, each summing to 1.
        positions: (b n 2), normalised (x, y) in the judge's own picture of 64 x 64 pixels.
        presence: (b n), logits of the landmark being there to be seen.
        embeddings: (b d), of length 1.
    """

    confidence_maps: Float[Tensor, "b n h w"]
    positions: Float[Tensor, "b n 2"]
    presence: Float[Tensor, "b n"]
    embeddings: Float[Tensor, "b d"]


class Judge(nn.Module):
    """A landmark detector and an embedder in one: convolution, hourglass, and the model's own soft-argmax.

    Args:
        landmark_names: of the n landmarks it finds, in order.
    """

    def __init__(self, landmark_names: tuple[str, ...]) -> None:
        super().__init__()
        self.landmark_names = landmark_names
        count = len(landmark_names)
        self.first = ConvBlock(3, _WIDTH, kernel=5, stride=2)
        self.hourglass = Hourglass(
            _WIDTH, HourglassConfig(block_expansion=_WIDTH, max_features=56, num_blocks=4, light_blocks=True)
        )
        features = self.hourglass.outputs
        self.confidence_head = nn.Conv2d(features, count, 3, padding=1)
        self.presence_head = nn.Conv2d(features, count, 3, padding=1)
        self.identity_head = nn.Linear(count * features, _EMBEDDING)

    def forward(self, pictures: Float[Tensor, "b 3 64 64"]) -> Opinion:
        """Look at pictures in [0, 1] of the judge's own size."""
        features = self.hourglass(self.first(pictures))
        logits = self.confidence_head(features)
        maps = logits.flatten(2).softmax(dim=2)
        # each question is asked where the landmark was found: is it really there, and what does it look like?
        presence = (maps * self.presence_head(features).flatten(2)).sum(2)
        looks = maps @ features.flatten(2).transpose(1, 2)  # (b n c)
        maps = maps.unflatten(2, logits.shape[2:])
        embeddings = F.normalize(self.identity_head(looks.flatten(1)), dim=1)
        return Opinion(maps, soft_argmax(maps), presence, embeddings)

    def landmarks(self, pictures: Float[Tensor, "t 3 h w"]) -> Landmarks:
        """Landmarks in pixels of the given pictures; present where the judge finds that more likely than not."""
        seen = [self._look(part) for part in pictures.split(_AT_ONCE)]
        size = torch.tensor([pictures.shape[3], pictures.shape[2]], device=pictures.device)
        # places in the small picture to places in the given one, both counted from the centre of the first pixel
        own = (torch.cat([each.positions for each in seen]) + 1) * (SIDE - 1) / 2
        present = torch.cat([each.presence for each in seen]) > 0
        return Landmarks((own + 0.5) * size / SIDE - 0.5, present, self.landmark_names)

    def embed(self, pictures: Float[Tensor, "t 3 h w"]) -> Float[Tensor, "t d"]:
        """Who is in each picture: vectors of length 1, so that no two are further apart than 2."""
        return torch.cat([self._look(part).embeddings for part in pictures.split(_AT_ONCE)])

    @torch.no_grad()
    def _look(self, pictures: Float[Tensor, "t 3 h w"]) -> Opinion:
        """Judge pictures of any size, always in evaluation mode."""
        pictures = pictures.to(next(self.parameters()).device)
        if pictures.shape[2:] != (SIDE, SIDE):
            pictures = F.interpolate(pictures, size=(SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        was_training = self.training
        self.eval()
        try:
            opinion: Opinion = self(pictures)
        finally:
            self.train(was_training)
        return opinion


def shipped_judges() -> list[str]:
    """Names of the judges that come with the package."""
    return sorted(path.stem for path in (assets_folder() / "weights").glob(f"{JUDGES}*.safetensors"))


def save_judge(judge: Judge, path: str | os.PathLike[str], *, about: dict[str, Any] | None = None) -> Path:
    """Write a judge in half precision, whole or not at all.

    Args:
        judge: what to save.
        path: a ``.safetensors`` file; its folder is created.
        about: plain facts kept in the header.
    """
    path = Path(path)
    tensors = {
        name: tensor.detach().cpu().half().contiguous()
        for name, tensor in judge.state_dict().items()
        if tensor.is_floating_point()
    }
    header = {"format": FORMAT, "landmarks": json.dumps(judge.landmark_names), "about": json.dumps(about or {})}
    with written_whole(path) as draft:
        draft.write_bytes(safetensors.torch.save(tensors, metadata=header))
    return path


def load_judge(name_or_path: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> Judge:
    """A trained judge, ready to look.

    Args:
        name_or_path: a shipped name such as ``"judge-faces"``, or a ``.safetensors`` file.
        device: where to put it.

    Raises:
        InputError: an unknown name, or a missing, damaged or foreign file.
    """
    path = Path(name_or_path)
    if path.suffix != ".safetensors":
        if str(name_or_path) not in shipped_judges():
            known = ", ".join(shipped_judges()) or "none is shipped"
            raise InputError(
                f"got the judge {str(name_or_path)!r}", f"a shipped name ({known}) or a path", "choose one"
            )
        path = assets_folder() / "weights" / f"{name_or_path}.safetensors"
    header = read_metadata(path)
    if header.get("format") != FORMAT:
        raise InputError(f"got {path}, which is no judge", "one made by scripts/train_judges.py", "pass another file")
    names = metadata_value(path, header, "landmarks", list)
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"got {path} with landmarks that are no names", "words", "copy or download it again")
    outline = outlined(lambda: Judge(tuple(names)))
    tensors = read_matching(path, outline.state_dict())
    judge = Judge(tuple(names))
    judge.load_state_dict(tensors, strict=False)  # only step counters are left
    return judge.to(device).eval()
