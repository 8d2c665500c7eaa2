"""From generated functions back to the functions of a program, which can be differentiated like any other."""

from __future__ import annotations

import operator

import numpy as np

from zygote_nb.analysis.alias import sharing, viewed
from zygote_nb.analysis.reaching import rename_webs
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.program import Program
from zygote_nb.frontend.shrinking import without_end
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    ONE,
    Append,
    Apply,
    Assign,
    Block,
    Expr,
    For,
    Function,
    Invoke,
    Name,
    Param,
    Pop,
    Stmt,
    While,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Bottom, Kind, TupleOf, is_float
from zygote_nb.ir.walk import all_bound, blocks, map_expressions, rebuild, statements, substitute, with_blocks
from zygote_nb.runtime.shaped import HANDED_BACK
from zygote_nb.transform.again.kinds import with_kinds
from zygote_nb.transform.derive.refusals import is_entry


@dataclass(slots=True)
class Reopening:
    """Generated functions by name, and the instances made of them so far."""

    generated: dict[str, Generated]
    program: Program
    made: dict[tuple[str, tuple[Kind, ...]], Instance] = field(default_factory=dict)
    returned: dict[tuple[str, tuple[Kind, ...]], tuple[Kind, ...]] = field(default_factory=dict)
    given: dict[tuple[str, tuple[Kind, ...]], tuple[Kind, ...]] = field(default_factory=dict)
    wider: dict[tuple[str, tuple[Kind, ...]], tuple[Kind, ...]] = field(default_factory=dict)

    def instance(self, name: str, kinds: tuple[Kind, ...]) -> Instance:
        """The function called ``name``, for arguments of these kinds."""
        key = (name, kinds)
        if key not in self.made:
            self.open(name, kinds)
        elif isinstance(self.made[key].function.result_kind, Bottom):
            self.made[key].recursive = True
        return self.made[key]

    def widened(self, name: str, kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
        """The kinds for which the function is made that is called with these."""
        key = (name, kinds)
        if key not in self.made and key not in self.wider:
            begun = (k for (n, k), i in self.made.items() if n == name and isinstance(i.function.result_kind, Bottom))
            self.wider[key] = without_end(kinds, begun)
        return self.wider.get(key, kinds)

    def open(self, name: str, kinds: tuple[Kind, ...]) -> None:
        made = self.generated[name]
        source = made.source
        original = source.function
        params = tuple(Param(p, k) for p, k in zip(made.params, kinds, strict=True))
        body = completed((*made.forward, *made.backward), set(made.params))
        function = Function(name, params, body, made.results, Bottom(), original.filename, original.span, original.exit)
        instance = Instance(source.source, kinds, function, (), True)
        instance.constant, instance.level = source.constant, source.level + 1
        key = (name, kinds)
        self.made[key] = self.program.instances[key] = instance
        self.returned[key], self.given[key] = (Bottom(),) * len(function.result), kinds
        renamed = rename_webs(function, set())
        known = set(self.made)
        while True:
            # A recursive call is first taken to give nothing, and again what was found until that is the same.
            before = self.returned[key], self.given[key]
            function, self.given[key] = self.with_kinds(renamed)
            self.returned[key] = tuple(r.kind for r in function.result)
            if not instance.recursive or (self.returned[key], self.given[key]) == before:
                break
            for other in set(self.made) - known:
                del self.made[other], self.program.instances[other]
        body = self.linked(function.body)
        function = replace(function, body=in_own_memory(body, kept_in_lists(body)))
        results = self.returned[key]
        instance.function = replace(function, result_kind=results[0] if len(results) == 1 else TupleOf(results))

    def with_kinds(self, function: Function) -> tuple[Function, tuple[Kind, ...]]:
        try:
            return with_kinds(function, self.of_callee)
        except UnsupportedSyntaxError as error:
            if error.at is not None:
                raise
            at = Location(function.filename, function.span.line, function.span.col, None)
            raise UnsupportedSyntaxError(error.what, at=at, hint=error.hint) from None

    def of_callee(self, stmt: Invoke, kinds: tuple[Kind, ...]) -> tuple[tuple[Kind, ...], tuple[Kind, ...]]:
        if any(isinstance(k, Bottom) for k in kinds):
            return (Bottom(),) * len(stmt.targets), kinds
        kinds = self.widened(stmt.callee, kinds)
        self.instance(stmt.callee, kinds)
        return self.returned[(stmt.callee, kinds)], self.given[(stmt.callee, kinds)]

    def linked(self, block: Block) -> Block:
        """The block with instances in place of names."""
        return tuple(self.link(stmt) for stmt in block)

    def link(self, stmt: Stmt) -> Stmt:
        if isinstance(stmt, Invoke):
            if any(isinstance(a.kind, Bottom) for a in stmt.args):
                what = f"a second derivative does not know of which kind an argument of {stmt.callee} is"
                raise UnsupportedSyntaxError(what, hint="write the call out, or use finite differences of a gradient")
            stmt = replace(
                stmt, callee=self.instance(stmt.callee, self.widened(stmt.callee, tuple(a.kind for a in stmt.args)))
            )
        return with_blocks(stmt, tuple(map(self.linked, blocks(stmt))))


def kept_in_lists(block: Block) -> set[str]:
    return set().union(*(sharing(s.value) for s in statements(block) if isinstance(s, Append)))


def in_own_memory(block: Block, kept: set[str]) -> Block:
    """The block with copies where a helper may hand back what it was given: its result is then one or the other.

    So are arrays that go from a tuple of results into a list, where each has an adjoint of its own.
    """

    def own(stmt: Stmt) -> Stmt:
        stmt = map_expressions(stmt, lambda e: rebuild(e, of_a_copy))
        if isinstance(stmt, Assign) and stmt.target in kept and is_entry(stmt.value):
            stmt = replace(stmt, value=Apply(np.copy, (stmt.value,), (), stmt.value.kind))
        return with_blocks(stmt, tuple(in_own_memory(b, kept) for b in blocks(stmt)))

    return tuple(map(own, block))


def of_a_copy(expr: Expr) -> Expr:
    if not isinstance(expr, Apply) or expr.fn not in HANDED_BACK or not sharing(expr.args[0]):
        return expr
    first, *others = expr.args
    return replace(expr, args=(Apply(np.copy, (first,), (), first.kind), *others))


def completed(block: Block, params: set[str]) -> Block:
    """The block with what nobody asked for before: how often loops ran, and what was taken from a list."""
    taken = params | all_bound(block)
    return counted(block, next(n for i in range(len(taken) + 1) if (n := f"item{i or ''}") not in taken))


def counted(block: Block, item: str) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(counted(b, item) for b in blocks(stmt)))
        if isinstance(stmt, Pop) and not stmt.targets:
            stmt = replace(stmt, targets=(item,), kinds=(Bottom(),))
        if isinstance(stmt, For | While) and stmt.count is not None and stmt.count not in all_bound(stmt.body):
            more = Apply(operator.add, (Name(stmt.count, INT), INT_ONE), (), INT)
            out.append(Assign(stmt.count, INT_ZERO, stmt.span))
            stmt = replace(stmt, body=(Assign(stmt.count, more, stmt.span), *stmt.body))
        out.append(stmt)
    return tuple(out)


