"""Which stores into memory need not be undone: those whose element no adjoint of an earlier step reads.

A store and a read are compared iteration by iteration. Indices and the bounds of the loops around them are linear forms
of loop variables and of variables that never change; where an index is anything else, the two may meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zygote_nb.analysis.alias import Memory
from zygote_nb.analysis.cost import SHAPE_ONLY, content_reads
from zygote_nb.analysis.linear import Form, combined, constant, linear, possible, variable
from zygote_nb.ir.core import Apply, Const, Expr, For, If, Name, Stmt, Store, Tuple, While, is_getitem
from zygote_nb.ir.kinds import Scalar, is_memory
from zygote_nb.ir.walk import children, expressions, statements

if TYPE_CHECKING:
    from zygote_nb.analysis.required import Mirrored

Loops = tuple[For | While, ...]
Index = tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """An adjoint reads memory: a part, or who knows what (``index`` is None). ``order`` is its place in the text."""

    base: str
    index: Index | None
    loops: Loops
    order: int


@dataclass(slots=True)
class Dependence:
    """All that the adjoints of a function read of its memory, and where its stores are.

    ``fixed`` variables keep their value, and groups in ``whole`` are put back as they were when the function began.
    """

    memory: Memory
    fixed: frozenset[str]
    whole: frozenset[str]
    reads: dict[str, list[Read]] = field(default_factory=dict)
    places: dict[int, tuple[Loops, int]] = field(default_factory=dict)
    found: dict[int, bool] = field(default_factory=dict)
    count: int = 0

    def collect(self, mirrors: list[Mirrored], loops: Loops = ()) -> None:
        for m in mirrors:
            self.count += 1
            stmt = m.stmt
            inner = (*loops, stmt) if isinstance(stmt, For | While) else loops
            self.places[id(m)] = loops, self.count
            if isinstance(stmt, If | For):
                self.note_own(stmt, loops)
            self.note(m.adjoint, loops)
            for closing in m.closing:
                self.note(closing, inner)
            for block in m.inner:
                self.collect(block, inner)
            self.count += 1
            self.note(m.opening, loops)

    def note(self, stmts: list[Stmt], loops: Loops) -> None:
        below = list(statements(tuple(stmts)))
        plain = not any(isinstance(s, For | While) for s in below)
        for stmt in below:
            self.note_own(stmt, loops, plain)

    def note_own(self, stmt: Stmt, loops: Loops, plain: bool = True) -> None:
        for expr in expressions(stmt):
            for base, index in parts_read(expr):
                if base in self.memory.kinds and is_memory(self.memory.kinds[base]):
                    read = Read(base, index if plain else None, loops, self.count)
                    self.reads.setdefault(self.memory.group(base), []).append(read)

    def is_free(self, m: Mirrored) -> bool:
        """Whether no adjoint reads what the store overwrites at a step that came before it."""
        if id(m) not in self.found:
            self.found[id(m)] = isinstance(m.stmt, Store) and self.is_apart(m.stmt, *self.places[id(m)])
        return self.found[id(m)]

    def is_apart(self, store: Store, loops: Loops, order: int) -> bool:
        if not isinstance(store.base, Name) or store.add:
            return False
        group = self.memory.group(store.base.id)
        index = parts_of(store.index)
        if f"memory:{group}" in self.whole or index is None:
            return False
        return not any(self.meets(store.base.id, index, loops, order, r) for r in self.reads.get(group, ()))

    def meets(self, base: str, index: Index, loops: Loops, order: int, read: Read) -> bool:
        """Whether the read may come to the element before the store does, or with it."""
        shared = 0
        while shared < min(len(loops), len(read.loops)) and loops[shared] is read.loops[shared]:
            shared += 1
        forms = [*self.bounds("s", loops), *self.bounds("r", read.loops)]
        if read.base == base and read.index is not None:
            forms += self.equal(index, loops, read.index, read.loops)
        sames: list[Form] = []
        for loop in loops[:shared]:
            if possible([*forms, *sames, *earlier(loop)]):
                return True
            if isinstance(loop, For):
                difference = combined(variable(f"s {loop.var}"), variable(f"r {loop.var}"), -1)
                sames += [difference, combined(constant(0), difference, -1)]
        return read.order <= order and possible([*forms, *sames])

    def form(self, expr: Expr, which: str, loops: Loops) -> Form | None:
        own = {loop.var for loop in loops if isinstance(loop, For)}
        return linear(expr, lambda n: f"{which} {n}" if n in own else n if n in self.fixed else None)

    def bounds(self, which: str, loops: Loops) -> list[Form]:
        found: list[Form] = []
        for loop in loops:
            if not isinstance(loop, For) or not isinstance(loop.step, Const) or not loop.step.value:
                continue
            sign = 1 if loop.step.value > 0 else -1
            var = variable(f"{which} {loop.var}")
            start, stop = self.form(loop.start, which, loops), self.form(loop.stop, which, loops)
            if start is not None:
                found.append(scaled(combined(var, start, -1), sign))
            if stop is not None:
                found.append(combined(scaled(combined(stop, var, -1), sign), constant(-1)))
        return found

    def equal(self, a: Index, a_loops: Loops, b: Index, b_loops: Loops) -> list[Form]:
        """That the places are the same one, as far as they are known not to be counted from the end."""
        found: list[Form] = []
        for i, j in zip(a, b, strict=False):
            p, q = self.counted(i, "s", a_loops), self.counted(j, "r", b_loops)
            if p is not None and q is not None:
                found += [combined(p, q, -1), combined(q, p, -1)]
        return found

    def counted(self, index: Expr, which: str, loops: Loops) -> Form | None:
        """The form of an index that is not negative."""
        form = self.form(index, which, loops)
        if form is None or possible([*self.bounds(which, loops), combined(constant(-1), form, -1)]):
            return None
        return form


def earlier(loop: For | While) -> list[Form]:
    """That the read is in an earlier iteration of the loop than the store."""
    if not isinstance(loop, For) or not isinstance(loop.step, Const) or not loop.step.value:
        return []
    step = loop.step.value
    return [
        combined(
            scaled(combined(variable(f"s {loop.var}"), variable(f"r {loop.var}"), -1), 1 if step > 0 else -1),
            constant(-1),
        )
    ]


def scaled(form: Form, factor: int) -> Form:
    return combined(constant(0), form, factor)


def parts_read(expr: Expr) -> Iterator[tuple[str, Index | None]]:
    """The variables whose contents are read, each with the index of the part, if it is known."""
    match expr:
        case Apply(args=(Name(id), index)) if is_getitem(expr):
            yield id, parts_of(index)
            yield from parts_read(index)
        case Apply(fn=fn) if fn in SHAPE_ONLY:
            for name in content_reads(expr):
                yield name, None
        case Name(id):
            yield id, None
        case _:
            for child in children(expr):
                yield from parts_read(child)


def parts_of(index: Expr) -> Index | None:
    """One expression for each of the first axes; None if it is not plain which axes these are."""
    items = index.items if isinstance(index, Tuple) else (index,)
    return items if all(is_plain(i) for i in items) else None


def is_plain(item: Expr) -> bool:
    if isinstance(item, Apply) and item.fn is slice:
        return True
    return isinstance(item.kind, Scalar) and item.kind.dtype[0] in "iu"
