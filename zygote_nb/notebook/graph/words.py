"""What nodes of the graph say: operations, kinds, norms, the line of the result."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.core import Apply, Attribute, Method
from zygote_nb.ir.kinds import Array, Kind, Scalar, describe
from zygote_nb.ir.text import default_name
from zygote_nb.notebook.replay.values import Seen, shape_text, short_number

__all__ = ["gradient_words", "kind_words", "operation_name", "returned"]


def returned(instance: Instance, text: str) -> str:
    """The line of the only `return` in the function's text, or a word for several."""
    found = [n for n in walk(instance.source.tree) if isinstance(n, ast.Return)]
    if len(found) != 1:
        return "result"
    line = found[0].lineno - instance.source.first_line
    lines = text.splitlines()
    return lines[line].strip() if 0 <= line < len(lines) else "result"


def operation_name(expr: Apply) -> str:
    """How the function of an operation is called."""
    match expr.fn:
        case Attribute(name=name):
            return f".{name}"
        case Method(name=name):
            return f".{name}()"
    name = default_name(expr.fn, expr.text)
    return OPERATORS.get(name, name)


OPERATORS = {
    "add": "+", "sub": "−", "mul": "×", "truediv": "/", "pow": "**", "matmul": "@", "neg": "−", "getitem": "[ ]",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "floordiv": "//", "mod": "%",
}  # fmt: skip


def kind_words(kind: Kind, lengths: dict[Any, int]) -> str:
    """dtype and shape, as far as they are known before the function runs."""
    match kind:
        case Scalar(dtype=dtype):
            return dtype
        case Array(dtype=dtype, dims=dims):
            known = [lengths.get(d[0], 0) - d[1] if isinstance(d, tuple) else lengths.get(d, "?") for d in dims]
            return f"{dtype}{shape_text(tuple(known))}"
        case _:
            return describe(kind).removeprefix("a ")


def gradient_words(gradients: Sequence[Seen | None]) -> str:
    """A number, or the norm of an array; of several iterations, the first and the last."""
    known = [g for g in gradients if g is not None]
    if not known:
        return ""
    numbers = all(g.scalar for g in known)
    ends = known[:1] if len(known) == 1 else [known[0], known[-1]]
    words = " … ".join(short_number(g.sample if numbers else g.norm) for g in ends)
    return words if numbers else f"‖{words}‖"
