"""What a visitor of the site waits for: the first page in a headless browser, from a static server on this machine.

    python -m benchmarks site

It is the site that ``make site`` has built into ``out/site``, or the folder that the variable SITE names. Asked on two
quiet cores: a moving picture within three seconds, 25 pictures a second at 64 pixels and 12 at 128, nowhere more than
2/255 from PyTorch, and 26 MB for the first page.
"""

import json
import os
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import torch
from jaxtyping import Float
from playwright.sync_api import Browser, Page
from torch import Tensor

from benchmarks.figures import Figure, tell
from benchmarks.lab import find_browser, running_browser
from fomm_lite.media.read import read_image
from fomm_lite.types import Keypoints
from fomm_lite.weights import load_model

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = "faces-64"
FIRST, BYTES, DIFFERENCE = 3.0, 26e6, 2 / 255  # seconds, bytes, of pictures in [0, 1]
RATES = {64: 25, 128: 12}  # side of the pictures: how many a second
OPENINGS, PLAYED, ASKED = 5, 4.0, 20  # times, seconds, times
SCREEN = {"width": 1366, "height": 768}
LIVES = "() => ['ready', 'failed'].some(word => word in document.querySelector('#puppet').dataset)"
# when the canvas first holds a picture: no handle reaches its corner
WAIT = """(() => {
    const look = () => {
        const pen = document.querySelector("#puppet canvas.fomm-lite-puppet")?.getContext("2d");
        if (pen?.getImageData(2, 2, 1, 1).data[3]) globalThis.firstPicture = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})()"""
SHOWN = "() => Number(document.querySelector('#puppet canvas').dataset.shown ?? 0)"
SIZED = """async (size) => {
    const it = document.querySelector("#puppet").puppet;
    it.pause();
    if (it.size !== size) await it.resize(size);
    await it.refresh();
    return it.size;
}"""
PLAY = "() => { const it = document.querySelector('#puppet').puppet; it.reset(); it.play(); }"
# milliseconds that the model takes, in the worker
SPENT = """async (times) => {
    const it = document.querySelector("#puppet").puppet, picture = it.made.prediction;
    const spent = { detect: [], render: [] };
    for (let n = 0; n < times; n++) {
        spent.detect.push((await it.ask("detect", { picture })).milliseconds);
        spent.render.push((await it.ask("render", { keypoints: it.state.pose(0) })).milliseconds);
    }
    return spent;
}"""
SHAKEN = """async () => {
    const it = document.querySelector("#puppet").puppet;
    it.reset();
    it.state.shake();
    await it.refresh();
    await it.refresh(); // the first one may have been under way
    return JSON.stringify({ pose: it.state.pose(it.frame), made: Array.from(it.made.prediction), size: it.size });
}"""


@dataclass
class Served:
    """A folder on a static server.

    Attributes:
        address: with a slash at the end.
        sent: bytes of each file that was sent, by path, added up.
    """

    address: str
    sent: dict[str, int] = field(default_factory=dict)


