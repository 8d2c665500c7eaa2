"""Lowering of statements: structured control flow with one exit.

A jump (break, continue, return) ends its block, and what follows the ``if`` around it moves into the other branch, so
that nothing ever follows a jump. Where only some paths through an ``if`` jump, a flag is set and what follows is
guarded by it.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from zygote_nb.frontend.heap import Obj, Object, is_slot, reachable, slot
from zygote_nb.frontend.joining import join_paths, same_value
from zygote_nb.frontend.lower import JOINT_IDENTS, Ended, Lowering
from zygote_nb.frontend.targets import assign_to, augment, delete
from zygote_nb.frontend.values import describe, make_tuple, none, static
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    TRUE,
    Apply,
    Assign,
    Attempt,
    Break,
    Const,
    Expr,
    For,
    If,
    Name,
    Raise,
    Stmt,
    Tuple,
    While,
)
from zygote_nb.ir.kinds import BOOL, INT, Array, ListOf, Opaque, Scalar, Static, join
from zygote_nb.ir.walk import blocks, breaks, names, with_blocks

Emit = Callable[[Lowering], None]
JUMPS = (ast.Break, ast.Continue, ast.Return)


@dataclass(frozen=True, slots=True)
class Exits:
    """What the jumps of the enclosing constructs do; each is called at the end of a block."""

    leave: Callable[[ast.Return], None]
    break_: Callable[[], None] | None = None
    continue_: Callable[[], None] | None = None
    jump: Jump | None = None


@dataclass(slots=True)
class Jump:
    """How a loop is left: by a break, or, where it was written out, by a flag."""

    leave: Callable[[ast.AST], None]


def jumps(nodes: list[ast.stmt], in_loop: bool = False) -> set[type]:
    """The jumps in a block that leave the block."""
    found: set[type] = set()
    for node in nodes:
        if isinstance(node, ast.Return):
            found.add(ast.Return)
        elif isinstance(node, (ast.Break, ast.Continue)) and not in_loop:
            found.add(type(node))
        elif isinstance(node, ast.If):
            found |= jumps(node.body, in_loop) | jumps(node.orelse, in_loop)
        elif isinstance(node, (ast.For, ast.While)):
            found |= jumps(node.body, True) | jumps(node.orelse, in_loop)
        elif isinstance(node, ast.With):
            found |= jumps(node.body, in_loop)
        elif isinstance(node, ast.Try):
            for block in (node.body, *(h.body for h in node.handlers), node.orelse, node.finalbody):
                found |= jumps(block, in_loop)
    return found


def ends(nodes: list[ast.stmt]) -> bool:
    """Whether every path through the block jumps or raises."""
    for node in nodes:
        if isinstance(node, (*JUMPS, ast.Raise)):
            return True
        if isinstance(node, ast.If) and ends(node.body) and ends(node.orelse):
            return True
        if isinstance(node, ast.While) and is_true(node.test) and ast.Break not in jumps(node.body):
            return True
        if isinstance(node, ast.Try) and try_ends(node):
            return True
    return False


def try_ends(node: ast.Try) -> bool:
    tried = ends(node.body) or ends(node.orelse)
    return ends(node.finalbody) or (tried and all(ends(h.body) for h in node.handlers))


def is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def lower_body(lo: Lowering, nodes: list[ast.stmt], exits: Exits) -> None:
    for i, node in enumerate(nodes):
        lo.recent.clear()
        try:
            ended = lower_statement(lo, node, nodes[i + 1 :], exits)
        except Ended as end:
            lo.out.append(ending(lo, node, end))
            ended = True
        if lo.snapshots is not None:
            lo.snapshots.append(dict(lo.env))
        if ended:
            return


def ending(lo: Lowering, node: ast.AST, end: Ended) -> Raise:
    """The exception that Python surely raises here."""
    error = Apply(end.error, (static(end.message),), (), Opaque("exception"), None, lo.span(node))
    return Raise(error, lo.span(node))


def lower_statement(lo: Lowering, node: ast.stmt, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower one statement; True if ``rest`` was lowered with it, or is never reached."""
    match node:
        case ast.If():
            return lower_if(lo, node, rest, exits)
        case ast.For() | ast.While():
            return lower_loop(lo, node, rest, exits)
        case ast.Return():
            exits.leave(node)
        case ast.Break():
            assert exits.break_ is not None
            exits.break_()
        case ast.Continue():
            assert exits.continue_ is not None
            exits.continue_()
        case ast.Raise():
            lower_raise(lo, node)
        case ast.Try():
            from zygote_nb.frontend.exceptions import lower_try

            return lower_try(lo, node, rest, exits)
        case _:
            lower_simple(lo, node)
            return False
    return True


