"""Small drawings of functions of one and of two numbers, as SVG in the theme's colours."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterator, Sequence

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.notebook.graph.thumbnail import png
from zygote_nb.notebook.replay.values import short_number

__all__ = ["Frame", "Landscape", "contour", "curve", "isolines", "landscape", "standalone", "ticks"]

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 460, 300, 62, 14, 14, 34
INK = "var(--jp-ui-font-color1,var(--vscode-editor-foreground,currentColor))"
FADED = "var(--jp-border-color1,var(--vscode-panel-border,#9e9e9e))"
LINE, SLOPE = "#1f77b4", "#d2691e"
GROUND = np.array([(96, 143, 194), (130, 190, 200), (178, 219, 190), (226, 238, 190), (252, 248, 214)], float)
DARK = "#1f2328"


@dataclass(frozen=True, slots=True)
class Frame:
    """Which part of the plane is drawn; `x` and `y` take it to pixels."""

    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return LEFT + (value - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (value - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def curve(name: str, xs: Sequence[float], ys: Sequence[float], at: float, value: float, slope: float) -> str:
    """A function of one number with its tangent at a point."""
    finite = [y for y in (*ys, value) if math.isfinite(y)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = 0.06 * (high - low) or max(1.0, abs(high)) * 0.1
    frame = Frame(xs[0], xs[-1], low - room, high + room)
    parts = [_axes(frame, name, "")]
    parts += [_path(piece, LINE, 2) for piece in _pieces(frame, xs, ys)]
    if math.isfinite(value) and math.isfinite(slope):
        ends = [(x, value + slope * (x - at)) for x in _within(frame, at, value, slope)]
        parts.append(_path([(frame.x(x), frame.y(y)) for x, y in ends], SLOPE, 1.5, "6 4"))
        parts.append(_point(frame, at, value))
    alt = f"curve over {name}, with the tangent at {short_number(at)}: slope {short_number(slope)}"
    return _svg(parts, alt)


def _within(frame: Frame, at: float, value: float, slope: float) -> tuple[float, float]:
    """Where a line through a point enters the frame and leaves it."""
    if not slope:
        return frame.left, frame.right
    low, high = sorted((at + (frame.low - value) / slope, at + (frame.high - value) / slope))
    return max(frame.left, low), min(frame.right, high)


def contour(landscape: Landscape, at: tuple[float, float]) -> str:
    """A function of two numbers, with the point where it is looked at."""
    (first, second), (x, y) = landscape.names, at
    alt = f"contours over {first} and {second}, arrows point downhill; the point is at {x:.4g}, {y:.4g}"
    return _svg([landscape.ground, _point(landscape.frame, x, y)], alt)


@dataclass(frozen=True, slots=True)
class Landscape:
    """The drawing of a function of two numbers, without a point in it."""

    names: tuple[str, str]
    frame: Frame
    ground: str


def landscape(
    names: tuple[str, str],
    xs: np.ndarray,
    ys: np.ndarray,
    values: np.ndarray,
    arrows: Sequence[tuple[float, float, float, float]],
) -> Landscape:
    """By colour, by lines of equal height, and by arrows downhill; `values` has y first.

    Where a few values are much larger than the others, colours and lines follow the order of the values: each of ten
    bands then takes a tenth of the picture.
    """
    frame = Frame(xs[0], xs[-1], ys[0], ys[-1])
    steep = is_steep(values)
    parts = [_ground(_ranks(values) if steep else values), _axes(frame, *names)]
    levels = (
        _rounded(np.quantile(values[np.isfinite(values)], np.linspace(0.1, 0.9, 9)))
        if steep
        else ticks(*_range(values), 9)
    )
    labels: list[tuple[float, float]] = []
    for level in map(float, levels):
        pieces = [[(frame.x(x), frame.y(y)) for x, y in ends] for ends in isolines(xs, ys, values, level)]
        parts.append(_paths(pieces, DARK, 0.8, 0.45))
        place = _free([(a[0] / 2 + b[0] / 2, a[1] / 2 + b[1] / 2) for a, b in pieces], labels)
        if place is not None:
            labels.append(place)
            parts.append(_label(*place, short_number(level)))
    longest = max((math.hypot(frame_x, frame_y) for *_, frame_x, frame_y in arrows), default=0.0)
    for x, y, dx, dy in arrows:
        size = math.hypot(dx, dy)
        if size and math.isfinite(size):
            drawn = 24 * max(0.25, (size / longest) ** (0.15 if steep else 0.5))
            scale = drawn / math.hypot(dx * _per_x(frame), dy * _per_y(frame))
            end = frame.x(x) - dx * _per_x(frame) * scale, frame.y(y) + dy * _per_y(frame) * scale
            parts.append(_arrow((frame.x(x), frame.y(y)), end))
    return Landscape(names, frame, "".join(parts))


def _rounded(levels: np.ndarray) -> list[float]:
    return sorted({float(f"{level:.2g}") for level in levels})


def is_steep(values: np.ndarray) -> bool:
    """Whether most of the picture would be one colour.

    >>> is_steep(np.arange(10.0)), is_steep(np.exp(np.arange(10.0)))
    (False, True)
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return False
    low, middle, high = np.quantile(finite, (0.0, 0.7, 1.0))
    return bool(middle - low < 0.25 * (high - low))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Each value's place in their order, from 0 to 1; NaN where it isn't finite."""
    finite = np.isfinite(values)
    found = np.full(values.shape, np.nan)
    found[finite] = np.searchsorted(np.sort(values[finite]), values[finite]) / max(1, finite.sum() - 1)
    return found


def isolines(
    xs: np.ndarray, ys: np.ndarray, values: np.ndarray, level: float
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Pieces of the line on which a function has the value `level`, from cell to cell of its grid.

    >>> grid = np.array([[0.0, 1.0], [0.0, 1.0]])
    >>> list(isolines(np.array([0.0, 1.0]), np.array([0.0, 2.0]), grid, 0.5))
    [((0.5, 0.0), (0.5, 2.0))]
    """
    above = values > level
    mixed = above[:-1, :-1] + 0 + above[1:, :-1] + above[:-1, 1:] + above[1:, 1:]
    for i, j in np.argwhere((mixed > 0) & (mixed < 4)):
        corners = [(i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)]
        if not np.isfinite([values[c] for c in corners]).all():
            continue
        cuts = []
        for (a, b), (c, d) in zip(corners, [*corners[1:], corners[0]], strict=True):
            first, second = values[a, b], values[c, d]
            if (first > level) != (second > level):
                part = (level - first) / (second - first)
                cuts.append((float(xs[b] + part * (xs[d] - xs[b])), float(ys[a] + part * (ys[c] - ys[a]))))
        for k in range(0, len(cuts) - 1, 2):
            yield cuts[k], cuts[k + 1]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About so many round numbers between two.

    >>> ticks(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _pieces(frame: Frame, xs: Sequence[float], ys: Sequence[float]) -> Iterator[list[tuple[float, float]]]:
    """The curve, interrupted where it isn't finite."""
    piece: list[tuple[float, float]] = []
    for x, y in zip(xs, ys, strict=True):
        if math.isfinite(y):
            piece.append((frame.x(x), frame.y(y)))
        elif piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _range(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _ground(values: np.ndarray) -> str:
    low, high = _range(values)
    part = np.clip((np.nan_to_num(values, nan=low) - low) / ((high - low) or 1.0), 0, 1)[::-1, :, None]
    at = part[..., 0] * (len(GROUND) - 1)
    rgb = np.stack([np.interp(at, np.arange(len(GROUND)), GROUND[:, c]) for c in range(3)], axis=-1)
    image = b64encode(png(rgb.round().astype(np.uint8))).decode()
    return (
        f"<image x='{LEFT}' y='{TOP}' width='{WIDTH - LEFT - RIGHT}' height='{HEIGHT - TOP - BOTTOM}' "
        f"preserveAspectRatio='none' href='data:image/png;base64,{image}'/>"
    )


def _axes(frame: Frame, name_x: str, name_y: str) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [
        f"<rect x='{LEFT}' y='{TOP}' width='{right - LEFT}' height='{bottom - TOP}' fill='none' stroke='{FADED}'/>"
    ]
    for value in ticks(frame.left, frame.right):
        x = frame.x(value)
        parts.append(f"<path d='M{x:.1f} {bottom}v4' stroke='{FADED}'/>{_text(x, bottom + 15, f'{value:g}', 'middle')}")
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        parts.append(f"<path d='M{LEFT} {y:.1f}h-4' stroke='{FADED}'/>{_text(LEFT - 7, y + 3.5, f'{value:g}', 'end')}")
    parts.append(_text((LEFT + right) / 2, HEIGHT - 5, name_x, "middle"))
    if name_y:
        parts.append(_text(12, TOP + 10, name_y, "start"))
    return "".join(parts)


def _per_x(frame: Frame) -> float:
    return (WIDTH - LEFT - RIGHT) / (frame.right - frame.left)


def _per_y(frame: Frame) -> float:
    return (HEIGHT - TOP - BOTTOM) / (frame.high - frame.low)


def _path(points: Sequence[tuple[float, float]], colour: str, width: float, dash: str = "") -> str:
    way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashed = f" stroke-dasharray='{dash}'" if dash else ""
    return f"<path d='M{way}' fill='none' stroke='{colour}' stroke-width='{width}'{dashed}/>"


def _paths(pieces: Sequence[Sequence[tuple[float, float]]], colour: str, width: float, opacity: float) -> str:
    way = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in piece) for piece in pieces)
    return f"<path d='{way}' fill='none' stroke='{colour}' stroke-width='{width}' stroke-opacity='{opacity}'/>"


