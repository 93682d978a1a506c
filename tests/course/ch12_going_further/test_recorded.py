"""Trainings that were recorded: made by the code that is there, and read back as they were written."""

import pytest

from benchmarks import first_minutes
from fomm_lite.course.ch12_going_further import few_clips, new_category, sick_runs


def test_two_steps_of_a_sick_run_are_recorded_and_read_back(tmp_path):
    path = tmp_path / "runs.json"
    sick_runs.record(path, steps=4, recipes={"strong": sick_runs.RECIPES["discriminator, six steps"]})
    curves = sick_runs.recorded(path)["strong"]
    assert set(curves) == {"reconstruction", "apart", "stretch", "discriminator", "generator"}
    assert [step for step, _ in curves["stretch"]] == [0, 2]
    assert curves["stretch"][0][1] == pytest.approx(1, abs=0.01)  # jacobians begin as identities


def test_only_what_is_not_recorded_yet_is_trained(tmp_path, monkeypatch):
    path, asked, healthy = tmp_path / "runs.json", [], sick_runs.RECIPES["healthy"]
    sick_runs.record(path, steps=1, recipes={"healthy": healthy})
    train = sick_runs.run
    monkeypatch.setattr(sick_runs, "run", lambda recipe, steps: asked.append(recipe) or train(recipe, steps))
    asleep = sick_runs.RECIPES["discriminator asleep"]
    sick_runs.record(path, steps=1, recipes={"asleep": asleep, "healthy": healthy})
    assert asked == [asleep] and list(sick_runs.recorded(path)) == ["asleep", "healthy"]


def test_a_discriminator_asleep_never_changes_its_mind():
    curves = sick_runs.run(sick_runs.RECIPES["discriminator asleep"], steps=3)
    awake = sick_runs.run(sick_runs.RECIPES["discriminator, six steps"], steps=3)
    assert abs(curves["discriminator"][-1][1] - curves["discriminator"][0][1]) < 0.1
    assert awake["discriminator"][-1][1] < 0.8 * curves["discriminator"][-1][1]


def test_the_shipped_curves_are_those_of_all_recipes_and_of_full_length():
    runs = sick_runs.recorded()
    assert list(runs) == list(sick_runs.RECIPES)
    assert {curves["stretch"][-1][0] for curves in runs.values()} == {sick_runs.STEPS - sick_runs.EVERY}


def test_bills_are_recorded_one_by_one_and_a_second_start_goes_on(tmp_path, monkeypatch):
    path, plans = tmp_path / "bills.json", [few_clips.Plan(1, faces, steps=2) for faces in (False, True)]
    few_clips.record(path, plans[1:])
    (first,) = few_clips.recorded(path)
    asked, trained = [], few_clips.bill
    monkeypatch.setattr(few_clips, "bill", lambda plan: asked.append(plan) or trained(plan))
    few_clips.record(path, plans)
    nothing, faces = few_clips.recorded(path)
    assert asked == plans[:1] and faces == first and nothing.plan == plans[0]
    for each in (nothing, faces):
        assert each.seconds > 0
        assert each.unseen[0] < each.unseen[1] < each.unseen[2]
        assert each.seen[0] == each.seen[1] == each.seen[2]  # of a single clip
    assert faces.unseen[1] < nothing.unseen[1]


def test_a_training_that_a_signal_ends_is_no_bill(tmp_path, monkeypatch):
    trained = few_clips.train

    def ended(*arguments, **options):
        return trained(*arguments, **options, on_step=lambda state, _: setattr(state, "stop", True))

    monkeypatch.setattr(few_clips, "train", ended)
    with pytest.raises(KeyboardInterrupt):
        few_clips.record(tmp_path / "bills.json", [few_clips.Plan(1, faces=True, steps=3)])
    assert not (tmp_path / "bills.json").exists()


def test_the_shipped_bills_are_of_all_plans():
    assert [bill.plan for bill in few_clips.recorded()] == list(few_clips.PLANS)


def test_the_shipped_training_of_a_new_category_was_looked_at_as_often_as_planned():
    trainings = new_category.recorded()
    assert {clips: len(looks) for clips, looks in trainings.items()} == {
        clips: count + (count == len(first_minutes.LOOKS)) for clips, count in first_minutes.WATCHED.items()
    }
    for clips, looks in trainings.items():
        for look, second in zip(looks, first_minutes.LOOKS, strict=False):
            assert look.clips == clips and second <= look.seconds < second + 5
    assert trainings[100][-1].steps == first_minutes.STEPS
