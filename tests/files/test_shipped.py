from pathlib import Path

import pytest

from fomm_lite.errors import InputError
from fomm_lite.files import shipped as resources


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout with an empty package in it, in place of the real ones."""
    package = tmp_path / "fomm_lite"
    package.mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    monkeypatch.setattr(resources, "_CHECKOUT", tmp_path)
    return package


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_an_asset_of_a_checkout_is_found_in_its_subfolder(package):
    shipped = put(package.parent / "assets" / "driving" / "nod.mp4")
    assert resources.asset("driving/nod.mp4") == shipped


def test_the_package_folder_of_a_wheel_comes_before_the_folder_beside_the_package(package):
    put(package.parent / "assets" / "face.png")
    put(package.parent / "notebooks" / "00_start.ipynb")
    inside = put(package / "assets" / "face.png")
    notebook = put(package / "notebooks" / "00_start.ipynb")
    assert resources.asset("face.png") == inside
    assert resources.notebooks_folder() == notebook.parent


@pytest.mark.parametrize("name", ["fcae.png", "driving", "../secret", "driving/.hidden", ""])
def test_an_unknown_name_is_answered_with_the_names_there_are(package, name):
    put(package.parent / "secret")
    put(package.parent / "assets" / "face.png")
    put(package.parent / "assets" / "driving" / "nod.mp4")
    put(package.parent / "assets" / "driving" / ".hidden")
    with pytest.raises(InputError) as caught:
        resources.asset(name)
    assert caught.value.expected == "one of driving/nod.mp4, face.png"


def test_an_installation_without_assets_says_where_they_were_looked_for(package):
    with pytest.raises(FileNotFoundError) as caught:
        resources.assets_folder()
    assert str(package / "assets") in str(caught.value)
    assert str(package.parent / "assets") in str(caught.value)
