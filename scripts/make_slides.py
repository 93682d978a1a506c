"""The lecture's slides: ``python scripts/make_slides.py FOLDER`` (what ``make slides`` runs).

Their text is ``docs/slides.md``; their figures are drawn here, by the course's own functions, on its own weights. They
are shown by reveal.js where ``npm ci`` has brought it into ``site/node_modules``; without Node they are one plain page,
and a line says so. Nothing is loaded from elsewhere, and the folder can be opened as a file.
"""

import re
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import torch
from IPython.display import Image

from fomm_lite import FirstOrderModel, animate, geometry, load_model
from fomm_lite.animation import animation_frames
from fomm_lite.cli.grid import grid_rows
from fomm_lite.course import picture_sheet, strip
from fomm_lite.course.ch02_first_order_motion import figures as order
from fomm_lite.course.ch02_first_order_motion import taylor
from fomm_lite.course.ch07_what_matters import figures as ablations
from fomm_lite.course.ch07_what_matters.dose import Recorded
from fomm_lite.course.ch09_detecting_and_defending import figures as forensics
from fomm_lite.course.ch09_detecting_and_defending.forgeries import real_and_fake
from fomm_lite.course.kit.page import body, page
from fomm_lite.course.kit.scene import drawn_clips
from fomm_lite.course.kit.style import picture_row
from fomm_lite.files.shipped import asset
from fomm_lite.media.read import read_image, stream_frames
from fomm_lite.worlds import puppets

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "docs" / "slides.md"
DECK = tuple(ROOT / "site" / "slides" / name for name in ("deck.css", "deck.js"))
REVEAL = ROOT / "site" / "node_modules" / "reveal.js"
BROUGHT = tuple(Path(name) for name in ("dist/reveal.css", "dist/reveal.js", "dist/plugin/notes.js", "LICENSE"))
TITLE = "One picture, one film"
_FIGURE = re.compile(r"!\[\]\(figure:(\w+)\)")
_STYLE = """
* { box-sizing: border-box } html { scroll-snap-type: y mandatory; scroll-behavior: smooth; background: white }
body { margin: 0; color: #282828; font: clamp(16px, min(3.1vh, 2.4vw), 44px)/1.4 system-ui, sans-serif }
section { min-height: 100vh; scroll-snap-align: start; padding: 4vh 7vw; display: flex; flex-direction: column }
section { justify-content: center; break-after: page }
h1 { font-size: 2.2em } h2, h3 { font-size: 1.5em } h1, h2, h3 { line-height: 1.15; margin: 0 0 .5em }
h2 { border-bottom: 4px solid #0060a8; padding-bottom: .2em } p, ul, pre { margin: .4em 0 } code { font-size: .9em }
figure { margin: .6em 0; text-align: center }
figure img { width: min(100%, 110vh); max-height: 54vh; object-fit: contain }
aside { display: none; margin-top: 1em; border-left: 4px solid #e08000; padding-left: .8em; font-size: .7em }
.notes aside { display: block } .anchor-link { display: none }
@media print { aside { display: block } section { min-height: 0 } }
"""
_KEYS = """
const slides = [...document.querySelectorAll("section")]
const now = () => slides.findIndex(s => s.getBoundingClientRect().bottom > innerHeight / 2)
addEventListener("keydown", e => {
  const step = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[e.key]
  if (step) { e.preventDefault(); slides[Math.min(Math.max(now() + step, 0), slides.length - 1)].scrollIntoView() }
  if (e.key === "n" || e.key === "N") document.body.classList.toggle("notes")
})
"""


@cache
def _scene() -> tuple[FirstOrderModel, torch.Tensor, list[torch.Tensor]]:
    source = read_image(asset("sources/face.png"), size=128)
    return load_model("faces-64"), source, list(stream_frames(asset("drivers/face.mp4"), size=128))


@cache  # the relative one is on two slides
def _film(*, relative: bool) -> list[torch.Tensor]:
    return list(animate(*_scene(), relative=relative))


