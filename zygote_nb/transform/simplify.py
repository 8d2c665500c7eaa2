"""Cleaning up generated programs: what nobody reads is not computed, copies are not made."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from zygote_nb.analysis.alias import sharing
from zygote_nb.analysis.cost import risks
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Attribute,
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
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.kinds import BOOL, Array, ListOf
from zygote_nb.ir.walk import (
    blocks,
    bound,
    breaks,
    children,
    expressions,
    map_expressions,
    names,
    read,
    root,
    statements,
    subexpressions,
    substitute,
    with_blocks,
)
from zygote_nb.runtime import arrays
from zygote_nb.transform import algebra
from zygote_nb.transform.record import exposed

ZEROS = {np.zeros_like, np.zeros}


def simplify(
    block: Block, results: Iterable[Expr], params: Iterable[str], roots: Iterable[str] = ()
) -> tuple[Block, tuple[Expr, ...]]:
    """The block without dead code and copies; ``roots`` are variables read by others (buffers that are handed in)."""
    results = tuple(results)
    while True:
        before = block
        block, results = propagate_copies(block, results, set(params))
        block = tidy(merge_sums(sweep(block, results, set(roots))))
        block, results = inline_temporaries(block, results)
        if block == before:
            return block, results


# Copies


def propagate_copies(block: Block, results: tuple[Expr, ...], params: set[str]) -> tuple[Block, tuple[Expr, ...]]:
    """A variable bound once, to another that is never rebound, is that other one."""
    counts = Counter(n for s in statements(block) for n in bound(s))
    accumulated = {s.target for s in statements(block) if isinstance(s, Accumulate)}
    values: dict[str, Expr] = {}
    for stmt in statements(block):
        if (
            not isinstance(stmt, Assign)
            or counts[stmt.target] != 1
            or stmt.target in params
            or stmt.target in accumulated
        ):
            continue
        value = stmt.value
        if isinstance(value, Name) and steady(value.id, counts, params) and value.id not in accumulated:
            values[stmt.target] = values.get(value.id, value)
    if not values:
        return block, results
    values = {k: resolve(v, values) for k, v in values.items()}
    return substituted(block, values), tuple(substitute(r, values) for r in results)


def resolve(value: Expr, values: dict[str, Expr]) -> Expr:
    while isinstance(value, Name) and value.id in values:
        value = values[value.id]
    return value


def steady(name: str, counts: Counter[str], params: set[str]) -> bool:
    return counts[name] == (0 if name in params else 1)


def substituted(block: Block, values: dict[str, Expr]) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, Assign) and stmt.target in values:
            continue
        stmt = map_expressions(stmt, lambda e: substitute(e, values))
        stmt = renamed_bases(stmt, values)
        out.append(with_blocks(stmt, tuple(substituted(b, values) for b in blocks(stmt))))
    return tuple(out)


def renamed_bases(stmt: Stmt, values: dict[str, Expr]) -> Stmt:
    """Lists and adjoints that a statement names without an expression."""
    match stmt:
        case Append() | Pop() if isinstance(values.get(stmt.base), Name):
            return replace(stmt, base=values[stmt.base].id)  # type: ignore[union-attr]
        case For() | While() if stmt.count is not None and isinstance(values.get(stmt.count), Name):
            return replace(stmt, count=values[stmt.count].id)  # type: ignore[union-attr]
    return stmt


# Sums and temporaries


def merge_sums(block: Block) -> Block:
    """``d = a`` followed by ``d += b`` is ``d = a + b``."""
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(merge_sums(b) for b in blocks(stmt)))
        last = out[-1] if out else None
        if (
            isinstance(stmt, Accumulate)
            and stmt.index is None
            and isinstance(last, Assign)
            and last.target == stmt.target
            and last.target not in names(stmt.value)
            and not stmt.memory
            and algebra.size_of(last.value) + algebra.size_of(stmt.value) <= 16
            and not (isinstance(last.value, Apply) and last.value.fn in ZEROS)
        ):
            out[-1] = replace(last, value=algebra.total([last.value, stmt.value]))
        elif isinstance(stmt, Accumulate) and last is not None and is_zeroed(last, stmt):
            out[-1] = in_place_of_zero(last, stmt)
            if isinstance(last, Assign) and stmt.index is not None:
                out[-1:] = [last, out[-1]]
        else:
            out.append(stmt)
    return tuple(out)


def is_zeroed(last: Stmt, stmt: Accumulate) -> bool:
    """Whether what is added to was set to zero by the statement just before."""
    match last:
        case Store(value=Const(value=0.0)) if stmt.index is not None and not last.add:
            place = Apply(operator.getitem, (last.base, last.index))
            return last.base == stmt.base and last.index == stmt.index and place not in set(subexpressions(stmt.value))
        case Assign(value=Apply(fn=fn)) if (
            fn in ZEROS and last.target == stmt.target and last.target not in names(stmt.value)
        ):
            if stmt.index is not None:
                return stmt.base == Name(last.target)
            return isinstance(stmt.value, Apply) and is_fresh(stmt.value) and stmt.value.kind == last.value.kind
    return False


def in_place_of_zero(last: Stmt, stmt: Accumulate) -> Stmt:
    if stmt.index is None:
        return Assign(stmt.target, stmt.value, stmt.span)
    assert stmt.base is not None
    return Store(stmt.base, stmt.index, stmt.value, span=stmt.span)


def inline_temporaries(block: Block, results: tuple[Expr, ...]) -> tuple[Block, tuple[Expr, ...]]:
    """Adjoints that are bound once and read once, in the next statement, go there."""
    counts = Counter(n for s in statements(block) for n in bound(s))
    reads = Counter(
        e.id for s in statements(block) for x in expressions(s) for e in subexpressions(x) if isinstance(e, Name)
    )
    reads.update(s.target for s in statements(block) if isinstance(s, Accumulate))
    reads.update(s.base for s in statements(block) if isinstance(s, (Append, Pop)))
    reads.update(e.id for r in results for e in subexpressions(r) if isinstance(e, Name))
    single = {
        n
        for n in counts
        if counts[n] == 1 and reads[n] == 1 and (n.startswith("d_") or (n[:1] == "g" and n[1:].isdigit()) or n == "g")
    }
    block = inlined(block, single)
    block, results = returned_directly(block, results)
    if len(results) == 1 and block and isinstance(results[0], Name):
        last = block[-1]
        if (
            isinstance(last, Assign)
            and last.target == results[0].id
            and last.target in single
            and algebra.size_of(last.value) <= 8
        ):
            return block[:-1], (last.value,)
    return block, results


def returned_directly(block: Block, results: tuple[Expr, ...]) -> tuple[Block, tuple[Expr, ...]]:
    """A last ``d_x0 = d_x`` is left out: ``d_x`` is returned."""
    while block:
        last = block[-1]
        targets = [r for r in results if isinstance(r, Name)]
        if not (isinstance(last, Assign) and isinstance(last.value, Name) and Name(last.target) in targets):
            break
        rebound = sum(last.target in bound(s) for s in statements(block)) > 1
        if last.value in targets or len(targets) != len(set(targets)) or rebound or last.value.id[:2] != "d_":
            break
        results = tuple(last.value if r == Name(last.target) else r for r in results)
        block = block[:-1]
    return block, results


def inlined(block: Block, single: set[str]) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(inlined(b, single) for b in blocks(stmt)))
        last = out[-1] if out else None
        if (
            isinstance(last, Assign)
            and last.target in single
            and isinstance(stmt, (Assign, Accumulate, Store))
            and fits(last, stmt)
        ):
            out[-1] = folded(stmt, last)
        else:
            out.append(stmt)
    return tuple(out)


def fits(temporary: Assign, stmt: Stmt) -> bool:
    if isinstance(stmt, Accumulate) and stmt.target == temporary.target:
        return False
    sizes = sum(algebra.size_of(e) for e in expressions(stmt))
    return sizes + algebra.size_of(temporary.value) <= 12 and any(
        temporary.target in names(e) for e in expressions(stmt)
    )


def folded(stmt: Stmt, temporary: Assign) -> Stmt:
    values = {temporary.target: temporary.value}
    changed = map_expressions(stmt, lambda e: substitute(e, values))
    if isinstance(changed, (Assign, Accumulate)):
        return replace(changed, value=algebra.normal(changed.value))
    return changed


# Dead code


def sweep(block: Block, results: tuple[Expr, ...], roots: set[str]) -> Block:
    """Keep what the results need, what has effects, and what may raise and is not repeated elsewhere.

    The backward sweep comes first: of the forward sweep only those variables are needed that the backward sweep reads
    before it binds them itself.
    """
    aliases, repeated = alias_map(block), repeated_risks(block)
    border = next((i for i, s in enumerate(block) if is_border(s)), None)
    live = roots.union(*map(names, results)) if results else set(roots)
    if border is None:
        return kept_of(block, live, aliases, repeated)
    backward = kept_of(block[border + 1 :], live, aliases, repeated)
    memory = {n for n in live if len(aliases.get(n, ())) > 1 or n in aliases}
    needed = exposed([*backward, *(Assign("_", r) for r in results)]) | roots | memory
    forward = kept_of(block[:border], needed, aliases, repeated, live)
    return (*forward, block[border], *backward)


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


def alias_map(block: Block) -> dict[str, set[str]]:
    """Variables whose memory a write through another one may change."""
    groups: dict[str, set[str]] = {}

    def join(a: str, b: str) -> None:
        merged = groups.get(a, {a}) | groups.get(b, {b})
        for n in merged:
            groups[n] = merged

    for stmt in statements(block):
        match stmt:
            case Assign():
                for other in sharing(stmt.value):
                    join(stmt.target, other)
            case Append():
                for other in sharing(stmt.value):
                    join(stmt.base, other)
            case Store() if isinstance(stmt.base.kind, ListOf):
                for other in sharing(stmt.value):
                    join(root(stmt.base) or "", other)
            case Pop():
                for target, kind in zip(stmt.targets, stmt.kinds, strict=False):
                    if isinstance(kind, (Array, ListOf)):
                        join(stmt.base, target)
            case Invoke():
                memory = [n for a in stmt.args for n in sharing(a)]
                for target, kind in zip(stmt.targets, stmt.kinds, strict=False):
                    if isinstance(kind, (Array, ListOf)):
                        for other in memory:
                            join(target, other)
    return groups


def mark_block(
    block: Block, live: set[str], aliases: dict[str, set[str]], repeated: set[object], kept: set[int], memory: set[str]
) -> bool:
    """Mark live statements; whether any was."""
    found = False
    for stmt in reversed(block):
        inner = [mark_block(b, live, aliases, repeated, kept, memory) for b in blocks(stmt)]
        if id(stmt) in kept or any(inner) or is_live(stmt, live, aliases, repeated, memory):
            kept.add(id(stmt))
            live |= own_reads(stmt)
            found = True
            if isinstance(stmt, (For, While)):
                mark_breaks(stmt.body, live, kept)
    return found


def mark_breaks(block: Block, live: set[str], kept: set[int]) -> None:
    """What leaves a live loop is live, and so are the conditions around it."""
    for stmt in block:
        if breaks((stmt,)):
            kept.add(id(stmt))
            live |= read(stmt)
            for inner in blocks(stmt):
                mark_breaks(inner, live, kept)


def own_reads(stmt: Stmt) -> set[str]:
    return read(stmt)


def is_live(stmt: Stmt, live: set[str], aliases: dict[str, set[str]], repeated: set[object], memory: set[str]) -> bool:
    """Whether the statement is needed; ``memory`` are variables whose contents somebody else reads."""
    held = live | memory
    match stmt:
        case Effect() | Raise():
            return True
        case Invoke():
            return True
        case Assign() if stmt.target in live:
            return True
        case Accumulate():
            return bool(aliases.get(stmt.target, {stmt.target}) & held)
        case Store():
            base = root(stmt.base) or ""
            if aliases.get(base, {base}) & held:
                return True
        case Append():
            if aliases.get(stmt.base, {stmt.base}) & held:
                return True
        case Pop():
            return bool((aliases.get(stmt.base, {stmt.base}) | set(stmt.targets)) & held)
        case Break():
            return False
        case For() | While():
            return False
    return any(signature(r) not in repeated for e in expressions(stmt) if not isinstance(stmt, If) for r in risks(e))


def signature(risk: Apply) -> object:
    """What must be computed elsewhere for the same exception to be raised there."""
    if is_getitem(risk):
        return ("element", risk.args[0], risk.args[1])
    if risk.fn is operator.truediv:
        return ("divide", risk.args[1])
    return ("call", risk)


def repeated_risks(block: Block) -> set[object]:
    """Accesses and divisions that the backward sweep repeats: an adjoint of ``x[i]`` raises where ``x[i]`` does."""
    found: set[object] = set()
    for stmt in statements(block):
        match stmt:
            case Accumulate() if stmt.index is not None and stmt.base is not None:
                found.add(("element", undone_adjoint(stmt.base), stmt.index))
            case Effect(value=Apply(fn=fn, args=args)) if fn is arrays.add_at:
                found.add(("element", undone_adjoint(args[0]), args[1]))
        if isinstance(stmt, Accumulate) or (isinstance(stmt, Assign) and stmt.target[:2] in ("d_", "g")):
            for e in subexpressions(stmt.value):
                if isinstance(e, Apply) and e.fn is operator.truediv:
                    found.add(("divide", e.args[1]))
    safe = loop_elements(block)
    return found | safe


def undone_adjoint(base: Expr) -> Expr:
    """``x`` for ``d_x``."""
    if isinstance(base, Name):
        return replace(base, id=base.id.removeprefix("d_"))
    if isinstance(base, Apply):
        return replace(base, args=(undone_adjoint(base.args[0]), *base.args[1:]))
    return base


def loop_elements(block: Block) -> set[object]:
    """``v[i]`` in a loop over the length of ``v`` can't be out of range."""
    found: set[object] = set()
    for stmt in statements(block):
        if isinstance(stmt, For) and isinstance(stmt.start, Const) and stmt.start.value == 0:
            stop = stmt.stop
            if isinstance(stop, Apply) and stop.fn in (len, Attribute("size")) and isinstance(stop.args[0], Name):
                found.add(("element", stop.args[0], Name(stmt.var)))
    return found


