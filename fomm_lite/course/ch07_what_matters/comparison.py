"""Models compared on the same drawn clips: one number a clip and measure, and how sure a mean of them is.

A clip, and not a frame, is what is drawn at random from the world: frames of one clip resemble each other, so intervals
are over clips. They say how much other clips would move a mean; that another training seed would move it too, they do
not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.course.kit.linear import apply_line, fit_line
from fomm_lite.course.kit.scene import drawn_clips
from fomm_lite.geometry import coordinate_grid, relative_jacobians, resize_grid
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.losses import equivariance_jacobians
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.worlds import Clip

# measure -> what a figure or a table calls it; less is better in all of them
MEASURES = {
    "l1": "L1",
    "deformation": "deformation error on the figure, px",
    "landmarks": "landmarks from keypoints, px",
    "following": "keypoint leaves its part, px",
    "equivariance": "jacobians under a warp (Eq. 13)",
    "jacobians": "jacobians against truth",
}
_SPREAD = 0.15  # of the test warp's affine part: three times that of the training


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Drawn clips that no training saw, and the truth about them, computed once for all models.

    Attributes:
        clips: of t frames each; frame 0 is the source.
        deformations: of each clip (t-1 h w 2), the true deformations.
        on_figure: of each clip (t-1 h w), visible in the source and no background.
        lessons: clips of the training seeds, to fit landmarks on.
    """

    clips: list[Clip]
    deformations: list[Tensor]
    on_figure: list[Tensor]
    lessons: list[Clip]

    @staticmethod
    def draw(
        world: str,
        count: int,
        *,
        size: int = 32,
        frames: int = 6,
        stride: int = 4,
        lessons: int = 200,
        turn: float = 0.0,
    ) -> "HeldOut":
        """Draw test clips and their truth.

        Args:
            world: "faces" or "puppets".
            count: how many clips.
            size: of the pictures in pixels.
            frames: of a clip.
            stride: motion steps between them.
            lessons: how many training clips landmarks are fitted on.
            turn: how far the figures turn, in radians; 0 to pi.
        """
        clips = drawn_clips(world, "test", count, frames=frames, size=size, stride=stride, turn=turn)
        deformations, figure = [], []
        for clip in clips:
            truth = [(clip.deformation(0, index), clip.occlusion(0, index)) for index in range(1, frames)]
            deformation, visible = (torch.stack(each) for each in zip(*truth, strict=True))
            deformations.append(deformation)
            figure.append((visible > 0.5) & (clip.part_masks[1:, 0] < 0.5))
        taught = drawn_clips(world, "train", lessons, frames=3, size=size, stride=10, turn=turn)
        return HeldOut(clips, deformations, figure, taught)

    def copying(self) -> Float[Tensor, " n"]:
        """L1 of the unmoved source: what doing nothing costs."""
        return torch.stack([(clip.frames[1:] - clip.frames[:1]).abs().mean() for clip in self.clips])


@torch.no_grad()
def measure(model: FirstOrderModel, held_out: HeldOut) -> dict[str, Float[Tensor, " n"]]:
    """All of :data:`MEASURES` for each clip, redrawn from its frame 0 with absolute keypoints.

    Args:
        model: a trained model.
        held_out: clips with truth.
    """
    found: dict[str, list[Tensor]] = {name: [] for name in MEASURES if name != "landmarks"}
    size = held_out.clips[0].frames.shape[-1]
    for number, (clip, deformations, figure) in enumerate(
        zip(held_out.clips, held_out.deformations, held_out.on_figure, strict=True)
    ):
        keypoints = model.detect(clip.frames)
        driven = len(clip.frames) - 1
        source = clip.frames[:1].expand(driven, -1, -1, -1)
        made = model(source, keypoints[:1].expand(driven), keypoints[1:])
        found["l1"].append((made.prediction - clip.frames[1:]).abs().mean())
        estimate = resize_grid(made.motion.deformation, (size, size))
        found["deformation"].append(endpoint_error(estimate, deformations, figure))
        warp = RandomWarp.sample(
            len(clip.frames), sigma_affine=_SPREAD, generator=torch.Generator().manual_seed(number)
        )
        warped = model.detect(warp.image(clip.frames))
        found["equivariance"].append(
            equivariance_jacobians(keypoints.jacobians, warped.jacobians, warp.jacobians(warped.positions))
        )
        local = relative_jacobians(keypoints.jacobians[:1].expand(driven, -1, -1, -1), keypoints.jacobians[1:])
        following, turning = [], []
        for index in range(1, driven + 1):
            places, jacobians, on_part = true_motion(clip, index, keypoints.positions[index])
            following.append((places - keypoints.positions[0]).norm(dim=-1)[on_part] * (size - 1) / 2)
            turning.append((local[index - 1] - jacobians).norm(dim=(-1, -2))[on_part])
        found["following"].append(torch.cat(following).mean())
        found["jacobians"].append(torch.cat(turning).mean())
    return {name: torch.stack(values) for name, values in found.items()} | {
        "landmarks": landmark_errors(model, held_out)
    }


