"""The graph in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zygote_nb.notebook.graph.draw import BACKWARD, FORWARD, KEPT, adjoint_name, norm_words, visible
from zygote_nb.notebook.graph.layout import Scene
from zygote_nb.notebook.graph.model import Model, Node, walk

__all__ = ["dot"]


def dot(model: Model, scene: Scene) -> str:
    """Unfolded groups are clusters; what is kept for the way back is a dashed edge."""
    lines = [
        f"digraph {_quoted(model.name)} {{",
        '  node [shape=box style="rounded,filled" fillcolor=white fontname="monospace" fontsize=10]',
        "  edge [arrowsize=0.6]",
        *_lane(model.root, scene, "f", FORWARD, 1),
        *_lane(model.root, scene, "b", BACKWARD, 1),
        *_edges(model, scene),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _lane(group: Node, scene: Scene, lane: str, colour: str, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for node in group.children:
        box = scene.boxes.get(node.number)
        if box is None or (lane == "b" and not node.has_gradient):
            continue
        if box.opened:
            yield f"{pad}subgraph cluster_{lane}{node.number} {{"
            yield f'{pad}  label={_quoted(node.title)} color="{colour}" fontname="monospace" fontsize=10'
            yield from _lane(node, scene, lane, colour, depth + 1)
            yield f"{pad}}}"
            continue
        words = (node.title, node.value) if lane == "f" else (adjoint_name(node), norm_words(node))
        label = _quoted("\n".join(filter(None, words)))
        yield f'{pad}{lane}{node.number} [label={label} color="{colour}"]'


def _edges(model: Model, scene: Scene) -> Iterator[str]:
    shown = visible(model.root, scene)
    drawn: set[tuple[int, int]] = set()
    for group in walk(model.root):
        for edge in group.edges:
            a, b = shown[edge.source], shown[edge.target]
            if a == b or (a, b) in drawn or edge.carried or not _leaf(a, scene) or not _leaf(b, scene):
                continue
            drawn.add((a, b))
            yield f'  f{a} -> f{b} [color="{FORWARD}"]'
            if _passes(a, scene.boxes) and _passes(b, scene.boxes):
                yield f'  b{b} -> b{a} [color="{BACKWARD}"]'
    for number, box in scene.boxes.items():
        if box.node.kept and not box.opened and box.node.has_gradient:
            label = _quoted(box.node.kept)
            yield f'  f{number} -> b{number} [style=dashed color="{KEPT}" label={label} fontsize=9 constraint=false]'


def _leaf(number: int, scene: Scene) -> bool:
    return not scene.boxes[number].opened


def _passes(number: int, boxes: Mapping) -> bool:
    return boxes[number].node.has_gradient


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
