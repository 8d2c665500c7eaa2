"""What `zg.graph` returns."""

from __future__ import annotations

import json
import shutil
import subprocess
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from functools import cached_property
from typing import Any

from zygote_nb.api import Call, call
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.display.document import Code, Document, Line, Picture, Say, Tab, Tabs
from zygote_nb.display.html import to_html
from zygote_nb.display.shown import Shows
from zygote_nb.errors import ZygoteError
from zygote_nb.notebook.graph.build import build
from zygote_nb.notebook.graph.dot import dot
from zygote_nb.notebook.graph.draw import norm_words, svg, without_titles
from zygote_nb.notebook.graph.layout import Item, Layering, Scene, arranged, place
from zygote_nb.notebook.graph.model import Edge, Model, Node, owners, walk

__all__ = ["Graph", "graph", "graph_of"]

PATIENCE = 10.0  # seconds
LARGEST_PLAIN = 20_000  # characters of a model that is stored as it is
LARGEST_MODEL = 94_000  # characters of a deflated one
LONGEST_OUTLINE = 500  # lines
LONGEST_TITLE = 36  # characters of a node, of which a large graph has many


@dataclass(frozen=True, repr=False)
class Graph(Shows):
    """The pullback graph of a call.

    Shows itself in a notebook. Every export takes the groups that are unfolded, as :meth:`expanded` sets them.
    """

    model: Model
    layerings: dict[int, Layering]

    def __len__(self) -> int:
        """How many nodes there are, folded ones too."""
        return sum(1 for _ in walk(self.model.root)) - 1

    @cached_property
    def scene(self) -> Scene:
        return place(self.model.root, self.layerings, self.model.opened)

    def expanded(self, everything: bool = True) -> Graph:
        """The same graph with every group unfolded, or with none."""
        root = self.model.root
        opened = {n.number for n in walk(root) if n.children} if everything else {root.number}
        return Graph(replace(self.model, opened=frozenset(opened)), self.layerings)

    def svg(self) -> str:
        """The picture as SVG."""
        return svg(self.model, self.scene)

    def dot(self) -> str:
        """The graph in Graphviz' language."""
        return dot(self.model, self.scene)

    def to_graphviz(self) -> Any:
        """A ``graphviz.Digraph``, which draws itself where the program ``dot`` is installed."""
        import graphviz

        _, *body, _ = self.dot().splitlines(True)
        return graphviz.Digraph(self.model.name, body=body)

    def png(self) -> bytes:
        """The picture as PNG, drawn by the first of cairosvg, rsvg-convert, inkscape that is installed, or by dot.

        Raises:
            ZygoteError: none of them is.
        """
        try:
            import cairosvg
        except ImportError:
            pass
        else:
            return bytes(cairosvg.svg2png(self.svg().encode()))
        for program, arguments, given in self._converters():
            if path := shutil.which(program):
                return subprocess.run([path, *arguments], input=given.encode(), capture_output=True, check=True).stdout
        raise ZygoteError(
            "nothing that draws PNG is installed: cairosvg, rsvg-convert, inkscape or dot",
            hint="pip install cairosvg; or use .svg(), or the button in the notebook's picture",
        )

    def _converters(self) -> Iterator[tuple[str, list[str], str]]:
        yield "rsvg-convert", ["-f", "png"], self.svg()
        yield "inkscape", ["--pipe", "--export-type=png", "--export-filename=-"], self.svg()
        yield "dot", ["-Tpng"], self.dot()

    def html(self) -> str:
        """A page of its own, which needs nothing else."""
        title = self.model.name
        return f"<!doctype html><meta charset='utf-8'><title>{title}</title><body>{to_html(self.document())}</body>"

    def document(self) -> Document:
        """The picture, and all of its nodes as an outline."""
        outline = tuple(_outlined(self.model.root, 0))
        alt = f"Pullback graph of {self.model.name}: {len(self)} nodes; the outline below it has them in words."
        text = "\n".join([f"pullback graph of {self.model.name}", *(f"  {line}" for line in outline)])
        rest = len(outline) - LONGEST_OUTLINE
        shown = (*outline[:LONGEST_OUTLINE], f"... {rest} more lines") if rest > 0 else outline
        code = Code(f"{self.model.name}, node by node", tuple(map(Line, shown)))
        picture = Picture(without_titles(self.svg()), alt, text, self._live())
        remark = [Say(self.model.remark)] if self.model.remark else []
        if far := len(self.scene.far):
            remark.append(Say(f"{far} paths that pass many nodes are not drawn; pointing at a node shows its own"))
        return (picture, *remark, Tabs((Tab("outline", (code,), repeated=True),)))

    def _live(self) -> str:
        """The model for the script, as text inside a script element that no browser runs; a large one is deflated.

        As much of it as fits: without thumbnails, then without the operations in lines, then without far edges; then
        nothing but the picture.
        """
        for detail in Detail:
            text = _compact(_packed(self.model, self.layerings, detail))
            if len(text) <= LARGEST_PLAIN:
                return f"<script type='application/json'>{text}</script>"
            data = b64encode(zlib.compress(text.encode(), 9)).decode()
            if len(data) <= LARGEST_MODEL:
                return f"<script type='application/zlib'>{data}</script>"
        return ""