def lower_simple(lo: Lowering, node: ast.stmt) -> None:
    match node:
        case ast.Assign():
            lower_assign(lo, node)
        case ast.AugAssign():
            augment(lo, node)
        case ast.AnnAssign():
            if node.value is not None:
                assign_to(lo, node.target, lo.value(node.value), node)
        case ast.Expr():
            lower_expression_statement(lo, node)
        case ast.Assert():
            lower_assert(lo, node)
        case ast.Pass():
            pass
        case ast.Import() | ast.ImportFrom():
            lower_import(lo, node)
        case ast.FunctionDef():
            from zygote_nb.frontend.local import define

            lo.env[node.name] = define(lo, node)
        case ast.Delete():
            for target in node.targets:
                delete(lo, target, node)
        case ast.Global() | ast.Nonlocal():
            pass
        case _:
            word = {"With": "with statements", "Try": "try statements"}
            what = word.get(type(node).__name__, f"{type(node).__name__} statements")
            hint = "move this statement out of the differentiated function"
            raise lo.refuse(node, f"{what} are not differentiated", hint)


def lower_import(lo: Lowering, node: ast.Import | ast.ImportFrom) -> None:
    """An import inside the function: the names are static."""
    scope: dict[str, object] = {}
    code = compile(ast.Module([node], []), lo.source.filename, "exec")
    exec(
        code,
        {"__name__": lo.source.function.__module__, "__package__": lo.source.function.__globals__.get("__package__")},
        scope,
    )
    for name, value in scope.items():
        lo.env[name] = static(value, name)


def lower_assign(lo: Lowering, node: ast.Assign) -> None:
    lo.label = node.targets[0].id if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) else None
    value = lo.value(node.value)
    lo.label = None
    if len(node.targets) > 1 or not simple_targets(node.targets) or (lo.protected and isinstance(value, Tuple)):
        value = settle(lo, node, value)
    for target in node.targets:
        assign_to(lo, target, value, node)


def simple_targets(targets: list[ast.expr]) -> bool:
    return isinstance(targets[0], (ast.Name, ast.Subscript))


def settle(lo: Lowering, node: ast.Assign, value: Any) -> Any:
    """The right side is read before anything is bound: what the targets' bindings could change gets a variable."""
    if isinstance(value, Tuple) and len(node.targets) == 1 and not lo.protected:
        return settle_entries(lo, node, value)
    if isinstance(value, Tuple) and value.cls is list:
        value = lo.program.list_object(lo, node, "items", value)
    return lo.evaluated(value, node) if isinstance(value, (Apply, Tuple)) else value


def settle_entries(lo: Lowering, node: ast.Assign, value: Tuple) -> Tuple:
    target = node.targets[0]
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    if any(isinstance(p, ast.Starred) for p in parts) or len(parts) != len(value.items):
        return value
    items = list(value.items)
    for i in range(len(items)):
        if clobbered(parts[:i], parts[i], items[i], lo):
            items[i] = lo.evaluated(items[i], node)
    return make_tuple(tuple(items), value.cls)


def clobbered(earlier: list[ast.expr], own: ast.expr, item: Expr, lo: Lowering) -> bool:
    """Whether binding the earlier targets could change what the item reads."""
    if isinstance(item, Obj):
        return False
    read = names(item)
    for target in earlier:
        if isinstance(target, ast.Name):
            bound = {target.id} | {n for n in read if n.startswith(f"{target.id}_")}
            if read & bound:
                return True
        elif isinstance(item, Apply) or read & lo.field_names:
            return True
    return False


