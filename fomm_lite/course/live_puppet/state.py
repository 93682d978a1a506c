"""The pose of the live puppet: a driver's pose, and what a hand changed in it. No widgets here."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.geometry import invert_2x2
from fomm_lite.model import FirstOrderModel
from fomm_lite.transfer import transfer
from fomm_lite.types import Keypoints, Reconstruction

LEAST_AREA = 0.05  # a driving jacobian is inverted: it may not squash the plane flat
SHAKE = 0.12  # normalised units
WELL_INSIDE = 0.8  # normalised units: a hand finds what is there


class PuppetState:
    """A source, whoever drives it, and the hand.

    Args:
        model: what draws.
        source: (3 h w) in [0, 1].
        driving: frames of a driver; None or empty for nobody.

    Raises:
        InputError: a source that is not one square picture.

    Attributes:
        count: keypoints.
        size: side of the source in pixels.
        driven: the driver's pose for each of its frames, transferred to the source; may be empty.
    """

    def __init__(
        self,
        model: FirstOrderModel,
        source: Float[Tensor, "3 h w"],
        driving: Sequence[Float[Tensor, "3 h w"]] | Float[Tensor, "t 3 h w"] | None,
    ) -> None:
        self.model = model.eval()
        with torch.no_grad():
            self._driver = [model.detect(frame[None]) for frame in ([] if driving is None else driving)]
        self._camera: tuple[Keypoints, Keypoints] | None = None  # its first pose and its present one
        self._shaken = 0
        self.show(source)
        self.count = self.kp_source.positions.shape[1]
        self.reset()

    def show(self, source: Float[Tensor, "3 h w"]) -> None:
        """Another source in place of the present one; whoever drives goes on, and so does the hand.

        Args:
            source: (3 h w) in [0, 1].

        Raises:
            InputError: not one square picture.
        """
        if source.ndim != 3 or source.shape[0] != 3 or source.shape[1] != source.shape[2]:
            raise InputError(
                f"got a source of shape {tuple(source.shape)}",
                "one square picture (3, h, h)",
                "read it with read_image(path, size=64)",
            )
        self.source, self.size = source[None], source.shape[-1]
        with torch.no_grad():
            self.kp_source = self.model.detect(self.source)
            self.features = self.model.encode(self.source)
        self.driven = [transfer(self.kp_source, each, self._driver[0]) for each in self._driver]

    def reset(self) -> None:
        """Let go: the pose is the driver's."""
        self.moved = torch.zeros(self.count, 2)
        self.turned = torch.eye(2).repeat(self.count, 1, 1)

    def shake(self) -> None:
        """Move every keypoint a little, another way each time."""
        generator = torch.Generator().manual_seed(self._shaken)
        self._shaken += 1
        self.moved = SHAKE * torch.randn(self.count, 2, generator=generator)

    def base(self, frame: int) -> Keypoints:
        """The driver's pose; the camera's while there is one, the source's own where nobody drives."""
        if self._camera is not None:
            return transfer(self.kp_source, self._camera[1], self._camera[0])
        return self.driven[frame] if self.driven else self.kp_source

    def pose(self, frame: int) -> Keypoints:
        """The driver's pose as the hand changed it."""
        base = self.base(frame)
        positions = (base.positions[0] + self.moved).clamp(-1, 1)
        return Keypoints(positions[None], (self.turned @ base.jacobians[0])[None])

    def draw(self, frame: int) -> Reconstruction:
        """The source in the present pose."""
        with torch.no_grad():
            motion = self.model.motion(self.source, self.kp_source, self.pose(frame))
            return self.model.render(self.source, self.features, motion)

    def busiest(self) -> int:
        """The keypoint to take hold of first.

        Of those well inside the picture, or of all where there are none, the one whose mask covers most while nothing
        moves.
        """
        with torch.no_grad():
            masks = self.model.motion(self.source, self.kp_source, self.kp_source).masks
        inside = self.kp_source.positions[0].abs().amax(-1) < WELL_INSIDE
        return int((masks[0, 1:].mean((1, 2)) + inside).argmax())

    def handedness(self) -> list[int]:
        """For each keypoint 1 or -1, the sign of its jacobian's determinant in the source."""
        return [1 if area >= 0 else -1 for area in torch.det(self.kp_source.jacobians[0]).tolist()]

    def points(self, frame: int) -> list[list[float]]:
        """x, y and the jacobian's entries, row by row, for each keypoint."""
        pose = self.pose(frame)
        return torch.cat([pose.positions[0], pose.jacobians[0].flatten(1)], dim=1).tolist()

    def take(self, keypoint: int, point: Sequence[float], frame: int) -> None:
        """Put a keypoint where a hand wants it; a jacobian that would squash the plane flat is left as it was.

        Args:
            keypoint: index, from 0.
            point: x, y and four entries of the jacobian.
            frame: of the driver, which goes on moving below the hand.

        Raises:
            InputError: no such keypoint, or not six finite numbers.
        """
        values = [float(value) for value in point]
        if not 0 <= keypoint < self.count or len(values) != 6 or not all(map(math.isfinite, values)):
            raise InputError(
                f"got keypoint {keypoint} and {len(values)} numbers",
                f"a keypoint below {self.count} and 6 finite numbers",
                "reset the puppet",
            )
        base = self.base(frame)
        self.moved[keypoint] = torch.tensor(values[:2]).clamp(-1, 1) - base.positions[0, keypoint]
        wanted = torch.tensor(values[2:]).view(2, 2)
        if abs(float(torch.det(wanted))) >= LEAST_AREA * abs(float(torch.det(base.jacobians[0, keypoint]))):
            self.turned[keypoint] = wanted @ invert_2x2(base.jacobians[0, keypoint])

    def hand(self, keypoint: int, frame: int) -> dict[str, float]:
        """What sliders show of a keypoint: x, y, the turn in degrees and the stretch."""
        x, y = self.pose(frame).positions[0, keypoint].tolist()
        (a, b), (c, d) = self.turned[keypoint].tolist()
        return {
            "x": x,
            "y": y,
            "turn": math.degrees(math.atan2(c - b, a + d)),
            "stretch": math.sqrt(abs(a * d - b * c)),
        }

    def set_hand(self, keypoint: int, values: dict[str, float], frame: int) -> None:
        """Take over what sliders say."""
        place = torch.tensor([values["x"], values["y"]])
        self.moved[keypoint] = place - self.base(frame).positions[0, keypoint]
        angle = math.radians(values["turn"])
        turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        self.turned[keypoint] = values["stretch"] * turn

    def see(self, pixels: bytes, size: int) -> None:
        """A frame of the camera: RGBA bytes of a square; the first one is the initial frame.

        Raises:
            InputError: the bytes are not such a square, or of another size than the source.
        """
        if size != self.size or len(pixels) != 4 * size * size:
            raise InputError(
                f"got a camera frame of {len(pixels)} bytes", f"{4 * self.size**2}", "switch the camera off and on"
            )
        image = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(size, size, 4)[..., :3]
        with torch.no_grad():
            now = self.model.detect(image.permute(2, 0, 1)[None].float() / 255)
        self._camera = (self._camera[0] if self._camera else now, now)

    def neutral(self) -> None:
        """Take the camera's present pose for the initial one: the source stands as it is.

        Raises:
            InputError: no camera drives.
        """
        if self._camera is None:
            raise InputError("got no camera", "one that drives", "switch `drive by camera` on first")
        self._camera = (self._camera[1], self._camera[1])

    def forget_camera(self) -> None:
        """The clip drives again, or nobody."""
        self._camera = None

    def jacobians(self, keypoint: int, frame: int) -> tuple[Float[Tensor, "2 2"], Float[Tensor, "2 2"]]:
        """A keypoint's jacobian in the source, and the one it has now."""
        return self.kp_source.jacobians[0, keypoint], self.pose(frame).jacobians[0, keypoint]

    def words(self, frame: int) -> str:
        """The pose in a line."""
        moved = self.pose(frame).positions[0] - self.kp_source.positions[0]
        return f"keypoints moved by {float(moved.norm(dim=-1).mean()):.2f} normalised units on average"