def reopened(
    functions: tuple[Generated, ...], kinds: tuple[Kind, ...], constants: dict[str, Expr], program: Program
) -> tuple[Instance, Program]:
    """The last of the functions, as a program; its parameters among ``constants`` are bound to these."""
    *others, last = functions
    last = with_constants(last, constants)
    inner = replace(program, instances={}, names={f.name for f in functions})
    reopening = Reopening({f.name: f for f in (*others, last)}, inner)
    return reopening.instance(last.name, kinds), inner


def with_constants(made: Generated, constants: dict[str, Expr]) -> Generated:
    """The function with some of its parameters bound inside: put in where they are read, if that is all."""
    params = tuple(p for p in made.params if p not in constants)
    body = (*made.forward, *made.backward)
    if set(constants) & (all_bound(body) | held(body)):
        opening: list[Stmt] = [Assign(name, value) for name, value in constants.items()]
        return replace(made, params=params, forward=(*opening, *made.forward))

    def put_in(block: Block) -> Block:
        new = (map_expressions(s, lambda e: without_ones(e, constants)) for s in block)
        return tuple(with_blocks(s, tuple(map(put_in, blocks(s)))) for s in new)

    results = tuple(without_ones(r, constants) for r in made.results)
    return replace(made, params=params, forward=put_in(made.forward), backward=put_in(made.backward), results=results)


def held(block: Block) -> set[str]:
    """The variables that statements read as a place, not as a value."""
    return {s.base for s in statements(block) if isinstance(s, Append | Pop)}


def without_ones(expr: Expr, constants: dict[str, Expr]) -> Expr:
    """The expression with constants put in, and what is multiplied by one left as it is."""

    def change(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.fn in (operator.mul, np.multiply) and ONE in e.args:
            other = e.args[1] if e.args[0] == ONE else e.args[0]
            return other if is_float(other.kind) else e
        return e

    given = substitute(expr, constants)
    made = rebuild(given, change)
    return given if handed_on(made) - handed_on(given) else made


def handed_on(expr: Expr) -> set[str]:
    """The variables whose memory the value may be; a helper may return what it was given."""
    if isinstance(expr, Apply) and str(getattr(expr.fn, "__module__", "")).startswith("zygote_nb.runtime."):
        return set().union(*map(handed_on, expr.args))
    base = viewed(expr) if isinstance(expr, Apply) else None
    return sharing(expr) if base is None else handed_on(base)
