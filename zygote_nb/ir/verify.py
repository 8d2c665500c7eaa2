"""The verifier, which is the description of the IR: what holds of every function in it.

Lowered functions (``verify``) and generated ones (``verify_generated``) obey the same rules for blocks, expressions
and names. A lowered function moreover has kinds and spans throughout, and once its live ranges have names of their
own, one kind for each variable and an index for each loop. A generated one may hold ``Accumulate`` and ``Choice``,
calls its callees by name, and returns gradients that are bound on every path.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn, get_args

from zygote_nb.ir.core import (
    TRUE,
    Accumulate,
    Append,
    Apply,
    Assign,
    Attribute,
    Block,
    Break,
    Choice,
    Const,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Method,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Bottom, Kind, ListOf, Opaque, TupleOf, is_memory, join, leaves
from zygote_nb.ir.text import show, show_stmt
from zygote_nb.ir.walk import all_bound, blocks, bound, children, expressions, names, read, statements, subexpressions

STATEMENTS, EXPRESSIONS, KINDS = get_args(Stmt), get_args(Expr), get_args(Kind)
NOBODY = "_"


class IRError(AssertionError):
    """A function that is not in the IR: the engine made a mistake."""


def verify(function: Function, *, renamed: bool = False) -> None:
    """Check a lowered function; ``renamed`` if its live ranges have names of their own."""
    try:
        params = tuple(p.name for p in function.params)
        known = verify_block(function.body, params, generated=False)
        if renamed:
            one_kind(function)
            loop_indices(function)
        results(function, known)
        spans(function)
    except IRError as error:
        raise IRError(f"{function.name}: {error}") from None


def verify_generated(made: Generated) -> None:
    """Check a function of a generated program.

    What the backward sweep computes is bound on every path. A result of the forward sweep may be bound on some paths
    only, where flags of the user's own control flow decide.
    """
    try:
        known = verify_block((*made.forward, *made.backward), made.params, generated=True)
        primal = all_bound(made.forward)
        for value in made.results:
            expression(value, True)
            missing = known and (names(value) - primal - known.surely | names(value) & primal - known.maybe)
            if missing:
                refuse(f"{quoted(missing)} is returned but not bound on every path", show(value))
        foreign = made.in_place - all_bound((*made.forward, *made.backward))
        if foreign:
            refuse(f"{quoted(foreign)} is added to in place but bound nowhere")
    except IRError as error:
        raise IRError(f"{made.name}: {error}") from None


def verify_calls(functions: Iterable[Generated]) -> None:
    """A generated function is called with as many arguments as it has parameters, for as many results as it returns."""
    by_name = {f.name: f for f in functions}
    for f in by_name.values():
        for stmt in statements((*f.forward, *f.backward)):
            if isinstance(stmt, Invoke):
                callee = by_name.get(stmt.callee)
                if callee is None:
                    refuse(f"{f.name}: no function {stmt.callee} is generated", stmt)
                if len(callee.params) != len(stmt.args):
                    refuse(f"{f.name}: {callee.name} has {len(callee.params)} parameters", stmt)
                if len(callee.results) != len(stmt.targets):
                    refuse(f"{f.name}: {callee.name} returns {len(callee.results)} values", stmt)


def verify_block(block: Block, params: Iterable[str], *, generated: bool) -> Known | None:
    """Check the rules that lowered and generated blocks share; what is bound at the end, if it is reached."""
    params = tuple(params)
    for name in (n for n, count in Counter(params).items() if count > 1):
        refuse(f"two parameters are called `{name}`")
    for name in (*params, *all_bound(block)):
        if not name.isidentifier() or keyword.iskeyword(name):
            refuse(f"`{name}` is not a name")
    for stmt in statements(block):
        statement(stmt, generated)
        for expr in expressions(stmt):
            expression(expr, generated)
    endings(block, in_loop=False)
    memory(block)
    every = frozenset(params)
    return flow(block, Known(every, every), [], generated)


def refuse(what: str, at: Stmt | str | None = None) -> NoReturn:
    shown = "" if at is None else at if isinstance(at, str) else show_stmt(at, 0)[0]
    raise IRError(f"{what}, in `{shown}`" if shown else what)


def quoted(names_: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in sorted(names_))


# Where control goes


def endings(block: Block, in_loop: bool) -> None:
    """A jump ends its block. An ``if`` with a break in it ends its block, too, up to the loop that is left."""
    for i, stmt in enumerate(block):
        last = i == len(block) - 1
        match stmt:
            case Break():
                if not in_loop:
                    refuse("a break is outside of all loops")
                if not last:
                    refuse("a break is not the last of its block", block[i + 1])
            case Raise():
                if not last:
                    refuse("a raise is not the last of its block", block[i + 1])
            case If():
                if not last and leaves_loop(stmt):
                    refuse("an if with a break in it is not the last of its block", block[i + 1])
                endings(stmt.body, in_loop)
                endings(stmt.orelse, in_loop)
            case For() | While():
                endings(stmt.body, True)


def leaves_loop(stmt: Stmt) -> bool:
    return isinstance(stmt, Break) or (isinstance(stmt, If) and any(map(leaves_loop, (*stmt.body, *stmt.orelse))))


# Nodes


def statement(stmt: Stmt, generated: bool) -> None:
    """Statements are of the known classes; their fields fit together."""
    if not isinstance(stmt, STATEMENTS):
        raise IRError(f"{type(stmt).__name__} is no statement")
    match stmt:
        case Accumulate():
            if not generated:
                refuse("an adjoint is accumulated before differentiation", stmt)
            if stmt.index is None and stmt.base is not None:
                refuse("an adjoint has a base but no index", stmt)
        case Invoke() | Pop():
            if len(stmt.kinds) != len(stmt.targets):
                refuse(f"{len(stmt.targets)} targets have {len(stmt.kinds)} kinds", stmt)
            if isinstance(stmt, Invoke):
                callee_fits(stmt, generated)
        case For():
            if stmt.step == Const(0, INT):
                refuse("the step of a range is zero", stmt)
        case If():
            if not stmt.body and not stmt.orelse:
                refuse("an if has two empty branches", stmt)


def callee_fits(stmt: Invoke, generated: bool) -> None:
    """A callee is an instance before differentiation, and a name after it."""
    if generated:
        if not isinstance(stmt.callee, str):
            refuse("a generated function calls something that has no name", stmt)
        return
    function = getattr(stmt.callee, "function", None)
    if not isinstance(function, Function):
        refuse("a callee is not a lowered function", stmt)
    if len(function.params) != len(stmt.args):
        refuse(f"{function.name} has {len(function.params)} parameters", stmt)
    if len(function.result) != len(stmt.targets):
        refuse(f"{function.name} returns {len(function.result)} values", stmt)


def expression(expr: Expr, generated: bool) -> None:
    """Expressions are pure trees of the known classes, and know their kind."""
    if not isinstance(expr, EXPRESSIONS):
        raise IRError(f"{type(expr).__name__} is no expression")
    kind(expr.kind, expr, generated)
    match expr:
        case Name() if not expr.id.isidentifier():
            refuse(f"`{expr.id}` is not a name")
        case Apply() if not callable(expr.fn) and not isinstance(expr.fn, (Attribute, Method)):
            raise IRError(f"a {type(expr.fn).__name__} is applied that is not a primitive")
        case Apply() if isinstance(expr.fn, (Attribute, Method)) and not expr.args:
            refuse("an attribute is read of nothing", expr.fn.name)
        case Tuple() if expr.cls not in (tuple, list):
            refuse(f"a tuple is made of class {expr.cls}", show(expr))
        case Choice() if not generated:
            refuse("a choice stands before differentiation", show(expr))
    for child in children(expr):
        expression(child, generated)


def kind(found: Kind, expr: Expr, generated: bool) -> None:
    """A kind is known, unless no call returns; only generated code has values that nothing is known of."""
    if not isinstance(found, KINDS):
        refuse(f"a {type(found).__name__} is no kind", show(expr))
    if isinstance(found, Bottom) and not generated:
        refuse("the kind is that of a call still being analysed", show(expr))
    for item in found.items if isinstance(found, TupleOf) else ():
        kind(item, expr, generated)


# Memory


def memory(block: Block) -> None:
    """What is stored into, appended to and popped from is a variable that holds memory, or an element of one."""
    kinds: dict[str, list[Kind]] = {}
    for name, found in every_kind(block):
        kinds.setdefault(name, []).append(found)
    for stmt in statements(block):
        match stmt:
            case Store():
                if not isinstance(place(stmt.base), Name):
                    refuse("what is stored into is not a variable or an element of one", stmt)
                if not is_memory(stmt.base.kind):
                    refuse(f"what is stored into is a {type(stmt.base.kind).__name__}", stmt)
            case Append() | Pop():
                if not any(isinstance(k, (ListOf, Opaque)) for k in kinds.get(stmt.base, [Opaque()])):
                    refuse(f"`{stmt.base}` is not a list", stmt)
            case Accumulate(base=base) if base is not None and not isinstance(place(base), Name):
                refuse("what is added to is not a variable or an element of one", stmt)


def place(expr: Expr) -> Expr:
    """The variable at which a chain of indices starts."""
    while is_getitem(expr) and isinstance(expr, Apply):
        expr = expr.args[0]
    return expr


def every_kind(block: Block) -> Iterable[tuple[str, Kind]]:
    """Each variable with its kind, wherever it is bound or read."""
    for stmt in statements(block):
        match stmt:
            case Assign():
                yield stmt.target, stmt.value.kind
            case Invoke() | Pop():
                yield from zip(stmt.targets, stmt.kinds, strict=True)
            case For():
                yield stmt.var, INT
        for expr in expressions(stmt):
            yield from ((e.id, e.kind) for e in subexpressions(expr) if isinstance(e, Name))


def one_kind(function: Function) -> None:
    """The kinds that a variable has in different places are kinds of one value."""
    kinds: dict[str, Kind] = {p.name: p.kind for p in function.params}
    for name, found in every_kind(function.body):
        joined = join(kinds.get(name, found), found)
        if joined is None:
            refuse(f"`{name}` is a {kinds[name]} in one place and a {found} in another")
        kinds[name] = joined


# Names


@dataclass(frozen=True, slots=True)
class Known:
    """At a point of a function: the variables bound on some path to it, and those bound on every path."""

    maybe: frozenset[str]
    surely: frozenset[str]

    def after(self, names_: Iterable[str]) -> Known:
        return Known(self.maybe.union(names_), self.surely.union(names_))

    def without(self, name: str) -> Known:
        return Known(self.maybe - {name}, self.surely - {name})


def meet(states: Iterable[Known | None]) -> Known | None:
    """What is known where several paths come together; None stands for a path that ends before."""
    reached = [s for s in states if s is not None]
    if not reached:
        return None
    maybe = frozenset().union(*(s.maybe for s in reached))
    return Known(maybe, reached[0].surely.intersection(*(s.surely for s in reached)))


def flow(block: Block, known: Known | None, exits: list[Known], generated: bool) -> Known | None:
    """Every variable that is read was bound before, on some path; what no path reaches may read anything."""
    for stmt in block:
        if known is None:
            return None
        known = step(stmt, known, exits, generated)
    return known


def step(stmt: Stmt, known: Known, exits: list[Known], generated: bool) -> Known | None:
    again = all_bound((stmt,)) if isinstance(stmt, While) else frozenset()
    missing = read(stmt) - known.maybe - again
    if missing:
        refuse(f"{quoted(missing)} is read but bound on no path before", stmt)
    match stmt:
        case If():
            return meet([flow(b, known, exits, generated) for b in blocks(stmt)])
        case For() | While():
            return loop(stmt, known, generated)
        case Break():
            exits.append(known)
            return None
        case Raise():
            return None
    return known.after(bound(stmt))


def loop(stmt: For | While, known: Known, generated: bool) -> Known | None:
    """The count of a loop is bound before it, and its index only inside."""
    if not generated and stmt.count is not None:
        if stmt.count not in known.surely:
            refuse(f"the count `{stmt.count}` is not bound before the loop", stmt)
        if stmt.count not in {n for s in stmt.body for n in bound(s)}:
            refuse(f"the count `{stmt.count}` does not count the iterations", stmt)
    body = all_bound(stmt.body)
    if isinstance(stmt, For) and stmt.var in body and stmt.var != NOBODY:
        refuse(f"the index `{stmt.var}` is bound in the loop over it", stmt)
    head = Known(known.maybe | body, known.surely)
    entry = head.after((stmt.var,)) if isinstance(stmt, For) else head
    exits: list[Known] = []
    end = flow(stmt.body, entry, exits, generated)
    ends = None if isinstance(stmt, While) and stmt.test == TRUE else head
    after = meet([ends, *exits, ends and end])
    if after is None or not isinstance(stmt, For):
        return after
    return after.without(stmt.var)


def loop_indices(function: Function) -> None:
    """Where live ranges have names of their own, an index belongs to one loop: bound and read nowhere else."""
    count = Counter(p.name for p in function.params)
    count.update(n for s in statements(function.body) for n in bound(s))
    for stmt in statements(function.body):
        if isinstance(stmt, For) and stmt.var != NOBODY:
            if count[stmt.var] > 1:
                refuse(f"the index `{stmt.var}` is bound elsewhere, too", stmt)
            outside = sum(stmt.var in read(s) for s in statements(function.body))
            outside += sum(stmt.var in names(r) for r in function.result)
            if outside > sum(stmt.var in read(s) for s in statements(stmt.body)):
                refuse(f"the index `{stmt.var}` is read outside of its loop", stmt)


# Results and places


def results(function: Function, known: Known | None) -> None:
    """One result for each leaf of the returned structure, of a kind that fits; what the call changed may follow."""
    wanted = leaves(function.result_kind)
    if len(wanted) > len(function.result):
        refuse(f"{len(wanted)} values are returned, and {len(function.result)} are given")
    wanted += [r.kind for r in function.result[len(wanted) :]]
    for value, expected in zip(function.result, wanted, strict=True):
        expression(value, False)
        if join(value.kind, expected) is None:
            refuse(f"a {value.kind} is returned as a {expected}", show(value))
        if known is not None and not names(value) <= known.maybe:
            refuse(f"{quoted(names(value) - known.maybe)} is returned but bound on no path", show(value))


def spans(function: Function) -> None:
    """Every statement knows its lines, and these are lines of the function."""
    whole = function.span
    for stmt in statements(function.body):
        if stmt.span.line <= 0:
            refuse("a statement has no line", stmt)
        if not whole.line <= stmt.span.line <= stmt.span.end_line <= whole.end_line:
            refuse(f"line {stmt.span.line} is not in the function's lines {whole.line} to {whole.end_line}", stmt)


__all__ = ["IRError", "Known", "verify", "verify_block", "verify_calls", "verify_generated"]
