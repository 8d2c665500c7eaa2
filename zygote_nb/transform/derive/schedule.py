"""Both halves of a loop that keeps few of its states, as ``runtime/checkpoints`` says which.

The forward half goes from one state that is kept to the next. The backward half reverses the last steps from the last
state kept; where that is more than a unit away it goes forward from there again, and keeps states on the way while it
can.
"""

from __future__ import annotations

import operator

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Const,
    Expr,
    If,
    Invoke,
    Name,
    Pop,
    Stmt,
    Tuple,
    While,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.integers import minus, plus
from zygote_nb.ir.kinds import BOOL, INT, Kind, ListOf, Opaque
from zygote_nb.runtime import checkpoints
from zygote_nb.transform.derive.derivation import Derivation, reserved
from zygote_nb.transform.derive.plain import plain_pair
from zygote_nb.transform.derive.spans import free
from zygote_nb.transform.reverse.state import CalleePair
from zygote_nb.transform.reverse.tangents import tangent_kind, zeros_like


def widened(derivation: Derivation, instance: Instance, flags: tuple[bool, ...]) -> tuple[bool, ...]:
    """The arguments that are active in some iteration: of the state, all that has become active."""
    flags = (False, False, False, *flags[3:])
    while True:
        results, _ = derivation.activity(instance, flags)
        state = range(3, 3 + len(results))
        more = tuple(f or (i in state and results[i - 3]) for i, f in enumerate(flags))
        if more == flags:
            return flags
        flags = more


def scheduled(derivation: Derivation, instance: Instance, leaf: CalleePair) -> CalleePair:
    """The pair of the whole loop, from that of a span that is reversed at once."""
    stem = derivation.unique_stem(instance.name)
    count = len(instance.function.result)
    unchanged = tuple(i for i in range(len(leaf.active)) if not 3 <= i < 3 + count)
    pair = replace(
        leaf, forward=f"{stem}_forward", backward=f"{stem}_backward", tape=(Opaque("tape"),), backward_args=unchanged
    )
    plain = plain_pair(derivation, instance, leaf.active).forward
    derivation.functions += [Halves(instance, leaf, plain).forward(pair), Halves(instance, leaf, plain).backward(pair)]
    return pair


