"""Sums over the iterations of a loop, added up in the order that the processor likes best.

``s += f(x[i])`` keeps each iteration waiting for the addition before it. Where nothing else reads ``s``, the order is
of no account but for the rounding, and LLVM is told so: it keeps several partial sums, in vector registers.
"""

from __future__ import annotations

import operator

from zygote_nb.ir.core import Accumulate, Apply, Assign, Block, Expr, Name, Stmt
from zygote_nb.ir.kinds import Scalar
from zygote_nb.ir.walk import all_bound, expressions, names
from zygote_nb.runtime import vmath


def sums(body: Block) -> set[str]:
    """Variables that the iterations only add to."""
    found = {s.target for s in body if isinstance(s, Assign | Accumulate) and addend(s) is not None}
    return {n for n in found if all(touches_once(s, n) for s in body)}


def touches_once(stmt: Stmt, name: str) -> bool:
    """Whether the statement has nothing to do with the variable, or adds to it."""
    if isinstance(stmt, Assign | Accumulate) and stmt.target == name:
        added = addend(stmt)
        return added is not None and name not in names(added)
    return name not in all_bound((stmt,)) and not any(name in names(e) for e in expressions(stmt))


def addend(stmt: Assign | Accumulate) -> Expr | None:
    """What the statement adds to its variable, which holds a number of double precision, as all adjoints do."""
    match stmt:
        case Accumulate(index=None, base=None, kind=Scalar("float64" | "float32"), value=value):
            return value
        case Assign(target, Apply(operator.add, (Name(left), added), kind=Scalar("float64"))) if left == target:
            return added
        case Assign(target, Apply(operator.sub, (Name(left), taken), kind=Scalar("float64"))) if left == target:
            return Apply(operator.neg, (taken,), (), taken.kind)
    return None


def regrouped(stmt: Stmt, found: set[str]) -> Stmt:
    """The statement as an addition that may be made in any order, if it adds to one of the sums."""
    if not isinstance(stmt, Assign | Accumulate) or stmt.target not in found:
        return stmt
    added = addend(stmt)
    assert added is not None
    kind = Scalar("float64")
    return Assign(stmt.target, Apply(vmath.plus, (Name(stmt.target, kind), added), (), kind), stmt.span)
