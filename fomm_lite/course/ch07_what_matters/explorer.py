"""The models of the ablation table side by side on one frame."""

import torch

from fomm_lite.course.ch07_what_matters.ablations import ROWS
from fomm_lite.course.kit.controls import switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.scene import Scene
from fomm_lite.media.draw import draw_keypoints, enlarge, sheet
from fomm_lite.training import losses

CLIPS = 4


class AblationExplorer(Explorer):
    """What each ingredient changes in a picture."""

    def __init__(self) -> None:
        self.scenes = [[Scene(row.name, row.world, clip=clip, size=32) for row in ROWS] for clip in range(CLIPS)]
        super().__init__(
            "What does each ingredient do?",
            {
                "clip": whole("test clip", 0, 0, CLIPS - 1),
                "frame": whole("driving frame", 8, 0, len(self.scenes[0][0].clip.frames) - 1),
                "keypoints": switch("show keypoints and jacobians", True),
            },
        )

    def compute(self, clip: int, frame: int, keypoints: bool) -> Drawn:
        """Prediction and deformed source of each model under one driving frame.

        Args:
            clip: which test clip.
            frame: driving frame.
            keypoints: draw each model's keypoints on its prediction.
        """
        side = 160
        first = self.scenes[clip][0]
        driving = first.driving(frame)
        above, below = [enlarge(driving, side)], [enlarge(first.source[0], side)]
        numbers = []
        for row, scene in zip(ROWS, self.scenes[clip], strict=True):
            made = scene.paint(scene.motion(frame))
            prediction = enlarge(made.prediction[0], side)
            if keypoints:
                found = scene.keypoints[frame : frame + 1]
                crosses = found.jacobians[0] if row.model.estimate_jacobian else None
                prediction = draw_keypoints(prediction, found.positions[0], crosses)
            above.append(prediction)
            below.append(enlarge(made.deformed[0], side))
            l1 = float(losses.pyramid_l1(made.prediction, driving[None], 1))
            numbers.append(f"{row.label:16} L1 {l1:.4f}")
        still = float(torch.nn.functional.l1_loss(first.source[0], driving))
        text = "\n".join([*numbers, f"{'copying':16} L1 {still:.4f}"])
        labels = ["driving; source", *(row.label for row in ROWS)]
        return sheet([above, below], labels, side), text
