"""The ablation of the paper in small: five models trained alike but for one ingredient each, and a zero-order one.

Rows 1 to 5 are those of the authors' table, on drawn puppets. The ingredients are switches of the model and weights of
the objective; everything else (data, steps, seed, learning rate) is the same. Perceptual features need a network that
is larger than all of these together, so Eq. 9 is taken on pixels. The generator has no blend (which is ours and would
do a part of the occlusion map's work). ``TURNED_ROWS`` are the same rows where they can show what they are for: few
keypoints, on faces that turn and so move further than a few pixels. ``zero-order-32`` belongs to notebook 06: it is
what the notebook trains, on drawn faces, but without jacobians.

``scripts/train_ablations.py`` trains and ships them, but for the turned rows: ``benchmarks/dose_response.py`` trains
those with several seeds.
"""

import dataclasses
from dataclasses import dataclass

from fomm_lite.config import TINY, ModelConfig
from fomm_lite.training import TrainingConfig
from fomm_lite.training.objective import LossWeights

SIZE = 32
STEPS = 6000
SHORT = 1500  # of the trainings on faces that turn, of which there are many
TURN = 1.2  # radians to either side
FEW = 3  # keypoints


@dataclass(frozen=True)
class Ablation:
    """One model of the table.

    Attributes:
        name: of the shipped weights.
        label: of the row, as the authors call it; empty for a model outside the table.
        world: it was trained on.
        model: the architecture.
        weights: of the objective's terms.
        turn: of the world's figures, in radians to either side.
        steps: of the training.
    """

    name: str
    label: str
    world: str
    model: ModelConfig
    weights: LossWeights
    turn: float = 0.0
    steps: int = STEPS

    def training(self, seed: int = 0) -> TrainingConfig:
        """How it is trained; alike for all of one table."""
        return TrainingConfig(size=SIZE, steps=self.steps, seed=seed, weights=self.weights)


def _row(
    name: str, label: str, *, pyramid: bool, occlusion: bool, jacobians: bool, equivariance: bool = True
) -> Ablation:
    """A row of the table by its switches, on puppets that do not turn."""
    model = dataclasses.replace(
        TINY,
        estimate_occlusion_map=occlusion,
        estimate_jacobian=jacobians,
        generator=dataclasses.replace(TINY.generator, blend_deformed=False),
    )
    standard = LossWeights()
    weights = dataclasses.replace(
        standard,
        pyramid_levels=standard.pyramid_levels if pyramid else 1,
        equivariance_jacobians=standard.equivariance_jacobians if jacobians and equivariance else 0.0,
    )
    return Ablation(name, label, "puppets", model, weights)


ROWS: tuple[Ablation, ...] = (
    _row("ablation-baseline", "Baseline", pyramid=False, occlusion=False, jacobians=False),
    _row("ablation-pyramid", "Pyr.", pyramid=True, occlusion=False, jacobians=False),
    _row("ablation-occlusion", "Pyr. + O", pyramid=True, occlusion=True, jacobians=False),
    _row("ablation-jacobians", "Jac. w/o Eq. 12", pyramid=True, occlusion=True, jacobians=True, equivariance=False),
    _row("ablation-full", "Full", pyramid=True, occlusion=True, jacobians=True),
)
TURNED_ROWS: tuple[Ablation, ...] = tuple(
    dataclasses.replace(
        row,
        name=row.name.replace("ablation", "turned"),
        world="faces",
        model=dataclasses.replace(row.model, num_keypoints=FEW),
        turn=TURN,
        steps=SHORT,
    )
    for row in ROWS
)
# two models that differ in nothing but their jacobians, where these pay most visibly
TURNING: tuple[Ablation, ...] = tuple(
    Ablation(
        name,
        "",
        "faces",
        dataclasses.replace(TINY, num_keypoints=FEW, estimate_jacobian=first),
        LossWeights(),
        turn=TURN,
        steps=SHORT,
    )
    for name, first in (("turning-zero-order", False), ("turning-first-order", True))
)
ZERO_ORDER = Ablation("zero-order-32", "", "faces", dataclasses.replace(TINY, estimate_jacobian=False), LossWeights())

# (L1, AKD, MKR, AED) on Tai-Chi-HD as reported by the authors (NeurIPS 2019, ablation study)
REPORTED: dict[str, tuple[float, float, float, float]] = {
    "Baseline": (0.073, 8.945, 0.099, 0.235),
    "Pyr.": (0.069, 9.407, 0.065, 0.213),
    "Pyr. + O": (0.069, 8.773, 0.050, 0.205),
    "Jac. w/o Eq. 12": (0.073, 9.887, 0.052, 0.220),
    "Full": (0.063, 6.862, 0.036, 0.179),
}
