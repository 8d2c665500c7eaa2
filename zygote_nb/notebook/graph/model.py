"""The parts of a pullback graph."""

from __future__ import annotations

from collections.abc import Iterator

from zygote_nb.dataclass import dataclass

__all__ = ["Edge", "Model", "Node", "leaves", "owners", "walk"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A value that goes from one node to another, by their numbers; `carried` to the next iteration of a loop."""

    source: int
    target: int
    name: str
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A line, an operation, an argument, or a group of these that can be folded: a loop, a branch, a call, a section.

    `bad` says that the value is not finite, `state` what is wrong with the gradient: "nan", "zero", "faint" (it has
    vanished), "none" where none passes. `thumb` and `gradient_thumb` are small pictures of the value and of its
    gradient, as data addresses. `edges` are those that meet in this group and no deeper one.
    """

    number: int
    kind: str
    title: str
    line: int = 0
    value: str = ""
    norm: str = ""
    state: str = ""
    kept: str = ""
    thumb: str = ""
    gradient_thumb: str = ""
    hits: int = 1
    detail: str = ""
    bad: bool = False
    children: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def has_gradient(self) -> bool:
        return self.state != "none"


@dataclass(frozen=True, slots=True)
class Model:
    """A whole graph: its outermost group, and which groups are open to begin with."""

    name: str
    root: Node
    opened: frozenset[int]
    remark: str = ""


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it, parents first."""
    yield node
    for child in node.children:
        yield from walk(child)


def owners(group: Node) -> dict[int, int]:
    """For each node in a group, the child of the group that it is in."""
    return {n.number: child.number for child in group.children for n in walk(child)}


def leaves(node: Node) -> Iterator[Node]:
    """The nodes that hold no others."""
    return (n for n in walk(node) if not n.children)
