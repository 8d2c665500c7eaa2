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
from typing import get_args

from zygote_nb.ir.bindings import Known, flow, loop_indices
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Break,
    Choice,
    Const,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.faults import IRError, quoted, refuse
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Bottom, Kind, ListOf, Opaque, TupleOf, is_memory, join, leaves
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import (
    all_bound,
    always_raises,
    blocks,
    breaks,
    children,
    expressions,
    is_step,
    names,
    outcome,
    statements,
    subexpressions,
)

STATEMENTS, EXPRESSIONS, KINDS = get_args(Stmt), get_args(Expr), get_args(Kind)


def verify(function: Function, *, renamed: bool = False) -> None:
    """Check a lowered function; ``renamed`` if its live ranges have names of their own."""
    try:
        params = tuple(p.name for p in function.params)
        known = verify_block(function.body, params, generated=False)
        apart(function.body)
        if renamed:
            one_kind(function)
            loop_indices(function)
        results(function, known)
        spans(function)
    except IRError as error:
        raise IRError(f"{function.name}: {error}") from None


def apart(block: Block) -> None:
    """Analyses know statements by identity: none stands in two places."""
    number = Counter(map(id, statements(block)))
    twice = [s for s in statements(block) if number[id(s)] > 1]
    if twice:
        refuse("one statement stands in two places", twice[0])


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
                if not last and breaks((stmt,)):
                    refuse("an if with a break in it is not the last of its block", block[i + 1])
                endings(stmt.body, in_loop)
                endings(stmt.orelse, in_loop)
            case For() | While():
                endings(stmt.body, True)
            case Attempt():
                if not last and breaks((stmt,)):
                    refuse("an attempt with a break in it is not the last of its block", block[i + 1])
                endings(stmt.body, False)
                for inner in blocks(stmt)[1:]:
                    endings(inner, in_loop)


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
        case Attempt():
            attempt(stmt)


def attempt(stmt: Attempt) -> None:
    """The body is made of steps without compound statements, or no clause comes back from it."""
    if not stmt.clauses:
        refuse("nothing is caught by an attempt", stmt)
    for step in stmt.body:
        if is_step(stmt, step) and any(map(blocks, statements(blocks(step)[0]))):
            refuse("a step of an attempt holds a compound statement", stmt)
        if not is_step(stmt, step) and not all(always_raises(c.body) for c in stmt.clauses):
            refuse("what a clause comes back from is not divided into steps", stmt)


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
            case Attempt():
                yield from ((n, INT if n in (stmt.caught, stmt.done) else Opaque()) for n in outcome(stmt))
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
