"""Gradients inside a line: a derivation of its own, in which every operation tells the cotangent that reaches it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.api import Request
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.driver.derived import Derived, make
from zygote_nb.driver.run import call_arguments
from zygote_nb.driver.values import deep_copy
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Apply, Block, Choice, Expr, Function, Span, Tuple, is_getitem
from zygote_nb.ir.kinds import Array, is_float
from zygote_nb.ir.walk import blocks, expressions, map_expressions, statements, subexpressions, with_blocks
from zygote_nb.notebook.replay.inside import text_of
from zygote_nb.notebook.replay.record import Line, Record
from zygote_nb.notebook.replay.run import looked_at, quietly
from zygote_nb.notebook.replay.values import Seen, seen
from zygote_nb.options import current
from zygote_nb.runtime.steering import hooked

__all__ = ["Cotangents", "is_observable", "watched"]

MOST = 300  # operations of a program that is observed in this way, which takes a derivation of its own
LONG = 1.0  # seconds of a run that is not made once more
KEPT = 64  # cotangents of one operation; of more iterations, the last ones

Cotangents = Mapping[tuple[Line, str], tuple[tuple[Seen, ...], ...]]


def cotangents(req: Request) -> Cotangents | None:
    """For each operation in a line, by its text, the cotangents that reached it, in the order of the iterations.

    An operation that stands in a line several times has an entry for each. None if the program can't be observed so.
    """
    try:
        derived, seeds = looked_at(req)
        watch = _Watch()
        loss_only = derived.module.unit
        settings = replace(current(), inline=False)
        made = make(req.bound, req.wrt, True, loss_only, False, settings, change=watch.function)
        values = tuple(map(deep_copy, req.bound.values))
        leaves = call_arguments(made.facts, replace(req.bound, values=values))
        scope = {**made.module.namespace, "__name__": "zygote_nb.generated"}
        exec(compile(made.module.source, made.module.filename, "exec"), scope)
        with quietly(), np.errstate(all="ignore"):
            scope[made.module.name](*leaves, *seeds)
    except Exception:  # a program may forbid it, and a picture does without
        return None
    return {key: tuple(tuple(reversed(one)) for one in found) for key, found in watch.found.items()}


def watched(req: Request, derived: Derived, record: Record | None) -> Cotangents | None:
    """The gradients inside the lines, if they cost no more than a moment."""
    if record is None or not record.complete or record.total > LONG:
        return None
    functions = {id(i): i.function for i in (*derived.program.instances.values(), derived.instance)}
    trees = (e for f in functions.values() for s in statements(f.body) for e in expressions(s))
    count = sum(isinstance(e, Apply) for tree in trees for e in subexpressions(tree))
    return cotangents(req) if count <= MOST else None


def is_observable(expr: Expr) -> bool:
    """Whether the value of an operation is a number of its own, and no window into other memory."""
    return isinstance(expr, Apply) and is_float(expr.kind) and (not isinstance(expr.kind, Array) or is_fresh(expr))


@dataclass(slots=True)
class _Watch:
    """Puts an observer around every operation that stands inside another one."""

    found: dict[tuple[Line, str], list[list[Seen]]] = field(default_factory=dict)

    def function(self, function: Function) -> Function:
        result = tuple(self.inside(e, function.filename, function.exit) for e in function.result)
        return replace(function, body=self.block(function.body, function.filename), result=result)

    def block(self, block: Block, filename: str) -> Block:
        inner = (with_blocks(s, tuple(self.block(b, filename) for b in blocks(s))) for s in block)
        return tuple(
            map_expressions(s, lambda e, s=s: self.inside(e, filename, s.span)) if hasattr(s, "value") else s
            for s in inner
        )

    def inside(self, expr: Expr, filename: str, span: Span) -> Expr:
        """The expression, with an observer around each operand that is an operation."""

        def around(operand: Expr) -> Expr:
            changed = self.inside(operand, filename, span)
            if not is_observable(operand):
                return changed
            teller = static(self.teller((filename, span.line), text_of(operand)), "tell")
            return Apply(hooked, (teller, changed), (), operand.kind, None, span)

        match expr:
            case Apply() if is_getitem(expr):
                return expr
            case Apply():
                named = tuple((k, around(v)) for k, v in expr.kwargs)
                return replace(expr, args=tuple(map(around, expr.args)), kwargs=named)
            case Tuple():
                return replace(expr, items=tuple(map(around, expr.items)))
            case Choice():
                return replace(expr, body=around(expr.body), orelse=around(expr.orelse))
        return expr

    def teller(self, line: Line, text: str) -> Callable[[Any], Any]:
        found: list[Seen] = []
        self.found.setdefault((line, text), []).append(found)

        def tell(cotangent: Any) -> Any:
            if len(found) < KEPT and (summary := seen(cotangent)) is not None:
                found.append(summary)
            return cotangent

        return tell
