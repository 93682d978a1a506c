"""The canvas of the live puppet: the browser's half is canvas.js, this is what both sides know."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets


class PuppetCanvas(anywidget.AnyWidget):
    """A picture with a dot and two handles for each keypoint.

    Attributes:
        picture: JPEG.
        points: for each keypoint x, y and the entries of its jacobian, row by row.
        colours: of the keypoints.
        handedness: of each keypoint, the sign of its jacobian's determinant in the source; under the other sign what it
            holds is mirrored, and the canvas says so.
        chosen: the keypoint that shows its handles to begin with.
        side: of the canvas in pixels.
        handles: whether dots and handles are drawn.
        answered: number of the request that was answered last; numbers come from the canvas.
        camera: whether the camera drives.
        camera_size: side of the frames it sends, in pixels.
        camera_answered: how many of them were answered.
    """

    _esm: Any = Path(__file__).with_name("canvas.js")
    picture = traitlets.Bytes().tag(sync=True)
    points: Any = traitlets.List().tag(sync=True)
    colours: Any = traitlets.List().tag(sync=True)
    handedness: Any = traitlets.List().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)
    side = traitlets.Int(384).tag(sync=True)
    handles = traitlets.Bool(True).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)
    camera = traitlets.Bool(False).tag(sync=True)
    camera_size = traitlets.Int(64).tag(sync=True)
    camera_answered = traitlets.Int(0).tag(sync=True)
