"""A reader's own picture: what a file becomes, where its square lies, and one line for what is no picture."""

import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import ipywidgets as widgets
import pytest
import torch
from PIL import Image
from torch import Tensor

from fomm_lite.course.ch08_full_animation.explorer import SOURCES, TransferExplorer
from fomm_lite.course.kit.own_picture import OwnPicture
from fomm_lite.course.kit.picture_input import PictureInput
from fomm_lite.course.kit.thumbnails import Thumbnails
from fomm_lite.course.live_puppet.explorer import OTHERS, PuppetExplorer
from fomm_lite.worlds import faces
from tests.hostile import MEGABYTES

ROOT = Path(__file__).resolve().parents[3]


def file_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    picture.save(data, kind)
    return data.getvalue()


def bands() -> bytes:
    """120 x 40: left third red, middle green, right blue."""
    picture = Image.new("RGB", (120, 40), (255, 0, 0))
    picture.paste((0, 255, 0), (40, 0, 80, 40))
    picture.paste((0, 0, 255), (80, 0, 120, 40))
    return file_of(picture)


@pytest.fixture
def taken() -> list[Tensor]:
    return []


@pytest.fixture
def own(taken: list[Tensor]) -> OwnPicture:
    return OwnPicture(32, taken.append)


def test_the_square_in_the_middle_is_taken_first_and_sliders_move_it(own: OwnPicture, taken: list[Tensor]) -> None:
    assert own.crop.layout.display == "none"
    own.read("bands.png", bands())
    own.open(True)
    assert own.crop.layout.display == "flex" and not own.message.value
    own.controls["across"].value = 0.0
    own.controls["across"].value = 1.0
    expected = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert [each.shape for each in taken] == [(3, 32, 32)] * 3
    for square, colour in zip(taken, expected, strict=True):
        torch.testing.assert_close(square, torch.tensor(colour).float().view(3, 1, 1).expand(3, 32, 32))
    own.controls["zoom"].value = 4.0
    assert own.box().width == 10 and own.box().x == 110


def test_a_hand_drags_the_square_to_where_it_is_and_not_out_of_the_picture(
    own: OwnPicture, taken: list[Tensor]
) -> None:
    own.read("bands.png", bands())
    assert own.layer is not None
    for at, x in (((-0.4, 0.0), 16), ((-1.0, -1.0), 0), ((1.0, 1.0), 80)):
        own.layer._heard(None, {"sequence": 1, "kind": "pull", "name": "middle", "at": list(at)}, [])
        assert abs(own.box().x - x) <= 1 and own.box().y == 0
        (handle,) = own.layer.handles
        assert abs(handle["at"][0] - (2 * (own.box().x + 20) / 120 - 1)) < 1e-6
    assert len(taken) == 4  # once for each


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("notes.txt", b"Dear diary", "got notes.txt, which is no picture; expected a PNG"),
        ("nothing.png", b"", "got nothing.png, an empty file"),
        ("cut.png", bands()[:60], "cut.png"),
        ("<b>.png", b"\xff\xd8\xff\xe0 no more", "&lt;b&gt;.png"),
    ],
)
def test_what_is_no_picture_is_told_in_one_line(
    own: OwnPicture, taken: list[Tensor], name: str, data: bytes, said: str
) -> None:
    own.read(name, data)
    assert said in own.message.value and "\n" not in own.message.value and "/tmp" not in own.message.value
    assert "expected" in own.message.value and not taken
    own.read("bands.png", bands())
    assert not own.message.value and len(taken) == 1


def test_two_hundred_megapixels_are_refused_in_little_memory() -> None:
    script = (
        "import io\n"
        "from PIL import Image\n"
        "from fomm_lite.course.kit.own_picture import OwnPicture\n"
        "from tests.hostile import megabytes\n"
        "Image.MAX_IMAGE_PIXELS, usual = None, Image.MAX_IMAGE_PIXELS\n"
        "for kind in ('PNG', 'JPEG'):\n"
        "    data = io.BytesIO()\n"
        "    Image.new('L', (20_000, 10_000)).save(data, kind)\n"
        "    Image.MAX_IMAGE_PIXELS = usual\n"
        "    own = OwnPicture(64, print)\n"
        "    own.read('large.' + kind.lower(), data.getvalue())\n"
        "    print(own.message.value)\n"
        "    Image.MAX_IMAGE_PIXELS = None\n"
        "print(megabytes())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True, timeout=120, cwd=ROOT
    )
    png, jpeg, peak = run.stdout.splitlines()
    for line in (png, jpeg):
        assert ", a picture of 200 million pixels; expected at most 179 million; shrink it first<" in line
    assert float(peak) < MEGABYTES