def true_motion(
    clip: Clip, driving: int, points: Float[Tensor, "k 2"]
) -> tuple[Float[Tensor, "k 2"], Float[Tensor, "k 2 2"], Tensor]:
    """The true local motion, driving to source 0, of the part that is seen at each point.

    Args:
        clip: a drawn clip.
        driving: its frame.
        points: places in that frame.

    Returns:
        Where each point is in the source, the jacobian of that map there, and whether (k) a part other than the
        background is seen at the point.
    """
    height, width = clip.frames.shape[2:]
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    at = ((points + 1) * half).round().long().clamp_min(0).minimum(torch.tensor([width - 1, height - 1]))
    parts = clip.part_masks[driving][:, at[:, 1], at[:, 0]].argmax(0)
    step = 1e-3
    around = torch.stack([points, points + torch.tensor([step, 0.0]), points + torch.tensor([0.0, step])], dim=1)
    moved = torch.stack(
        [
            clip.map_part(part, 0, clip.pull_part(part, driving, three))
            for part, three in zip(parts.tolist(), around, strict=True)
        ]
    )
    columns = (moved[:, 1:] - moved[:, :1]) / step  # (k 2 2): each row is what one step becomes
    return moved[:, 0], columns.transpose(1, 2), parts > 0


@torch.no_grad()
def landmark_errors(model: FirstOrderModel, held_out: HeldOut) -> Float[Tensor, " n"]:
    """How far off landmarks are that a linear map reads from the keypoints, in pixels, for each clip.

    The map is fitted by least squares on training clips. Keypoints that sit on the same thing in everybody, and follow
    it, make this small.
    """
    frames = torch.cat([clip.frames for clip in held_out.lessons])
    lessons = torch.cat([model.detect(some).positions for some in frames.split(64)])
    line = fit_line(lessons.flatten(1), torch.cat([clip.landmarks for clip in held_out.lessons]).flatten(1))
    errors = []
    for clip in held_out.clips:
        guess = apply_line(line, model.detect(clip.frames).positions.flatten(1)).view_as(clip.landmarks)
        errors.append((guess - clip.landmarks).norm(dim=-1).mean() * (clip.frames.shape[-1] - 1) / 2)
    return torch.stack(errors)


def identity_error(held_out: HeldOut) -> float:
    """Deformation error, on the figure and in pixels, of not moving at all."""
    size = held_out.clips[0].frames.shape[-1]
    pairs = zip(held_out.deformations, held_out.on_figure, strict=True)
    errors = [endpoint_error(coordinate_grid(size, size).expand_as(truth), truth, figure) for truth, figure in pairs]
    return float(torch.stack(errors).mean())


def table(rows: dict[str, Sequence[str]], header: Sequence[str]) -> str:
    """Rows of text under a header, in columns.

    Example:
        >>> print(table({"Full": ["0.50"]}, ["", "L1"]))
              L1
        Full  0.50
    """
    lines = [list(header), *([name, *cells] for name, cells in rows.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
