"""Telling made films from recorded ones, and marking films so that others can tell.

`cues` measures clips, `detector` learns from the measures, `roc` judges a detector, `attacks` does to a clip what the
world does to it; `watermark` and `provenance` are the other way round: the honest maker says what was made;
`manifest` reads what others say under a signature.
"""

from fomm_lite.forensics.attacks import recompress, recompress_all, rescale, sharpen
from fomm_lite.forensics.cues import CUE_NAMES, all_cues, clip_cues
from fomm_lite.forensics.detector import Detector, fit_detector
from fomm_lite.forensics.manifest import Manifest, read_manifest
from fomm_lite.forensics.provenance import Verification, sign_clip, verify_clip
from fomm_lite.forensics.roc import auc, auc_interval, equal_error_rate, precision_at, roc_curve
from fomm_lite.forensics.watermark import Detection, detect_watermark, embed_watermark

__all__ = [
    "CUE_NAMES",
    "Detection",
    "Detector",
    "Manifest",
    "Verification",
    "all_cues",
    "auc",
    "auc_interval",
    "clip_cues",
    "detect_watermark",
    "embed_watermark",
    "equal_error_rate",
    "fit_detector",
    "precision_at",
    "read_manifest",
    "recompress",
    "recompress_all",
    "rescale",
    "roc_curve",
    "sharpen",
    "sign_clip",
    "verify_clip",
]
