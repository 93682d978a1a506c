"""The grid of order, keypoints and turn: what is trained, what is measured, and what a part of it tells."""

import json
import sys
from itertools import pairwise

import pytest
import torch

from benchmarks import dose_response, dose_table
from benchmarks.dose_response import ROWS, Run, grid, jacobian_errors, paper_rows
from benchmarks.dose_table import Results, recorded, table
from fomm_lite.course.ch07_what_matters.ablations import REPORTED
from fomm_lite.course.ch07_what_matters.comparison import HeldOut
from fomm_lite.course.ch07_what_matters.dose import Recorded
from fomm_lite.training.pairs import WorldClips
from fomm_lite.types import Keypoints
from fomm_lite.worlds import faces


def test_the_grid_has_every_combination_and_starts_with_the_most_telling_ones():
    runs = list(grid())
    assert len(runs) == len({run.name for run in runs}) == 81
    assert [run.name for run in runs[:2]] == ["zero-k3-turn1.2-seed0", "first-k3-turn1.2-seed0"]
    assert all(run.seed == 0 and run.order != "free" for run in runs[:18])


def test_the_rows_of_the_paper_differ_by_one_switch_each_and_turn():
    *runs, held, freed = paper_rows([4])
    assert (held.name, freed.name) == tuple(
        f"turned-{row}-k3-turn1.2-seed4-nowarp" for row in ("occlusion", "jacobians")
    )
    assert (held.training.weights.warp, held.model) == (0, runs[2].model) and runs[2].training.weights.warp > 0
    assert [ROWS[run.order].label for run in runs] == list(REPORTED)
    for run in runs:
        assert (run.keypoints, run.turn, run.training.seed) == (run.model.num_keypoints, 1.2, 4)
    for before, after in pairwise(runs):
        old, new = ({**run.model.to_dict(), **vars(run.training.weights)} for run in (before, after))
        assert sum(old[name] != new[name] for name in old) == 1


def test_orders_differ_in_their_jacobians_alone():
    zero, free, first = (Run(order, 3, 1.2, 0) for order in ("zero", "free", "first"))
    assert not zero.model.estimate_jacobian and free.model == first.model and first.model.estimate_jacobian
    assert zero.training == first.training != free.training
    assert free.training.weights.equivariance_jacobians == 0 < first.training.weights.equivariance_jacobians


class Knowing:
    """Two keypoints: on the nose, with its true jacobian times ``wrong``, and on the background."""

    def __init__(self, clip, wrong: float) -> None:
        nose = clip.part_names.index("nose")
        places = torch.stack([clip.landmarks[:, clip.landmark_names.index("nose")], torch.full((3, 2), -0.99)], 1)
        jacobians = torch.stack([clip.part_affines[:, nose, :, :2], torch.eye(2).expand(3, 2, 2)], 1)
        jacobians[0] *= wrong  # in the source only, so that it does not cancel
        self.answer = Keypoints(places, jacobians)

    def detect(self, frames: torch.Tensor) -> Keypoints:
        assert len(frames) == len(self.answer)
        return self.answer


def test_true_jacobians_have_no_error_and_identities_have_that_of_the_turn():
    clip = faces(2, frames=3, size=32, stride=6, turn=1.2)
    clips = HeldOut([clip], [], [], [])
    right = jacobian_errors(Knowing(clip, 1.0), clips)
    assert right["learnt"] == pytest.approx([0], abs=2e-3)
    nose = clip.part_affines[:, clip.part_names.index("nose"), :, :2]
    relative = nose[:1] @ torch.linalg.inv(nose[1:])
    assert right["identity"] == pytest.approx([float((relative - torch.eye(2)).norm(dim=(1, 2)).mean())], abs=2e-3)
    assert jacobian_errors(Knowing(clip, 1.1), clips)["learnt"] == pytest.approx(
        [float(0.1 * relative.norm(dim=(1, 2)).mean())], abs=2e-3
    )


def test_a_finished_run_is_not_done_again(tmp_path, monkeypatch):
    runs = [Run("zero", 1, 0.6, 0, steps=2), Run("first", 1, 0.6, 0, steps=2)]
    monkeypatch.setattr(dose_response, "grid", lambda _seeds: runs)
    monkeypatch.setattr(dose_response, "lessons", lambda turn: WorldClips("faces", "train", 2, size=32, turn=turn))
    monkeypatch.setattr(
        dose_response, "held_out", lambda turn: HeldOut.draw("faces", 2, frames=3, lessons=2, turn=turn)
    )
    monkeypatch.setattr(sys, "argv", ["dose_response", "--out", str(tmp_path)])
    dose_response.main()
    files = [tmp_path / run.name / "result.json" for run in runs]
    zero, first = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    assert len(zero["l1"]) == len(zero["copying"]) == 2
    assert "jacobian_errors" not in zero and len(first["jacobian_errors"]["learnt"]) == 2
    assert not list(tmp_path.glob("*/checkpoint.pt"))
    monkeypatch.setattr(dose_response, "train", None)  # would fail if it were called
    # the last digits of a least-squares fit are not the same twice
    wanted = json.loads(files[1].read_text(encoding="utf-8"), parse_float=lambda x: pytest.approx(float(x), rel=1e-5))
    files[1].unlink()
    dose_response.main()
    assert json.loads(files[1].read_text(encoding="utf-8")) == wanted