def film() -> Image:
    """Driver and film in six moments."""
    made: dict[str, Sequence[torch.Tensor]] = {"driving": _scene()[2], "film": _film(relative=True)}
    return strip(made, "Six moments of a driving video and of the film made from one picture", side=160)


def inside() -> Image:
    """Every tensor of one frame."""
    model, source, driving = _scene()
    one = list(animation_frames(model, source, driving[:31]))[30]
    return picture_sheet(
        grid_rows(one, side=512), "Source, driving frame, prediction, deformed source, occlusion, masks", side=256
    )


def backwards() -> Image:
    """One picture pushed forwards, and looked up backwards."""
    source = read_image(asset("sources/puppet.png"), size=96)
    grid, scale = geometry.coordinate_grid(96, 96), 1.5
    pushed, goes_to = torch.ones_like(source), ((scale * grid + 1) * 95 / 2).round().long()
    inside = (goes_to >= 0).all(-1) & (goes_to < 96).all(-1)
    columns, rows = goes_to[inside].unbind(-1)
    pushed[:, rows, columns] = source[:, inside]
    pulled = geometry.warp(source[None], (grid / scale)[None])[0]
    shown = {"source": source, "pushed forwards": pushed, "looked up backwards": pulled}
    return picture_row(shown, "A puppet; enlarged by pushing pixels, full of holes; by looking up, without", height=2.7)


def _there(z: torch.Tensor) -> torch.Tensor:  # T_{S<-D}: back to the reference, and on
    return _on(_back(z))


def _back(z: torch.Tensor) -> torch.Tensor:
    x, y = z.unbind(-1)
    return torch.stack([0.9 * x - 0.3 * y + 0.3 * y**2, 0.3 * x + 0.9 * y], dim=-1)


def _on(p: torch.Tensor) -> torch.Tensor:
    x, y = p.unbind(-1)
    return torch.stack([x - 0.2 * y, 0.4 * x + y + 0.4 * x**2], dim=-1)


def powers() -> Image:
    """Errors of orders 0, 1 and 2 over the distance."""
    at, distances = torch.tensor([0.1, 0.2], dtype=torch.float64), torch.logspace(-3, -0.8, 12, dtype=torch.float64)
    tried = {f"order {order}": taylor.expand(_there, at, order) for order in taylor.ORDERS}
    errors = {name: taylor.error_at_distances(_there, each, at, distances) for name, each in tried.items()}
    return order.error_powers(distances, errors)


def way() -> Image:
    """A circle on its way through the reference."""
    return order.way_through_reference(_back, _there, torch.tensor([0.1, 0.2], dtype=torch.float64))


def parts() -> Image:
    """Errors of zero and first order on a drawn puppet with its true keypoints."""
    clip, start, now = puppets(5, frames=24, size=64), 0, 8
    s, a = clip.part_affines[start][None, :, :, 2], clip.part_affines[start][None, :, :, :2]
    d, b = clip.part_affines[now][None, :, :, 2], clip.part_affines[now][None, :, :, :2]
    eye, grid, part = torch.eye(2).expand_as(a), geometry.coordinate_grid(64, 64), clip.part_masks[now].argmax(0)
    errors = {}
    for name, (before, after) in {"zero order": (eye, eye), "first order": (a, b)}.items():
        motions = geometry.keypoint_motions(s, before, d, after, grid)[0]
        mine = torch.gather(motions, 0, part[None, ..., None].expand(1, 64, 64, 2))[0]
        off = (mine - clip.deformation(start, now)).norm(dim=-1) * 63 / 2
        errors[name] = off.masked_fill(part == 0, torch.nan)
    return order.part_errors(clip, start, now, errors)


def turning() -> Image:
    """A zero-order and a first-order model on a face that turns."""
    models = {f"{name} order": load_model(f"turning-{name}-order") for name in ("zero", "first")}
    clip = drawn_clips("faces", "test", 2, frames=6, size=32, stride=4, turn=1.2)[1]
    return ablations.side_by_side(models, clip.frames, [2, 4], side=192)


