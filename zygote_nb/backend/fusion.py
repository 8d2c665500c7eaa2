"""Nests of loops that follow one another, as one nest: what one computes the next finds in a register, or in the cache.

Two loops that run equally often become one where no iteration of the second needs what a later one of the first writes.
Statements between them go before both, or after. Loops over neighbouring elements in memory are joined only if they
come to each array by one index, so that LLVM computes several elements at a time.
"""

from __future__ import annotations

import operator

from zygote_nb.analysis.linear import Form, combined
from zygote_nb.analysis.ownership import is_fresh, maybe_shared
from zygote_nb.backend.accesses import Access, Barrier, Entry, Item, Leaf, Nest, conflict, entry, written
from zygote_nb.backend.contraction import with_contractions
from zygote_nb.backend.gathers import with_gathers
from zygote_nb.backend.inequalities import is_integer
from zygote_nb.backend.nests import Nested, with_nests
from zygote_nb.backend.numbering import Numbering
from zygote_nb.backend.recomputing import with_recomputed
from zygote_nb.backend.rows import with_rows
from zygote_nb.backend.sharing import sharing_memory
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.core import Append, Apply, Assign, Block, Expr, If, Raise, Stmt, Store
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import all_bound, blocks, expressions, names, rename, statements, with_blocks
from zygote_nb.runtime import checked

MOST = 48
"""How many statements a loop over neighbouring elements gets at most."""
BACK = 60
"""How many statements are looked through for a loop that another one may join."""
SEAM = Raise(None)
"""Stands between the sweeps."""


def with_joined_nests(
    function: Generated,
    buffers: frozenset[str],
    apart: bool,
    made: dict[str, Expr] | None = None,
    in_turn: bool = True,
) -> Generated:
    """The function with its array statements as few nests of loops; ``buffers`` as for ``with_nests``.

    ``apart`` says that its parameters share no memory; ``made`` says of parameters of what they are made; ``in_turn``
    that iterations follow one another, so that one may use the memory of the one before it.
    """
    nested = with_nests(function, buffers)
    if not nested.indices:
        return nested.function
    if in_turn:
        nested = replace(nested, function=with_gathers(nested.function, nested.indices, apart))
    contracted = with_contractions(joined(nested, apart, made or {}), nested.indices)
    recomputed = with_recomputed(contracted, nested.indices, apart)
    return with_rows(recomputed, nested.indices) if in_turn else recomputed


def joined(nested: Nested, apart: bool, made: dict[str, Expr]) -> Generated:
    """The function with nests joined."""
    function = nested.function
    groups = sharing_memory(function, apart)
    numbering = Numbering()
    for name, value in made.items():
        numbering.lengths |= {(name, axis): form for axis, form in enumerate(numbering.lengths_made(value))}
    fuser = Fuser(numbering, nested.indices, nested.lengths, groups, in_expressions(function))
    done: list[Entry] = []
    fuser.into(done, function.forward)
    done.append(Barrier(SEAM) if function.repeats else Leaf(SEAM))
    fuser.into(done, function.backward)
    seam = next(i for i, e in enumerate(done) if e.stmt is SEAM)
    return replace(function, forward=written(done[:seam]), backward=written(done[seam + 1 :]))


