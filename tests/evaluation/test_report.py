"""What a reader of an evaluation sees, and what a program reads."""

import dataclasses
import json

import pytest

from fomm_lite.evaluation.measures import ClipScore, Measures
from fomm_lite.evaluation.report import Evaluation
from fomm_lite.evaluation.truth import TruthScore

SCORES = [ClipScore(2, 0.1, 0.2, 0.5, 20), ClipScore(5, 0.1, 0.3, 1 / 3, 21), ClipScore(1, 0.0, 0.0, None, 100)]
TOTAL = ClipScore(8, 0.0875, 0.2375, 0.3684, 30.6)
TRUTH = TruthScore(deformation_error=0.712, identity_error=1.9, hidden=0.1, occlusion_precision=0.25)
MEASURES = Measures(8, 0.0875, 30.6, ssim=0.9123)
JUDGED = dataclasses.replace(MEASURES, akd_released=0.4, akd=0.6, mkr=0.02, aed_released=0.01, aed=0.1)


def report(truth: TruthScore | None = None, measures: Measures | None = None) -> Evaluation:
    return Evaluation(TOTAL, tuple(SCORES), truth, measures)


def test_numbers_survive_json():
    numbers = json.loads(json.dumps(report(TRUTH, MEASURES).to_dict(), allow_nan=False))
    assert numbers["total"]["ratio"] == pytest.approx(TOTAL.ratio)
    assert [clip["frames"] for clip in numbers["clips"]] == [2, 5, 1]
    assert numbers["truth"]["hidden"] == 0.1 and numbers["measures"]["akd"] is None


def test_the_table_has_a_line_a_clip_and_one_for_all():
    table = report(measures=MEASURES).table(["first", "a longer name", "still"]).splitlines()
    assert table[5] == "" and table[6].split() == ["SSIM", "0.9123"]
    table = table[:5]
    assert len({len(line) for line in table}) == 1
    assert table[2].split()[:4] == ["a", "longer", "name", "5"]
    assert table[3].split()[-2] == "-"
    assert table[4].split() == ["all", "8", "0.0875", "0.2375", "0.368", "30.60"]
    assert report().table().splitlines()[-1] == "all        8  0.0875   0.2375     0.368    30.60"


def test_the_table_says_what_judges_measured_and_what_they_miss_themselves():
    lines = report(measures=JUDGED).table().splitlines()[-4:]
    assert [line.split()[0] for line in lines] == ["SSIM", "AKD", "MKR", "AED"]
    assert lines[1] == "AKD                 0.60 px (as released: 0.40 px)"
    floored = dataclasses.replace(JUDGED, akd_floor=0.5, mkr_floor=0.01)
    lines = report(measures=floored).table().splitlines()[-3:]
    assert lines[0] == "AKD                 0.60 px (as released: 0.40 px; true pictures: 0.50 px)"
    assert lines[1] == "MKR                 0.0200 (true pictures: 0.0100)"


def test_the_table_shows_the_truth_where_it_is_known():
    assert report(TRUTH).table().splitlines()[-2:] == [
        "deformation error   0.71 px (identity: 1.90 px)",
        "occlusion precision 0.250 (a map that knows nothing: 0.100)",
    ]
    assert "occlusion" not in report(dataclasses.replace(TRUTH, occlusion_precision=None)).table()
