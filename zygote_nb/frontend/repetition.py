"""Lowering of loops: how they are left, and the variables at their head."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.errors import ZygoteError
from zygote_nb.frontend.control import lower_body, lower_guarded_if, lower_jumping_if
from zygote_nb.frontend.heap import Object, is_slot, leaf_names_of, reachable, slot
from zygote_nb.frontend.joining import join_paths, kinds_of, same_value
from zygote_nb.frontend.jumps import Exits, Jump, at_open_ends, ends, is_true, jumps, pass_return, store_result
from zygote_nb.frontend.lower import JOINT_IDENTS, Lowering
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.syntax import walk
from zygote_nb.frontend.templates import NeedsColumns
from zygote_nb.frontend.unset import UNSURE, never_bound, read_too_early, unset_at, unset_at_head, unsure
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    TRUE,
    Append,
    Apply,
    Assign,
    Break,
    Const,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    While,
)
from zygote_nb.ir.kinds import BOOL, INT, Array, Bottom, ListOf, Opaque, Scalar
from zygote_nb.ir.walk import blocks, bound, breaks, names, read, statements, subexpressions, with_blocks


def lower_loop(lo: Lowering, node: ast.For | ast.While, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower a loop; True if ``rest`` was lowered with it."""
    found = jumps(node.body, True)
    broke = lo.fresh("broke") if node.orelse and ast.Break in jumps(node.body) else None
    done = lo.fresh("done") if ast.Return in found else None
    for flag in (broke, done):
        if flag is not None:
            lo.out.append(Assign(flag, FALSE, lo.span(node)))
    endless = isinstance(node, ast.While) and is_true(node.test) and ast.Break not in jumps(node.body)

    def out_of(stmt: ast.AST) -> None:
        leave_loop(lo, node, stmt)

    jump = Jump(out_of, done, broke)

    def leave(stmt: ast.Return) -> None:
        store_result(lo, stmt)
        assert done is not None
        lo.out.append(Assign(done, TRUE, lo.span(stmt)))
        jump.leave(stmt)

    def break_() -> None:
        if broke is not None:
            lo.out.append(Assign(broke, TRUE, lo.span(node)))
        jump.leave(node)

    write_loop(lo, node, Exits(leave, break_, lambda: None, jump))
    for _, env in lo.broken.pop(id(node), []):
        lo.env, _, _ = join_paths(lo, node, lo.env, env, copies=False)

    def after() -> None:
        lower_body(lo, rest, exits)

    def after_else() -> None:
        if broke is None:
            lower_body(lo, [*node.orelse, *rest], exits)
            return
        guard = at_place_of(node, ast.If(ast.Constant(False), [], node.orelse))
        if not lower_if_test(lo, guard, Name(broke, BOOL), rest, exits):
            after()

    if done is None:
        if not node.orelse:
            return False
        after_else()
        return True
    if endless:
        pass_return(node, exits)
        return True
    lo.branch(node, Name(done, BOOL), lambda: pass_return(node, exits), after_else)
    return True


def leave_loop(lo: Lowering, node: ast.AST, stmt: ast.AST) -> None:
    """``break`` out of a loop: what is known here is known after it."""
    exit_ = Break(lo.span(stmt))
    lo.broken.setdefault(id(node), []).append((exit_, dict(lo.env)))
    lo.out.append(exit_)


def lower_if_test(lo: Lowering, node: ast.If, test: Expr, rest: list[ast.stmt], exits: Exits) -> bool:
    if ends(node.orelse):
        return lower_jumping_if(lo, node, test, rest, exits)
    if jumps(node.orelse):
        return lower_guarded_if(lo, node, test, rest, exits)
    lo.branch(node, test, lambda: None, lambda: lower_body(lo, node.orelse, exits))
    return False


def write_loop(lo: Lowering, node: ast.For | ast.While, exits: Exits) -> None:
    if isinstance(node, ast.While):
        write_while(lo, node, exits)
        return
    from zygote_nb.frontend.iteration import write_for

    write_for(lo, node, exits)


