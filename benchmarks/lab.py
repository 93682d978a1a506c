"""JupyterLab in a headless browser: opens notebooks as a student does, moves controls, measures what follows.

The browser is Chromium as the system installs it (Playwright's own cannot play H.264); Playwright drives it.
"""

import base64
import io
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",  # a camera for the puppet: a drawn test picture...
    "--use-fake-ui-for-media-stream",  # ...that may be used without asking
]
START = 60  # seconds until the server answers
QUIET = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"  # else a box with news covers the page
# every cell has run, or one has failed
ENDED = """() => {
    const cells = Array.from(jupyterapp.shell.currentWidget.content.widgets).filter(c => c.model.type === "code");
    const failed = cells.some(c => c.model.outputs.toJSON().some(o => o.output_type === "error"));
    const busy = jupyterapp.shell.currentWidget.sessionContext.session.kernel.status !== "idle";
    return failed || (!busy && cells.every(c => c.model.executionCount || !c.model.sharedModel.source.trim()));
}"""
FAILED = """() => jupyterapp.shell.currentWidget.content.widgets.filter(c => c.model.type === "code").flatMap(
    c => c.model.outputs.toJSON().filter(o => o.output_type === "error").map(o => o.ename + ": " + o.evalue))"""
# milliseconds from the next key press or change of a control to the moment the last of its pictures is decoded
WATCH = """(root) => {
    let start = null;
    const begin = () => { if (start === null) start = performance.now(); };
    for (const kind of ["keydown", "change"]) document.addEventListener(kind, begin, { capture: true, once: true });
    window.fommSpent = new Promise((done, fail) => {
        const late = setTimeout(() => fail(new Error("no new picture within 30 seconds")), 30000);
        let quiet = null, last = 0;
        // pictures come one by one, and one that is replaced while it is decoded is refused: then again
        const look = async (images) => {
            const decoded = await Promise.allSettled(images.map((one) => one.decode()));
            const spent = performance.now() - start;
            clearTimeout(quiet);
            const refused = images.filter((_, place) => decoded[place].status === "rejected");
            if (refused.length) return void setTimeout(look, 10, refused);
            last = Math.max(last, spent);
            quiet = setTimeout(() => { seen.disconnect(); clearTimeout(late); done(last); }, 300);
        };
        const seen = new MutationObserver((records) => {
            const images = records.map((one) => one.target).filter((one) => one.matches("img.widget-image"));
            const visible = [...new Set(images)].filter((one) => one.offsetParent);
            if (!visible.length) return;
            clearTimeout(quiet);
            look(visible);
        });
        seen.observe(root, { subtree: true, attributes: true, attributeFilter: ["src"] });
    });
}"""
PIXELS = """async (image) => {
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""

SOURCES = "() => jupyterapp.shell.currentWidget.content.widgets.map(c => c.model.type + c.model.sharedModel.source)"
KERNEL = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
EXECUTE, STATUS = f"code => {KERNEL}.requestExecute({{code}}).done.then(() => 0)", f"() => {KERNEL}.status"


def find_browser() -> str | None:
    """Path of a Chromium, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


