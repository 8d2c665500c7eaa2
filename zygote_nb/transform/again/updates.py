"""Generated code written out for reverse mode: additions as assignments and stores, choices as branches."""

from __future__ import annotations

import operator

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    WHOLE,
    Accumulate,
    Apply,
    Assign,
    Block,
    Choice,
    Effect,
    Expr,
    For,
    Function,
    If,
    Name,
    Span,
    Stmt,
    Store,
    While,
)
from zygote_nb.ir.kinds import INT, Array, ListOf
from zygote_nb.ir.walk import (
    all_bound,
    all_read,
    blocks,
    expressions,
    map_expressions,
    rebuild,
    statements,
    subexpressions,
    with_blocks,
)
from zygote_nb.runtime.arrays import add_at
from zygote_nb.runtime.lists import add_lists
from zygote_nb.transform import algebra


def written_out(function: Function) -> Function:
    """The function as a person would write it who knows no adjoints; what the frontend lowered is so already."""
    if not any(map(is_generated, statements(function.body))) and not any(map(has_choice, function.result)):
        return function
    taken = {p.name for p in function.params} | all_bound(function.body) | all_read(function.body)
    writer = Writer(taken)
    body = writer.block(function.body)
    out: list[Stmt] = []
    result = tuple(writer.expr(r, out) for r in function.result)
    return replace(function, body=(*body, *out), result=result)


def is_generated(stmt: Stmt) -> bool:
    added = isinstance(stmt, Effect) and isinstance(stmt.value, Apply) and stmt.value.fn in (add_at, add_lists)
    return isinstance(stmt, Accumulate) or added or any(map(has_choice, expressions(stmt)))


def has_choice(expr: Expr) -> bool:
    return any(isinstance(e, Choice) for e in subexpressions(expr))


@dataclass(slots=True)
class Writer:
    taken: set[str] = field(default_factory=set)

    def fresh(self, stem: str) -> str:
        name = next(n for i in range(len(self.taken) + 1) if (n := f"{stem}{i or ''}") not in self.taken)
        self.taken.add(name)
        return name

    def block(self, block: Block) -> Block:
        return tuple(made for stmt in block for made in self.stmt(stmt))

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        out: list[Stmt] = []
        if not isinstance(stmt, While):
            stmt = map_expressions(stmt, lambda e: self.expr(e, out))
        stmt = with_blocks(stmt, tuple(map(self.block, blocks(stmt))))
        return [*out, *self.addition(stmt)]

    def expr(self, expr: Expr, out: list[Stmt]) -> Expr:
        """The expression, its choices made before."""
        if not has_choice(expr):
            return expr
        if isinstance(expr, Choice):
            return self.choice(expr, out)
        return rebuild(expr, lambda e: self.choice(e, out) if isinstance(e, Choice) else e)

    def choice(self, expr: Choice, out: list[Stmt]) -> Expr:
        name = self.fresh("chosen")
        branches: list[Block] = []
        for value in (expr.body, expr.orelse):
            inner: list[Stmt] = []
            value = self.expr(value, inner)
            branches.append((*inner, Assign(name, value)))
        out.append(If(self.expr(expr.test, out), branches[0], branches[1]))
        return Name(name, expr.kind)

    def addition(self, stmt: Stmt) -> list[Stmt]:
        match stmt:
            case Accumulate(index=None):
                name = Name(stmt.target, stmt.kind)
                total = algebra.apply(operator.add, name, stmt.value)
                if stmt.memory and isinstance(stmt.kind, Array):
                    return [Store(name, WHOLE, total, span=stmt.span)]
                return [Assign(stmt.target, total, stmt.span)]
            case Accumulate(index=index) if index is not None:
                base = stmt.base or Name(stmt.target, stmt.kind)
                element = algebra.apply(operator.getitem, base, index)
                return [stored(base, index, element, algebra.apply(operator.add, element, stmt.value), stmt.span)]
            case Effect(value=Apply(fn=fn, args=(base, index, value))) if fn is add_at:
                return [Store(base, index, value, True, stmt.span)]
            case Effect(value=Apply(fn=fn, args=(base, values))) if fn is add_lists:
                held = Name(self.fresh("values"), values.kind)
                first = [] if isinstance(values, Name) else [Assign(held.id, values, stmt.span)]
                return [*first, self.list_addition(base, held if first else values, stmt.span)]
        return [stmt]

    def list_addition(self, base: Expr, values: Expr, span: Span) -> Stmt:
        i = Name(self.fresh("i"), INT)
        item = base.kind.item if isinstance(base.kind, ListOf) else None
        mine, other = (algebra.apply(operator.getitem, e, i) for e in (base, values))
        count = Apply(len, (values,), (), INT)
        if isinstance(item, ListOf):
            return For(i.id, INT_ZERO, count, INT_ONE, (self.list_addition(mine, other, span),), None, span)
        total = algebra.apply(operator.add, mine, other)
        return For(i.id, INT_ZERO, count, INT_ONE, (stored(base, i, mine, total, span),), None, span)


def stored(base: Expr, index: Expr, element: Expr, value: Expr, span: Span) -> Stmt:
    """A new value of an element; an array in a list keeps its memory, which has other names."""
    held = isinstance(base.kind, ListOf) and isinstance(base.kind.item, Array)
    return Store(element, WHOLE, value, span=span) if held else Store(base, index, value, span=span)
