"""Lowering of statements: structured control flow with one exit."""

from __future__ import annotations

import ast

from zygote_nb.frontend.assignment import lower_assign
from zygote_nb.frontend.augmented import augment
from zygote_nb.frontend.jumps import Exits, ends, flagged_exits, jumps, pass_return
from zygote_nb.frontend.lower import Ended, Lowering
from zygote_nb.frontend.raises import ending, lower_assert, lower_raise
from zygote_nb.frontend.targets import assign_to, delete
from zygote_nb.frontend.unset import note_set
from zygote_nb.frontend.values import static
from zygote_nb.frontend.yields import Act
from zygote_nb.ir.core import (
    Apply,
    Const,
    Expr,
    Name,
)
from zygote_nb.ir.kinds import BOOL


def lower_body(lo: Lowering, nodes: list[ast.stmt], exits: Exits) -> None:
    for i, node in enumerate(nodes):
        lo.recent.clear()
        lo.statement = node
        try:
            ended = lower_statement(lo, node, nodes[i + 1 :], exits)
        except Ended as end:
            lo.out.append(ending(lo, node, end))
            ended = True
        if lo.snapshots is not None:
            lo.snapshots.append(dict(lo.env))
        if ended:
            return


def lower_statement(lo: Lowering, node: ast.stmt, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower one statement; True if ``rest`` was lowered with it, or is never reached."""
    match node:
        case ast.If():
            return lower_if(lo, node, rest, exits)
        case ast.For() | ast.While():
            from zygote_nb.frontend.repetition import lower_loop

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
        case ast.Match():
            from zygote_nb.frontend.matching import as_branches

            lower_body(lo, [*as_branches(lo, node), *rest], exits)
        case ast.With():
            from zygote_nb.frontend.managers import lower_with

            return lower_with(lo, node, rest, exits)
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
            note_set(lo, node, node.name)
        case ast.ClassDef():
            from zygote_nb.frontend.inner import define_class

            define_class(lo, node)
        case ast.Delete():
            for target in node.targets:
                delete(lo, target, node)
        case ast.Global() | ast.Nonlocal():
            pass
        case Act():
            node.act(lo, node.value)
        case _:
            what = f"{type(node).__name__} statements"
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
        note_set(lo, node, name)


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


def lower_guarded_if(lo: Lowering, node: ast.If, test: Expr, rest: list[ast.stmt], exits: Exits) -> bool:
    """Only some paths jump: they set a flag, and what follows runs unless it is set."""
    flags, inner = flagged_exits(lo, node, jumps(node.body) | jumps(node.orelse))
    lo.branch(node, test, lambda: lower_body(lo, node.body, inner), lambda: lower_body(lo, node.orelse, inner))
    guarded_rest(lo, node, flags, rest, exits)
    return True


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
