"""From one keypoint to the deformation: heatmap, sparse motion, deformed source, mask; and keypoints switched off."""

from collections.abc import Sequence

import torch

from fomm_lite import geometry
from fomm_lite.course.ch04_dense_motion.dense_truth import hard_masks, with_masks
from fomm_lite.course.kit.controls import choice, several, switch, whole
from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panels import bent_grid_picture, flow_colours, framed, heat, signed
from fomm_lite.course.kit.scene import Scene
from fomm_lite.media.draw import album, draw_keypoints, draw_masks, enlarge
from fomm_lite.types import DenseMotion


class MotionExplorer(Explorer):
    """One local motion in all its maps, and what the mixture loses when keypoints are switched off.

    Args:
        scene: model and clip; drawn faces by default.
    """

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene or Scene()
        count = self.scene.model.config.num_keypoints
        names = [(f"keypoint {index}", index) for index in range(1, count + 1)]
        busiest = 1 + int(self.scene.motion(8).masks[0, 1:].mean((1, 2)).argmax())
        super().__init__(
            "How do a few points move every pixel?",
            {
                "k": choice("local motion shown", [*names, ("background", 0)], busiest),
                "off": several("keypoints switched off", names),
                "hard": switch("hard masks: the strongest takes all", False),
                "frame": whole("driving frame", 8, 0, len(self.scene.clip.frames) - 1),
            },
        )

    def compute(self, k: int, off: Sequence[int], hard: bool, frame: int) -> Drawn:
        """All maps of local motion ``k``, the mixture, and its distance from the truth.

        Args:
            k: 0 for the background, or a keypoint's number from 1.
            off: numbers of keypoints whose masks are set to 0; the others share their pixels.
            hard: each pixel follows its strongest mask alone.
            frame: driving frame.
        """
        scene, side = self.scene, 176
        motion = remix(scene.motion(frame), off, hard)
        made = scene.paint(motion)
        truth, occlusion = scene.truth(frame)
        size = (truth.shape[0], truth.shape[1])
        deformation, seen = geometry.resize_grid(motion.deformation, size)[0], occlusion > 0.5
        error = float(endpoint_error(deformation, truth, seen))
        still = float(endpoint_error(geometry.coordinate_grid(*size), truth, seen))
        source, driving = (enlarge(picture, side) for picture in (scene.source[0], scene.driving(frame)))
        kp_driving = scene.keypoints[frame : frame + 1]
        above = {
            "source": draw_keypoints(source, scene.kp_source.positions[0], scene.kp_source.jacobians[0]),
            f"heatmap {k}": framed(signed(motion.heatmaps[0, k]), side),
            f"sparse motion {k}": framed(bent_grid_picture(motion.sparse_motions[0, k], side), side),
            f"deformed source {k}": motion.deformed_sources[0, k],
            f"mask {k}": heat(motion.masks[0, k]),
        }
        below = {
            "driving": draw_keypoints(driving, kp_driving.positions[0], kp_driving.jacobians[0]),
            "all masks": draw_masks(made.prediction[0], motion.masks[0]),
            "flow": framed(flow_colours(deformation), side),
            "true flow": framed(flow_colours(truth), side),
            "prediction": made.prediction[0],
        }
        share = 100 * float(motion.masks[0, k].mean())
        text = (
            f"end-point error on visible pixels {error:.2f} px "
            f"(not moving at all: {still:.2f} px)\nmask {k} explains {share:.0f} % of the picture"
        )
        return album([above, below], side), text


def remix(motion: DenseMotion, off: Sequence[int], hard: bool) -> DenseMotion:
    """A dense motion with some local motions switched off (Eq. 7 with other masks).

    Args:
        motion: of one or more pictures.
        off: numbers on the k+1 axis whose masks become 0; what is left is divided by its sum. A pixel of which nothing
            is left goes to the background.
        hard: 1 for the largest mask of each pixel and 0 for the others.
    """
    masks = motion.masks.clone()
    masks[:, list(off)] = 0
    left = masks.sum(1, keepdim=True)
    nobody = torch.zeros_like(masks).index_fill_(1, torch.tensor(0), 1.0)  # nothing left: the background, which stays
    masks = torch.where(left > 0, masks / left.clamp_min(torch.finfo(left.dtype).tiny), nobody)
    return with_masks(motion, hard_masks(masks) if hard else masks)