def test_a_large_photograph_comes_with_what_its_square_needs(own: OwnPicture, taken: list[Tensor]) -> None:
    own.read("photo.jpg", file_of(Image.new("RGB", (3000, 2000), (10, 200, 90)), "JPEG"))
    own.controls["zoom"].value = 4.0
    assert own.box().width == 32  # four times as many on the shorter side: nothing is blurred
    assert taken[-1].shape == (3, 32, 32)


def test_a_file_comes_in_parts_and_a_refusal_as_it_is() -> None:
    given, refused = [], []
    asked = PictureInput(lambda *file: given.append(file), refused.append)
    data = bytes(range(256)) * 4
    for at in range(0, 1024, 400):
        part = {"kind": "part", "name": "a.png", "at": at, "size": 1024}
        asked._heard(None, part, [memoryview(data[at : at + 400])])
    assert given == [("a.png", data)]
    asked._heard(None, {"kind": "part", "name": "b", "at": 0, "size": 0}, [memoryview(b"")])
    assert given[-1] == ("b", b"")
    asked._heard(None, {"kind": "refused", "why": "got no camera"}, [])
    assert refused == ["got no camera"]


@pytest.mark.parametrize("version", [7, 8])
def test_with_core_widgets_only_there_is_an_upload(
    version: int, taken: list[Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    own = OwnPicture(32, taken.append)
    assert isinstance(own.widget.children[0], widgets.FileUpload) and own.layer is None
    file = {"content": memoryview(bands()) if version == 8 else bands()}
    own._uploaded({"new": ({**file, "name": "b.png"},) if version == 8 else {"b.png": file}})
    assert len(taken) == 1


def test_thumbnails_are_clicked_and_say_which_is_chosen() -> None:
    choice = Thumbnails("source", list(faces(3, frames=3, size=32).frames), ["one", "two", "three"], 1)
    assert [button.description for button in choice._buttons] == ["one", "two (chosen)", "three"]
    choice._buttons[2].click()
    assert choice.value == 2 and choice.options == [("one", 0), ("two", 1), ("three", 2)]
    choice.value = 9
    assert choice.value == 2
    styles = choice._style.value
    assert all(f"fomm-lite-{button.model_id}" in styles for button in choice._buttons)


def test_transfer_takes_an_own_source_and_goes_back_to_a_drawn_one() -> None:
    explorer = TransferExplorer()
    start = explorer.render(explorer.state)
    explorer.own.read("bands.png", bands())
    assert explorer.state["source"] == SOURCES and explorer.own.crop.layout.display == "flex"
    torch.testing.assert_close(explorer.compute(**explorer.state).panels["prediction"].shape, torch.Size((3, 384, 384)))
    torch.testing.assert_close(explorer.sources[-1, :, 20, 20], torch.tensor([0.0, 1.0, 0.0]))
    explorer.own.controls["across"].value = 0.0
    torch.testing.assert_close(explorer.sources[-1, :, 20, 20], torch.tensor([1.0, 0.0, 0.0]))
    assert len(explorer.sources) == len(explorer.kp_sources.positions) == SOURCES + 1
    assert (explorer.render(explorer.state) != start).any()
    explorer.reset()
    assert (explorer.render(explorer.state) == start).all() and explorer.own.crop.layout.display == "none"


@pytest.mark.parametrize("canvas", [True, False])
def test_the_puppet_takes_another_source_in_the_same_hands(canvas: bool) -> None:
    frames = faces(3, frames=3, size=64).frames
    puppet = PuppetExplorer(frames[0], driving=list(frames), canvas=canvas)
    start = puppet.render(puppet.state)
    puppet.sources._buttons[1].click()
    assert (puppet.render(puppet.state) != start).any()
    puppet.own.read("bands.png", bands())
    assert puppet.sources.value == 1 + OTHERS and puppet.own.crop.layout.display == "flex"
    torch.testing.assert_close(puppet.puppet.source[0, :, 30, 30], torch.tensor([0.0, 1.0, 0.0]))
    torch.testing.assert_close(puppet.puppet.driven[0].positions, puppet.puppet.kp_source.positions)
    puppet.own.read("notes.txt", b"Dear diary")
    assert puppet.own.message.value
    puppet.sources._buttons[0].click()
    assert not puppet.own.message.value
    assert (puppet.render(puppet.state) == start).all() and puppet.own.crop.layout.display == "none"
    if canvas:
        assert puppet.canvas.points == puppet.puppet.points(0)
        assert puppet.canvas.handedness == puppet.puppet.handedness()
