"""Lowering of ``try``: handlers, ``else`` and ``finally``, and the ways out of them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.frontend import carrying
from zygote_nb.frontend.carriers import looks_inside
from zygote_nb.frontend.control import guarded_rest, lower_body
from zygote_nb.frontend.heap import is_slot
from zygote_nb.frontend.joining import join_paths
from zygote_nb.frontend.jumps import Exits, at_open_ends, closed, flagged_exits, jumps
from zygote_nb.frontend.lower import JOINT_IDENTS, Ended, Lowering
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.protect import Divider, Guard, Handler
from zygote_nb.frontend.raising import may_raise
from zygote_nb.frontend.repetition import at_head
from zygote_nb.ir.core import (
    INT_ZERO,
    Apply,
    Assign,
    Attempt,
    Block,
    Clause,
    Const,
    Expr,
    If,
    Name,
    Raise,
    Stmt,
    Tuple,
    was_caught,
)
from zygote_nb.ir.kinds import BOOL, Array, Bottom, Kind, ListOf, Opaque, Scalar, Static, TupleOf
from zygote_nb.ir.walk import all_read, always_raises, bound, expressions, names, statements

Env = dict[str, Any]
EXCEPTION = Opaque("exception")
# The result of a function of which every path raises.
NOTHING = Static(Bottom)
EVERYTHING = (Const(BaseException, Static(BaseException)),)


def lower_try(lo: Lowering, node: ast.Try, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower a ``try``; True if ``rest`` was lowered with it."""
    if node.finalbody:
        return lower_finally(lo, node, rest, exits)
    flags, inner = flagged_exits(lo, node, jumps([node]))
    leaves = not lo.protected and all(isinstance(h.body[-1], ast.Raise) for h in node.handlers)
    follows = any(h.name is not None and looks_inside(h) for h in node.handlers)
    body, envs = tried(lo, node, not leaves, lambda: protected_body(lo, node.body, inner, follows))
    ways = [lower_handler(lo, node, h, envs, inner) for h in node.handlers]
    if not any(may_raise(s, [c.value for w in ways for c in w.handler.classes]) for s in body):
        ways = []
    lo.env = dict(envs[-1])
    skipping = [flag for kind, flag in flags if kind in jumps(node.body)]
    orelse, _ = lo.sub_block(lambda: lower_else(lo, node, skipping, inner))
    first = Way(Handler(()), orelse, lo.env, closed(orelse) or closed(body))
    first, *ways = meet(lo, node, [first, *ways])
    clauses = tuple(Clause(w.handler.classes, w.block, w.handler.error) for w in ways)
    if follows and not lo.carriers.depth:
        lo.out.extend(carrying.placeholders(lo, node, placeholder))
    if not ways:
        lo.out.extend((*body, *first.block))
    elif leaves:
        caught, done = lo.fresh("caught"), lo.fresh("steps")
        lo.out.append(Attempt(body, clauses, first.block, caught, done, lo.span(node)))
    else:
        lo.out.extend(dispatched(lo, node, body, clauses, first.block))
    if not flags:
        return False
    guarded_rest(lo, node, flags, rest, exits)
    return True


def protected_body(lo: Lowering, nodes: list[ast.stmt], exits: Exits, follows: bool) -> None:
    if follows:
        carrying.begin(lo)
    try:
        lower_body(lo, nodes, exits)
    finally:
        lo.carriers.depth -= follows


@dataclass(frozen=True, slots=True)
class Way:
    """What runs after the body: a handler, or ``else``; and the variables after it."""

    handler: Handler
    block: Block
    env: Env
    ended: bool


def meet(lo: Lowering, node: ast.AST, ways: list[Way]) -> list[Way]:
    """The ways that come back, joined: each ends with the copies that the others need."""
    met: list[int] = []
    for i, way in enumerate(ways):
        if way.ended:
            continue
        if not met:
            lo.env = way.env
        else:
            lo.env, before, own = join_paths(lo, node, lo.env, way.env)
            for j in met:
                ways[j] = replace(ways[j], block=at_open_ends(ways[j].block, tuple(before)))
            ways[i] = replace(way, block=at_open_ends(way.block, tuple(own)))
        met.append(i)
    return ways