def pruned(block: Block, kept: set[int]) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        if id(stmt) in kept:
            out.append(with_blocks(stmt, tuple(pruned(b, kept) for b in blocks(stmt))))
    return tuple(out)


# Shape


def tidy(block: Block) -> Block:
    """Branches that do nothing are turned around or left out."""
    out: list[Stmt] = []
    for stmt in block:
        stmt = with_blocks(stmt, tuple(map(tidy, blocks(stmt))))
        match stmt:
            case Assign(value=Name(id)) if id == stmt.target:
                continue
            case If(body=(), orelse=()):
                if any(risks(stmt.test)):
                    out.append(stmt)
                continue
            case If(body=()):
                stmt = replace(stmt, test=negated(stmt.test), body=stmt.orelse, orelse=())
            case For(body=()):
                continue
        out.append(stmt)
    return tuple(out)


OPPOSITE = {
    operator.eq: operator.ne,
    operator.ne: operator.eq,
    operator.is_: operator.is_not,
    operator.is_not: operator.is_,
}


def negated(test: Expr) -> Expr:
    """``not test``; comparisons by order are not turned around, because of NaN."""
    if isinstance(test, Apply) and test.fn is operator.not_:
        return test.args[0]
    if isinstance(test, Apply) and test.fn in OPPOSITE:
        return replace(test, fn=OPPOSITE[test.fn])
    return Apply(operator.not_, (test,), (), BOOL)


