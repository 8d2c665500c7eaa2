"""What may raise, and is raised elsewhere too."""

from __future__ import annotations

import operator

from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Accumulate, Apply, Assign, Block, Const, Effect, Expr, For, Name, is_getitem
from zygote_nb.ir.walk import statements, subexpressions
from zygote_nb.runtime import arrays


def signature(risk: Apply) -> object:
    """What must be computed elsewhere for the same exception to be raised there."""
    if is_getitem(risk):
        return ("element", risk.args[0], risk.args[1])
    if risk.fn is operator.truediv:
        return ("divide", risk.args[1])
    return ("call", risk)


def repeated_risks(block: Block) -> set[object]:
    """Accesses and divisions that the backward sweep repeats: an adjoint of ``x[i]`` raises where ``x[i]`` does."""
    found: set[object] = set()
    for stmt in statements(block):
        match stmt:
            case Accumulate() if stmt.index is not None and stmt.base is not None:
                found.add(("element", undone_adjoint(stmt.base), stmt.index))
            case Effect(value=Apply(fn=fn, args=args)) if fn is arrays.add_at:
                found.add(("element", undone_adjoint(args[0]), args[1]))
        if isinstance(stmt, Accumulate) or (isinstance(stmt, Assign) and stmt.target[:2] in ("d_", "g")):
            for e in subexpressions(stmt.value):
                if isinstance(e, Apply) and e.fn is operator.truediv:
                    found.add(("divide", e.args[1]))
    safe = loop_elements(block)
    return found | safe


def undone_adjoint(base: Expr) -> Expr:
    """``x`` for ``d_x``."""
    if isinstance(base, Name):
        return replace(base, id=base.id.removeprefix("d_"))
    if isinstance(base, Apply):
        return replace(base, args=(undone_adjoint(base.args[0]), *base.args[1:]))
    return base


def loop_elements(block: Block) -> set[object]:
    """``v[i]`` in a loop over the length of ``v`` can't be out of range."""
    found: set[object] = set()
    for stmt in statements(block):
        if isinstance(stmt, For) and isinstance(stmt.start, Const) and stmt.start.value == 0:
            stop = stmt.stop
            if isinstance(stop, Apply) and stop.fn in (len, Attribute("size")) and isinstance(stop.args[0], Name):
                found.add(("element", stop.args[0], Name(stmt.var)))
    return found