def tried(lo: Lowering, node: ast.AST, protected: bool, write: Callable[[], Any]) -> tuple[Block, list[Env]]:
    """A block that an exception may leave at any point, with the variables at all of these; those at its end last.

    What a handler may find is in the same variables wherever the exception comes from: before the block, a value moves
    to the variable in which the block leaves it.
    """
    outer, taken, head = lo.snapshots, set(lo.taken), dict(lo.env)
    envs: list[Env] = []
    lo.protected += protected
    try:
        for _ in range(10):
            lo.taken, lo.env, lo.snapshots = taken | lo.joint_names(), dict(head), [dict(head)]
            block, _ = lo.sub_block(write)
            envs = [*lo.snapshots, lo.env]
            joined, moves = moved(lo, node, head, envs)
            if not moves:
                break
            lo.out.extend(moves)
            head = at_head(joined, head, JOINT_IDENTS)
        else:
            what = "a variable changes in this `try` so that a handler can't tell what it holds"
            raise lo.refuse(node, what, "assign it before the `try`, or after it, or keep it of one kind")
        return block, envs
    finally:
        lo.protected -= protected
        if outer is not None:
            outer += envs
        lo.snapshots = outer


def moved(lo: Lowering, node: ast.AST, head: Env, envs: list[Env]) -> tuple[Env, list[Stmt]]:
    """What is known at the start of the block, and the copies that make it so."""
    joined = dict(head)

    def rebind() -> None:
        for name, value in head.items():
            others = [env[name] for env in envs if name in env]
            if (
                name.isidentifier()
                and name != "return"
                and isinstance(value, Name | Tuple)
                and set_apart(value, others)
            ):
                joined[name] = lo.assigned(node, name, lo.renamed_safely(name, value, node))

    moves = list(lo.sub_block(rebind)[0])
    for env in envs:
        joined, copies, _ = join_paths(lo, node, joined, {**env, **{n: v for n, v in joined.items() if not is_slot(n)}})
        moves += copies
    return joined, moves


def set_apart(value: Any, others: list[Any]) -> bool:
    """Whether the variables of a value change, and not just what is in them."""
    return any(isinstance(o, Name | Tuple) and o != value for o in others)


def merged(lo: Lowering, node: ast.AST, envs: list[Env]) -> Env:
    env = envs[0]
    for other in envs[1:]:
        env, _, _ = join_paths(lo, node, env, other, copies=False)
    return dict(env)


def lower_else(lo: Lowering, node: ast.Try, flags: list[str], exits: Exits) -> None:
    """``else`` is left out where the body ended with a jump."""
    if node.orelse:
        unless(lo, node, flags, lambda: lower_body(lo, node.orelse, exits))


def unless(lo: Lowering, node: ast.stmt, flags: list[str], write: Callable[[], None]) -> None:
    if not flags:
        write()
        return
    lo.branch(node, Name(flags[0], BOOL), lambda: None, lambda: unless(lo, node, flags[1:], write))


# Handlers


def lower_handler(lo: Lowering, node: ast.Try, handler: ast.ExceptHandler, envs: list[Env], exits: Exits) -> Way:
    classes = caught_classes(lo, handler)
    # A name that an inner handler had for its exception is unbound when that is left.
    envs = [{k: v for k, v in env.items() if k != handler.name or v.kind != EXCEPTION} for env in envs]
    lo.env = merged(lo, node, envs)
    error = lo.fresh(handler.name or "error")
    if handler.name is not None:
        if any(handler.name in env for env in envs):
            what = f"`{handler.name}` is a variable, and the name of an exception here"
            raise lo.refuse(handler, what, "use two names")
        lo.env[handler.name] = Name(error, EXCEPTION)
    lo.handled.append(error)
    try:
        block, _ = lo.sub_block(lambda: handler_body(lo, handler, error, classes, exits))
    finally:
        lo.handled.pop()
    if handler.name is not None:
        lo.env.pop(handler.name, None)
    lo.program.looks_at_exceptions |= is_looked_at(block, error)
    return Way(Handler(classes, error if error in all_read(block) else None), block, lo.env, closed(block))