class LabNotebook:
    """A notebook that is open in JupyterLab.

    Args:
        page: the tab that shows it.
        errors: what the browser's console complains about; grows.

    Attributes:
        page: as given.
        errors: as given.
    """

    def __init__(self, page: Page, errors: list[str]) -> None:
        self.page, self.errors = page, errors

    def run(self, seconds: float = 300) -> None:
        """Run all cells from top to bottom.

        Raises:
            AssertionError: a cell failed.
        """
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
        self.page.wait_for_function(ENDED, timeout=1000 * seconds, polling=200)
        failed = self.page.evaluate(FAILED)
        assert not failed, failed

    def show(self, text: str) -> None:
        """Scroll to the first code cell that holds a text; cells far away are not on the page at all."""
        self.page.evaluate(
            """async (text) => {
                const notebook = jupyterapp.shell.currentWidget.content;
                const at = notebook.widgets.findIndex(
                    c => c.model.type === "code" && c.model.sharedModel.source.includes(text));
                notebook.activeCellIndex = at;
                await notebook.scrollToItem(at, "start");
            }""",
            text,
        )

    def sources(self) -> list[str]:
        """Kind and text of each cell, as they now are."""
        return list(self.page.evaluate(SOURCES))

    def execute(self, code: str) -> None:
        """Run code in the notebook's kernel, in no cell, and wait for its end."""
        self.page.evaluate(EXECUTE, code)

    def settle(self) -> None:
        """Wait until the kernel has had nothing to do for a while."""
        quiet = 0
        while quiet < 8:
            self.page.wait_for_timeout(100)
            quiet = quiet + 1 if self.page.evaluate(STATUS) == "idle" else 0

    def explorer(self, title: str) -> "LabExplorer":
        """The explorer of that title."""
        heading = self.page.locator(".widget-html b", has_text=title).first
        heading.wait_for(timeout=30_000)
        root = heading.locator("xpath=ancestor::*[contains(@class, 'fomm-lite-explorer')][1]")
        root.scroll_into_view_if_needed()
        return LabExplorer(self.page, root)

    def close(self) -> None:
        """Close it, and end its kernel."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close()


class LabExplorer:
    """One explorer on the page.

    Args:
        page: the tab.
        root: its outermost box.

    Attributes:
        root: as given.
    """

    def __init__(self, page: Page, root: Locator) -> None:
        self._page, self.root = page, root

    def control(self, label: str) -> Locator:
        """The control of that label (its beginning)."""
        named = self._page.locator(f"label:has-text('{label}'), span:has-text('{label}')")
        return self.root.locator(".widget-inline-hbox, .widget-checkbox", has=named).first

    def press(self, label: str, key: str = "ArrowRight") -> None:
        """Press a key on a slider."""
        handle = self.control(label).locator(".noUi-handle")
        handle.focus()
        handle.press(key)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.control(label).locator("select").select_option(label=option)

    def toggle(self, label: str) -> None:
        """Switch a checkbox."""
        self.control(label).locator("input").click()

    def cut_labels(self) -> list[str]:
        """Labels that do not fit beside their controls."""
        script = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
        return list(self.root.locator(".widget-label").evaluate_all(script))

    def message(self) -> str:
        """The error that it shows, or nothing."""
        return " ".join(self.root.locator("span[style*='c03020']").all_inner_texts())

    def watch(self) -> None:
        """Begin to wait for the next picture; :meth:`waited` says how long it took."""
        self.root.evaluate(WATCH)

    def waited(self) -> float:
        """Milliseconds from the first key press or change since :meth:`watch` to the new picture."""
        return float(self._page.evaluate("() => window.fommSpent"))

    def pixels(self) -> dict[str, np.ndarray]:
        """The pictures as the browser has them, by their names: arrays (h w 3) of bytes."""
        pictures = {}
        for panel in self.root.locator(".fomm-lite-panel").all():
            data = panel.locator("img.widget-image").evaluate(PIXELS)
            name = panel.locator(".fomm-lite-name").inner_text().strip()
            pictures[name] = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
        return pictures


class Lab:
    """A JupyterLab server and a browser.

    Args:
        browser: the browser.
        folder: what the server shows.
        address: of the server, without a slash at the end.
        token: that opens it.

    Attributes:
        folder: as given.
    """

    def __init__(self, browser: Browser, folder: Path, address: str, token: str) -> None:
        self.folder = folder
        self._browser, self._address, self._token = browser, address, token

    def write(self, name: str, cells: Sequence[str]) -> None:
        """Put a notebook of code cells into the server's folder."""
        kernel = {"name": "python3", "display_name": "Python 3"}  # else JupyterLab asks which
        made = [nbformat.v4.new_code_cell(source) for source in cells]
        nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), self.folder / name)

    def open(self, name: str) -> LabNotebook:
        """Open a notebook of the server's folder, its kernel ready, nothing run yet."""
        page = self._browser.new_page(viewport={"width": 1300, "height": 1000})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: _note(message, errors))
        page.goto(f"{self._address}/lab/tree/{name}?reset&token={self._token}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        idle = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        page.wait_for_function(idle, timeout=60_000)
        page.evaluate("() => jupyterapp.shell.collapseLeft()")  # room for the notebook
        return LabNotebook(page, errors)


def _note(message: ConsoleMessage, errors: list[str]) -> None:
    if message.type == "error":
        errors.append(f"{message.text} ({message.location.get('url', '')})")


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser without a window, closed afterwards.

    Raises:
        RuntimeError: there is none here.
    """
    path = find_browser()
    if path is None:
        raise RuntimeError("got no browser; expected Chromium; install it (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def running_lab(browser: Browser, folder: Path, scratch: Path, **environment: str) -> Iterator[Lab]:
    """A server on ``folder``, ended afterwards, kernels too.

    Args:
        browser: shows it.
        folder: what the server shows.
        scratch: for settings, workspaces and the server's log.
        environment: further variables for the kernels.

    Raises:
        RuntimeError: the server does not answer.
    """
    token, address = secrets.token_hex(16), f"http://127.0.0.1:{(port := _free_port())}"
    settings = scratch / "settings" / QUIET
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}), encoding="utf-8")
    own = {
        "HOME": scratch / "home",
        "JUPYTER_CONFIG_DIR": scratch / "config",
        "JUPYTERLAB_SETTINGS_DIR": scratch / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": scratch / "workspaces",
    }
    for place in own.values():
        place.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    command += ["--expose-app-in-browser", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command += ["--LabApp.news_url=None"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with (scratch / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=os.environ | {name: str(path) for name, path in own.items()} | environment,
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(f"{address}/api/status?token={token}", server, scratch / "lab.log")
        yield Lab(browser, folder, address, token)
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # the group: its kernels too
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(
        f"JupyterLab does not answer; its log ends:\n{log.read_text(errors='replace', encoding='utf-8')[-2000:]}"
    )