def dose() -> Image:
    """What a jacobian saves, over the turn, for 1, 3 and 10 keypoints."""
    return ablations.gains(Recorded.read().gains)


def transfers() -> Image:
    """The absolute and the relative film."""
    made = {name: _film(relative=name == "relative") for name in ("relative", "absolute")}
    return strip({"driving": _scene()[2], **made}, "Moments of driver, relative and absolute film", side=160)


def spectra() -> Image:
    """Radial spectra of real clips and of made ones."""
    return forensics.spectra(*real_and_fake(load_model("faces-64"), "test", 8))


def rates() -> Image:
    """Precision over prevalence."""
    return forensics.base_rates({"0.90, 0.05": (0.90, 0.05), "0.99, 0.001": (0.99, 0.001)})


FIGURES = (film, inside, backwards, powers, way, parts, turning, dose, transfers, spectra, rates)


def shown(picture: Image) -> str:
    """What a cell of a notebook would show."""
    return str(picture._repr_mimebundle_()["text/html"])


def slide(markdown: str) -> str:
    """One slide as a section; what follows ``Notes:`` is for the speaker."""
    text, _, notes = markdown.partition("\nNotes:")
    drawn = {each.__name__: each for each in FIGURES}
    inner = body(_FIGURE.sub(r"FIGURE-\1-HERE", text))
    inner = re.sub(r"(?:<p>)?FIGURE-(\w+)-HERE(?:</p>)?", lambda m: f"<figure>{shown(drawn[m[1]]())}</figure>", inner)
    return f'<section>\n{inner}\n<aside class="notes">{body(notes.strip())}</aside>\n</section>'


def plain(slides: Sequence[str]) -> str:
    """The slides as a page that scrolls from one to the next."""
    return page(TITLE, "\n".join([*slides, f"<script>{_KEYS}</script>"]), _STYLE)


def deck(slides: Sequence[str]) -> str:
    """The slides as reveal.js shows them, with its files beside the page: a column for each part of the lecture."""
    columns: list[list[str]] = []
    for each in slides:
        if not columns or re.search("<h[12]", each):
            columns.append([])
        columns[-1].append(each)
    stacked = "\n".join("<section>{}</section>".format("\n".join(column)) for column in columns)
    inner = [f'<link rel="stylesheet" href="{name}">' for name in ("reveal.css", "deck.css")]
    inner += [f'<div class="reveal"><div class="slides">\n{stacked}\n</div></div>']
    inner += [f'<script src="{name}"></script>' for name in ("reveal.js", "notes.js", "deck.js")]
    return page(TITLE, "\n".join(inner), "")


def has_reveal() -> bool:
    """Whether npm has brought reveal.js."""
    return all((REVEAL / name).is_file() for name in BROUGHT)


def write_slides(slides: Sequence[str], out: Path) -> Path:
    """Write the page, and what shows it.

    Args:
        slides: each a section.
        out: a folder; made.

    Returns:
        The page's path.
    """
    out.mkdir(parents=True, exist_ok=True)
    path, shown = out / "index.html", has_reveal()
    if shown:
        for each in (*DECK, *(REVEAL / name for name in BROUGHT)):
            shutil.copy(each, out / (each.name if each.suffix else "reveal-license.txt"))
    else:
        print("no reveal.js in site/node_modules (npm ci in site/ brings it): the slides are one plain page")
    path.write_text((deck if shown else plain)(slides), encoding="utf-8")
    return path


def make_slides(out: Path) -> Path:
    """Draw the lecture's slides into a folder; returns the page's path."""
    return write_slides([slide(each.strip()) for each in TEXT.read_text(encoding="utf-8").split("\n---\n")], out)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("python scripts/make_slides.py FOLDER")
    print(f"The slides are in {make_slides(Path(sys.argv[1]))}")
