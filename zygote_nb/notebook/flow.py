"""Norms of the gradient along the lines of a run and the iterations of its loops: where it vanishes or explodes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from zygote_nb.dataclass import dataclass
from zygote_nb.display.document import Picture
from zygote_nb.frontend.source import Source
from zygote_nb.notebook.replay.record import Line, Record
from zygote_nb.notebook.replay.values import short_number

__all__ = ["STEEP", "Course", "courses", "flow_picture", "log_curve"]

STEEP = 1e6  # between the norms of a gradient in two iterations: it vanishes, or explodes
DOTS = 80  # lines; of more, only those have a dot at which something is wrong
CURVES = 6  # lines whose course along the iterations is drawn
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, BETWEEN = 430, 240, 56, 14, 30, 40, 24
COLOURS = ("#d9631e", "#2f81f7", "#2da44e", "#a371f7", "#db61a2", "#b08800")
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Course:
    """The gradient that passes one line, in the order of the forward sweep; `line` counts in its function."""

    function: str
    line: int
    text: str
    norms: tuple[float, ...]

    @property
    def is_loop(self) -> bool:
        return len(self.norms) > 1

    @property
    def word(self) -> str:
        """Whether the gradient vanishes or explodes on its way from the last iteration to the first."""
        known = [n for n in self.norms if n and math.isfinite(n)]
        if len(self.norms) < 3 or not known or max(known) < STEEP * min(known):
            return ""
        return "vanishes" if known[0] < known[-1] else "explodes"


def courses(record: Record, sources: Iterable[Source]) -> tuple[Course, ...]:
    """Of every line that a gradient passes, in the order in which they ran first."""
    names = {
        (s.filename, s.first_line + n): (s.qualname, n + 1, text.strip())
        for s in sources
        for n, text in enumerate(s.text.splitlines())
    }
    ran: dict[Line, None] = {}
    for site, _ in record.order:
        origin = record.origins.get(record.sites[site].line)
        if origin is not None and record.sites[site].sweep != "backward":
            ran.setdefault(origin)
    found = ((line, record.lines[line].norms) for line in ran if line in names and line in record.lines)
    return tuple(Course(*names[line], norms) for line, norms in found if norms)


def flow_picture(found: Sequence[Course]) -> Picture | None:
    """One diagram along the lines, one along the iterations; None where there is too little to draw."""
    loops = sorted((c for c in found if c.is_loop), key=_spread, reverse=True)[:CURVES]
    if len(found) < 3 and not loops:
        return None
    norms = [n for c in found for n in c.norms if n > 0 and math.isfinite(n)]
    if not norms:
        return None
    scale = _scale(norms, any(n == 0 for c in found for n in c.norms))
    panels = [_along_lines(found, scale)] if len(found) > 2 else []
    panels += [_along_iterations(loops, scale)] if loops else []
    width = len(panels) * WIDTH + (len(panels) - 1) * BETWEEN
    body = "".join(f'<g transform="translate({i * (WIDTH + BETWEEN)} 0)">{p}</g>' for i, p in enumerate(panels))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" '
        f'font-family="system-ui,sans-serif" font-size="11" color="#1f2328"><rect data-paper="1" width="100%" '
        f'height="100%" rx="6" fill="#ffffff" stroke="#d0d7de"/>{body}</svg>'
    )
    ends = f"from {short_number(min(norms))} to {short_number(max(norms))}"
    where = " and ".join(["the lines of the run"] * (len(found) > 2) + ["the iterations of its loops"] * bool(loops))
    alt = f"Norms of the gradient along {where}, {ends}."
    return Picture(svg, alt, _text(found))


def _text(found: Sequence[Course]) -> str:
    """The same in words: for each line the first and the last norm, and the course between."""
    rows = [(f"{c.line}", c.text, _ends(c), log_curve(c.norms) if c.is_loop else "", c.word) for c in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(["norms of the gradient, first to last iteration", *lines])


def log_curve(norms: Sequence[float], width: int = 16) -> str:
    """A curve in characters, by the logarithm; `_` is zero, `!` not finite.

    >>> log_curve([1e-8, 1e-4, 1.0]), log_curve([0.0, 1.0, float("inf")])
    ('▁▄█', '_█!')
    """
    if len(norms) > width:
        norms = [norms[i * (len(norms) - 1) // (width - 1)] for i in range(width)]
    logs = [math.log10(n) for n in norms if n > 0 and math.isfinite(n)]
    low, high = (min(logs), max(logs)) if logs else (0.0, 0.0)

    def block(norm: float) -> str:
        if not math.isfinite(norm):
            return "!"
        return BLOCKS[int(7 * (math.log10(norm) - low) / ((high - low) or 1.0)) if high > low else 7] if norm else "_"

    return "".join(map(block, norms))


def _ends(course: Course) -> str:
    ends = (course.norms[0], course.norms[-1]) if course.is_loop else course.norms
    return " … ".join(map(short_number, ends))


def _worst(norms: Sequence[float]) -> float:
    return next((n for n in norms if not math.isfinite(n)), max(norms))


def _spread(course: Course) -> float:
    known = [n for n in course.norms if n > 0 and math.isfinite(n)]
    return max(known) / min(known) if known else 0.0


@dataclass(frozen=True, slots=True)
class _Scale:
    """Powers of ten from the bottom of a diagram to its top; where there are zeros, the bottom is theirs."""

    low: int
    high: int
    zeros: bool

    def y(self, norm: float) -> float:
        """What is not finite lies on the upper edge."""
        if not math.isfinite(norm):
            return TOP
        part = (math.log10(norm) - self.low) / (self.high - self.low) if norm > 0 else 0.0
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> list[tuple[int, str]]:
        step = max(1, -(-(self.high - self.low) // 6))
        powers = [p for p in range(self.high, self.low - 1, -step) if not self.zeros or p > self.low]
        return [(p, f"1e{p}" if p else "1") for p in powers] + ([(self.low, "0")] if self.zeros else [])


def _scale(norms: Sequence[float], zeros: bool) -> _Scale:
    low, high = math.floor(math.log10(min(norms)) - 0.2), math.ceil(math.log10(max(norms)) + 0.2)
    return _Scale(low - max(1, (high - low) // 8) if zeros else low, high, zeros)


def _along_lines(found: Sequence[Course], scale: _Scale) -> str:
    """A dot for each line in the order of the run; a bar from the smallest to the largest in its iterations."""
    xs = _spaced(len(found))
    parts = [_frame(scale, "along the lines, as they run", "line")]
    middle = [(x, scale.y(_worst(c.norms))) for x, c in zip(xs, found, strict=True)]
    parts.append(_way(middle, COLOURS[1], 1.2, 0.5))
    for x, (_, y), c in zip(xs, middle, found, strict=True):
        low, high = scale.y(min(c.norms)), scale.y(max(c.norms))
        bad = not all(map(math.isfinite, c.norms)) or not any(c.norms)
        colour = "#e5534b" if bad else COLOURS[1]
        if c.is_loop:
            parts.append(_way([(x, low), (x, high)], colour, 3, 0.45))
        if len(found) > DOTS and not bad:
            continue
        title = f"line {c.line} of {c.function}: {c.text}\n{_ends(c)}"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{escape(title)}</title></circle>')
    every = -(-len(found) // (18 if found[-1].line < 100 else 9))
    labels = zip(xs[::every], found[::every], strict=True)
    parts += [_word(x, HEIGHT - BOTTOM + 14, str(c.line), "middle") for x, c in labels]
    return "".join(parts)


def _along_iterations(loops: Sequence[Course], scale: _Scale) -> str:
    longest = max(len(c.norms) for c in loops)
    parts = [_frame(scale, "along the iterations", "iteration")]
    right = WIDTH - RIGHT - 52
    taken: list[float] = []
    for c, colour in zip(loops, COLOURS, strict=False):
        xs = _spaced(len(c.norms), right)
        points = [(x, scale.y(n)) for x, n in zip(xs, c.norms, strict=True)]
        parts.append(_way(points, colour, 1.8))
        if len(points) <= 30:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in points]
        y = points[-1][1]
        while any(abs(y - t) < 12 for t in taken):
            y += 4
        taken.append(y)
        parts.append(_word(right + 6, y + 4, f"line {c.line}", "start"))
    ends = ((LEFT + 10, "1"), (right, str(longest)))
    parts += [_word(x, HEIGHT - BOTTOM + 14, text, "middle") for x, text in ends]
    return "".join(parts)


def _spaced(count: int, right: float = WIDTH - RIGHT - 10) -> list[float]:
    left = LEFT + 10
    return [left + i * (right - left) / max(1, count - 1) for i in range(count)]


def _frame(scale: _Scale, title: str, below: str) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [_word(LEFT, 18, f"|gradient| {title}", "start", weight="600")]
    for power, name in scale.ticks():
        y = scale.y(10.0**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="currentColor" stroke-opacity="0.15"/>')
        parts.append(_word(LEFT - 6, y + 4, name, "end"))
    parts.append(f'<path d="M{LEFT} {bottom}H{right}" stroke="currentColor" stroke-opacity="0.5"/>')
    parts.append(_word((LEFT + right) / 2, HEIGHT - 8, below, "middle"))
    return "".join(parts)


def _way(points: Sequence[tuple[float, float]], colour: str, width: float, opacity: float = 1.0) -> str:
    way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}"/>'


def _word(x: float, y: float, text: str, anchor: str, colour: str = "currentColor", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
