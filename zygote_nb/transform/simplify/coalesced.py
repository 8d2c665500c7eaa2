"""A temporary that becomes an adjoint is that adjoint from the start: ``g = e; d_x = g`` is ``d_x = e``."""

from __future__ import annotations

from collections.abc import Iterator

from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import WHOLE, Apply, Assign, Block, Name, Stmt, Store
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import all_bound, all_read, blocks, bound, map_expressions, statements, substitute, with_blocks
from zygote_nb.transform.broadcasting import covers
from zygote_nb.transform.simplify.temporaries import adjoints_are_named


@dataclass(frozen=True, slots=True)
class Copy:
    """A statement that copies a temporary to an adjoint, and the one that makes the temporary."""

    stmt: Stmt
    made: Assign
    adjoint: Name
    temporary: str


def coalesced(block: Block, outer: set[str], returned: set[str], buffers: frozenset[str] = frozenset()) -> Block:
    """The block with one name for both, where the adjoint doesn't change while the temporary is read.

    ``outer`` variables mean something outside of the block, and ``returned`` ones are read at its end; ``buffers`` are
    arrays that are handed in to be written to, and whose memory has one name.
    """
    if adjoints_are_named():
        return block
    while True:
        copy = next(copies(block, block, outer, returned, buffers), None)
        if copy is None:
            return block
        block = renamed(block, copy)


def copies(block: Block, whole: Block, outer: set[str], returned: set[str], buffers: frozenset[str]) -> Iterator[Copy]:
    """Copies that can be left out."""
    for k, stmt in enumerate(block):
        for inner in blocks(stmt):
            yield from copies(inner, whole, outer, returned, frozenset())
        match stmt:
            case Assign(value=Name() as value) if stmt.target not in outer and stmt.target[:2] == "d_":
                adjoint = replace(value, id=stmt.target)
            case Store(base=Name() as adjoint, index=index, value=Name() as value) if (
                index == WHOLE and adjoint.id in buffers
            ):
                pass
            case _:
                continue
        j = made_at(block[:k], value.id) if is_temporary(value.id) and value.id not in outer | returned else None
        if j is None:
            continue
        copy = Copy(stmt, block[j], adjoint, value.id)  # type: ignore[arg-type]
        if (isinstance(stmt, Assign) or fills(copy)) and fits(block, whole, j, k, copy):
            yield copy


def is_temporary(name: str) -> bool:
    return name == "g" or (name[:1] == "g" and name[1:].isdigit())


def made_at(before: Block, name: str) -> int | None:
    return next((j for j, s in enumerate(before) if isinstance(s, Assign) and s.target == name), None)


def fills(copy: Copy) -> bool:
    """Whether what is made is new memory of the shape of the buffer."""
    value = copy.made.value
    same = isinstance(value.kind, Array) and value.kind.dtype == "float64" and covers(value.kind, copy.adjoint.kind)
    return same and isinstance(value, Apply) and is_fresh(value)


def fits(block: Block, whole: Block, j: int, k: int, copy: Copy) -> bool:
    """Whether the adjoint is untouched between the two statements, and after them until the last use of the other."""
    adjoint, temporary = copy.adjoint.id, copy.temporary
    if sum(temporary in bound(s) for s in statements(whole)) != 1 or adjoint in mentioned(block[j:k]):
        return False
    if sum(reads(s, temporary) for s in statements(whole)) != sum(reads(s, temporary) for s in statements(block[j:])):
        return False
    uses = [p for p in range(k + 1, len(block)) if temporary in mentioned((block[p],))]
    return adjoint not in mentioned(block[k + 1 : max(uses, default=k) + 1])


def reads(stmt: Stmt, name: str) -> bool:
    return name in all_read((with_blocks(stmt, tuple(() for _ in blocks(stmt))),))


def mentioned(block: Block) -> set[str]:
    return all_read(block) | all_bound(block)


def renamed(block: Block, copy: Copy) -> Block:
    out: list[Stmt] = []
    for stmt in block:
        if stmt is copy.stmt:
            continue
        if stmt is copy.made:
            whole = Store(copy.adjoint, WHOLE, copy.made.value, span=copy.made.span)
            stmt = whole if isinstance(copy.stmt, Store) else replace(copy.made, target=copy.adjoint.id)
        else:
            stmt = map_expressions(stmt, lambda e: substitute(e, {copy.temporary: copy.adjoint}))
        out.append(with_blocks(stmt, tuple(renamed(b, copy) for b in blocks(stmt))))
    return tuple(out)
