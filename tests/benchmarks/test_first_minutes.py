"""A training that is looked at on its way."""

from benchmarks import first_minutes
from fomm_lite.course.ch12_going_further import new_category


def test_a_training_is_looked_at_and_goes_on_to_its_end_and_another_only_so_far(tmp_path):
    path = tmp_path / "looks.json"
    first_minutes.record(path, looks=(0.01, 0.02), plan={3: 2, 2: 1}, steps=4)
    trainings = new_category.recorded(path)
    assert {clips: [look.steps for look in looks] for clips, looks in trainings.items()} == {3: [1, 2, 4], 2: [1]}
    seconds = [look.seconds for look in trainings[3]]
    assert 0 < seconds[0] <= seconds[1] <= seconds[2]
    for looks in trainings.values():
        assert all(look.unseen[0] < look.unseen[1] < look.unseen[2] for look in looks)


def test_looks_change_nothing_in_a_training():
    once, often = (list(first_minutes.watched(2, looks, 4, to_the_end=True))[-1] for looks in ((), (0.01, 0.02)))
    assert (once.steps, once.unseen, once.seen) == (often.steps, often.unseen, often.seen)
