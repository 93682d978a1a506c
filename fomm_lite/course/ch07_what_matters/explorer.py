"""The models of the ablation table side by side on one frame."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch07_what_matters.ablations import ROWS, SIZE
from fomm_lite.course.kit.controls import switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.scene import Scene
from fomm_lite.course.kit.wipe import WIPE, Wiped, wipe_slider, wiped
from fomm_lite.media.draw import draw_keypoints, enlarge
from fomm_lite.training import losses
from fomm_lite.weights import load_model

CLIPS = 4


class AblationExplorer(Wiped, Explorer):
    """What each ingredient changes in a picture."""

    about = (
        "One frame, the five models of the table (Eqs. 9 and 12, and the occlusion map, come in one by one). Note "
        "which is best and which is worst, then move clip and frame: does the order stay? One picture is no "
        "measurement. The wipe lays the driving frame over all five."
    )
    columns = 6
    wiped = 1  # the first prediction

    def __init__(self) -> None:
        models = [load_model(row.name) for row in ROWS]
        self.scenes = [
            [Scene(model, row.world, clip=clip, size=SIZE) for row, model in zip(ROWS, models, strict=True)]
            for clip in range(CLIPS)
        ]
        # five models at every move of a slider are slow, and all that they can be asked for is small
        self._films = [_filmed(scenes) for scenes in self.scenes]
        super().__init__(
            "What does each ingredient do?",
            {
                "clip": whole("test clip", 0, 0, CLIPS - 1),
                "frame": whole("driving frame", 8, 0, len(self.scenes[0][0].clip.frames) - 1),
                WIPE: wipe_slider("driving frame", "predictions"),
                "keypoints": switch("show keypoints and jacobians", True),
            },
        )

    def compute(self, clip: int, frame: int, keypoints: bool, wipe: float) -> Drawn:
        """Prediction and deformed source of each model under one driving frame.

        Args:
            clip: which test clip.
            frame: driving frame.
            keypoints: draw each model's keypoints on its prediction.
            wipe: how much of the predictions the driving frame covers.
        """
        side = 288  # pixels, two for each of the page
        first = self.scenes[clip][0]
        predictions, deformed = (film[:, frame] for film in self._films[clip])
        driving = first.driving(frame)
        painted, errors, under_wipe = [], [], enlarge(driving, side)
        for row, scene, made in zip(ROWS, self.scenes[clip], predictions, strict=True):
            prediction = wiped(enlarge(made, side), under_wipe, wipe)
            if keypoints:
                found = scene.keypoints[frame : frame + 1]
                crosses = found.jacobians[0] if row.model.estimate_jacobian else None
                prediction = draw_keypoints(prediction, found.positions[0], crosses, hollow=True, inplace=True)
            painted.append(prediction)
            errors.append(float(losses.pyramid_l1(made[None], driving[None], 1)))
        still = float(torch.nn.functional.l1_loss(first.source[0], driving))
        names = [row.label for row in ROWS]
        told = dict(zip([*names, "copying"], [*errors, still], strict=True))
        marks = {max(errors): " (worst)", min(errors): " (best)"}
        under = [f"{name}: L1 {error:.4f}{marks.get(error, '')}" for name, error in zip(names, errors, strict=True)]
        panels = {"driving": driving} | dict(zip(under, painted, strict=True))
        panels |= {"source": first.source[0]}
        panels |= {f"{name}: deformed": picture for name, picture in zip(names, deformed, strict=True)}
        return Drawn(panels, "\n".join(f"{name:16} L1 {error:.4f}" for name, error in told.items()))


def _filmed(scenes: Sequence[Scene]) -> tuple[Float[Tensor, "m t 3 h w"], Float[Tensor, "m t 3 h w"]]:
    """Prediction and deformed source of each model for every frame."""
    films = [scene.film() for scene in scenes]
    return torch.stack([film.prediction for film in films]), torch.stack([film.deformed for film in films])
