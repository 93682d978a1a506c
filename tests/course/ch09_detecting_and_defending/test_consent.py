"""Who may show a film: papers first, then everybody in it."""

import pytest
import torch

from fomm_lite.course.ch09_detecting_and_defending.consent import refusal
from fomm_lite.forensics import sign_clip

SECRET = b"sixteen bytes ok"
GIVEN = {"for": ["a lesson"], "until": "2027-06-30"}
BOTH = {"Ada": GIVEN, "Bo": GIVEN}


@pytest.fixture(scope="module")
def film():
    return torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("consent", "use", "day", "missing"),
    [
        (BOTH, "a lesson", "2027-06-30", ""),
        ({"Ada": GIVEN}, "a lesson", "2027-06-30", "Bo"),
        (BOTH, "an advertisement", "2027-06-30", "Ada, Bo"),
        (BOTH, "a lesson", "2027-07-01", "Ada, Bo"),
        (BOTH | {"Ada": GIVEN | {"until": "2027-01-01"}}, "a lesson", "2027-01-02", "Ada"),
        ({}, "a lesson", "2027-06-30", "Ada, Bo"),
    ],
)
def test_a_film_is_refused_by_the_names_of_those_who_have_not_agreed(film, consent, use, day, missing):
    said = refusal(film, sign_clip(film, {"consent": consent}, SECRET), SECRET, ("Ada", "Bo"), use, day)
    assert said == (f"no consent to {use} on {day}: {missing}" if missing else "")


def test_consent_that_was_written_in_later_or_belongs_to_another_film_is_none(film):
    manifest = sign_clip(film, {"consent": {"Ada": GIVEN}}, SECRET)
    forged = {**manifest, "claims": {"consent": BOTH}}
    assert "signature is wrong" in refusal(film, forged, SECRET, ("Ada", "Bo"), "a lesson", "2027-01-01")
    assert "frame 0" in refusal(1 - film, manifest, SECRET, ("Ada",), "a lesson", "2027-01-01")


def test_a_film_without_a_word_of_consent_and_a_decider_without_an_answer_show_nothing(film):
    mute, full = (sign_clip(film, claims, SECRET) for claims in ({}, {"consent": BOTH}))
    assert refusal(film, mute, SECRET, ("Ada",), "a lesson", "2027-01-01").endswith(": Ada")
    silent = refusal(film, full, SECRET, ("Ada",), "a lesson", "2027-01-01", lambda *_: None)
    assert silent.endswith(": Ada")