def lower_expression_statement(lo: Lowering, node: ast.Expr) -> None:
    if isinstance(node.value, ast.Constant):
        return
    from zygote_nb.frontend.calls import lower_call_statement

    if isinstance(node.value, ast.Call):
        lower_call_statement(lo, node.value)
    else:
        value = lo.value(node.value)
        if isinstance(value, Apply):
            lo.temporary("t", value, node)


def lower_raise(lo: Lowering, node: ast.Raise) -> None:
    lo.out.append(Raise(raised(lo, node.exc, node), lo.span(node)))


def raised(lo: Lowering, exc: ast.expr | None, node: ast.AST) -> Expr:
    """The exception object; its arguments are evaluated when it is raised."""
    if exc is None:
        if not lo.handled:
            raise lo.refuse(node, "a bare `raise` stands outside of all handlers", "raise an exception by name")
        return Name(lo.handled[-1], Opaque("exception"))
    if isinstance(exc, ast.Call):
        fn = lo.expr(exc.func)
        args = [lo.expr(a) if not isinstance(a, ast.JoinedStr) else text_of(a) for a in exc.args]
        if isinstance(fn, Const):
            return Apply(fn.value, tuple(args), (), Opaque("exception"), None, lo.span(node))
    value = lo.expr(exc)
    if isinstance(value, Name) and value.kind == Opaque("exception"):
        return value
    if not isinstance(value, Const):
        raise lo.refuse(node, "only exceptions made on the spot are raised", "write `raise ValueError(...)`")
    return Apply(value.value, (), (), Opaque("exception"), None, lo.span(node))


def text_of(node: ast.JoinedStr) -> Expr:
    # The generated code only has to raise: the user's own exception comes from the plain function.
    return Const(ast.unparse(node), Static(ast.unparse(node)))


def lower_assert(lo: Lowering, node: ast.Assert) -> None:
    test = lo.condition(node.test)
    if test == TRUE:
        return
    error = Apply(AssertionError, (), (), Opaque("exception"), None, lo.span(node))
    lo.out.append(If(lo.negation(node, test), (Raise(error, lo.span(node)),), (), lo.span(node)))


# If


