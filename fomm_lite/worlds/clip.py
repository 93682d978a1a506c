"""Parts, stacked back to front, drawn by pulling every pixel back to the parts; and the truth about their motion."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.worlds.maps import Map
from fomm_lite.worlds.paint import Paint
from fomm_lite.worlds.shapes import Shape

_FLAT = 1e-12  # the slope, squared, of a part without outline
_PROBE = 1 / 8  # of a pixel: small, so that a slope is the slope right there


@dataclass(frozen=True, eq=False)
class Part:
    """One thing that moves in one piece.

    Args:
        name: for people.
        map: canonical frame of the part to the picture.
        shape: its outline, in canonical coordinates.
        paint: its colours, in canonical coordinates.
        windows: openings through which it is seen, each an outline carried by its own map (an eye between its lids).
    """

    name: str
    map: Map
    shape: Shape
    paint: Paint
    windows: tuple[tuple[Map, Shape], ...] = ()

    def on(self, stage: Map) -> "Part":
        """The part, and the windows it is seen through, carried by ``stage``."""
        windows = tuple((carrier.on(stage), shape) for carrier, shape in self.windows)
        return Part(self.name, self.map.on(stage), self.shape, self.paint, windows)

    def at(self, frame: int) -> "Part":
        """The part at one frame only."""
        windows = tuple((carrier.at(frame), shape) for carrier, shape in self.windows)
        return Part(self.name, self.map.at(frame), self.shape, self.paint, windows)


def _coverage(here: Tensor, right: Tensor, below: Tensor, step: float) -> Tensor:
    """Share of a pixel that lies inside, from the distance there and at two places ``step`` pixels further on."""
    across, down = right - here, below - here
    return (0.5 - here * step * torch.rsqrt(across * across + down * down + _FLAT)).clamp_(0, 1)


class _Canvas:
    """The pixel grid and what was already pulled back from it, shared by all parts of a body.

    The grid has one row and one column more than the picture, so that every pixel has a neighbour to take slopes from.
    """

    def __init__(self, parts: tuple[Part, ...], size: int) -> None:
        self.size, self.pitch = size, 2 / (size - 1)
        line = torch.arange(size + 1, dtype=torch.float32) * self.pitch - 1
        self.x, self.y = line.view(1, 1, -1), line.view(1, -1, 1)
        carriers = [part.map.outer for part in parts] + [window.outer for part in parts for window, _ in part.windows]
        self.shared = {link for link, uses in Counter(filter(None, carriers)).items() if uses > 1}
        self.whole = _Pulled(self.x, self.y)

    def pull(self, carrier: Map, rows: slice, columns: slice) -> tuple[Tensor, Tensor]:
        """Canonical coordinates of a window of the grid."""
        outer = carrier.outer
        if outer is None:
            x, y = self.x[..., columns], self.y[:, rows]
        elif outer in self.shared:
            x, y = (plane[:, rows, columns] for plane in self.whole.to(outer))
        else:
            x, y = self.pull(outer, rows, columns)
        return carrier.step.inverse(x, y)

    def box(self, part: Part) -> tuple[slice, slice]:
        """Rows and columns of the picture that the part can reach over the whole clip, as slices of pixels."""
        left, top, right, bottom = part.shape.bounds()
        x, y = part.map.push(
            torch.linspace(left, right, 5).view(1, 1, -1), torch.linspace(top, bottom, 5).view(1, -1, 1)
        )
        spans = []
        for plane in (y, x):
            low, high = (float(end) for end in torch.aminmax(plane))
            slack = 0.04 * (high - low) + 2 * self.pitch
            first = int((low - slack + 1) / self.pitch)
            last = int((high + slack + 1) / self.pitch) + 1
            spans.append(slice(min(max(first, 0), self.size), min(max(last, 0), self.size)))
        return spans[0], spans[1]

    def draw(self, part: Part) -> tuple[slice, slice, Tensor, Tensor, Tensor] | None:
        """Rows, columns, coverage ``(t h w)`` and canonical coordinates of a part, None if it never shows."""
        rows, columns = self.box(part)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return None
        wide = slice(rows.start, rows.stop + 1), slice(columns.start, columns.stop + 1)
        x, y = self.pull(part.map, *wide)
        distance = part.shape.distance(x, y)
        for carrier, shape in part.windows:
            distance = torch.maximum(distance, shape.distance(*self.pull(carrier, *wide)))
        cover = _coverage(distance[:, :-1, :-1], distance[:, :-1, 1:], distance[:, 1:, :-1], 1.0)
        return rows, columns, cover, x[:, :-1, :-1], y[:, :-1, :-1]


def render(parts: tuple[Part, ...], frames: int, size: int) -> Float[Tensor, "t 3 h w"]:
    """Pictures of the parts, first part hindmost; the first must cover the picture."""
    canvas = _Canvas(parts, size)
    pictures = torch.zeros(frames, 3, size, size)
    for part in parts:
        drawn = canvas.draw(part)
        if drawn is not None:
            rows, columns, cover, x, y = drawn
            pictures[:, :, rows, columns].lerp_(part.paint.colour(x, y), cover[:, None])
    return pictures.clamp_(0, 1)


def track(marks: dict[str, tuple[Tensor, Tensor]], frames: int) -> Float[Tensor, "t n 2"]:
    """Landmarks from the x and y ``(t)`` of every mark; what stands still may hold a single frame."""
    places = [torch.stack(torch.broadcast_tensors(x, y), dim=-1).expand(frames, 2) for x, y in marks.values()]
    return torch.stack(places, dim=1).float()


@dataclass(frozen=True, eq=False)
class Clip:
    """A drawn clip and the truth about it. Left and right are the viewer's.

    Args:
        frames: pictures ``(t 3 h w)`` in [0, 1].
        landmarks: places of named points ``(t n 2)``, normalised (x, y); they may be hidden or out of the picture.
        landmark_names: their n names.
        parts: what was drawn, back to front; the first is the background.
    """

    frames: Float[Tensor, "t 3 h w"]
    landmarks: Float[Tensor, "t n 2"]
    landmark_names: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def part_names(self) -> tuple[str, ...]:
        """Names of the p parts, back to front."""
        return tuple(part.name for part in self.parts)

    @cached_property
    def part_masks(self) -> Float[Tensor, "t p h w"]:
        """Share of every pixel that shows each part; sums to 1 over the parts."""
        return self._masks(self.parts, len(self.frames))

    @cached_property
    def part_affines(self) -> Float[Tensor, "t p 2 3"]:
        """First-order (Taylor) maps canonical part -> picture at every origin: jacobian, then place."""
        return torch.stack([part.map.first_order(len(self.frames)) for part in self.parts], dim=1)

    def map_part(self, part: int | str, frame: int, points: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
        """The true map of a part at a frame: canonical points to normalised picture points.

        Raises:
            InputError: no such part or frame.
        """
        return self._through(part, frame, points, back=False)

    def pull_part(self, part: int | str, frame: int, points: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
        """The exact inverse of :meth:`map_part`: normalised picture points to canonical points.

        Raises:
            InputError: no such part or frame.
        """
        return self._through(part, frame, points, back=True)

    def deformation(self, source: int = 0, driving: int = 5) -> Float[Tensor, "h w 2"]:
        """The true deformation T_{S<-D}: for every driving pixel, where the thing seen there is in the source.

        Absolute sampling locations for ``warp``: pixel -> part on top -> its canonical frame -> the source.

        Raises:
            InputError: a frame that the clip does not have.
        """
        return self._trace(source, driving)[1].clone()

    def occlusion(self, source: int = 0, driving: int = 5) -> Float[Tensor, "h w"]:
        """1 where the thing seen in the driving pixel is visible in the source, 0 where it is hidden or out of frame.

        Soft at the outlines of what hides it.

        Raises:
            InputError: a frame that the clip does not have.
        """
        tops, grid = self._trace(source, driving)
        parts = [part.at(source) for part in self.parts]
        probes = _probes(grid, 2 / (self.frames.shape[-1] - 1) * _PROBE)
        # Walk front to back, with `free` the share of light that the parts in front let through at each source place.
        free, visible = torch.ones(grid.shape[:2]), torch.zeros(grid.shape[:2])
        for index in reversed(range(len(parts))):
            part = parts[index]
            here = tops == index
            if here.any():
                seen = free
                if part.windows:
                    seen = free * _coverage_at(part.windows, probes)
                visible = torch.where(here, seen, visible)
            free = free * (1 - _coverage_at(((part.map, part.shape), *part.windows), probes))
        return visible * (grid.abs() <= 1 + 1e-4).all(dim=-1)

    def _trace(self, source: int, driving: int) -> tuple[Tensor, Tensor]:
        """Index of the part on top of every driving pixel ``(h w)`` and the deformation ``(h w 2)``.

        The last one is kept: who asks where things are asks next whether they are seen.
        """
        last = self.__dict__.get("_last_trace")  # read once: another thread may ask for another frame meanwhile
        if last is None or last[0] != (source, driving):
            last = (source, driving), self._follow(source, driving)
            self.__dict__["_last_trace"] = last
        found: tuple[Tensor, Tensor] = last[1]
        return found

    def _follow(self, source: int, driving: int) -> tuple[Tensor, Tensor]:
        """What :meth:`_trace` keeps."""
        self._check_frame(source)
        self._check_frame(driving)
        size = self.frames.shape[-1]
        tops = self._masks(tuple(part.at(driving) for part in self.parts), 1)[0].argmax(dim=0)
        line = torch.linspace(-1, 1, size)
        places = _Pulled(line.view(1, 1, -1), line.view(1, -1, 1))
        grid = torch.zeros(size, size, 2)
        for index in tops.unique().tolist():
            carrier = self.parts[index].map
            there = carrier.at(source).push(*places.to(carrier.at(driving)))
            moved = torch.stack(torch.broadcast_tensors(*there), dim=-1)
            grid = torch.where((tops == index)[..., None], moved[0], grid)
        return tops, grid

    def _masks(self, parts: tuple[Part, ...], frames: int) -> Tensor:
        """Visible share of every part ``(t p h w)``: its coverage times what the parts in front leave free."""
        size = self.frames.shape[-1]
        canvas = _Canvas(parts, size)
        masks, free = torch.zeros(frames, len(parts), size, size), torch.ones(frames, size, size)
        for index in reversed(range(len(parts))):
            drawn = canvas.draw(parts[index])
            if drawn is not None:
                rows, columns, cover, _, _ = drawn
                shown = free[:, rows, columns] * cover
                masks[:, index, rows, columns] = shown
                free[:, rows, columns] -= shown
        return masks

    def _through(self, part: int | str, frame: int, points: Tensor, back: bool) -> Tensor:
        self._check_frame(frame)
        names = self.part_names
        if part not in names and part not in range(len(names)):
            raise InputError(
                f"got part {part!r}", f"an index below {len(names)} or one of {', '.join(names)}", "pick one"
            )
        carrier = self.parts[names.index(part) if isinstance(part, str) else part].map.at(frame)
        x, y = (plane.reshape(1, 1, -1) for plane in points.unbind(dim=-1))
        moved = carrier.pull(x, y) if back else carrier.push(x, y)
        return torch.stack(moved, dim=-1).view_as(points)

    def _check_frame(self, frame: int) -> None:
        if not -len(self.frames) <= frame < len(self.frames):
            raise InputError(
                f"got frame {frame}", f"a frame below {len(self.frames)}", "draw a longer clip or pick a frame in it"
            )


class _Pulled:
    """Places, pulled back to the parts; what several parts are carried by is pulled back once.

    Args:
        x: of the places.
        y: of the places.
    """

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y
        self.known: dict[Map, tuple[Tensor, Tensor]] = {}

    def to(self, carrier: Map) -> tuple[Tensor, Tensor]:
        """Canonical coordinates of all places."""
        if carrier not in self.known:
            outer = (self.x, self.y) if carrier.outer is None else self.to(carrier.outer)
            self.known[carrier] = carrier.step.inverse(*outer)
        return self.known[carrier]


def _probes(grid: Tensor, step: float) -> _Pulled:
    """Places ``(h w 2)``, and beside each the two that its slopes are taken from."""
    x, y = grid.unbind(-1)
    return _Pulled(torch.stack([x, x + step, x]), torch.stack([y, y, y + step]))


def _coverage_at(outlines: tuple[tuple[Map, Shape], ...], probes: _Pulled) -> Tensor:
    """Coverage ``(h w)`` of the intersection of outlines around any places of one frame, not only pixel centres."""
    distances = [shape.distance(*probes.to(carrier)) for carrier, shape in outlines]
    here, right, below = torch.stack(torch.broadcast_tensors(*distances)).amax(dim=0)
    return _coverage(here, right, below, _PROBE)
