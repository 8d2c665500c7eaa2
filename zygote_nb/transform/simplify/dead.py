"""Dead code: what nobody reads, has no effect, and raises nothing that is not raised elsewhere."""

from __future__ import annotations

from typing import TypeGuard

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.cost import risks
from zygote_nb.analysis.exposed import exposed
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Assign,
    Attempt,
    Block,
    Break,
    Const,
    Effect,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    While,
)
from zygote_nb.ir.walk import (
    all_read,
    blocks,
    breaks,
    expressions,
    is_step,
    names,
    read,
    root,
    step_blocks,
    with_blocks,
)
from zygote_nb.transform.simplify.remains import shrunk
from zygote_nb.transform.simplify.risks import repeated_risks, signature


def sweep(block: Block, results: tuple[Expr, ...], roots: set[str]) -> Block:
    """Keep what the results need, what has effects, and what may raise and is not repeated elsewhere.

    The backward sweep comes first: of the forward sweep only those variables are needed that the backward sweep reads
    before it binds them itself.
    """
    aliases, repeated = alias_map(block), repeated_risks(block)
    border = next((i for i, s in enumerate(block) if is_border(s)), None)
    live = roots.union(*map(names, results)) if results else set(roots)
    if border is None:
        return shrunk(kept_of(block, live, aliases, repeated), results, roots, repeated)
    backward = kept_of(block[border + 1 :], live, aliases, repeated)
    memory = {n for n in live if len(aliases.get(n, ())) > 1 or n in aliases}
    needed = exposed([*backward, *(Assign("_", r) for r in results)]) | roots | memory
    forward = kept_of(block[:border], needed, aliases, repeated, live)
    return shrunk((*forward, block[border], *backward), results, roots, repeated)


def is_border(stmt: Stmt) -> bool:
    return isinstance(stmt, Effect) and isinstance(stmt.value, Name)


def kept_of(
    block: Block, live: set[str], aliases: dict[str, set[str]], repeated: set[object], memory: set[str] | None = None
) -> Block:
    """The statements that are needed for the live variables; these grow by what the statements read."""
    kept: set[int] = set()
    while True:
        before = len(kept), len(live)
        mark_block(block, live, aliases, repeated, kept, memory or set())
        if (len(kept), len(live)) == before:
            return pruned(block, kept)


def mark_block(
    block: Block, live: set[str], aliases: dict[str, set[str]], repeated: set[object], kept: set[int], memory: set[str]
) -> bool:
    """Mark live statements; whether any was."""
    found = False
    for stmt in reversed(block):
        if isinstance(stmt, Attempt):
            mark_attempt(stmt, live, aliases, repeated, kept, memory)
            found = True
            continue
        inner = [mark_block(b, live, aliases, repeated, kept, memory) for b in blocks(stmt)]
        if id(stmt) in kept or any(inner) or is_live(stmt, live, aliases, repeated, memory):
            kept.add(id(stmt))
            live |= read(stmt)
            found = True
            if isinstance(stmt, (For, While)):
                mark_breaks(stmt.body, live, kept)
    return found


def mark_attempt(
    stmt: Attempt, live: set[str], aliases: dict[str, set[str]], repeated: set[object], kept: set[int], memory: set[str]
) -> None:
    """What is tried may raise, and what is done then depends on it: all steps are live."""
    kept.add(id(stmt))
    body, *others = blocks(stmt)
    for block in others:
        mark_block(block, live, aliases, repeated, kept, memory)
    for step, block in zip(reversed(body), reversed(step_blocks(stmt)), strict=True):
        if is_step(stmt, step):
            needed = [s for s in block if not (is_plain_assignment(s) and s.target not in live)]
            kept.update(id(s) for s in (step, *needed))
            live |= all_read(tuple(needed))
        else:
            mark_block(block, live, aliases, set(), kept, memory)


def is_plain_assignment(stmt: Stmt) -> TypeGuard[Assign]:
    return isinstance(stmt, Assign) and isinstance(stmt.value, Name | Const)


def mark_breaks(block: Block, live: set[str], kept: set[int]) -> None:
    """What leaves a live loop is live, and so are the conditions around it."""
    for stmt in block:
        if breaks((stmt,)):
            kept.add(id(stmt))
            live |= read(stmt)
            for inner in blocks(stmt):
                mark_breaks(inner, live, kept)


def is_live(stmt: Stmt, live: set[str], aliases: dict[str, set[str]], repeated: set[object], memory: set[str]) -> bool:
    """Whether the statement is needed; ``memory`` are variables whose contents somebody else reads."""

    def is_held(names: set[str]) -> bool:
        return not (names.isdisjoint(live) and names.isdisjoint(memory))

    match stmt:
        case Effect() | Raise():
            return True
        case Invoke():
            return True
        case Assign() if stmt.target in live:
            return True
        case Accumulate():
            return is_held(aliases.get(stmt.target, {stmt.target}))
        case Store():
            base = root(stmt.base) or ""
            if is_held(aliases.get(base, {base})):
                return True
        case Append():
            if is_held(aliases.get(stmt.base, {stmt.base})):
                return True
        case Pop():
            return is_held(aliases.get(stmt.base, {stmt.base})) or is_held(set(stmt.targets))
        case Break():
            return False
        case For() | While():
            return False
    return any(signature(r) not in repeated for e in expressions(stmt) if not isinstance(stmt, If) for r in risks(e))


def pruned(block: Block, kept: set[int]) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        if id(stmt) in kept:
            made = with_blocks(stmt, tuple(pruned(b, kept) for b in blocks(stmt)))
            # Where nothing is left that may raise, there is nothing to try.
            out += made.orelse if isinstance(made, Attempt) and not made.body else (made,)
    return tuple(out)