def lower_if(lo: Lowering, node: ast.If, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower an ``if``; True if ``rest`` was lowered with it."""
    test = lo.condition(node.test)
    if isinstance(test, Const):
        taken = node.body if test.value else node.orelse
        lower_body(lo, taken + rest if not ends(taken) else taken, exits)
        return True
    if (ends(node.body) or ends(node.orelse)) and (
        jumps(node.body) or jumps(node.orelse) or ends(node.body) != ends(node.orelse)
    ):
        return lower_jumping_if(lo, node, test, rest, exits)
    if jumps(node.body) or jumps(node.orelse):
        return lower_guarded_if(lo, node, test, rest, exits)
    lo.branch(node, test, lambda: lower_body(lo, node.body, exits), lambda: lower_body(lo, node.orelse, exits))
    return False


def lower_jumping_if(lo: Lowering, node: ast.If, test: Expr, rest: list[ast.stmt], exits: Exits) -> bool:
    """One branch always jumps: what follows belongs to the other."""
    body = node.body if ends(node.body) else node.body + rest
    orelse = node.orelse if ends(node.orelse) else node.orelse + rest
    lo.branch(node, test, lambda: lower_body(lo, body, exits), lambda: lower_body(lo, orelse, exits))
    return True


def closed(block: tuple[Stmt, ...]) -> bool:
    """Whether no path runs through to the end of the block."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, If):
        return closed(last.body) and closed(last.orelse)
    if isinstance(last, Attempt):
        return (closed(last.body) or closed(last.orelse)) and all(closed(c.body) for c in last.clauses)
    return isinstance(last, (Break, Raise)) or (isinstance(last, While) and last.test == TRUE and not breaks(last.body))


def lower_guarded_if(lo: Lowering, node: ast.If, test: Expr, rest: list[ast.stmt], exits: Exits) -> bool:
    """Only some paths jump: they set a flag, and what follows runs unless it is set."""
    flags, inner = flagged_exits(lo, node, jumps(node.body) | jumps(node.orelse))
    lo.branch(node, test, lambda: lower_body(lo, node.body, inner), lambda: lower_body(lo, node.orelse, inner))
    guarded_rest(lo, node, flags, rest, exits)
    return True


def flagged_exits(lo: Lowering, node: ast.stmt, found: set[type]) -> tuple[list[tuple[type, str]], Exits]:
    """Jumps that set flags, which are cleared here."""
    flags = {
        kind: lo.fresh({ast.Break: "stop", ast.Continue: "skip", ast.Return: "done"}[kind])
        for kind in sorted(found, key=str)
    }
    for flag in flags.values():
        lo.out.append(Assign(flag, FALSE, lo.span(node)))

    def leave(stmt: ast.Return) -> None:
        store_result(lo, stmt)
        lo.out.append(Assign(flags[ast.Return], TRUE, lo.span(stmt)))

    def set_flag(kind: type) -> Callable[[], None]:
        return lambda: lo.out.append(Assign(flags[kind], TRUE, lo.span(node)))

    return list(flags.items()), Exits(leave, set_flag(ast.Break), set_flag(ast.Continue))


def guarded_rest(
    lo: Lowering, node: ast.stmt, flags: list[tuple[type, str]], rest: list[ast.stmt], exits: Exits
) -> None:
    if not flags:
        lower_body(lo, rest, exits)
        return
    (kind, flag), others = flags[0], flags[1:]

    def jump() -> None:
        if kind is ast.Return:
            pass_return(node, exits)
        else:
            action = exits.break_ if kind is ast.Break else exits.continue_
            assert action is not None
            action()

    lo.branch(node, Name(flag, BOOL), jump, lambda: guarded_rest(lo, node, others, rest, exits))


# Return

STORED = ast.Constant(None)


def pass_return(node: ast.stmt, exits: Exits) -> None:
    """The result is stored already: only the jump remains."""
    exits.leave(ast.copy_location(ast.Return(STORED), node))


def store_result(lo: Lowering, stmt: ast.Return) -> None:
    """``return value`` on one of several paths: the value goes to the result variable."""
    if stmt.value is STORED:
        return
    value = lo.value(stmt.value) if stmt.value is not None else none()
    target = lo.env["return"]
    assert isinstance(target, Const)
    if isinstance(value, Tuple) and value.cls is list:
        value = lo.program.list_object(lo, stmt, target.value, value)
    stored = lo.assigned(stmt, target.value, lo.renamed_safely(target.value, value, stmt))
    lo.returned.append((stmt, stored.kind))
    lo.env["return value"] = stored


def two_kinds(lo: Lowering, node: ast.AST) -> Exception:
    """What is said where the returns of a function do not fit together."""
    (_, first), *others = lo.returned
    stmt, kind = next(((s, k) for s, k in others if join(k, first) is None), (node, None))
    here = "another value" if kind is None else describe(kind)
    what = f"the function returns {here} here and {describe(first)} elsewhere"
    return lo.refuse(stmt, what, "return values of one kind on every path")


# Loops


def lower_loop(lo: Lowering, node: ast.For | ast.While, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower a loop; True if ``rest`` was lowered with it."""
    found = jumps(node.body, True)
    broke = lo.fresh("broke") if node.orelse and ast.Break in jumps(node.body) else None
    done = lo.fresh("done") if ast.Return in found else None
    for flag in (broke, done):
        if flag is not None:
            lo.out.append(Assign(flag, FALSE, lo.span(node)))
    endless = isinstance(node, ast.While) and is_true(node.test) and ast.Break not in jumps(node.body)

    broken: list[dict[str, Any]] = []

    def out_of(stmt: ast.AST) -> None:
        broken.append(dict(lo.env))
        lo.out.append(Break(lo.span(stmt)))

    jump = Jump(out_of)

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
    for env in broken:
        lo.env, _, _ = join_paths(lo, node, lo.env, env, copies=False)

    def after() -> None:
        lower_body(lo, rest, exits)

    def after_else() -> None:
        if broke is None:
            lower_body(lo, [*node.orelse, *rest], exits)
            return
        guard = ast.copy_location(ast.If(ast.Constant(False), [], node.orelse), node)
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
    head, first, turns = dict(lo.env), lo.idents, dict(lo.turns)
    for _ in range(20):
        lo.taken, lo.env, lo.idents, lo.turns = set(taken), dict(head), first, dict(turns)
        body, _ = lo.sub_block(write)
        joined, entering, ending_ = join_paths(lo, node, head, lo.env)
        before += entering
        again = at_head(joined, head, first)
        if all(n in again and same_value(again[n], head[n]) for n in head):
            lo.env = joined
            lo.out.extend(before)
            return at_open_ends(body, tuple(ending_))
        head = again
    raise lo.refuse(node, "the kinds of the variables of this loop keep changing", "keep each variable of one kind")


def at_head(joined: dict[str, Any], head: dict[str, Any], first: int) -> dict[str, Any]:
    """What is known when an iteration begins: of the variables that were there before the loop."""
    found = {n: joined[n] for n in head if n in joined and not is_slot(n)}
    if "return value" in joined:
        found["return value"] = joined["return value"]
    heap = {n: of_earlier_iterations(v, first) for n, v in joined.items() if is_slot(n)}
    kept = {slot(i) for i in reachable({**found, **heap})} | {n for n in head if is_slot(n)}
    return {**found, **{n: v for n, v in heap.items() if n in kept}}


def of_earlier_iterations(content: Object, first: int) -> Object:
    """An object that may have been made in the loop was made in an earlier iteration: it is none that is made now."""
    origins = frozenset((o,) if isinstance(o, int) and first < o < JOINT_IDENTS else o for o in content.origins)
    return content if origins == content.origins else replace(content, origins=origins)


def at_open_ends(block: tuple[Stmt, ...], extra: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    """The block with more statements at its end, on the paths that reach it."""
    if not extra or closed(block):
        return block
    last = block[-1] if block else None
    if isinstance(last, If | Attempt) and breaks(block[-1:]):
        tried = (last.body,) if isinstance(last, Attempt) else ()
        ways_out = tuple(at_open_ends(b, extra) for b in blocks(last)[len(tried) :])
        return (*block[:-1], with_blocks(last, (*tried, *ways_out)))
    return (*block, *extra)


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
        lo.branch(node, late, lambda: lower_body(lo, node.body, exits), lambda: lo.out.append(Break(lo.span(node))))

    body = to_fixpoint(lo, node, write)
    lo.out.append(While(test, body, count, lo.span(node)))


def write_range(
    lo: Lowering,
    node: ast.AST,
    bounds: tuple[Expr, Expr, Expr],
    stem: str,
    write: Callable[[Name], None],
    assigned: set[str],
) -> None:
    """A loop over a range, whose body is written by a callable that is given the index."""
    start, stop, step = (fixed_at_entry(lo, b, assigned, node) for b in bounds)
    var = stem if stem not in assigned and stem not in lo.taken else lo.fresh(stem)
    lo.taken.add(var)
    index = Name(var, INT)
    body = to_fixpoint(lo, node, lambda: write(index))
    count = None
    if breaks(body):
        count = lo.fresh("n_for")
        lo.out.append(Assign(count, INT_ZERO, lo.span(node)))
        body = (Assign(count, Apply(operator.add, (Name(count, INT), INT_ONE), (), INT), lo.span(node)), *body)
    lo.out.append(For(var, start, stop, step, body, count, lo.span(node)))


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


def sizes_only(bound: Expr) -> bool:
    """Integer arithmetic on variables, constants and lengths of arrays."""
    from zygote_nb.ir.core import Attribute

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
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, (ast.Store, ast.Del)):
                found.add(inner.id)
    return found
