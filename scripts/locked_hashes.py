"""What the locked files hash to: written by `make lock`, compared by every set-up, with the standard library alone.

``constraints.sha256`` has a line for each file that the package index has of a locked version: the version, and the
SHA-256 of the file. pip itself compares hashes only where it installs no checkout, so that it tells what it installed
(``--report``), and that is compared before anything of it runs. torch is left out: its builds lie on several indexes.
"""

from __future__ import annotations  # setup_env.py imports this with whatever Python there is

import json
import re
import urllib.request
from pathlib import Path

SIMPLE = "https://pypi.org/simple/{}/"
AS_JSON = "application/vnd.pypi.simple.v1+json"
OF_TORCH = ("torch", "torchvision")


def canonical(name: str) -> str:
    """A package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_of(file: str, name: str, version: str) -> bool:
    """Whether a wheel or source archive is of that version."""
    stem = re.sub(r"\.(whl|tar\.gz|tar\.bz2|zip)$", "", file)
    found, _, rest = stem[: len(name)], stem[len(name) : len(name) + 1], stem[len(name) + 1 :]
    return canonical(found) == name and (rest == version or rest.startswith(version + "-"))


def published(name: str, version: str) -> list[str]:
    """The SHA-256 of each file that the package index has of a version.

    Raises:
        SystemExit: it has none.
    """
    request = urllib.request.Request(SIMPLE.format(name), headers={"Accept": AS_JSON})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    hashes = sorted(each["hashes"]["sha256"] for each in files if is_of(each["filename"], name, version))
    if not hashes:
        raise SystemExit(f"[lock] {SIMPLE.format(name)} has no file of {name} {version}")
    return hashes


def write_hashes(constraints: Path, hashes: Path) -> int:
    """Writes the hashes of all versions that the lock names; how many files those are.

    Raises:
        SystemExit: the index has no file of one; what was written before stays.
    """
    pins = re.findall(r"^([\w.-]+)==(\S+)$", constraints.read_text(encoding="utf-8"), re.M)
    lines = [
        f"{canonical(name)}=={version} {digest}\n"
        for name, version in pins
        if canonical(name) not in OF_TORCH
        for digest in published(canonical(name), version)
    ]
    hashes.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def altered(report: Path, hashes: Path) -> list[str]:
    """What pip installed though the lock knows another file by that name and version, a line each.

    Args:
        report: what ``pip install --report`` wrote.
        hashes: what :func:`write_hashes` wrote.
    """
    known: dict[str, set[str]] = {}
    for line in hashes.read_text(encoding="utf-8").splitlines():
        pin, digest = line.split()
        known.setdefault(pin, set()).add(digest)
    wrong = []
    for each in json.loads(report.read_text(encoding="utf-8"))["install"]:
        pin = f"{canonical(each['metadata']['name'])}=={each['metadata']['version']}"
        archive = each["download_info"].get("archive_info", {})  # a checkout has none
        # pip 22 and 23.0 write one hash as "sha256=..."
        found = archive.get("hashes", {}).get("sha256") or archive.get("hash", "").partition("=")[2]
        if pin in known and found not in known[pin]:
            wrong.append(f"{pin} from {each['download_info']['url']}: SHA-256 {found or 'unknown'}")
    return wrong
