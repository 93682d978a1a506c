"""``fomm-lite animate-pairs``: listed or drawn pairs, each a video."""

import csv
from pathlib import Path

import torch

from fomm_lite.cli import main as cli
from fomm_lite.media.read import probe, read_image, stream_frames
from fomm_lite.media.statement import read_statement
from fomm_lite.media.write import write_image

FRAMES = 5


def pairs(*options: str, out: str = "new") -> int:
    return cli.main(["animate-pairs", "--data", "films", "--split", "all", "--weights", "tiny", "--out", out, *options])


def listed(folder: str) -> list[tuple[str, str, str]]:
    with Path(folder, "pairs.csv").open(newline="") as file:
        return [(row["source"], row["driving"], row["made"]) for row in csv.DictReader(file)]


def video(path: str) -> torch.Tensor:
    return torch.stack(list(stream_frames(path)))


def test_listed_pairs_are_what_animating_them_one_by_one_gives(desk, capsys):
    Path("list.csv").write_text(
        "source,driving\nwide.mp4,driver.mp4\nnobody.mp4,driver.mp4\ndriver,wide\n", encoding="utf-8"
    )
    assert pairs("--pairs", "list.csv", "--adapt-scale") == 0
    told = capsys.readouterr()
    assert "nobody.mp4" in told.err
    assert told.out == "wrote 2 videos and pairs.csv to new\n"
    assert listed("new") == [
        ("wide.mp4", "driver.mp4", "driver-wide.mp4"),
        ("driver.mp4", "wide.mp4", "wide-driver.mp4"),
    ]
    write_image("first.png", next(iter(stream_frames("films/wide.mp4", 32))))
    one = ["--weights", "tiny", "--adapt-scale", "--driving", "driver.mp4"]
    assert cli.main(["animate", "--source", "first.png", *one, "--out", "one.mp4"]) == 0
    assert float((video("one.mp4") - video("new/driver-wide.mp4")).abs().max()) < 0.05
    assert (probe("new/driver-wide.mp4").has_audio, probe("new/wide-driver.mp4").has_audio) == (True, False)
    assert probe("new/driver-wide.mp4").fps == 12.5


def test_drawn_pairs_depend_on_the_seed_and_can_be_listed_again(desk):
    assert pairs("--num-pairs", "2", "--seed", "1") == pairs("--num-pairs", "2", "--seed", "1", out="again") == 0
    assert listed("new") == listed("again") and len(listed("new")) == 2
    assert pairs("--pairs", "new/pairs.csv", "--absolute", out="third") == 0
    assert listed("third") == listed("new")
    made = listed("new")[0][2]
    assert float((video(f"new/{made}") - video(f"third/{made}")).abs().max()) > 0.1
    assert pairs(out="all") == 0
    assert len({made for _, _, made in listed("all")}) == 4


def test_pairs_as_pictures_and_as_grids(desk, capsys):
    assert pairs("--num-pairs", "1", "--png", "--grid") == 0
    ((_, _, made),) = listed("new")
    files = sorted(path.name for path in Path("new", made).iterdir())
    assert files == [f"{index:07d}.png" for index in range(FRAMES)]
    assert read_image(Path("new", made, files[0])).shape[2] > 700
    told = read_statement(Path("new", made, files[-1]))
    assert told is not None and told["synthetic"] and told["how"]["command"] == "animate-pairs"
    assert pairs("--num-pairs", "1", "--png") == 2
    assert "there already" in capsys.readouterr().err


def test_broken_clips_are_named_once_and_the_others_made(desk, capsys):
    Path("films/letter.mp4").write_text("this is a letter", encoding="utf-8")
    assert pairs() == 0
    told = capsys.readouterr()
    assert told.err.count("left out letter.mp4") == 1
    assert "wrote 4 videos and pairs.csv to new, 5 left out" in told.out
    assert sorted(path.suffix for path in Path("new").iterdir()) == [".csv"] + 4 * [".mp4"]


def test_nothing_but_broken_clips_is_bad_input(desk, capsys):
    for path in Path("films").iterdir():
        path.write_text("a letter", encoding="utf-8")
    assert pairs() == 2
    assert "none of which could be animated" in capsys.readouterr().err
    assert not Path("new").exists()
