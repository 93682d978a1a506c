"""The site as `make site` builds it, in a browser: links, errors, accessibility, phones, and the puppet beside PyTorch.

It is built once for all tests, or taken from the folder that the variable SITE names. Without npm there is a film on
the first page: what needs the live puppet, and the accessibility rules that npm brings, is then left out and says so.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "site" / "node_modules" / "axe-core" / "axe.min.js"
FIRST, NOTEBOOK, REFERENCE = "index.html", "notebooks/04_dense_motion.html", "reference/fomm_lite/geometry.html"
PAGES = (FIRST, NOTEBOOK, REFERENCE)
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
LIKE_PYTORCH = 2 / 255
LIVES = "() => ['ready', 'failed'].some(word => word in document.querySelector('#puppet').dataset)"
WIDE = "() => document.documentElement.scrollWidth"
TOLD = "() => { const it = document.querySelector('#puppet').puppet; return JSON.stringify(it.state.pose(it.frame)); }"
# a keypoint is at least so far from where it was
FOLLOWED = """([rest, across, down]) => {
    const it = document.querySelector("#puppet").puppet, now = it.state.pose(it.frame).positions;
    return now.some((place, k) => [across, down].every((far, axis) => Math.abs(place[axis] - rest[k][axis]) > far));
}"""
# quotation marks of what a page shows, code too, are written as entities
TARGET, ANCHOR = re.compile(r'\b(?:href|src|poster)="([^"]+)"'), re.compile(r'\b(?:id|name)="([^"]+)"')
MOVED = "() => document.querySelector('#puppet').puppet.state.moved"
SOURCE = "() => document.querySelector('#puppet').puppet.state.source.positions"
OTHER = f"(before) => String(({SOURCE})()) !== before"  # another source has been read
BYTES = """async (link) => {
    const response = await fetch(document.querySelector(link).href);
    return Array.from(new Uint8Array(await response.arrayBuffer()));
}"""
needs_npm = pytest.mark.usefixtures("npm")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder."""
    if shutil.which("npm") and not RULES.is_file():  # with what only tests need
        ours = ["--prefix", str(ROOT / "site"), "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(["npm", "ci", *ours], check=False)  # without a network it brings nothing
    if "SITE" in os.environ:
        return Path(os.environ["SITE"]).resolve()
    out = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, str(ROOT / "scripts" / "make_site.py"), str(out)], check=True)
    return out


@pytest.fixture
def npm(site: Path) -> None:
    """Leaves a test out where npm has brought nothing."""
    if not RULES.is_file():
        pytest.skip("no npm here, or no network for it: there is a film in the puppet's place")


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where it is served, with a slash at the end."""
    from benchmarks.site import serving

    with serving(site) as served:
        yield served.address


class Opened:
    """A page of the site, and what went wrong on it."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page, self.wrong = page, []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("response", lambda one: self.wrong.append(f"{one.status} {one.url}") if one.status >= 400 else None)
        page.on("request", lambda one: self.wrong.append(one.url) if _is_elsewhere(one.url, address) else None)


def _is_elsewhere(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))


@pytest.fixture
def opened(browser: "Browser", address: str):
    """Opens a page; whatever fails on it, or comes from elsewhere, fails the test."""
    contexts = []

    def open_page(path: str, screen: dict[str, int], *, dark: bool = False, before: str = "") -> Opened:
        context = browser.new_context(
            viewport=screen, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )  # else the puppet plays, and two screenshots differ
        contexts.append(context)
        if before:
            context.add_init_script(before)
        it = Opened(context.new_page(), address)
        it.page.goto(address + path, wait_until="load")
        if path == FIRST and RULES.is_file():
            it.page.wait_for_function(LIVES, timeout=60_000)
        return it

    yield open_page
    for context in contexts:
        context.close()


