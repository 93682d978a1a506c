"""The lock's hashes: of every pin, of whole versions, and what pip got is held against them."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import locked_hashes
import pytest
import setup_env

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("file", "name", "version", "meant"),
    [
        ("six-1.17.0-py2.py3-none-any.whl", "six", "1.17.0", True),
        ("six-1.17.0.tar.gz", "six", "1.17.0", True),
        ("Jinja2-3.1.6-py3-none-any.whl", "jinja2", "3.1.6", True),
        ("ruamel_yaml-0.18-py3-none-any.whl", "ruamel-yaml", "0.18", True),
        ("av-18.1.0-1-cp311-abi3-win_amd64.whl", "av", "18.1.0", True),
        ("six-1.17.0.post1.tar.gz", "six", "1.17.0", False),
        ("six-1.17-py3-none-any.whl", "six", "1.17.0", False),
        ("sixer-1.17.0.tar.gz", "six", "1.17.0", False),
    ],
)
def test_files_are_told_by_name_and_version(file: str, name: str, version: str, meant: bool) -> None:
    assert locked_hashes.is_of(file, name, version) is meant


def test_every_pin_has_hashes_and_no_hash_is_of_another_version() -> None:
    pins = re.findall(r"^([\w.-]+)==(\S+)$", setup_env.CONSTRAINTS.read_text("utf-8"), re.M)
    locked = {
        f"{locked_hashes.canonical(name)}=={version}" for name, version in pins if name not in locked_hashes.OF_TORCH
    }
    lines = setup_env.HASHES.read_text("utf-8").splitlines()
    assert {line.split()[0] for line in lines} == locked, "run `make lock`"
    assert all(re.fullmatch(r"\S+==\S+ [0-9a-f]{64}", line) for line in lines)


def wheel(folder: Path) -> Path:
    """A small wheel that asks for nothing."""
    path = folder / "tiny_thing-1.0-py3-none-any.whl"
    about = "tiny_thing-1.0.dist-info"
    files = {
        "tiny_thing.py": "",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"]))
    return path


def test_what_pip_installs_is_held_against_the_lock(tmp_path: Path) -> None:
    thing, report, hashes = wheel(tmp_path), tmp_path / "report.json", tmp_path / "hashes"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(tmp_path), "--target"]
    subprocess.run([*pip, str(tmp_path / "here"), "--report", str(report), "tiny-thing"], check=True)
    right = hashlib.sha256(thing.read_bytes()).hexdigest()
    hashes.write_text(f"tiny-thing==1.0 {'0' * 64}\ntiny-thing==1.0 {right}\n", encoding="utf-8")
    assert locked_hashes.altered(report, hashes) == []
    hashes.write_text(f"tiny-thing==1.0 {'0' * 64}\n", encoding="utf-8")
    (said,) = locked_hashes.altered(report, hashes)
    assert said.startswith("tiny-thing==1.0 from file:///") and right in said
    hashes.write_text(f"tiny-thing==1.1 {'0' * 64}\n", encoding="utf-8")
    assert locked_hashes.altered(report, hashes) == []  # of other versions nothing is known


@pytest.mark.parametrize("archive", [{"hash": f"sha256={'a' * 64}"}, {"hashes": {"sha256": "a" * 64}}, {}, None])
def test_reports_of_older_pips_are_read_and_a_checkout_has_no_hash(
    tmp_path: Path, archive: dict[str, object] | None
) -> None:
    download = {"url": "https://example.invalid/x.whl"} | ({} if archive is None else {"archive_info": archive})
    found = {"install": [{"metadata": {"name": "Tiny_Thing", "version": "1.0"}, "download_info": download}]}
    (tmp_path / "report.json").write_text(json.dumps(found), encoding="utf-8")
    (tmp_path / "hashes").write_text(f"tiny-thing==1.0 {'a' * 64}\n", encoding="utf-8")
    wrong = locked_hashes.altered(tmp_path / "report.json", tmp_path / "hashes")
    assert wrong == ([] if archive else ["tiny-thing==1.0 from https://example.invalid/x.whl: SHA-256 unknown"])


def test_a_file_that_is_not_the_locked_one_ends_the_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pip_install(venv: Path, *arguments: str) -> int:
        download = {"url": "https://example.invalid/x.whl", "archive_info": {"hashes": {"sha256": "b" * 64}}}
        version = re.search(r"^numpy==(\S+)$", setup_env.CONSTRAINTS.read_text("utf-8"), re.M)
        assert version
        found = {"install": [{"metadata": {"name": "numpy", "version": version[1]}, "download_info": download}]}
        Path(arguments[arguments.index("--report") + 1]).write_text(json.dumps(found), encoding="utf-8")
        return 0

    monkeypatch.setattr(setup_env, "pip_install", pip_install)
    monkeypatch.setattr(setup_env, "answer_of", lambda *_: "1.0")
    monkeypatch.setattr(setup_env, "create", lambda _: None)
    with pytest.raises(SystemExit, match=r"expected those of pypi\.org[^\n]*\nnumpy==\S+ from https://example"):
        setup_env.set_up("demo", tmp_path / "venv")
    assert setup_env.unfinished(tmp_path / "venv").exists()  # so that the next set-up begins afresh
    assert not setup_env.is_ready(tmp_path / "venv", "demo")