@dataclass(slots=True)
class Fuser:
    """Goes through a program from its start.

    The variables ``lengths`` are bound once, by ``with_nests``. In ``groups`` are variables that may share memory;
    ``new`` are arrays made in the block at hand, which nothing else holds but tapes: lists that are not
    ``looked_into``, by anything that reads them in an expression. ``first`` are names of lengths, that stand
    for the ``others``, too.
    """

    numbering: Numbering
    indices: frozenset[str]
    lengths: frozenset[str]
    groups: dict[str, set[str]]
    looked_into: frozenset[str]
    new: set[str] = field(default_factory=set)
    first: dict[tuple[Form, ...], str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)

    def block(self, block: Block) -> Block:
        done: list[Entry] = []
        self.into(done, block)
        return written(done)

    def into(self, done: list[Entry], block: Block) -> None:
        for stmt in block:
            if self.others:
                (stmt,) = rename((stmt,), lambda n: self.others.get(n, n))
            if self.is_known(stmt):
                continue
            found = entry(stmt, self.indices, self.numbering)
            if isinstance(found, Barrier):
                self.new.clear()
                done.append(Barrier(self.inside(stmt)) if blocks(stmt) else found)
            elif isinstance(found, Nest):
                self.place(found, done)
            else:
                self.note(stmt)
                done.append(found)
            self.numbering.after(stmt)

    def is_known(self, stmt: Stmt) -> bool:
        """Whether the statement compares equal lengths, or names a length that has a name: that takes its place."""
        here = self.numbering
        match stmt:
            case If(test=Apply(fn=operator.ne, args=(a, b)), body=(Raise(),), orelse=()):
                return is_integer(a) and is_integer(b) and here.form(a) == here.form(b)
            case Assign(target, value) if target in self.lengths:
                asked = value.args[1:] if isinstance(value, Apply) and value.fn is checked.index else ()
                key = (here.form(value), *map(here.form, asked))
                if key in self.first:
                    self.others[target] = self.first[key]
                    return True
                self.first[key] = target
        return False

    def note(self, stmt: Stmt) -> None:
        """Keeps account of arrays that nothing else holds."""
        if isinstance(stmt, Append):
            self.new -= maybe_shared(stmt.value) if stmt.base in self.looked_into else set()
            return
        if isinstance(stmt, Store) and not isinstance(stmt.base.kind, Array):
            self.new -= maybe_shared(stmt.value)
        self.new -= set(all_bound((stmt,)))
        if isinstance(stmt, Assign):
            self.new -= maybe_shared(stmt.value)
            if isinstance(stmt.value, Apply) and is_fresh(stmt.value):
                self.new.add(stmt.target)

    def inside(self, stmt: Stmt) -> Stmt:
        self.numbering.forget(all_bound((stmt,)))
        changed: list[Block] = []
        for block in blocks(stmt):
            first = dict(self.first)
            with self.numbering.inside(stmt):
                changed.append(self.block(block))
            self.new.clear()
            self.first = first
        return with_blocks(stmt, tuple(changed))

    # Joining

    def place(self, nest: Nest, done: list[Entry] | list[Item]) -> None:
        """Joins the nest with one before it, or puts it at the end."""
        for at in range(len(done) - 1, max(-1, len(done) - BACK), -1):
            one = done[at]
            if isinstance(one, Barrier):
                break
            if isinstance(one, Nest) and self.alike(one, nest):
                between = list(done[at + 1 :])
                ahead = self.ahead(one, between, nest)
                joined = None if ahead is None else self.joined(one, nest)
                if ahead is not None and joined is not None:
                    rest = [e for e in between if not any(e is a for a in ahead)]
                    done[at:] = [*ahead, joined, *rest]  # type: ignore[assignment, list-item]
                    return
        done.append(nest)

    def alike(self, one: Nest, other: Nest) -> bool:
        same = self.numbering.normal(one.length) == self.numbering.normal(other.length)
        return same and one.loop.var == other.loop.var

    def share(self, a: str, b: str) -> bool:
        """Whether the two may share memory."""
        return a == b or (a not in self.new and b not in self.new and b in self.groups.get(a, ()))

    def ahead(self, one: Nest, between: list[Entry], other: Nest) -> list[Entry] | None:
        """What has to go before both nests, of the statements between them; None if they can't meet."""
        found: list[Entry] = []
        for e in reversed(between):
            if (isinstance(e, Leaf) and e.first) or any(conflict(e, later, self.share) for later in (*found, other)):
                found.append(e)
        return None if any(conflict(one, e, self.share) for e in found) else found[::-1]

    def joined(self, one: Nest, other: Nest) -> Nest | None:
        if one.binds & (other.binds | other.reads) or other.binds & one.reads or not self.may_join(one, other):
            return None
        items = list(one.items)
        for item in other.items:
            if isinstance(item, Nest):
                self.place(item, items)
            else:
                items.append(item)
        if len(items) == len(one.items) + len(other.items) and have_inner(one, other) and not one.arrays & other.arrays:
            return None
        if not have_inner(one, other) and len(items) > MOST:
            return None
        return replace(
            one,
            items=tuple(items),
            binds=one.binds | other.binds,
            reads=one.reads | other.reads,
            accesses=(*one.accesses, *other.accesses),
        )

    def may_join(self, one: Nest, other: Nest) -> bool:
        """Whether the loops may be one."""
        return all(
            self.in_order(one, other, p, q)
            for p in one.accesses
            for q in other.accesses
            if {p.does, q.does} != {"reads"} and self.share(p.name, q.name)
        )

    def in_order(self, one: Nest, other: Nest, p: Access, q: Access) -> bool:
        """Whether the second loop may do the one thing in the same iteration in which the first has done the other."""
        if p.name != q.name or p.index is None or q.index is None or len(p.index) != len(q.index):
            return False
        places = [(a, self.numbering.normal(combined(b, a, -1))) for a, b in zip(p.index, q.index, strict=True)]
        if not have_inner(one, other):
            # The two are one element, or of parts that are apart whatever the loops are at.
            return all(d == ((), 0) for _, d in places) or any(is_apart(a, d, self.indices) for a, d in places)
        if p.does == q.does == "adds":
            return True
        inner = one.inner | other.inner
        steps = [step(a, b, d, one.loop.var, inner) for (a, d), b in zip(places, q.index, strict=True)]
        if None in steps:
            return True
        known = [s for s in steps if s is not ANYWHERE]
        return bool(known) and (min(known) >= 0 or len(set(known)) > 1)


def in_expressions(function: Generated) -> frozenset[str]:
    body = statements((*function.forward, *function.backward))
    return frozenset(n for s in body for e in expressions(s) for n in names(e))


ANYWHERE = 1 << 62
"""Where nothing is known of the iteration in which a loop comes to an element."""


def have_inner(one: Nest, other: Nest) -> bool:
    return bool(one.inner | other.inner)


def is_apart(place: Form, difference: Form, indices: frozenset[str]) -> bool:
    """Whether two places along an axis differ by a number, and don't depend on the loops."""
    return not difference[0] and difference[1] != 0 and not any(n in indices for n, _ in place[0])


def step(a: Form, b: Form, difference: Form, var: str, inner: frozenset[str]) -> int | None:
    """How many iterations after the first loop the second one comes to ``a``, if ``b = a + difference`` is its place.

    None if it never does.
    """
    if any(n in inner for n, _ in (*a[0], *b[0])) or difference[0]:
        return ANYWHERE
    factor = dict(a[0]).get(var, 0)
    if factor == 0:
        return ANYWHERE if difference[1] == 0 else None
    return None if difference[1] % factor else -difference[1] // factor
