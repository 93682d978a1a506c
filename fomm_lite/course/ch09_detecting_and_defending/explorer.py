"""A recorded and a generated clip on a trip: what coding and resizing leave of the cues, and what the detector says."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch09_detecting_and_defending.forgeries import real_and_fake
from fomm_lite.course.kit.controls import choice, slider, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panels import dots, framed, signed
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
from fomm_lite.media.draw import sheet
from fomm_lite.weights import load_model

PEOPLE = 24  # whose clips train the detector: seconds, and an area under the curve above 0.9
CAMERA = 18  # how coarsely every clip is encoded before anything else happens to it
COARSEST = 45
SIDE = 176
RESIDUAL_LIMIT = 0.06  # drawn in the strongest colour
TRIPS = 32  # remembered
SCALE = 6.0  # deviations to both ends of the chart

Frames = Float[Tensor, "t 3 h w"]


class ForgeryExplorer(Explorer):
    """One person twice, recorded and made, encoded, made smaller and sharpened; cues and score of both.

    Args:
        detector: trained on clips like these; None makes and trains one, in seconds.
        real: a recorded clip; None draws one.
        fake: a generated clip of the same size; None makes one by the shipped faces model.
    """

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
            },
        )

    def compute(self, crf: int, share: float, amount: float, who: str, frame: int) -> Drawn:
        """Frame and noise residual of both clips after the trip, their cues side by side, and the verdicts.

        Args:
            crf: how coarsely the clips are encoded at the end of the trip.
            share: of the sides' length that the clips are brought down to, and up again from.
            amount: of noise residual that is added.
            who: "fake" sharpens the fake only, "both" both.
            frame: which one is shown.
        """
        amounts = {"real": amount if who == "both" else 0.0, "fake": amount}
        with ThreadPoolExecutor(2) as pool:  # the encoder is another program: two trips take little longer than one
            trips = [pool.submit(self._trip, name, crf, share, each) for name, each in amounts.items()]
            clips, cues = zip(*(trip.result() for trip in trips), strict=True)
        scores = self.detector.scores(torch.stack(cues)).tolist()
        frames = [clip[frame] for clip in clips]
        residuals = [framed(signed(noise_residual(grey(each)), RESIDUAL_LIMIT), SIDE) for each in frames]
        left = sheet([frames, residuals], ["real", "fake"], SIDE)
        standard = [((cue - self.detector.mean) / self.detector.deviation).tolist() for cue in cues]
        chart = dots(
            [*CUE_NAMES, "score"],
            {name: [*values, score] for name, values, score in zip(("real", "fake"), standard, scores, strict=True)},
            SCALE,
            (480, left.shape[1]),
            "cues: deviations from the mean; score: log odds of fake",
        )
        verdicts = [f"{name}: score {score:+.1f}, called {'fake' if score > 0 else 'real'}"
                    for name, score in zip(("real", "fake"), scores, strict=True)]  # fmt: skip
        text = "\n".join(["above: the frame; below: its noise residual", *verdicts])
        return torch.cat([left, chart], dim=2), text


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
