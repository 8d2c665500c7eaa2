"""Where nodes go: a layer below the other, and few crossings.

The order within a graph is found here, once. Sizes and positions follow from it, and `static/graph.js` finds them
again whenever a reader folds or unfolds a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from zygote_nb.dataclass import dataclass
from zygote_nb.notebook.graph.columns import columns
from zygote_nb.notebook.graph.model import Node, owners, walk

__all__ = ["Box", "Item", "Layering", "Scene", "arranged", "layered", "place"]

SIZES = {"input": (140, 40), "operation": (104, 36), "head": (150, 30)}
WIDTH, HEIGHT = 204, 44
GAP, ROW, HEAD, PAD, CHANNEL, SLOT = 12, 26, 24, 10, 90, 10
SLOTS = 80  # in one group; longer edges are not drawn

Item = int | tuple[int, int, int]  # a node, or the slot of an edge (its two ends, and the layer) that passes a layer


@dataclass(frozen=True, slots=True)
class Layering:
    """The children of one group in layers, and for each pair of them that an edge joins, the slots that it passes.

    `above` has for each item the positions of those in the layer above that it is joined to. Edges that are `far` pass
    layers without a slot: there are too many of them to be drawn, and they are shown for one node at a time.
    """

    layers: tuple[tuple[Item, ...], ...]
    above: tuple[tuple[tuple[int, ...], ...], ...]
    far: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the forward lane; `opened` groups hold those of their children."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    opened: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is drawn: boxes by number, the slots of long edges (x, top, bottom), the lane's width, the height."""

    boxes: Mapping[int, Box]
    slots: Mapping[tuple[int, int, int], tuple[float, float, float]]
    width: float
    height: float
    far: frozenset[tuple[int, int]] = frozenset()


def arranged(root: Node) -> dict[int, Layering]:
    """The layering of every group."""
    return {group.number: layered(group) for group in walk(root) if group.children}