class _Quiet(SimpleHTTPRequestHandler):
    """A static server, as any is, that counts."""

    protocol_version = "HTTP/1.1"  # as servers do: one connection for many files

    def __init__(self, *args: Any, sent: dict[str, int], directory: str) -> None:
        self.sent = sent
        super().__init__(*args, directory=directory)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def copyfile(self, source: IO[bytes], outputfile: IO[bytes]) -> None:  # type: ignore[override]  # typeshed's protocol
        """Send a file."""
        content = source.read()
        self.sent[self.path] = self.sent.get(self.path, 0) + len(content)
        with suppress(ConnectionError):  # the page was closed meanwhile
            outputfile.write(content)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A static server while the block runs, on this machine only."""
    sent: dict[str, int] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, sent=sent, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Served(f"http://127.0.0.1:{server.server_port}/", sent)
        server.shutdown()


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """The first page in a browser that has seen nothing yet, once its puppet lives and before it moves.

    Raises:
        AssertionError: the page says that the puppet cannot live.
    """
    context = browser.new_context(viewport=SCREEN, reduced_motion="reduce")  # type: ignore[arg-type]  # a dict, they say
    try:
        page = context.new_page()
        page.add_init_script(WAIT)
        page.goto(address)
        page.wait_for_function(LIVES, timeout=60_000)
        failed = page.evaluate("() => document.querySelector('#puppet').dataset.failed")
        assert failed is None, failed
        page.wait_for_function("() => globalThis.firstPicture")
        yield page
    finally:
        context.close()


def keypoints(told: dict[str, list[list[float]]]) -> Keypoints:
    """Those that a page tells."""
    return Keypoints(torch.tensor(told["positions"])[None], torch.tensor(told["jacobians"]).view(1, -1, 2, 2))


def by_pytorch(pose: Keypoints, size: int) -> Float[Tensor, "3 {size} {size}"]:
    """What the library makes of the page's first source in a pose."""
    source = read_image(ROOT / "assets" / "sources" / "face.png", size=size)[None]
    source = (source * 255).round() / 255  # the browser gets it as a PNG
    model = load_model(WEIGHTS)
    with torch.no_grad():
        return model(source, model.detect(source), pose).prediction[0]


def difference(page: Page) -> float:
    """The largest between the page's picture and PyTorch's, in a pose that every keypoint is shaken into."""
    told = json.loads(page.evaluate(SHAKEN))
    expected = by_pytorch(keypoints(told["pose"]), told["size"])
    return float((torch.tensor(told["made"]).view_as(expected) - expected).abs().max())


def played(page: Page) -> float:
    """Pictures a second that the canvas shows while the driver plays."""
    page.evaluate(PLAY)
    page.wait_for_timeout(1000)  # the first second warms up
    counted = page.evaluate(f"""async () => {{
        const shown = {SHOWN}, [begun, before] = [performance.now(), shown()];
        await new Promise((done) => setTimeout(done, {1000 * PLAYED}));
        return (shown() - before) / (performance.now() - begun) * 1000;
    }}""")
    return float(counted)


def measured(browser: Browser, served: Served) -> Iterator[Figure]:
    """What a visitor waits for."""
    firsts = []
    for _ in range(OPENINGS):
        served.sent.clear()
        with opened(browser, served.address) as page:
            firsts.append(page.evaluate("() => globalThis.firstPicture") / 1000)
    loaded = sum(served.sent.values())
    yield Figure("site: first moving picture", statistics.median(firsts), "s", FIRST)
    yield Figure("site: first page", loaded / 1e6, "MB", BYTES / 1e6)
    with opened(browser, served.address) as page:
        for size, asked in RATES.items():
            assert page.evaluate(SIZED, size) == size
            spent = page.evaluate(SPENT, ASKED)
            detector, generator = (statistics.median(spent[kind]) for kind in ("detect", "render"))
            note = f"detector {detector:.1f} ms, generator {generator:.1f} ms"
            yield Figure(f"site: playing at {size} px", played(page), "pictures/s", asked, least=True, note=note)
            assert page.evaluate(SIZED, size) == size
            yield Figure(f"site: from PyTorch at {size} px", 255 * difference(page), "/255", 255 * DIFFERENCE)


def figures() -> Iterator[Figure]:
    """Measure, where there is a browser and a site with the puppet in it."""
    folder = Path(os.environ.get("SITE", ROOT / "out" / "site"))
    if not (folder / "puppet" / "puppet.json").is_file():
        print(f"site: not measured, there is no live puppet in {folder}; `make site` builds one where Node is")
    elif find_browser() is None:
        print("site: not measured, there is no Chromium here")
    else:
        with serving(folder) as served, running_browser() as browser:
            yield from measured(browser, served)


if __name__ == "__main__":
    tell(figures())
