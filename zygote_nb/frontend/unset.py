"""Variables that are set on some paths only: reading one raises where Python raises.

A number or an array stands in a variable of the generated code under its own name, which is unset there as well. What
an object, a tuple or a function is made of is known without one. Such a variable, if it is read where it may be unset,
gets a flag, which every binding sets: the function is lowered again, with the flag.

A variable that one iteration of a loop binds and the next one reads is such a variable where the loop begins: when the
read is met, the function is lowered again, and the loop begins with the variable unset and of no kind as yet.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import ZygoteError
from zygote_nb.frontend.instances import Restart
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.core import FALSE, TRUE, Apply, Assign, Block, If, Name, Raise
from zygote_nb.ir.kinds import BOOL, Bottom, Opaque

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

# The key of the environment under which the names stand that may be unset.
UNSURE = "names that may be unset"


def unsure(env: dict[str, Any]) -> frozenset[str]:
    found: frozenset[str] = env.get(UNSURE, frozenset())
    return found


def unsure_after(a: dict[str, Any], b: dict[str, Any]) -> frozenset[str]:
    """The names that may be unset where two paths meet."""
    return unsure(a) | unsure(b) | {n for n in a.keys() ^ b.keys() if n.isidentifier()}


def note_set(lo: Lowering, node: ast.AST, name: str) -> None:
    """The name has just been bound."""
    if name in unsure(lo.env):
        lo.env[UNSURE] = unsure(lo.env) - {name}
    put_flag(lo, node, name, True)


def put_flag(lo: Lowering, node: ast.AST, name: str, value: bool) -> None:
    if name in lo.flags:
        lo.out.append(Assign(lo.flags[name], TRUE if value else FALSE, lo.span(node)))


def begin_flags(lo: Lowering, node: ast.AST, names: set[str] | frozenset[str]) -> None:
    """Flags for those of the names that need one; parameters are set."""
    for name in sorted(n for n in names if flag_of(lo, n) in lo.program.flagged):
        lo.flags[name] = lo.fresh(f"{name}_set")
        put_flag(lo, node, name, name in lo.env)


def require_set(lo: Lowering, node: ast.AST, name: str) -> None:
    """The name is read: it must be set. By name is raised what a handler may catch, or an operand may not come to."""
    if name not in unsure(lo.env) or (stands_for_itself(lo, name) and not lo.protected and not lo.perhaps):
        return
    if name not in lo.flags:
        lo.program.flagged.add(flag_of(lo, name))
        raise Restart
    missing = Apply(UnboundLocalError, (), (), Opaque("exception"), None, lo.span(node))
    test = lo.negation(node, Name(lo.flags[name], BOOL))
    lo.out.append(If(test, (Raise(missing, lo.span(node)),), (), lo.span(node)))
    lo.env[UNSURE] = unsure(lo.env) - {name}


def perhaps(lo: Lowering, write: Callable[[], Any], it_is: bool = True) -> tuple[Block, Any]:
    """What is written for an operand that may not be evaluated, and the operand."""
    lo.perhaps += it_is
    try:
        return lo.sub_block(write)
    finally:
        lo.perhaps -= it_is


def flag_of(lo: Lowering, name: str) -> Any:
    """What tells the flag of a variable from all others."""
    return lo.program.place(lo, lo.source.tree), name


def stands_for_itself(lo: Lowering, name: str) -> bool:
    """Whether the variable of the generated code is unset wherever the user's is."""
    own = name in lo.source.code.co_varnames or name in lo.source.code.co_cellvars
    return own and lo.env.get(name) == Name(name) and name not in lo.deleted and name not in lo.flags


def delete_name(lo: Lowering, node: ast.Name) -> None:
    """``del name``."""
    if node.id in lo.outer_names or (lo.closure is not None and node.id not in lo.env):
        raise lo.refuse(node, f"`{node.id}` is deleted outside of the function", "leave the variable")
    if node.id not in lo.deleted:
        lo.deleted.add(node.id)
    lo.variable(node)
    del lo.env[node.id]
    put_flag(lo, node, node.id, False)


def binds_in_time(lo: Lowering, node: ast.Name) -> None:
    """A name that is not bound yet is read: an earlier iteration of a loop around it may have bound it."""
    for loop in lo.nodes():
        if isinstance(loop, ast.For | ast.While) and binds(loop, node.id) and any(n is node for n in walk(loop)):
            where = lo.program.place(lo, loop), node.id
            if where not in lo.program.unset:
                lo.program.unset[where] = node
                raise Restart
            return


def binds(loop: ast.For | ast.While, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in walk(loop))


def unset_at(lo: Lowering, loop: ast.AST) -> set[str]:
    """The variables that iterations of the loop bind for the next."""
    place = lo.program.place(lo, loop) if lo.program.unset else None
    return {name for at, name in lo.program.unset if at == place}


def unset_at_head(lo: Lowering, loop: ast.AST, env: dict[str, Any]) -> dict[str, Any]:
    """What is known where a loop begins, with the variables that its iterations bind for the next."""
    names = unset_at(lo, loop) - env.keys()
    if not names:
        return dict(env)
    return {**env, **{n: Name(n, Bottom()) for n in names}, UNSURE: unsure(env) | names}


def read_too_early(lo: Lowering, node: ast.Name) -> ZygoteError:
    what = f"`{node.id}` is read before it is assigned"
    return lo.refuse(
        node, what, "assign it first, before the loop if an iteration reads what the one before it has bound"
    )


def never_bound(env: dict[str, Any], before: dict[str, Any]) -> set[str]:
    """The variables that a loop began with and that no iteration has bound."""
    return {
        n for n, v in env.items() if isinstance(v, Name) and v.id == n and isinstance(v.kind, Bottom)
    } - before.keys()
