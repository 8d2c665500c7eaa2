"""The scene as SVG: a forward lane, its mirror image backward, and what is kept for the way back between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from zygote_nb.notebook.graph.layout import CHANNEL, Box, Scene
from zygote_nb.notebook.graph.model import Model, Node, owners, walk

__all__ = ["BACKWARD", "FORWARD", "KEPT", "adjoint_name", "norm_words", "svg", "visible", "without_titles"]

INK, FADED, PAPER, FORWARD, BACKWARD, KEPT = "#1f2328", "#57606a", "#ffffff", "#0969da", "#bc4c00", "#1a7f37"
FILLS = {"input": "#ddf4ff", "output": "#ddf4ff", "operation": "#ffffff", "head": "#f6f8fa"}
STATES = {"nan": ("#cf222e", "NaN or inf"), "zero": ("#8c959f", "zero"), "faint": ("#9a6700", "vanishing")}
MARGIN, TOP = 12, 34
Slot = tuple[int, tuple[float, float, float]]  # a layer, and where an edge passes it: x, top, bottom
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace"


def svg(model: Model, scene: Scene) -> str:
    """The picture, with a ground of its own, so that it can be read on light and dark pages alike."""
    width = 2 * scene.width + CHANNEL + 2 * MARGIN
    height = scene.height + TOP + MARGIN
    axis = MARGIN + scene.width + CHANNEL / 2
    body = "".join([*_boxes(scene, axis, True), *_edges(model, scene, axis), *_kept(scene, axis), *_boxes(scene, axis)])
    heads = "".join(
        _text(x, 20, word, colour, 13, "middle", "bold")
        for x, word, colour in (
            (MARGIN + scene.width / 2, "forward", FORWARD),
            (axis, "kept", KEPT),
            (2 * axis - MARGIN - scene.width / 2, "backward", BACKWARD),
        )
    )
    title = f"<title>{escape(f'pullback graph of {model.name}')}</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}">{title}'
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}" stroke="#d0d7de"/>{heads}{body}</svg>'
    )


def _boxes(scene: Scene, axis: float, opened: bool = False) -> Iterable[str]:
    """Unfolded groups, which lie below the edges, or all other nodes, which lie above them."""
    for box in scene.boxes.values():
        if box.node.number == 0 or box.opened != opened:
            continue
        yield _box(box, box.x + MARGIN, box.node.title, box.node.value, FORWARD, box.node.thumb)
        if box.node.has_gradient:
            title = "" if box.opened else adjoint_name(box.node)
            yield _box(
                box,
                2 * axis - MARGIN - box.x - box.width,
                title,
                norm_words(box.node),
                BACKWARD,
                box.node.gradient_thumb,
            )


def _box(box: Box, x: float, title: str, line: str, colour: str, thumb: str) -> str:
    node, y = box.node, box.y + TOP
    alert, word = STATES.get(node.state, ("", "")) if colour == BACKWARD else STATES["nan"] if node.bad else ("", "")
    edge = alert or colour
    line = f"{line} {word}".strip() if colour == FORWARD else line
    dash = ' stroke-dasharray="4 3"' if node.hits == 0 or (colour == BACKWARD and node.state == "zero") else ""
    fill = "#f6f8fa" if box.opened else FILLS.get(node.kind, "#ffffff")
    parts = [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="5" fill="{fill}" '
        f'stroke="{edge}" stroke-width="{2 if alert else 1}"{dash}/>'
    ]
    thumb = "" if box.opened else thumb
    free = box.width - 16 - (30 if thumb else 0)
    room = int(free / 6.7)
    if box.opened and colour == FORWARD:
        room -= len(_cut(line, 14)) + 1
    first = f"{'▾' if box.opened else '▸'} {title}" if node.children and title else title
    parts.append(_text(x + 8, y + 17, _cut(first, room), INK, 11))
    if line and not box.opened:
        parts.append(_text(x + 8, y + min(box.height - 7, 33), _cut(line, int(free / 6.05)), FADED, 10))
    if box.opened and line and colour == FORWARD:
        parts.append(_text(x + box.width - 8, y + 17, _cut(line, 14), FADED, 10, "end"))
    if thumb:
        parts.append(
            f'<image x="{x + box.width - 35:.1f}" y="{y + 7:.1f}" width="28" height="28" '
            f'preserveAspectRatio="none" style="image-rendering:pixelated" href="{thumb}"/>'
        )
    return f"<g><title>{escape(node.detail or node.title)}</title>{''.join(parts)}</g>"


def without_titles(drawing: str) -> str:
    """For an image, which shows no titles."""
    return re.sub(r"<g><title>[^<]*</title>(.*?)</g>", r"\1", drawing)


def _edges(model: Model, scene: Scene, axis: float) -> Iterable[str]:
    """Those of one colour together."""
    curves: dict[tuple[str, str], list[str]] = {}
    drawn: set[tuple[int, int]] = set()
    shown = visible(model.root, scene)
    slots: dict[tuple[int, int], list[Slot]] = {}
    for (start, end, layer), where in sorted(scene.slots.items()):
        slots.setdefault((start, end), []).append((layer, where))
    for group in walk(model.root):
        if group.number not in scene.boxes or not scene.boxes[group.number].opened:
            continue
        owner = owners(group)
        for edge in group.edges:
            a, b = shown.get(edge.source), shown.get(edge.target)
            between = owner[edge.source], owner[edge.target]
            if a is None or b is None or a == b or (a, b) in drawn or edge.carried or between in scene.far:
                continue
            drawn.add((a, b))
            way = _way(scene, (a, b), slots.get(between, []))
            curves.setdefault((FORWARD, "forward"), []).append(_curve(way))
            if scene.boxes[a].node.has_gradient and scene.boxes[b].node.has_gradient:
                shift = 2 * axis - 2 * MARGIN
                colour, _ = STATES.get(scene.boxes[a].node.state, (BACKWARD, ""))
                curve = _curve([(shift - x, y) for x, y in reversed(way)])
                curves.setdefault((colour, "backward"), []).append(curve)
    for (colour, lane), found in curves.items():
        yield f'<g fill="none" stroke="{colour}" stroke-opacity="0.65" data-lane="{lane}">{"".join(found)}</g>'


def _way(scene: Scene, ends: tuple[int, int], passed: list[Slot]) -> list[tuple[float, float]]:
    """From the foot of one box, through the slots of the edge, to the head of the other."""
    a, b = (scene.boxes[n] for n in ends)
    between = [point for _, (x, top, bottom) in passed for point in ((x, top), (x, bottom))]
    return [(a.x + a.width / 2, a.y + a.height), *between, (b.x + b.width / 2, b.y)]


def _curve(way: list[tuple[float, float]]) -> str:
    points = [(round(x + MARGIN), round(y + TOP)) for x, y in way]
    (x, y), *rest = points
    path = f"M{x} {y}"
    for to_x, to_y in rest:
        middle = (y + to_y) // 2
        path += f"C{x} {middle} {to_x} {middle} {to_x} {to_y}"
        x, y = to_x, to_y
    sign = 1 if y > points[-2][1] else -1
    return f'<path d="{path}m-3.5 {-6 * sign}l3.5 {5 * sign}l3.5 {-5 * sign}"/>'


def _kept(scene: Scene, axis: float) -> Iterable[str]:
    """Straight across, below a node: what it leaves for the way back."""
    taken: set[float] = set()
    for box in scene.boxes.values():
        if not box.node.kept or (box.opened and box.node.kind != "line"):
            continue
        foot = box.y + TOP + box.height
        y = next(foot + 7 + 11 * k for k in range(99) if foot + 11 * k not in taken)
        taken.add(y - 7)
        left = box.x + MARGIN + box.width - 14
        yield (
            f'<path d="M{left:.1f} {foot:.1f}V{y:.1f}H{2 * axis - left:.1f}V{foot:.1f}" fill="none" '
            f'stroke="{KEPT}" stroke-dasharray="3 3"/>'
        )
        yield _text(axis, y - 3, box.node.kept, KEPT, 10, "middle")


def visible(root: Node, scene: Scene) -> Mapping[int, int]:
    """For each node, the box that stands for it: its own, or that of the outermost folded group around it."""
    found: dict[int, int] = {}

    def visit(node: Node, stands: int | None) -> None:
        box = scene.boxes.get(node.number)
        own = stands if stands is not None else node.number
        found[node.number] = own
        inner = own if box is None or not box.opened else None
        for child in node.children:
            visit(child, inner)

    visit(root, None)
    return found


def adjoint_name(node: Node) -> str:
    """What a node's adjoint is called, by its target or its title; that of the result is the seed."""
    if node.kind == "output":
        return "seed"
    bound = re.match(r"for (.+?) in ", node.title)
    if bound:
        return f"d {bound[1]}"
    head = node.title.split("=")[0].rstrip(" +-*/@").strip() if "=" in node.title else node.title
    return f"d {head if head.isidentifier() or '[' in head else node.title}"


def norm_words(node: Node) -> str:
    word = STATES.get(node.state, ("", ""))[1]
    return " ".join(filter(None, [node.norm, word]))


def _text(x: float, y: float, text: str, colour: str, size: int, anchor: str = "start", weight: str = "normal") -> str:
    other = f' text-anchor="{anchor}"' * (anchor != "start") + f' font-weight="{weight}"' * (weight != "normal")
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}"{other}>{escape(text)}</text>'


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"