def to_fixpoint(lo: Lowering, node: ast.AST, write: Callable[[], None]) -> tuple[Stmt, ...]:
    """The body of a loop, lowered until the kinds at its head no longer change; the variables are joined after it."""
    taken, before = set(lo.taken), []
    at_entry, first, turns = lo.env, lo.idents, dict(lo.turns)
    head = unset_at_head(lo, node, at_entry)
    for _ in range(20):
        lo.taken, lo.env, lo.idents, lo.turns = taken | lo.joint_names(), dict(head), first, dict(turns)
        lo.broken.pop(id(node), None)
        try:
            body, _ = lo.sub_block(write)
        except NeedsColumns:
            raise
        except ZygoteError as refusal:
            raise still_unknown(lo, node, head) or refusal from None
        joined, entering, ending_ = join_paths(lo, node, head, lo.env)
        for exit_, env in lo.broken.pop(id(node), []):
            joined, always, leaving = join_paths(lo, node, joined, env, again=True)
            entering, ending_ = [*entering, *bound_at_entry(always, head, entering)], [*ending_, *always]
            body = with_before(body, exit_, leaving)
        before += entering
        again = at_head(joined, head, first)
        if all(n in again and same_value(again[n], head[n]) for n in head):
            lo.env = {n: v for n, v in joined.items() if n not in never_bound(joined, at_entry)}
            lo.out.extend(before)
            return at_open_ends(body, tuple(ending_))
        head = again
    raise lo.refuse(node, "the kinds of the variables of this loop keep changing", "keep each variable of one kind")


def still_unknown(lo: Lowering, loop: ast.AST, head: dict[str, Any]) -> ZygoteError | None:
    """The refusal where a variable that the loop begins with has no kind as yet: this one can't be waited for."""
    for name in sorted(unset_at(lo, loop) & head.keys()):
        if Bottom() in kinds_of(head[name]):
            return read_too_early(lo, lo.program.unset[lo.program.place(lo, loop), name])
    return None


def at_head(joined: dict[str, Any], head: dict[str, Any], first: int) -> dict[str, Any]:
    """What is known when an iteration begins: of the variables that were there before the loop."""
    found = {n: joined[n] for n in head if n in joined and not is_slot(n)}
    found[UNSURE] = frozenset(unsure(joined) & found.keys())
    if "return value" in joined:
        found["return value"] = joined["return value"]
    heap = {n: of_earlier_iterations(v, first) for n, v in joined.items() if is_slot(n)}
    kept = {slot(i) for i in reachable({**found, **heap})} | {n for n in head if is_slot(n)}
    return {**found, **{n: v for n, v in heap.items() if n in kept}}


def of_earlier_iterations(content: Object, first: int) -> Object:
    """An object that may have been made in the loop was made in an earlier iteration: it is none that is made now."""
    origins = frozenset((o,) if isinstance(o, int) and first < o < JOINT_IDENTS else o for o in content.origins)
    return content if origins == content.origins else replace(content, origins=origins)


def bound_at_entry(copies: list[Stmt], head: dict[str, Any], entering: list[Stmt]) -> list[Stmt]:
    """Those of the copies that read what is there before the first iteration."""
    known = set().union(*map(names_in, head.values()), *(bound(s) for s in entering))
    out = []
    for copy in copies:
        if read(copy) <= known:
            known |= set(bound(copy))
            out.append(copy)
    return out


def names_in(value: Any) -> set[str]:
    if isinstance(value, Object):
        return set().union(*map(leaf_names_of, value.values()))
    return leaf_names_of(value)


def with_before(block: tuple[Stmt, ...], exit_: Stmt, extra: list[Stmt]) -> tuple[Stmt, ...]:
    """The block with more statements before one of its breaks."""
    if not extra:
        return block
    out: list[Stmt] = []
    for stmt in block:
        out += extra if stmt is exit_ else []
        inner = blocks(stmt)
        out.append(with_blocks(stmt, tuple(with_before(b, exit_, extra) for b in inner)) if inner else stmt)
    return tuple(out)


def write_while(lo: Lowering, node: ast.While, exits: Exits) -> None:
    count = lo.fresh("n_while")
    lo.out.append(Assign(count, INT_ZERO, lo.span(node)))
    counted = Assign(count, Apply(operator.add, (Name(count, INT), INT_ONE), (), INT), lo.span(node))
    test: Expr = TRUE

    def write() -> None:
        nonlocal test
        before, test = lo.sub_block(lambda: lo.condition(node.test))
        lo.out.append(counted)
        if not before:
            lower_body(lo, node.body, exits)
            return
        lo.out.extend(before)
        late, test = test, TRUE
        lo.branch(node, late, lambda: lower_body(lo, node.body, exits), lambda: leave_loop(lo, node, node))

    body = to_fixpoint(lo, node, write)
    lo.out.append(While(test, body, count, lo.span(node)))