def layered(group: Node) -> Layering:
    """Children by longest path, arguments close to where they are used, slots for edges that pass layers."""
    owner = owners(group)
    order = [child.number for child in group.children]
    pairs = {(owner[e.source], owner[e.target]) for e in group.edges if not e.carried}
    rank = {number: i for i, number in enumerate(order)}
    pairs = {(a, b) for a, b in pairs if rank[a] < rank[b]}
    depth = _depths(order, pairs)
    layers: list[list[Item]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for number in order:
        layers[depth[number]].append(number)
    far = _far(pairs, depth)
    pairs -= far
    for a, b in sorted(pairs, key=lambda p: (rank[p[0]], rank[p[1]])):
        for layer in range(depth[a] + 1, depth[b]):
            layers[layer].append((a, b, layer))
    ordered = tuple(map(tuple, _uncrossed(layers, pairs, depth)))
    return Layering(ordered, _joined(ordered, pairs, depth), far)


def _far(pairs: set[tuple[int, int]], depth: Mapping[int, int]) -> frozenset[tuple[int, int]]:
    """The longest edges, if there are more of them than a reader can follow."""
    spans = sorted((depth[b] - depth[a] - 1, a, b) for a, b in pairs if depth[b] - depth[a] > 1)
    passed = list(accumulate(span for span, _, _ in spans))
    return frozenset((a, b) for (_, a, b), count in zip(spans, passed, strict=True) if count > SLOTS)


def _joined(
    layers: Sequence[Sequence[Item]], pairs: set[tuple[int, int]], depth: Mapping[int, int]
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    place = {item: k for layer in layers for k, item in enumerate(layer)}
    near: dict[Item, list[int]] = {}
    for a, b in sorted(pairs):
        for first, second in pairwise(_chain(a, b, depth)):
            near.setdefault(second, []).append(place[first])
    return tuple(tuple(tuple(near.get(item, ())) for item in layer) for layer in layers)


def _chain(a: int, b: int, depth: Mapping[int, int]) -> list[Item]:
    """The two ends of an edge, and its slots between them."""
    return [a, *((a, b, layer) for layer in range(depth[a] + 1, depth[b])), b]


def _depths(order: Sequence[int], pairs: set[tuple[int, int]]) -> dict[int, int]:
    before: dict[int, list[int]] = {n: [] for n in order}
    after: dict[int, list[int]] = {n: [] for n in order}
    for a, b in pairs:
        before[b].append(a)
        after[a].append(b)
    depth: dict[int, int] = {}
    for number in order:
        depth[number] = max((depth[a] + 1 for a in before[number]), default=0)
    for number in order:
        if not before[number] and after[number]:
            depth[number] = max(0, min(depth[b] for b in after[number]) - 1)
    return depth


def _uncrossed(
    layers: list[list[Item]], pairs: set[tuple[int, int]], depth: Mapping[int, int], sweeps: int = 4
) -> list[list[Item]]:
    """Order each layer by the mean place of its neighbours, from above and from below in turn."""
    up: dict[Item, list[Item]] = {}
    down: dict[Item, list[Item]] = {}
    for a, b in sorted(pairs):
        for first, second in pairwise(_chain(a, b, depth)):
            up.setdefault(second, []).append(first)
            down.setdefault(first, []).append(second)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, down)
    for sweep in range(sweeps):
        downward = sweep % 2 == 0
        neighbours = up if downward else down
        for i in range(len(layers)) if downward else reversed(range(len(layers))):
            near = (layers[j] for j in (i - 1, i, i + 1) if 0 <= j < len(layers))
            place = {item: k / max(1, len(layer)) for layer in near for k, item in enumerate(layer)}
            means = {
                item: sum(place[n] for n in joined) / len(joined) if (joined := neighbours.get(item)) else place[item]
                for item in layers[i]
            }
            layers[i].sort(key=means.__getitem__)
        found = _crossings(layers, down)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
        if not fewest:
            break
    return best


def _crossings(layers: Sequence[Sequence[Item]], down: Mapping[Item, Sequence[Item]]) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        place = {item: k for k, item in enumerate(lower)}
        ends = [place[b] for a in upper for b in sorted(down.get(a, ()), key=lambda b: place.get(b, -1)) if b in place]
        count += sum(x > y for i, x in enumerate(ends) for y in ends[i + 1 :]) if len(ends) < 300 else 0
    return count


def place(root: Node, layerings: Mapping[int, Layering], opened: frozenset[int]) -> Scene:
    """Positions of everything that shows when the groups `opened` are unfolded."""
    nodes = {n.number: n for n in walk(root)}
    boxes: dict[int, Box] = {}
    slots: dict[tuple[int, int, int], tuple[float, float, float]] = {}
    sizes: dict[int, tuple[float, float]] = {}
    centres: dict[int, list[list[float]]] = {}
    heights: dict[int, list[float]] = {}

    def size(number: int) -> tuple[float, float]:
        if number not in sizes:
            node = nodes[number]
            if not node.children or number not in opened:
                sizes[number] = SIZES.get(node.kind, (WIDTH, HEIGHT))
            else:
                layers = layerings[number].layers
                rows = [[size(item) if isinstance(item, int) else (SLOT, 0.0) for item in layer] for layer in layers]
                widths = [[w for w, _ in row] for row in rows]
                centres[number] = columns(widths, layerings[number].above, GAP)
                rights = [c[-1] + w[-1] / 2 for c, w in zip(centres[number], widths, strict=True)]
                heights[number] = [max(h for _, h in row) for row in rows]
                height = sum(heights[number]) + ROW * (len(rows) - 1) + head(number) + 2 * PAD
                sizes[number] = max(max(rights) + 2 * PAD, WIDTH), height
        return sizes[number]

    def head(number: int) -> float:
        return 0 if number == root.number else HEAD

    def put(number: int, x: float, y: float) -> None:
        node, (width, height) = nodes[number], size(number)
        unfolded = bool(node.children) and number in opened
        boxes[number] = Box(node, x, y, width, height, unfolded)
        if not unfolded:
            return
        top, layers = y + head(number) + PAD, layerings[number].layers
        for layer, places, row_height in zip(layers, centres[number], heights[number], strict=True):
            for item, centre in zip(layer, places, strict=True):
                middle = x + PAD + centre
                if isinstance(item, int):
                    w, h = size(item)
                    put(item, middle - w / 2, top + (row_height - h) / 2)
                else:
                    slots[item] = middle, top, top + row_height
            top += row_height + ROW

    put(root.number, 0.0, 0.0)
    far = frozenset().union(*(layerings[n].far for n, box in boxes.items() if box.opened))
    return Scene(boxes, slots, *size(root.number), far)
