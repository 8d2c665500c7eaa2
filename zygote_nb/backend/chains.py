"""Lists of functions that call themselves, as one list for all calls.

Each call has a list of its own for what its loops keep: memory that is asked for, grows, and is given back. Where such
a list is only appended to on the way forward and taken from on the way back, its entries go onto one list for all
calls, each with the number of the one before it, and what stands for the list is the number of its last entry. Nothing
is taken off, so that calls of which the adjoint is dead don't matter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import INT_ONE, Append, Apply, Assign, Block, Const, Expr, Invoke, Name, Pop, Stmt, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import INT, Opaque
from zygote_nb.ir.walk import blocks, bound, names, read, statements, with_blocks

NO_ENTRY = Const(-1, INT)


@dataclass(frozen=True, slots=True)
class Chained:
    """A pair of halves with such lists: ``entries`` has what is appended to each, by its name.

    ``alone`` says that the tape is the number of an entry, and nothing else.
    """

    first: Generated
    second: Generated
    entries: dict[str, Expr]
    alone: bool


def chained(
    first: Generated, second: Generated, fresh: Callable[[str], str], numbers: Mapping[str, int | None]
) -> Chained:
    """The halves of a function that calls itself; ``fresh`` makes names that the program doesn't have.

    ``numbers`` says for forward halves whose tapes are numbers at which position they return these.
    """
    inner = (s for s in statements(first.forward) if isinstance(s, Invoke))
    counted = {s.targets[place] for s in inner if (place := numbers.get(s.callee)) is not None}
    bundle = first.results[first.bundled or 0]
    parts = bundle.items if isinstance(bundle, Tuple) else (bundle,)
    entries: dict[str, Expr] = {}
    forward, backward = first.forward, second.backward
    for part in parts:
        if isinstance(part, Name) and (value := appended(part.id, first, second)) is not None:
            name = fresh(f"{first.name.removesuffix('_forward')}_{part.id}")
            entries[name] = value
            forward = linked(forward, part.id, name)
            backward = followed(backward, part.id, name, fresh("entry"), counted)
            parts = tuple(Name(p.id, INT) if p == part else p for p in parts)  # type: ignore[union-attr]
    alone = bool(entries) and len(parts) == 1
    new = parts[0] if alone or not isinstance(bundle, Tuple) else replace(bundle, items=parts)
    results = tuple(new if i == first.bundled else r for i, r in enumerate(first.results))
    if alone:
        backward = tuple(without_tuple(s, second.tape) for s in backward)
    return Chained(replace(first, forward=forward, results=results), replace(second, backward=backward), entries, alone)


def appended(name: str, first: Generated, second: Generated) -> Expr | None:
    """What a list is made of, if it is one that is appended to in one place, and taken from in the other half only."""
    begun = [s for s in statements(first.forward) if name in bound(s)]
    kept = [s for s in statements(first.forward) if isinstance(s, Append) and s.base == name]
    taken = [s for s in statements(second.backward) if isinstance(s, Pop) and s.base == name]
    if len(begun) != 1 or len(kept) != 1 or not is_empty_list(begun[0]):
        return None
    if any(name in read(s) for s in statements(first.forward) if s is not kept[0]) or name in names(kept[0].value):
        return None
    if any(name in read(s) for s in statements(second.backward) if not any(s is t for t in taken)):
        return None
    unpacked = [s for s in statements(second.backward) if name in bound(s)]
    if len(unpacked) != 1 or not is_part(unpacked[0], second.tape) or unpacked[0] not in second.backward:
        return None
    count = len(kept[0].value.items) if isinstance(kept[0].value, Tuple) else 1
    return kept[0].value if all(len(t.targets) == count for t in taken) else None


def is_empty_list(stmt: Stmt) -> bool:
    return (
        isinstance(stmt, Assign) and isinstance(stmt.value, Tuple) and stmt.value.cls is list and not stmt.value.items
    )


def is_part(stmt: Stmt, tape: str | None) -> bool:
    match stmt:
        case Assign(value=Apply(fn=operator.getitem, args=(Name(id=base), Const()))):
            return base == tape
    return False


def linked(block: Block, name: str, entries: str) -> Block:
    """The way forward."""
    done: list[Stmt] = []
    for stmt in block:
        match stmt:
            case Assign() if stmt.target == name:
                done.append(replace(stmt, value=NO_ENTRY))
            case Append(base=base, value=value) if base == name:
                items = value.items if isinstance(value, Tuple) else (value,)
                done.append(Append(entries, Tuple((*items, Name(name, INT))), stmt.span))
                done.append(Assign(name, last_of(entries), stmt.span))
            case _:
                done.append(with_blocks(stmt, tuple(linked(b, name, entries) for b in blocks(stmt))))
    return tuple(done)


def followed(block: Block, name: str, entries: str, entry: str, numbers: set[str]) -> Block:
    """The way back."""
    done: list[Stmt] = []
    for stmt in block:
        match stmt:
            case Assign() if stmt.target == name:
                done.append(replace(stmt, value=replace(stmt.value, kind=INT)))  # type: ignore[arg-type, call-arg]
            case Pop(targets=targets, base=base) if base == name:
                at = Apply(operator.getitem, (Name(entries, Opaque()), Name(name, INT)), (), Opaque())
                known = stmt.kinds or (Opaque(),) * len(targets)
                kinds = (INT if t in numbers else k for t, k in zip(targets, known, strict=True))
                done.append(Assign(entry, at, stmt.span))
                for place, (target, kind) in enumerate(zip((*targets, name), (*kinds, INT), strict=True)):
                    part = Apply(operator.getitem, (Name(entry, Opaque()), Const(place, INT)), (), kind)
                    done.append(Assign(target, part, stmt.span))
            case _:
                done.append(with_blocks(stmt, tuple(followed(b, name, entries, entry, numbers) for b in blocks(stmt))))
    return tuple(done)


def without_tuple(stmt: Stmt, tape: str | None) -> Stmt:
    """The number of an entry is the tape."""
    if isinstance(stmt, Assign) and is_part(stmt, tape) and tape is not None:
        return replace(stmt, value=Name(tape, INT))
    return stmt


def last_of(entries: str) -> Expr:
    """The number of the last entry of a list."""
    count = Apply(len, (Name(entries, Opaque()),), (), INT)
    return Apply(operator.sub, (count, INT_ONE), (), INT)
