"""One picture of everything that led to a frame of an animation, for ``--grid``."""

from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import AnimationFrame
from fomm_lite.media.draw import album, draw_keypoints, draw_masks, draw_occlusion, enlarge


def grid_frame(frame: AnimationFrame, side: int = 256) -> Float[Tensor, "3 h w"]:
    """One frame of an animation with everything that led to it, six labelled pictures in two rows.

    Args:
        frame: from :func:`fomm_lite.animation.animation_frames`.
        side: of each picture, in pixels; larger frames keep their own size.
    """
    return album(grid_rows(frame, side), max(side, *frame.prediction.shape[1:]))


def grid_rows(frame: AnimationFrame, side: int = 256) -> list[dict[str, Float[Tensor, "3 _ _"]]]:
    """The pictures of :func:`grid_frame`, by their labels.

    Args:
        frame: from :func:`fomm_lite.animation.animation_frames`.
        side: of each picture, in pixels; larger frames keep their own size.
    """
    side = max(side, *frame.prediction.shape[1:])
    source, driving, prediction, deformed = (
        enlarge(image.cpu(), side) for image in (frame.source, frame.driving, frame.prediction, frame.deformed)
    )
    occlusion = frame.motion.occlusion_map
    kp_source, kp_driving = frame.kp_source, frame.kp_driving
    above = {
        "source, keypoints": draw_keypoints(source, kp_source.positions[0], kp_source.jacobians[0]),
        "driving, keypoints": draw_keypoints(driving, kp_driving.positions[0], kp_driving.jacobians[0]),
        "prediction": prediction,
    }
    below = {
        "deformed source": deformed,
        "occlusion map": draw_occlusion(None if occlusion is None else occlusion[0], (side, side)),
        "masks": draw_masks(prediction, frame.motion.masks[0]),
    }
    return [above, below]