def _free(places: Sequence[tuple[float, float]], taken: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The place that is farthest from the others and from the edges, if it is far enough."""

    def distance(place: tuple[float, float]) -> float:
        x, y = place
        edges = min(x - LEFT - 24, WIDTH - RIGHT - 24 - x, y - TOP - 10, HEIGHT - BOTTOM - 10 - y)
        return min([max(edges, -1.0) if edges < 0 else 60.0, *(math.hypot(x - a, y - b) for a, b in taken)])

    best = max(places, key=distance, default=None)
    return best if best is not None and distance(best) > 26 else None


def _label(x: float, y: float, text: str) -> str:
    return (
        f"<text x='{x:.1f}' y='{y + 3:.1f}' text-anchor='middle' font-size='9' fill='{DARK}' stroke='#ffffff' "
        f"stroke-width='2.5' stroke-opacity='0.8' paint-order='stroke'>{text}</text>"
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    wings = [(end[0] - 5 * math.cos(angle + s), end[1] - 5 * math.sin(angle + s)) for s in (0.5, -0.5)]
    return _path([start, end], DARK, 1.2) + _path([wings[0], end, wings[1]], DARK, 1.2)


def _point(frame: Frame, x: float, y: float) -> str:
    place = f"cx='{frame.x(x):.1f}' cy='{frame.y(y):.1f}'"
    return f"<circle {place} r='5' fill='{SLOPE}' stroke='#ffffff' stroke-width='1.5'/>"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{INK}' font-size='11'>{text}</text>"


def _svg(parts: Sequence[str], alt: str) -> str:
    inside = f"<svg x='0' y='0' width='{WIDTH}' height='{HEIGHT}' overflow='hidden'>{''.join(parts)}</svg>"
    return (
        f"<svg role='img' aria-label='{alt}' width='{WIDTH}' height='{HEIGHT}' viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"style='font-family:var(--jp-ui-font-family,sans-serif)'>{inside}</svg>"
    )


def standalone(drawing: str) -> str:
    """A drawing as a file of its own, on paper of its own."""
    head, _, body = drawing.partition(">")
    paper = "<rect data-paper='1' width='100%' height='100%' rx='6' fill='#ffffff'/>"
    return f"{head} xmlns='http://www.w3.org/2000/svg' color='#1f2328'>{paper}{body}"