def links_of(page: str) -> tuple[set[str], set[str]]:
    """What a page's HTML points to, and what of it can be pointed to."""
    page = re.sub(r"(<script\b[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)
    return tuple({unescape(name) for name in found.findall(page)} for found in (TARGET, ANCHOR))


def test_every_link_and_picture_leads_somewhere(site: Path) -> None:
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    pages = {name: links_of((site / name).read_text("utf-8")) for name in files if name.endswith(".html")}
    broken, tried = [], 0
    for here, (targets, _) in pages.items():
        for target in targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            tried += 1
            where = unquote(urljoin(here, parts.path)) if parts.path else here
            where = where if where in files else f"{where.rstrip('/')}/index.html".lstrip("/")
            anchors = {parts.fragment, unquote(parts.fragment)}
            if where not in files or (parts.fragment and where in pages and not anchors & pages[where][1]):
                broken.append(f"{here}: {target}")
    assert tried > 1000
    assert broken == []


@pytest.mark.parametrize(
    "path", [*PAGES, "docs/glossary.html", "docs/teaching.html", "search.html", "slides/index.html"]
)
def test_nothing_fails_and_nothing_comes_from_elsewhere(opened, path: str) -> None:
    it = opened(path, LAPTOP)
    it.page.wait_for_timeout(500)
    assert it.wrong == []


@needs_npm
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_whoever_cannot_see_or_point_can_read_it(opened, pictures: Path, path: str, dark: bool) -> None:
    it = opened(path, LAPTOP, dark=dark)
    it.page.screenshot(path=pictures / f"site-{Path(path).stem}-{'dark' if dark else 'light'}.png")
    it.page.add_script_tag(path=RULES)
    found = it.page.evaluate("async () => (await axe.run()).violations")
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not grave, [(one["id"], len(one["nodes"]), one["nodes"][0]["html"][:200]) for one in grave]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_phone_scrolls_downwards_only(opened, pictures: Path, path: str, dark: bool) -> None:
    it = opened(path, PHONE, dark=dark)
    it.page.screenshot(path=pictures / f"site-{Path(path).stem}-phone-{'dark' if dark else 'light'}.png")
    assert it.page.evaluate(WIDE) <= PHONE["width"]


def test_no_page_is_wider_than_a_phone(opened, site: Path, address: str) -> None:
    page = opened("search.html", PHONE).page
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    wide = {}
    for name in names:
        if (
            not name.startswith(("slides/", "reference/")) or name in PAGES
        ):  # slides shrink, one page speaks for all of one kind
            page.goto(address + name, wait_until="load")
            wide[name] = page.evaluate(WIDE)
    assert len(wide) > 30
    assert {name: width for name, width in wide.items() if width > PHONE["width"]} == {}


def test_tables_keep_columns_that_can_be_read(opened) -> None:
    narrow = """() => Array.from(document.querySelectorAll("article td")).filter((cell) => {
        const size = parseFloat(getComputedStyle(cell).fontSize), words = cell.innerText.trim();
        return words.length > 12 && cell.clientWidth < 4 * size;
    }).map((cell) => cell.innerText)"""
    for path in ("docs/glossary.html", "docs/paper_map.html"):
        for screen in (LAPTOP, PHONE):
            assert opened(path, screen).page.evaluate(narrow) == []


def test_figures_are_lit_less_by_night(opened) -> None:
    lit = """() => Array.from(document.querySelectorAll(".cell_output img[src*=webp]")).map((one) =>
        [one, one.parentElement].map((each) => getComputedStyle(each).filter).filter((how) => how !== "none").join())"""
    night, day = (opened(NOTEBOOK, LAPTOP, dark=dark).page.evaluate(lit) for dark in (True, False))
    assert len(night) > 3
    assert set(night) == {"brightness(0.84)"}
    assert set(day) == {""}


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_dark_by_night(opened, path: str) -> None:
    paper = """() => Math.max(...[document.body, document.documentElement].map(
        (one) => getComputedStyle(one).backgroundColor).filter((one) => one !== "rgba(0, 0, 0, 0)").map(
        (one) => Math.max(...one.match(/\\d+/g).slice(0, 3))))"""
    night, day = (opened(path, LAPTOP, dark=dark).page.evaluate(paper) for dark in (True, False))
    assert night < 60 and day > 200


@needs_npm
def test_the_puppet_follows_the_hand_and_is_what_pytorch_computes(opened) -> None:
    it = opened(FIRST, LAPTOP)
    canvas, rest = it.page.locator("canvas.fomm-lite-puppet"), json.loads(it.page.evaluate(TOLD))
    box, (x, y) = canvas.bounding_box(), json.loads(canvas.get_attribute("data-chosen-at") or "")
    assert box is not None
    it.page.mouse.move(box["x"] + x, box["y"] + y)
    it.page.mouse.down()
    it.page.mouse.move(box["x"] + x + 40, box["y"] + y - 30, steps=4)
    it.page.mouse.up()
    it.page.wait_for_function(FOLLOWED, arg=[rest["positions"], 40 * 2 / 383 - 3 / 383, 30 * 2 / 383 - 3 / 383])
    it.page.evaluate("() => document.querySelector('#puppet').puppet.refresh()")  # all that was asked for is drawn
    # 1 of the canvas's 384 pixels is 2/383 normalised units
    now = json.loads(it.page.evaluate(TOLD))["positions"]
    moved = [max(abs(a[axis] - b[axis]) for a, b in zip(now, rest["positions"], strict=True)) for axis in (0, 1)]
    assert moved == pytest.approx([40 * 2 / 383, 30 * 2 / 383], abs=3 / 383)
    assert it.wrong == []


@needs_npm
@pytest.mark.parametrize("size", [64, 128])
def test_the_puppet_is_what_pytorch_computes(opened, size: int) -> None:
    from benchmarks.site import difference

    it = opened(FIRST, LAPTOP)
    if size != 64:
        it.page.get_by_role("button", name="random motion").click()
        before = it.page.evaluate(MOVED)
        it.page.get_by_role("button", name=f"{size} px, slower").click()
        it.page.wait_for_function(
            f"() => document.querySelector('#puppet').puppet.made.prediction.length === {3 * size**2}"
        )
        assert it.page.evaluate(MOVED) == before  # the hand's doings are kept
    assert difference(it.page) < LIKE_PYTORCH
    assert it.wrong == []


@needs_npm
def test_the_puppet_is_moved_by_keys(opened) -> None:
    it = opened(FIRST, LAPTOP)
    rest = json.loads(it.page.evaluate(TOLD))["positions"]
    it.page.locator("canvas.fomm-lite-puppet").focus()
    for _ in range(3):
        it.page.keyboard.press("ArrowRight")
    it.page.wait_for_function(FOLLOWED, arg=[rest, 0.05, -1])
    assert it.wrong == []


@needs_npm
def test_a_film_is_saved_as_video_and_as_gif(opened) -> None:
    it = opened(FIRST, LAPTOP)
    it.page.get_by_role("button", name="play").click()
    it.page.get_by_role("button", name="record a film").click()
    it.page.wait_for_timeout(1500)
    it.page.get_by_role("button", name="stop, and show the film").click()
    links = it.page.locator(".puppet-saved a")
    links.nth(1).wait_for(timeout=60_000)
    assert [name.split(",")[0] for name in links.all_inner_texts()] == ["synthetic-puppet.webm", "synthetic-puppet.gif"]
    gif = it.page.evaluate(BYTES, "[download$=gif]")
    with Image.open(io.BytesIO(bytes(gif))) as film:
        assert film.format == "GIF" and film.size == (256, 256) and film.n_frames >= 3
        assert film.convert("RGB").getextrema() != ((0, 0),) * 3
    assert it.wrong == []


def png(width: int, height: int, colour: int = 0) -> bytes:
    """A small file, however many pixels."""
    file = io.BytesIO()
    Image.new("1", (width, height), colour).save(file, "PNG")
    return file.getvalue()


@needs_npm
def test_an_own_picture_is_cropped_and_moved(opened) -> None:
    it = opened(FIRST, LAPTOP)
    picture, file = Image.new("RGB", (300, 200), "white"), io.BytesIO()
    picture.paste("blue", (0, 0, 100, 200))
    picture.save(file, "PNG")
    before = str(it.page.evaluate(f"() => String(({SOURCE})())"))
    it.page.locator(".puppet-file").set_input_files(
        {"name": "own.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    it.page.wait_for_function(OTHER, arg=before)
    before = str(it.page.evaluate(f"() => String(({SOURCE})())"))
    across = it.page.get_by_label("own picture: across")
    across.focus()
    across.press("Home")  # from the middle to the left end, where it is blue
    it.page.wait_for_function(OTHER, arg=before)
    seen = "() => Array.from(document.querySelector('.puppet-crop').getContext('2d').getImageData(10, 50, 1, 1).data)"
    assert it.page.evaluate(seen) == [0, 0, 255, 255]
    it.page.get_by_role("button", name="drawn face 2").click()
    it.page.locator(".puppet-crop").wait_for(state="hidden")
    assert it.wrong == []


@needs_npm
@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no picture", "own.png is no picture that this browser can read: choose a PNG, JPEG or WebP."),
     (png(20_000, 10_000), "own.png has 20000 x 10000 pixels; choose one of at most 60 million.")],
    ids=["text", "200 megapixels"],
)  # fmt: skip
def test_what_cannot_be_a_source_is_told_in_a_line(opened, content: bytes, said: str) -> None:
    it = opened(FIRST, LAPTOP)
    before = it.page.evaluate(SOURCE)
    it.page.locator(".puppet-file").set_input_files({"name": "own.png", "mimeType": "image/png", "buffer": content})
    it.page.get_by_text(said, exact=True).wait_for()
    assert it.page.evaluate(SOURCE) == before
    assert it.wrong == []


@needs_npm
def test_without_webassembly_there_is_a_film_and_a_sentence(opened) -> None:
    it = opened(FIRST, LAPTOP, before="delete globalThis.WebAssembly")
    film = it.page.locator("#puppet img")
    assert film.is_visible() and film.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert "this browser has no WebAssembly" in it.page.locator("#puppet").inner_text()
    assert it.page.locator("#puppet canvas").count() == 0
    assert it.wrong == []
