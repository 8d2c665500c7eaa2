"""Groups of the graph: what is folded into sections, what is unfolded to begin with, in which group an edge lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.notebook.graph.model import Edge, Node, walk

__all__ = ["SECTION", "grouped", "opened", "sections", "summed", "whole"]

SMALL = 40  # nodes that are shown unfolded
SECTION = 40  # statements in one block; more of them are folded into sections


def sections(nodes: list[Node], number: Any) -> list[Node]:
    """Runs of neighbours as groups, so that a long block stays readable."""
    size = max(10, round(len(nodes) ** 0.5))
    found: list[Node] = []
    for i in range(0, len(nodes), size):
        part = tuple(nodes[i : i + size])
        if len(part) == 1:
            found += part
            continue
        title = f"lines {part[0].line} to {part[-1].line}"
        norm = next((n.norm for n in part if n.norm), "")
        node = Node(number(), "section", title, part[0].line, f"{len(part)} lines", norm, children=part)
        found.append(summed(node))
    return found


def summed(node: Node) -> Node:
    """A group with what its nodes have in common: trouble, and whether a gradient passes."""
    inside = [n for n in walk(node) if not n.children]
    states = {n.state for n in inside}
    state = next((s for s in ("nan", "", "faint", "zero") if s in states), "none")
    return replace(node, state=state, bad=any(n.bad for n in inside))


def opened(root: Node) -> frozenset[int]:
    """Groups to unfold: outer ones first, as long as what shows is small; a line's operations never."""
    shown, chosen = len(root.children), {root.number}
    waiting = [n for n in root.children if n.children]
    while waiting:
        node = waiting.pop(0)
        if node.kind == "arguments":
            continue
        if node.kind in ("line", "output") and all(c.kind == "operation" for c in node.children):
            continue
        if shown + len(node.children) > SMALL:
            continue
        chosen.add(node.number)
        shown += len(node.children)
        waiting += [n for n in node.children if n.children]
    return frozenset(chosen)


def grouped(root: Node, all_edges: Sequence[Edge], alias: Mapping[int, int]) -> Node:
    """Each edge in the innermost group that holds both its ends; `alias` leads from a line to its last operation."""
    edges = [replace(e, source=alias.get(e.source, e.source)) for e in dict.fromkeys(all_edges) if e.source != e.target]
    paths: dict[int, tuple[int, ...]] = {}

    def visit(node: Node, path: tuple[int, ...]) -> None:
        paths[node.number] = path
        for child in node.children:
            visit(child, (*path, node.number))

    visit(root, ())
    held: dict[int, list[Edge]] = {}
    for edge in edges:
        if edge.source not in paths or edge.target not in paths:
            continue
        common = [
            a
            for a, b in zip((*paths[edge.source], edge.source), (*paths[edge.target], edge.target), strict=False)
            if a == b
        ]
        held.setdefault(common[-1], []).append(edge)

    def rebuilt(node: Node) -> Node:
        return replace(node, children=tuple(map(rebuilt, node.children)), edges=tuple(held.get(node.number, ())))

    return rebuilt(root)


def whole(operation: Node, line: Node, by_line: bool) -> Node:
    """The last operation of a line: its gradient is the line's, and so is its value if it has none of its own."""
    same = replace(operation, norm=line.norm, state=line.state, gradient_thumb=line.gradient_thumb)
    return replace(same, value=line.value.split(" ×")[0], thumb=line.thumb) if by_line and line.value else same
