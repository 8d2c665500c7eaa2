"""An adjoint that is added up to be added to another one is that one from the start: ``d_t`` of ``d_x += d_t``."""

from __future__ import annotations

from zygote_nb.analysis.alias import alias_map
from zygote_nb.analysis.ownership import owned
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.core import Accumulate, Apply, Assign, Block, Const, For, If, Name, Pop, Stmt, Store
from zygote_nb.ir.kinds import Array, Kind
from zygote_nb.ir.walk import all_bound, all_read, blocks, breaks, expressions, is_basic, names, statements, with_blocks
from zygote_nb.transform.broadcasting import covers
from zygote_nb.transform.simplify.first_writes import ZEROS
from zygote_nb.transform.simplify.temporaries import adjoints_are_named


def without_spare_sums(block: Block, kept: set[str], buffers: frozenset[str]) -> Block:
    """The block without such adjoints; those that are ``kept`` are read elsewhere, too.

    ``buffers`` are parameters whose memory has one name.
    """
    if adjoints_are_named():
        return block
    own = owned((*block, *(Assign(b, Const(0.0)) for b in sorted(buffers))), set())
    return Program(block, frozenset(own - kept), frozenset(own), alias_map(block)).within(block)


@dataclass(frozen=True, slots=True)
class Program:
    """A ``whole`` one. Of its arrays that have one name, ``spare`` are those that may go."""

    whole: Block
    spare: frozenset[str]
    own: frozenset[str]
    groups: dict[str, set[str]]

    def within(self, block: Block) -> Block:
        block = tuple(with_blocks(s, tuple(map(self.within, blocks(s)))) for s in block)
        for k, stmt in enumerate(block):
            match stmt:
                case Accumulate(target=target, value=Name(id), index=None, base=None) if id in self.spare:
                    j = next((j for j, s in enumerate(block[:k]) if makes_zeros(s, id)), None)
                    if j is None or target not in self.own or not self.has_shape(stmt, block[j].value.kind):  # type: ignore[union-attr]
                        continue
                    between = with_first_added(block[j + 1 : k], id)
                    if self.may_be(between, id, target):
                        added = tuple(added_to(s, id, stmt) for s in between)
                        return self.within((*block[:j], *added, *block[k + 1 :]))
        return block

    def may_be(self, block: Block, array: str, target: str) -> bool:
        """Whether what the block adds to a new array may be added to the other one, to which that is added after it."""
        others = self.groups.get(target, set()) | {target}
        return (
            sum(mentions(s, array) for s in statements(self.whole)) == 2 + adding(block, array)
            and not (all_read(block) | all_bound(block)) & others
            and all(isinstance(s, Assign | Accumulate | Store | For | If | Pop) for s in statements(block))
            and not breaks(block)
        )

    def has_shape(self, total: Accumulate, kind: Kind) -> bool:
        """Whether the array that is added to always has the dtype and the axes of a kind."""
        assigned = [s for s in statements(self.whole) if isinstance(s, Assign) and s.target == total.target]
        values = [total.kind, *(s.value.kind for s in assigned)]
        known = isinstance(kind, Array) and None not in kind.dims
        return known and all(
            isinstance(v, Array) and v.dtype == kind.dtype and covers(v, kind)  # type: ignore[union-attr]
            for v in values
        )


def makes_zeros(stmt: Stmt, array: str) -> bool:
    made = isinstance(stmt, Assign) and stmt.target == array
    return made and isinstance(stmt.value, Apply) and stmt.value.fn in ZEROS  # type: ignore[union-attr]


def with_first_added(block: Block, array: str) -> Block:
    """The block, in which the first store into an array of zeros adds to a part of it."""
    k = next((k for k, s in enumerate(block) if array in all_read((s,)) | all_bound((s,))), len(block))
    first = block[k] if k < len(block) else None
    if not isinstance(first, Store) or first.add or first.base != Name(array) or not is_basic(first.index):
        return block
    added = Accumulate(array, first.value, first.index, kind=first.base.kind, span=first.span)
    return (*block[:k], added, *block[k + 1 :])


def mentions(stmt: Stmt, array: str) -> bool:
    """Whether the statement itself has to do with the array."""
    alone = with_blocks(stmt, tuple(() for _ in blocks(stmt)))
    return array in all_read((alone,)) | all_bound((alone,))


def adding(block: Block, array: str) -> int:
    """How many statements add to the array what doesn't depend on it."""
    return sum(
        isinstance(s, Accumulate)
        and s.target == array
        and s.base in (None, Name(array))
        and not any(array in names(e) for e in expressions(s) if e is not s.base)
        for s in statements(block)
    )


def added_to(stmt: Stmt, array: str, total: Accumulate) -> Stmt:
    """The statement, which adds to the other array what it added to this one."""
    if isinstance(stmt, Accumulate) and stmt.target == array:
        return replace(stmt, target=total.target, base=None, memory=total.memory, kind=total.kind)
    return with_blocks(stmt, tuple(tuple(added_to(s, array, total) for s in b) for b in blocks(stmt)))