def made_up(run: Run, level: float) -> dict:
    """A result with an L1 of ``level`` times copying in every clip."""
    copying = [0.1, 0.2, 0.3]
    found = {
        "seed": run.seed,
        "deformation": [1.0, 2.0, 3.0],
        "copying": copying,
        "l1": [level * each for each in copying],
        "landmarks": [2 * level, 4 * level],
    }
    errors = {f"{guess}_median": [0.5, None, 0.3] for guess in ("learnt", "identity", "constant")}
    return found if not run.model.estimate_jacobian else found | {"jacobian_errors": errors}


def put(folder, run: Run, level: float) -> None:
    """Writes down a run's made-up result."""
    (folder / run.name).mkdir(parents=True)
    (folder / run.name / "result.json").write_text(json.dumps(made_up(run, level)), encoding="utf-8")


def test_a_part_of_the_grid_is_a_table_a_picture_and_what_the_notebook_reads(tmp_path, monkeypatch, capsys):
    levels = {("zero", 0): 0.8, ("zero", 1): 0.6, ("first", 0): 0.4}
    levels |= {("turned-baseline", 0): 0.5, ("turned-pyramid", 0): 0.4}
    put(tmp_path, Run("turned-occlusion", 3, 1.2, 1, warp=False), 0.4)
    put(tmp_path, Run("turned-jacobians", 3, 1.2, 1, warp=False), 0.3)
    for (order, seed), level in levels.items():
        put(tmp_path, Run(order, 3, 1.2, seed), level)
    drawn, kept = tmp_path / "new" / "gain.png", tmp_path / "kept.json"
    argv = ["dose_table", "--runs", str(tmp_path), "--picture", str(drawn), "--data", str(kept)]
    monkeypatch.setattr(sys, "argv", argv)
    dose_table.main()
    said = capsys.readouterr().out
    assert "| 3 | 1.2 | 0.700 [0.600, 0.800] (2) | - | 0.400 [0.400, 0.400] (1) | 0.500 [0.500, 0.500] (1) |" in said
    assert "| 3 | 1.2 | 2.00, -, 2.00 | -, -, - | 0.400, 0.400, 0.400 |" in said
    assert "| 1 | 0.0 | - | - | - | - |" in said
    assert "Without the warp term, from Pyr. + O to Jac. w/o Eq. 12: L1 -25.0% [-25.0%, -25.0%] (1)" in said
    assert "95 of 102 runs, the next zero-k1-turn1.2-seed0" in said
    assert "| Pyr. | 0.400 [0.400, 0.400] (1) | 2.00 | -20.0% [-20.0%, -20.0%] (-5.5%) | -20.0% " in said
    assert drawn.stat().st_size > 5000
    found = Recorded.read(kept)
    assert found.cell("zero", 3, 1.2).share.seeds == pytest.approx((0.8, 0.6))
    assert found.cell("first", 3, 1.2).jacobians == pytest.approx({"learnt": 0.4, "identity": 0.4, "constant": 0.4})
    assert [(each.keypoints, each.turn, each.gain.seeds) for each in found.gains] == [(3, 1.2, (0.5,))]
    (step,) = found.rows
    assert (step.before, step.after) == ("Baseline", "Pyr.") and step.landmarks.value == pytest.approx(-0.2)
    with pytest.raises(KeyError, match="first order, 1 keypoints"):
        found.cell("first", 1, 1.2)


def test_what_the_file_knows_and_the_folder_does_not_stays(tmp_path, monkeypatch, capsys):
    kept = tmp_path / "kept.json"
    for runs, levels in (("before", {0.0: (0.8, 0.4), 1.2: (0.9, 0.6)}), ("later", {0.6: (0.5, 0.3), 1.2: (0.9, 0.3)})):
        for turn, (zero, first) in levels.items():
            put(tmp_path / runs, Run("zero", 1, turn, 0), zero)
            put(tmp_path / runs, Run("first", 1, turn, 0), first)
        monkeypatch.setattr(sys, "argv", ["dose_table", "--runs", str(tmp_path / runs), "--data", str(kept)])
        capsys.readouterr()
        dose_table.main()
    found = Recorded.read(kept)
    assert {each.turn: each.gain.value for each in found.gains} == pytest.approx({0.0: 0.5, 0.6: 0.4, 1.2: 2 / 3})
    assert [cell.key for cell in found.cells] == sorted(
        (1, turn, o) for turn in (0.0, 0.6, 1.2) for o in ("zero", "first")
    )
    said = capsys.readouterr().out
    assert "| 1 | 0.0 | 0.800 [0.800, 0.800] (1) | - | 0.400" in said and "| 1 | 1.2 | 0.900" in said


def test_intervals_know_seeds_and_clips():
    random = torch.Generator().manual_seed(1)
    base = 0.5 + torch.rand(40, generator=random)

    def results(spread: float) -> Results:
        found = {}
        for seed in range(3):
            for order, level in (("zero", 0.8), ("first", 0.4)):
                run = Run(order, 3, 1.2, seed)
                values = base * (level + spread * (seed - 1))
                found[run] = made_up(run, 1.0) | {"l1": values.tolist(), "copying": base.tolist()}
        return Results(found)

    alike, apart = (results(spread).gain(3, 1.2) for spread in (0.0, 0.1))
    assert alike is not None and apart is not None
    assert alike.value == pytest.approx(apart.value) == pytest.approx(0.5)
    assert alike.high - alike.low < 1e-6 < 0.1 < apart.high - apart.low  # the clips cancel, being the same for both


def test_an_empty_grid_is_no_error():
    assert "| 10 | 0.6 | - | - | - | - |" in table(recorded(Results({})))
    assert recorded(Results({})).gains == ()
