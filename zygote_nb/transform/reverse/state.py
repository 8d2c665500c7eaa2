"""What is known while a function is reversed: names of adjoints, and which of them are zero here."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable
from typing import Any

from zygote_nb.analysis.alias import Memory
from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.core import Apply, Block, Const, Expr, For, Function, Invoke, Name, Stmt, While, is_getitem
from zygote_nb.ir.kinds import INT, Kind, TupleOf
from zygote_nb.ir.walk import bound, expressions, root, statements, subexpressions
from zygote_nb.transform.reverse.tangents import tangent_kind
from zygote_nb.transform.rule.pullback import Pullback


@dataclass(slots=True)
class Mirror:
    """A primal statement with its adjoint.

    ``before`` and ``after`` surround the statement in the forward sweep; ``adjoint`` is its adjoint in the backward
    sweep; ``overwrites`` is memory that a call changes and that nothing in its adjoint puts back. For a compound
    statement ``inner`` mirrors its blocks, ``closing`` ends the mirrored blocks, and ``opening`` comes before the
    mirrored statement. ``crossing`` are adjoints that an iteration of a loop hands to the next one, or to what follows.
    """

    stmt: Stmt
    before: list[Stmt] = field(default_factory=list)
    after: list[Stmt] = field(default_factory=list)
    adjoint: list[Stmt] = field(default_factory=list)
    overwrites: tuple[Expr, ...] = ()
    inner: list[list[Mirror]] = field(default_factory=list)
    closing: list[list[Stmt]] = field(default_factory=list)
    opening: list[Stmt] = field(default_factory=list)
    crossing: frozenset[str] = frozenset()

    @property
    def is_mirrored(self) -> bool:
        """Whether the backward sweep does anything for this statement."""
        return bool(self.adjoint) or any(self.closing) or any(m.is_mirrored for block in self.inner for m in block)


@dataclass(slots=True)
class Scope:
    """A loop body: variables of which nothing crosses its iterations, and adjoints that must exist before it.

    ``late`` are shadows that each mirrored iteration makes first.
    """

    loop: For | While
    local: frozenset[str]
    touched: list[str] = field(default_factory=list)
    late: list[Stmt] = field(default_factory=list)


@dataclass(slots=True)
class CalleePair:
    """The derivative of a callee, as its caller needs it.

    ``extra`` are kinds of what forward returns beside the results; ``active`` says which arguments get an adjoint,
    ``buffers`` which of them are accumulated into, ``shadowed`` which shadows forward takes as well, and ``changes``
    which memory it writes to. The backward half takes the arguments at ``backward_args``, and the results at
    ``held_results``, whose memory it reads, by these names or through its tape.
    """

    forward: str
    backward: str
    tape: tuple[Kind, ...]
    active: tuple[bool, ...]
    buffers: frozenset[int]
    shadowed: tuple[int, ...]
    shadow_results: tuple[bool, ...]
    seeded: tuple[bool, ...]
    backward_args: tuple[int, ...]
    plain: bool = False
    writes: bool = False
    changes: frozenset[int] = frozenset()
    held_results: tuple[int, ...] = ()


PairOf = Callable[[Any, tuple[bool, ...]], CalleePair]


@dataclass(slots=True)
class Reverse:
    """The state of the transformation of one function."""

    function: Function
    memory: Memory
    varied: set[str]
    constant: Callable[[Any], bool]
    pullback_of: Callable[[Apply], Pullback | None]
    elementwise: Callable[[Any], bool]
    pair_of: PairOf
    fresh: Callable[[str], str]
    adjoints: dict[str, str] = field(default_factory=dict)
    live: dict[str, bool] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    masked: set[str] = field(default_factory=set)
    late_shadows: dict[str, Stmt] = field(default_factory=dict)
    ranges: dict[str, int] = field(default_factory=dict)
    buffers: frozenset[str] = frozenset()
    useful: frozenset[str] = frozenset()
    entries: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    elements: set[str] | None = None
    bindings: Counter[str] | None = None

    def read_by_element(self) -> set[str]:
        """The variables to whose adjoints something is added in place: element by element, or by a callee."""
        if self.elements is None:
            self.elements = set()
            for stmt in statements(self.function.body):
                for expr in (e for whole in expressions(stmt) for e in subexpressions(whole)):
                    if is_getitem(expr):
                        self.elements.add(root(expr) or "")
                if isinstance(stmt, Invoke):
                    self.elements.update(root(a) or "" for a in stmt.args)
        return self.elements

    def bound_only_in(self, blocks: tuple[Block, ...]) -> set[str]:
        """Variables that are bound inside the blocks, and nowhere else."""
        if self.bindings is None:
            self.bindings = Counter(n for s in statements(self.function.body) for n in bound(s))
            self.bindings.update(p.name for p in self.function.params)
        inside = Counter(n for block in blocks for s in statements(block) for n in bound(s))
        return {n for n, count in inside.items() if count == self.bindings[n]}

    def adjoint(self, name: str) -> str:
        if name not in self.adjoints:
            self.adjoints[name] = self.fresh(f"d_{name}")
        return self.adjoints[name]

    def d(self, name: str) -> Name:
        return Name(self.adjoint(name), tangent_kind(self.kind(name)))

    def entry(self, of: str, path: tuple[int, ...]) -> str:
        """The name under which an entry of a variable that holds a tuple, maybe of tuples, has its adjoint."""
        tail = "_".join(map(str, path))
        name = f"{of}_{tail}" if f"{of}_{tail}" not in self.memory.kinds else f"{of}__{tail}"
        self.entries[name] = (of, path)
        return name

    def variable(self, name: str) -> str:
        """The variable itself, or the one that holds the entry."""
        return self.entries[name][0] if name in self.entries else name

    def kind(self, name: str) -> Kind:
        return self.primal(name).kind if name in self.entries else self.memory.kinds[name]

    def primal(self, name: str) -> Expr:
        """What has the adjoint: a variable, or an entry of one."""
        of, path = self.entries.get(name, (name, ()))
        found: Expr = Name(of, self.memory.kinds[of])
        for i in path:
            found = entry_of_tuple(found, i)
        return found

    def is_live(self, name: str) -> bool:
        """Whether the adjoint of the variable may be other than zero here."""
        if self.memory.has_shadow(name) or name in self.buffers:
            return True
        if name not in self.live:
            variable = self.variable(name)
            if not self.scopes or variable in self.scopes[-1].local or variable not in self.useful:
                return False
            self.scopes[-1].touched.append(name)
            self.live[name] = True
        return self.live[name]


def entry_of_tuple(whole: Expr, i: int) -> Expr:
    assert isinstance(whole.kind, TupleOf)
    return Apply(operator.getitem, (whole, Const(i, INT)), (), whole.kind.items[i])