def write_range(
    lo: Lowering,
    node: ast.AST,
    bounds: tuple[Expr, Expr, Expr],
    stem: str,
    write: Callable[[Name], None],
    assigned: set[str],
    over: Any = None,
) -> None:
    """A loop over a range, whose body is written by a callable that is given the index.

    ``over`` is a list whose entries are gone through: the loop must not change its length.
    """
    start, stop, step = (fixed_at_entry(lo, b, assigned, node) for b in bounds)
    var = stem if stem not in assigned and stem not in lo.taken else lo.fresh(stem)
    lo.taken.add(var)
    index = Name(var, INT)
    body = to_fixpoint(lo, node, lambda: write(index))
    if reads_length_of_list(stop) and changes_lists(body):
        stop = lo.temporary("stop", stop, node)
    if over is not None and changes_lists(body, lo.unshared):
        body = at_open_ends(body, (must_be_as_long(lo, node, over, stop),))
    count = None
    if breaks(body):
        count = lo.fresh("n_for")
        lo.out.append(Assign(count, INT_ZERO, lo.span(node)))
        body = (Assign(count, Apply(operator.add, (Name(count, INT), INT_ONE), (), INT), lo.span(node)), *body)
    lo.out.append(For(var, start, stop, step, body, count, lo.span(node)))


def must_be_as_long(lo: Lowering, node: ast.AST, over: Any, count: Expr) -> Stmt:
    """Python would go through what a loop appends to its own list: that isn't done."""
    from zygote_nb.frontend.rows import length_of

    test = Apply(operator.ne, (length_of(lo, over), count), (), BOOL)
    message = static("a list changes its length while it is iterated over; iterate over a copy, or use `while`")
    error = Apply(RuntimeError, (message,), (), Opaque("exception"), None, lo.span(node))
    return If(test, (Raise(error, lo.span(node)),), (), lo.span(node))


def fixed_at_entry(lo: Lowering, bound: Expr, assigned: set[str], node: ast.AST) -> Expr:
    """Bounds are those at entry: one that the body could change, or that costs something, gets a variable."""
    if isinstance(bound, Const) or (isinstance(bound, Apply) and sizes_only(bound) and not names(bound) & assigned):
        return bound
    if isinstance(bound, Name) and bound.id not in assigned:
        return bound
    match bound:
        case Apply(fn=fn, args=(Name(id=name, kind=ListOf()),)) if fn is len and name not in lo.mutated | assigned:
            return bound
    return lo.temporary("stop", bound, node)


def reads_length_of_list(bound: Expr) -> bool:
    return any(isinstance(e.kind, ListOf) for e in subexpressions(bound))


def changes_lists(body: tuple[Stmt, ...], but: set[str] | frozenset[str] = frozenset()) -> bool:
    """Whether a list may be longer or shorter after the statements, under whatever name, apart from some."""
    for stmt in statements(body):
        if isinstance(stmt, Append | Pop) and stmt.base not in but:
            return True
        if isinstance(stmt, Invoke) and any(isinstance(a.kind, ListOf) and not names(a) <= but for a in stmt.args):
            return True
    return False


def sizes_only(bound: Expr) -> bool:
    """Integer arithmetic on variables, constants and lengths of arrays."""
    from zygote_nb.ir.callables import Attribute

    match bound:
        case Const() | Name(kind=Scalar()):
            return True
        case Apply(fn=Attribute("size")) | Apply(fn=Attribute("shape")):
            return isinstance(bound.args[0], Name)
        case Apply(fn=fn, args=(Name(kind=Array()),)) if fn is len:
            return True
        case Apply(fn=operator.getitem, args=(Apply(fn=Attribute("shape")) as shape, Const())):
            return isinstance(shape.args[0], Name)
        case Apply(fn=operator.add | operator.sub | operator.mul | operator.floordiv):
            return all(map(sizes_only, bound.args))
    return False


def assigned_names(nodes: list[ast.stmt]) -> set[str]:
    """The variables that the statements could bind."""
    found: set[str] = set()
    for node in nodes:
        for inner in walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, (ast.Store, ast.Del)):
                found.add(inner.id)
            elif isinstance(inner, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and inner.name:
                found.add(inner.name)
            elif isinstance(inner, ast.MatchMapping) and inner.rest:
                found.add(inner.rest)
    return found
