"""The module of a derivative: its functions printed, one after the other."""

from __future__ import annotations

from zygote_nb.backend.emit import Printer, with_tags
from zygote_nb.backend.module import Module
from zygote_nb.backend.recursion import calling_themselves
from zygote_nb.ir.core import For, While
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.walk import statements


def build(functions: tuple[Generated, ...], name: str, obstacle: str | None) -> Module:
    """Print functions, the one called ``name`` last."""
    printer = Printer(defined=frozenset(f.name for f in functions))
    for f in functions:
        printer.generated(f)
    source = "\n".join(with_tags(printer.lines)) + "\n"
    loops = any(isinstance(s, (For, While)) for f in functions for s in statements((*f.forward, *f.backward)))
    recursive = calling_themselves(functions)
    pairs = tuple((i, line.source) for i, line in enumerate(printer.lines, 1) if line.source)
    return Module(
        name, functions, tuple(printer.lines), source, printer.namespace, obstacle, None, loops or bool(recursive),
        pairs, recursive=recursive, count=len(functions[-1].results),
    )  # fmt: skip