def graph(f: Any, *args: Any, kwargs: dict[str, Any] | None = None) -> Graph:
    """The pullback graph of a function at a call: its computation, and beside it, mirrored, that of its gradient.

    Args:
        f, args, kwargs: as for :func:`zygote_nb.gradient`; ``f`` may be a frozen call.

    Returns:
        A graph that shows itself in a notebook, and exports itself: ``.svg()``, ``.dot()``, ``.html()``, ``.png()``,
        ``.to_graphviz()``.

    Example:
        >>> def f(x):
        ...     y = x * x
        ...     return 3.0 * y
        >>> print(graph(f, 2.0))
        pullback graph of f
          x  2  gradient 12
          2  y = x * x  4  gradient 3
          return 3.0 * y  12  gradient 1
    """
    return graph_of(f if isinstance(f, Call) else call(f, *args, **(kwargs or {})))


def graph_of(frozen: Call, typed: str = "") -> Graph:
    """The graph of a call; `typed` is the text of the cell that its function was made of."""
    model = build(frozen, PATIENCE, typed)
    return Graph(model, arranged(model.root))


def _outlined(group: Node, depth: int) -> Iterator[str]:
    for node in group.children:
        line = f"{node.line}  " if node.line else ""
        gradient = f"gradient {norm_words(node)}" if node.has_gradient and node.norm else ""
        trouble = "NaN or inf" if node.bad else ""
        kept = f"keeps {node.kept}" if node.kept else ""
        yield "  " * depth + line + "  ".join(filter(None, [node.title, node.value, trouble, gradient, kept]))
        if not all(c.kind == "operation" for c in node.children):
            yield from _outlined(node, depth + 1)


def _compact(packed: dict[str, Any]) -> str:
    """As text that may stand in HTML."""
    text = json.dumps(packed, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("&", "\\u0026")


def _item(item: Item) -> Any:
    """The slot of an edge by the edge: its layer is where it stands."""
    return item if isinstance(item, int) else item[:2]


def _holds_operations(n: Node) -> bool:
    return any(c.kind == "operation" for c in n.children)


class Detail(Enum):
    """What is stored of the nodes."""

    ALL = auto()
    WITHOUT_THUMBNAILS = auto()
    LINES = auto()
    NEAR = auto()


def _packed(model: Model, layerings: dict[int, Layering], detail: Detail) -> dict[str, Any]:
    """Short keys, and nothing where there is nothing."""
    usual = {"h": 1, "k": "line"}
    lines = detail in (Detail.LINES, Detail.NEAR)
    stored = {inner.number: n.number for n in walk(model.root) if lines and _holds_operations(n) for inner in walk(n)}

    def ends(edge: Edge) -> list[int]:
        """From a node's number to the next: these repeat themselves, and are deflated to little."""
        source, target = stored.get(edge.source, edge.source), stored.get(edge.target, edge.target)
        return [source, target - source, *([1] if edge.carried else [])]

    def edges(group: Node) -> Iterable[Edge]:
        if detail is not Detail.NEAR:
            return group.edges
        owner, far = owners(group), layerings[group.number].far
        return (e for e in group.edges if (owner[e.source], owner[e.target]) not in far)

    def node(n: Node) -> dict[str, Any]:
        value, gradient = (n.thumb, n.gradient_thumb) if detail is Detail.ALL else ("", "")
        known = (n.title, f"{n.title}\n{n.value}")
        opens = n.children and not (lines and _holds_operations(n))
        packed = {
            "i": n.number, "k": n.kind, "t": n.title[:LONGEST_TITLE] if lines else n.title, "l": n.line, "v": n.value,
            "w": int(n.bad), "n": n.norm, "s": n.state, "b": n.kept, "p": value, "q": gradient, "h": n.hits,
            "d": "" if n.detail in known or lines else n.detail,
            "c": [node(c) for c in n.children] if opens else [],
            "e": list(map(ends, edges(n))) if opens else [],
            "y": [[_item(i) for i in layer] for layer in layerings[n.number].layers] if opens else [],
            "a": layerings[n.number].above if opens else [],
            "f": sorted(layerings[n.number].far) if opens and detail is not Detail.NEAR else [],
        }  # fmt: skip
        return {key: value for key, value in packed.items() if (value or key in "ih") and value != usual.get(key)}

    return {"name": model.name, "root": node(model.root), "open": sorted(model.opened)}
