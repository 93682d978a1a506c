"""A recorded and a generated clip on a trip: what coding and resizing leave of the cues, and what the detector says."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch09_detecting_and_defending.forgeries import real_and_fake
from fomm_lite.course.kit.controls import choice, slider, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panel_view import Chart, Panel
from fomm_lite.course.kit.panels import dots, framed, signed
from fomm_lite.course.kit.wipe import WIPE, Wiped, wipe_slider, wiped
from fomm_lite.forensics import (
    CUE_NAMES,
    Detector,
    all_cues,
    fit_detector,
    recompress,
    recompress_all,
    rescale,
    sharpen,
)
from fomm_lite.forensics.cues import clip_cues, grey, noise_residual
from fomm_lite.weights import load_model

PEOPLE = 24  # whose clips train the detector: seconds, and an area under the curve above 0.9
CAMERA = 18  # how coarsely every clip is encoded before anything else happens to it
COARSEST = 45
SIDE = 384  # pixels, two for each of the page
RESIDUAL_LIMIT = 0.06  # drawn in the strongest colour
TRIPS = 32  # remembered
SCALE = 6.0  # deviations to both ends of the chart

Frames = Float[Tensor, "t 3 h w"]


class ForgeryExplorer(Wiped, Explorer):
    """One person twice, recorded and made, encoded, made smaller and sharpened; cues and score of both.

    Args:
        detector: trained on clips like these; None makes and trains one, in seconds.
        real: a recorded clip; None draws one.
        fake: a generated clip of the same size; None makes one by the shipped faces model.
    """

    about = (
        "Nine cues of a clip, and the detector's score: above 0 it says fake. Move one control at a time. When is "
        "the real clip called fake, and how much sharpening lets the fake pass? There is no equation of the paper "
        "in it: the score is a weighted sum of the cues."
    )
    presets = {
        "half": {"share": 0.5},
        "coarse": {"crf": 40},
        "a forger sharpens": {"amount": 1.5, "who": "fake"},
    }
    columns = 4
    kept = (2,)  # cues and score
    wiped = 1  # the generated frame

    def __init__(
        self, detector: Detector | None = None, real: Frames | None = None, fake: Frames | None = None
    ) -> None:
        if detector is None:
            detector = _trained()
        if real is None or fake is None:
            drawn, made = real_and_fake(load_model("faces-64"), "test", 2)
            real, fake = recompress_all([drawn[1] if real is None else real, made[1] if fake is None else fake], CAMERA)
        self.detector, self.real, self.fake = detector, real, fake
        # one clip stays as it was while the other is changed, and both while only the frame shown is
        self._trip = lru_cache(TRIPS)(lambda name, *trip: travel({"real": real, "fake": fake}[name], *trip))
        frames = min(len(real), len(fake))
        super().__init__(
            "What is left of the cues?",
            {
                "crf": whole("encoded again, crf", CAMERA, CAMERA, COARSEST, "18 fine, 45 coarsest"),
                "share": slider("made smaller to", 1.0, 0.25, 1.0, 0.05, "share of the side"),
                "amount": slider("sharpened by", 0.0, 0.0, 2.0, 0.1, "times the noise residual"),
                "who": choice("sharpened are", [("the fake only: a forger", "fake"), ("both: a platform", "both")]),
                "frame": whole("frame shown", frames // 2, 0, frames - 1),
                WIPE: wipe_slider("before the trip", "both"),
            },
        )

    def idle(self, state: Mapping[str, Any]) -> dict[str, str]:
        """Where nothing is sharpened, it does not matter whose clip is."""
        return {"who": "nothing is sharpened"} if state["amount"] == 0 else {}

    def compute(self, crf: int, share: float, amount: float, who: str, frame: int, wipe: float) -> Drawn:
        """Frame and noise residual of both clips after the trip, their cues side by side, and the verdicts.

        Args:
            crf: how coarsely the clips are encoded at the end of the trip.
            share: of the sides' length that the clips are brought down to, and up again from.
            amount: of noise residual that is added.
            who: "fake" sharpens the fake only, "both" both.
            frame: which one is shown.
            wipe: how much of both frames is covered by what they were before the trip.
        """
        amounts = {"real": amount if who == "both" else 0.0, "fake": amount}
        with ThreadPoolExecutor(2) as pool:  # the encoder is another program: two trips take little longer than one
            trips = [pool.submit(self._trip, name, crf, share, each) for name, each in amounts.items()]
            clips, cues = zip(*(trip.result() for trip in trips), strict=True)
        scores = self.detector.scores(torch.stack(cues)).tolist()
        frames = [clip[frame] for clip in clips]
        shown = [wiped(after, clip[frame], wipe) for after, clip in zip(frames, (self.real, self.fake), strict=True)]
        residuals = [Chart(framed(signed(noise_residual(grey(each)), RESIDUAL_LIMIT), SIDE)) for each in frames]
        standard = [((cue - self.detector.mean) / self.detector.deviation).tolist() for cue in cues]
        chart = dots(
            [*CUE_NAMES, "score"],
            {name: [*values, score] for name, values, score in zip(("real", "fake"), standard, scores, strict=True)},
            SCALE,
            (2 * SIDE, 2 * SIDE),
            "in deviations; score: log odds",
        )
        verdicts = [f"{name}: score {score:+z.1f}, called {'fake' if score > 0 else 'real'}"
                    for name, score in zip(("real", "fake"), scores, strict=True)]  # fmt: skip
        panels: dict[str, Panel] = {
            "real": shown[0],
            "fake": shown[1],
            "cues and score": Chart(chart, span=2),
            "real, its noise residual": residuals[0],
            "fake, its noise residual": residuals[1],
        }
        return Drawn(panels, "\n".join(["above: the frame; below: its noise residual", *verdicts]))


@torch.no_grad()
def travel(clip: Frames, crf: int, share: float, amount: float) -> tuple[Frames, Float[Tensor, " 9"]]:
    """A clip made smaller and larger again, sharpened, and encoded again if it is to become coarser; and its cues.

    Args:
        clip: as the camera left it, encoded at crf :data:`CAMERA` already.
        crf: of the last encoding; none is needed for the camera's own.
        share: of the sides' length.
        amount: of noise residual that is added.
    """
    if share < 1:
        clip = rescale(clip, share)
    if amount > 0:
        clip = sharpen(clip, amount)
    if crf > CAMERA:
        clip = recompress(clip, crf)
    return clip, clip_cues(clip)


def _trained() -> Detector:
    """A detector of the shipped faces model's fakes."""
    clips = [clip for kind in real_and_fake(load_model("faces-64"), "validation", PEOPLE) for clip in kind]
    cues = all_cues(recompress_all(clips, CAMERA))
    return fit_detector(cues, torch.arange(len(clips)) >= PEOPLE)