def handler_body(
    lo: Lowering, handler: ast.ExceptHandler, error: str, classes: tuple[Const, ...], exits: Exits
) -> None:
    if lo.carriers.depth or looks_inside(handler):
        carrying.enter(lo, handler, error, classes)
    lower_body(lo, handler.body, exits)


def is_looked_at(block: Block, error: str) -> bool:
    """Whether the exception is used for anything but to raise it again."""
    others = (s for s in statements(block) if not isinstance(s, Raise))
    return any(error in names(e) for s in others for e in expressions(s))


def caught_classes(lo: Lowering, handler: ast.ExceptHandler) -> tuple[Const, ...]:
    if handler.type is None:
        return EVERYTHING
    value = lo.expr(handler.type)
    classes = value.items if isinstance(value, Tuple) else (value,)
    for c in classes:
        if not isinstance(c, Const) or not isinstance(c.value, type) or not issubclass(c.value, BaseException):
            raise lo.refuse(handler, "what is caught is not a class of exceptions", "name the class")
        if issubclass(c.value, KeyboardInterrupt):
            what = "an interrupt ends the calculation of a gradient, and is not caught in it"
            raise lo.refuse(handler, what, "catch it around the call")
    return tuple(c for c in classes if isinstance(c, Const))


def dispatched(lo: Lowering, node: ast.stmt, body: Block, clauses: tuple[Clause, ...], orelse: Block) -> Block:
    """The body divided, and what follows it: in the clauses, if there is one attempt, else by a variable."""
    guard = Guard(tuple(Handler(c.classes, c.error) for c in clauses), lo.fresh("raised"), lo.span(node))
    divided = Divider(lo, guard).divide(body)
    if is_single(divided, guard):
        *before, attempt = divided
        assert isinstance(attempt, Attempt)
        bodies = {c.classes: c.body for c in clauses}
        own = tuple(replace(c, body=bodies.get(c.classes, c.body)) for c in attempt.clauses)
        return (*before, replace(attempt, clauses=own, orelse=orelse))
    *others, chain = [orelse, *(c.body for c in clauses)]
    for number, block in reversed(list(enumerate(others))):
        if block or chain:
            chain = (If(was_caught(guard.raised, number), block, chain, lo.span(node)),)
    return (Assign(guard.raised, INT_ZERO, lo.span(node)), *divided, *chain)


def is_single(block: Block, guard: Guard) -> bool:
    """Whether everything that may raise is in one attempt, at the end."""
    last = block[-1] if block else None
    if not isinstance(last, Attempt) or last.orelse or last.clauses != guard.clauses(()):
        return False
    return sum(guard.raised in bound(s) for s in statements(block)) == len(guard.handlers)


# finally


def lower_finally(lo: Lowering, node: ast.Try, rest: list[ast.stmt], exits: Exits) -> bool:
    """``finally`` runs on both roads. Without a handler outside, nothing comes back from the road of the exception."""
    nodes: list[ast.stmt] = node.body
    if node.handlers:
        nodes = [at_place_of(node, ast.Try(node.body, node.handlers, node.orelse, []))]
    flags, inner = flagged_exits(lo, node, jumps(nodes))
    comes_back = bool(lo.protected or jumps(node.finalbody))
    body, envs = tried(lo, node, comes_back, lambda: lower_body(lo, nodes, inner))
    if comes_back:
        flags = [*finally_by_variable(lo, node, body, envs), *flags]
    else:
        finally_twice(lo, node, body, envs)
    if not flags:
        return False
    guarded_rest(lo, node, flags, rest, exits)
    return True