@dataclass(slots=True)
class Halves:
    """What both halves are made of: the loop's own variables, and names for the state and where it is kept."""

    instance: Instance
    leaf: CalleePair
    plain: str
    taken: set[str]
    params: list[str]
    kinds: list[Kind]
    state: list[Name]
    kept: list[str]
    at: Name
    goal: Name
    places: str
    spare: Name
    length: Name

    def __init__(self, instance: Instance, leaf: CalleePair, plain: str) -> None:
        function = instance.function
        self.instance, self.leaf, self.plain = instance, leaf, plain
        self.params, self.kinds = [p.name for p in function.params], [p.kind for p in function.params]
        self.taken = reserved() | set(self.params)
        self.state = [Name(self.fresh(f"{p}_now"), k) for p, k in zip(self.given(), self.given_kinds(), strict=True)]
        self.kept = [self.fresh(f"kept_{p}") for p in self.given()]
        self.at, self.goal, self.spare, self.length = (
            Name(self.fresh(n), INT) for n in ("at", "goal", "spare", "length")
        )
        self.places = self.fresh("places")

    def fresh(self, name: str) -> str:
        return free(name, self.taken)

    def given(self) -> list[str]:
        return self.params[3 : 3 + len(self.instance.function.result)]

    def given_kinds(self) -> list[Kind]:
        return self.kinds[3 : 3 + len(self.instance.function.result)]

    def others(self) -> list[Expr]:
        first = 3 + len(self.state)
        return [Name(p, k) for p, k in zip(self.params[first:], self.kinds[first:], strict=True)]

    def bounds(self) -> tuple[Name, Name, Name]:
        first, last, snapshots = (Name(p, INT) for p in self.params[:3])
        return first, last, snapshots

    # Steps of both halves

    def opening(self) -> list[Stmt]:
        _, last, snapshots = self.bounds()
        return [
            assign(self.length, Apply(checkpoints.steps_at_once, (last, snapshots), (), INT)),
            assign(self.spare, Apply(checkpoints.states_kept, (last, snapshots), (), INT)),
        ]

    def advance(self) -> Stmt:
        """Go from ``at`` to ``goal``."""
        args = (self.at, self.goal, self.bounds()[2], *self.state, *self.others())
        return Invoke(tuple(s.id for s in self.state), self.plain, args, tuple(s.kind for s in self.state))

    def keep(self, at: Expr) -> list[Stmt]:
        lists = (Append(k, s) for k, s in zip(self.kept, self.state, strict=True))
        return [Append(self.places, at), *lists, assign(self.spare, minus(self.spare, INT_ONE))]

    def further(self, end: Expr) -> Expr:
        steps = Apply(checkpoints.steps_to_state, (minus(end, self.at), self.spare, self.length), (), INT)
        return plus(self.at, steps)

    def forward(self, pair: CalleePair) -> Generated:
        first, last, _ = self.bounds()
        lists = [Assign(n, Tuple((), list, ListOf(k))) for n, k in self.lists()]
        start = [Assign(s.id, Name(p, s.kind)) for s, p in zip(self.state, self.given(), strict=True)]
        body = (
            *self.keep(self.at), assign(self.goal, self.further(last)), self.advance(), assign(self.at, self.goal),
        )  # fmt: skip
        loop = While(compare(operator.lt, self.at, last), body, self.fresh("rounds"))
        tape = Tuple(tuple(Name(n, ListOf(k)) for n, k in self.lists()))
        block = (*self.opening(), *lists, *start, assign(self.at, first), loop)
        results = (*self.state, tape)
        return Generated(
            pair.forward, tuple(self.params), block, (), results, frozenset(), self.instance, len(self.state)
        )

    def lists(self) -> list[tuple[str, Kind]]:
        return [(self.places, INT), *((k, s.kind) for k, s in zip(self.kept, self.state, strict=True))]

    # The backward half

    def backward(self, pair: CalleePair) -> Generated:
        first, last, _ = self.bounds()
        tape, end = self.fresh("tape"), Name(self.fresh("end"), INT)
        seeds = {i: self.fresh(f"d_{self.state[i].id}") for i, s in enumerate(pair.seeded) if s}
        buffers = {i: self.fresh(f"d_{self.params[i]}") for i in sorted(pair.buffers)}
        unpack: list[Stmt] = [
            Assign(n, Apply(operator.getitem, (Name(tape, Opaque()), Const(i, INT)), (), ListOf(k)))
            for i, (n, k) in enumerate(self.lists())
        ]
        numbers = [i for i, a in enumerate(pair.active) if a and i not in pair.buffers]
        sums = {i: self.fresh(f"d_{self.params[i]}") for i in numbers if not self.is_state(i)}
        done = [Assign(s, ZERO) for s in sums.values()]
        held = Apply(len, (Name(self.places, ListOf(INT)),), (), INT)
        body = (*self.back_to(end), *self.reverse(end, seeds, buffers, sums), *self.drop(end))
        loop = While(compare(operator.gt, end, first), body, self.fresh("rounds"))
        added = [
            Accumulate(b, Name(seeds[i - 3], self.kinds[i]), None, None, True, self.kinds[i])
            for i, b in buffers.items()
            if self.is_state(i)
        ]
        block = (
            *unpack, *self.opening(), assign(self.spare, minus(self.spare, held)), assign(end, last), *done, loop,
            *added,
        )  # fmt: skip
        results = tuple(Name(sums[i] if i in sums else seeds[i - 3], tangent_kind(self.kinds[i])) for i in numbers)
        given = (*(self.params[i] for i in pair.backward_args), tape, *seeds.values(), *buffers.values())
        return Generated(pair.backward, given, (), block, results, frozenset(), self.instance)

    def is_state(self, i: int) -> bool:
        return 3 <= i < 3 + len(self.state)

    def back_to(self, end: Name) -> list[Stmt]:
        """From the last state kept to where the next unit begins that is reversed."""
        last = (Apply(operator.getitem, (Name(n, ListOf(k)), Const(-1, INT)), (), k) for n, k in self.lists())
        load = [assign(v, e) for v, e in zip((self.at, *self.state), last, strict=True)]
        left = minus(minus(end, self.at), INT_ONE)
        units = Apply(operator.mul, (self.length, Apply(operator.floordiv, (left, self.length), (), INT)), (), INT)
        choose = If(
            compare(operator.gt, self.spare, INT_ZERO),
            (assign(self.goal, self.further(end)), self.advance(), *self.keep(self.goal)),
            (assign(self.goal, plus(self.at, units)), self.advance()),
        )
        test = compare(operator.gt, minus(end, self.at), self.length)
        return [*load, While(test, (choose, assign(self.at, self.goal)), self.fresh("rounds"))]

    def reverse(self, end: Name, seeds: dict[int, str], buffers: dict[int, str], sums: dict[int, str]) -> list[Stmt]:
        """A unit backward: cotangents of the state after it become those of the state before it."""
        new = {i: Name(self.fresh("g"), self.kinds[i]) for i in buffers if self.is_state(i)}
        zeros = [assign(g, zeros_like(self.state[i - 3])) for i, g in new.items()]
        found = {
            i: Name(self.fresh("g"), tangent_kind(self.kinds[i]))
            for i, a in enumerate(self.leaf.active)
            if a and i not in buffers
        }
        cotangents = [Name(n, tangent_kind(self.state[i].kind)) for i, n in seeds.items()]
        given = [new[i] if i in new else Name(b, self.kinds[i]) for i, b in buffers.items()]
        primal = (self.at, end, self.bounds()[2], *self.state, *self.others())
        args = (*(primal[i] for i in self.leaf.backward_args), *cotangents, *given)
        call = Invoke(
            tuple(g.id for g in found.values()), self.leaf.backward, args, tuple(g.kind for g in found.values())
        )
        back: list[Stmt] = []
        for i, g in (*new.items(), *found.items()):
            if self.is_state(i):
                back.append(Assign(seeds[i - 3], g))
            else:
                back.append(Assign(sums[i], Apply(operator.add, (Name(sums[i], g.kind), g), (), g.kind)))
        return [*zeros, call, *back]

    def drop(self, end: Name) -> list[Stmt]:
        pops = tuple(Pop((), n, ()) for n, _ in self.lists())
        last = Apply(operator.getitem, (Name(self.places, ListOf(INT)), Const(-1, INT)), (), INT)
        more = assign(self.spare, plus(self.spare, INT_ONE))
        return [assign(end, self.at), If(compare(operator.eq, last, self.at), (*pops, more))]


def assign(name: Name, value: Expr) -> Stmt:
    return Assign(name.id, value)


def compare(fn: object, a: Expr, b: Expr) -> Expr:
    return Apply(fn, (a, b), (), BOOL)