# Ownership


def owned(block: Block, params: set[str]) -> set[str]:
    """Array variables that are bound to fresh memory only, and whose memory nobody else keeps: ``+=`` may write to it."""
    borrowed = set(params)
    for stmt in statements(block):
        match stmt:
            case Assign():
                shared = maybe_shared(stmt.value)
                if shared:
                    borrowed.add(stmt.target)
                    borrowed |= shared
            case Store() | Append() if isinstance(stmt.value.kind, (Array, ListOf)) and isinstance(stmt, Append):
                borrowed |= maybe_shared(stmt.value)
            case Invoke():
                borrowed.update(stmt.targets)
    return {n for s in statements(block) for n in bound(s)} - borrowed


def maybe_shared(value: Expr) -> set[str]:
    """Variables whose memory the value may be part of: everything but arithmetic is suspected."""
    match value:
        case Name():
            return {value.id}
        case Tuple():
            return set().union(*map(maybe_shared, value.items)) if value.items else set()
        case Apply():
            if is_fresh(value):
                return set()
            return set().union(*map(maybe_shared, children(value)))
    return set()


def is_fresh(value: Apply) -> bool:
    arithmetic = (
        operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow, operator.matmul,
        np.zeros_like, np.zeros, np.full_like, np.copy, np.where, np.outer, np.sum, np.dot,
    )  # fmt: skip
    return value.fn in arithmetic or isinstance(value.fn, np.ufunc) or value.fn is arrays.expand


__all__ = ["owned", "simplify", "subexpressions"]