def finally_twice(lo: Lowering, node: ast.Try, body: Block, envs: list[Env]) -> None:
    if any(map(may_raise, body)):
        lo.env = merged(lo, node, envs)
        block, _ = lo.sub_block(lambda: lower_body(lo, node.finalbody, NO_WAY_OUT))
        cleanup = block if always_raises(block) else (*block, Raise(None, lo.span(node)))
        caught, done = lo.fresh("caught"), lo.fresh("steps")
        body = (Attempt(body, (Clause(EVERYTHING, cleanup),), (), caught, done, lo.span(node)),)
    lo.out.extend(body)
    lo.env = envs[-1]
    lower_body(lo, node.finalbody, NO_WAY_OUT)


def finally_by_variable(lo: Lowering, node: ast.Try, body: Block, envs: list[Env]) -> list[tuple[type, str]]:
    """A jump out of ``finally`` drops the exception. Returns the flags of these jumps."""
    found = jumps(node.finalbody)
    flags, inner = flagged_exits(lo, node, found)
    error, raised = lo.fresh("error"), lo.fresh("raised")
    guard = Guard((Handler(EVERYTHING, error),), raised, lo.span(node), interrupts=not found)
    lo.out.extend((Assign(raised, INT_ZERO, lo.span(node)), *Divider(lo, guard).divide(body)))
    again = Raise(Name(error, EXCEPTION), lo.span(node))

    def after_exception() -> None:
        lo.env = merged(lo, node, envs)
        lower_body(lo, node.finalbody, inner)
        unless(lo, node, [flag for _, flag in flags], lambda: lo.out.append(again))

    def after_all() -> None:
        lo.env = envs[-1]
        lower_body(lo, node.finalbody, inner)

    lo.branch(node, was_caught(raised, 1), after_exception, after_all)
    return flags


NO_WAY_OUT = Exits(lambda stmt: None)


# Calls of functions that raise, or may leave something behind when they do


def total_body(lo: Lowering, write: Callable[[], Any]) -> tuple[Any, list[Env]]:
    """The function's body and result, and the variables wherever an exception may end it."""
    values: list[Any] = []
    block, envs = tried(lo, lo.source.tree, True, lambda: values.append(write()))
    lo.out.extend(block)
    return values[-1], envs


def made_total(lo: Lowering, leaves: list[Expr], kind: Kind, envs: list[Env]) -> Kind:
    """The function lowered so far, as one that never raises: it returns the exception beside its results."""
    span = lo.span(lo.source.tree)
    outs = [Name(lo.fresh("out"), r.kind) for r in leaves]
    error, caught, raised = lo.fresh("error"), lo.fresh("exception"), lo.fresh("raised")
    start = [Assign(o.id, placeholder(o.kind), span) for o in outs]
    start += [Assign(error, Const(None, EXCEPTION), span), Assign(raised, INT_ZERO, span)]
    body = (*lo.out, *(Assign(o.id, r, span) for o, r in zip(outs, leaves, strict=True)))
    divided = Divider(lo, Guard((Handler(EVERYTHING, caught),), raised, span)).divide(body)
    held = If(was_caught(raised, 1), (Assign(error, Name(caught, EXCEPTION), span),), (), span)
    lo.out = [*start, *divided, held]
    lo.env = merged(lo, lo.source.tree, envs)
    leaves[:] = [*outs, Name(error, EXCEPTION)]
    return TupleOf((NOTHING if isinstance(kind, Bottom) else kind, EXCEPTION))


def placeholder(kind: Kind) -> Expr:
    """Something of the kind, where a function has no result."""
    match kind:
        case Scalar():
            return Const(np.dtype(kind.dtype).type(0).item(), kind)
        case Array():
            return Apply(np.empty, (Tuple((INT_ZERO,) * kind.ndim),), (), kind)
        case ListOf():
            return Tuple((), list, kind)
    return Const(None, kind)


def raised_again(lo: Lowering, node: ast.AST, value: Expr) -> Expr:
    """The result of a function that returns its exception."""
    if not isinstance(value, Tuple):
        return value
    result, error = value.items
    if result.kind == NOTHING:
        raise Ended(RuntimeError, "", error)
    failed = Apply(operator.is_not, (error, Const(None, Static(None))), (), BOOL)
    lo.out.append(If(failed, (Raise(error, lo.span(node)),), (), lo.span(node)))
    return result
