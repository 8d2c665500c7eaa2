"""Generated modules: text, line map, and the functions made from it, interpreted and compiled."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zygote_nb.backend.emit import Line, Printer, with_tags
from zygote_nb.ir.core import For, While
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.walk import statements


@dataclass(slots=True)
class Module:
    """The text of a derivative and what runs it.

    ``obstacle`` says why it can't be compiled. ``shapes`` names for each result the parameter whose shape it has, if it
    is the gradient of an array, and ``unit`` says that all seeds are one.
    """

    name: str
    functions: tuple[Generated, ...]
    lines: tuple[Line, ...]
    source: str
    namespace: dict[str, Any]
    obstacle: str | None = None
    interpreted: Callable[..., Any] | None = None
    has_loops: bool = False
    linemap: tuple[tuple[int, int], ...] = ()
    shapes: tuple[str | None, ...] = ()
    unit: bool = False

    @property
    def filename(self) -> str:
        return f"<zygote_nb {self.name} {digest(self.source)}>"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def build(functions: tuple[Generated, ...], name: str, obstacle: str | None) -> Module:
    """Print functions, the one called ``name`` last."""
    printer = Printer()
    for f in functions:
        origin = f.source.function.span.line if f.source is not None else 0
        printer.function(f.name, f.params, f.forward, f.backward, f.results, f.in_place, f.bundled, origin)
    source = "\n".join(with_tags(printer.lines)) + "\n"
    loops = any(isinstance(s, (For, While)) for f in functions for s in statements((*f.forward, *f.backward)))
    pairs = tuple((i, line.source) for i, line in enumerate(printer.lines, 1) if line.source)
    return Module(name, functions, tuple(printer.lines), source, printer.namespace, obstacle, None, loops, pairs)


def interpreted(module: Module) -> Callable[..., Any]:
    """The function that the interpreter runs; its source shows in tracebacks and to inspect."""
    if module.interpreted is None:
        linecache.cache[module.filename] = (len(module.source), None, module.source.splitlines(True), module.filename)
        scope = dict(module.namespace)
        scope["__name__"] = "zygote_nb.generated"
        exec(compile(module.source, module.filename, "exec"), scope)
        module.interpreted = scope[module.name]
    return module.interpreted
