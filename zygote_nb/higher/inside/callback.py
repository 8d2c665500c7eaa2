"""Functions of a program that a library calls while the generated code runs, with their derivatives."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from zygote_nb.analysis.alias import is_helper
from zygote_nb.backend.module import interpreted
from zygote_nb.backend.printing import build
from zygote_nb.driver.assembly import assembled
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.program import Program
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.higher.inside.calls import inner_call
from zygote_nb.ir.core import Const, Effect, Expr, Invoke, Name, Tuple
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, ObjectOf, Scalar, TupleOf, describe
from zygote_nb.ir.walk import statements
from zygote_nb.transform.again.nested import alone, pushforward_of, with_path
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.gradient import adjoint
from zygote_nb.transform.derive.plain import plain_pair
from zygote_nb.transform.forward.functions import Tangents

Flags = tuple[bool, ...]


class Callback:
    """A function of the program: some of its parameters are given at each call, the others are held.

    ``places`` are the positions of the given ones. Derivatives are made when they are first asked for.
    """

    def __init__(self, program: Program, instance: Instance, places: tuple[int, ...]) -> None:
        self.program, self.instance, self.places = program, alone(instance), places
        self.count = len(instance.function.params)
        self.kind = instance.function.result_kind
        self.made: dict[Any, Callable[..., Any]] = {}
        self.__name__ = instance.name

    def __call__(self, given: tuple[Any, ...], held: tuple[Any, ...]) -> Any:
        """The value."""
        found = self.plain(*self.joined(given, held))
        return assembled(self.kind, iter(found if len(self.instance.function.result) > 1 else (found,)))

    def joined(self, given: tuple[Any, ...], held: tuple[Any, ...]) -> list[Any]:
        """All parameters, in the order of the function."""
        by_place, rest = dict(zip(self.places, given, strict=True)), iter(held)
        return [by_place[i] if i in by_place else next(rest) for i in range(self.count)]

    @cached_property
    def plain(self) -> Callable[..., Any]:
        derivation = Derivation(self.program)
        name = plain_pair(derivation, self.instance, (False,) * self.count).forward
        return built(tuple(derivation.functions), name)

    def pullback(self, given: tuple[Any, ...], held: tuple[Any, ...], seed: Any, wanted: Flags) -> list[Any]:
        """The cotangents of the parameters that are ``wanted``, the given ones first; None where there is none."""
        flags = self.flags(wanted)
        if ("back", flags) not in self.made:
            self.made["back", flags] = self.backward(flags)
        return self.made["back", flags](*self.joined(given, held), *self.seeds(seed))

    def backward(self, flags: Flags) -> Callable[..., list[Any]]:
        derivation = Derivation(self.program)
        active = with_path(derivation, self.instance, flags)
        made = adjoint(derivation, self.instance, active, False, self.program.unique(f"{self.instance.name}_pullback"))
        run = built((*derivation.functions, made), made.name)
        order = self.order()

        def back(*args: Any) -> list[Any]:
            found = run(*args)
            items = iter(found if sum(active) != 1 else (found,))
            by_place = [next(items) if a else None for a in active]
            return [by_place[i] for i in order]

        return back if any(active) else lambda *args: [None] * self.count

    def pushforward(self, given: tuple[Any, ...], held: tuple[Any, ...], moved: tuple[Any, ...], wanted: Flags) -> Any:
        """The tangent of the result, flat; ``moved`` are the tangents of the parameters, the given ones first."""
        flags = self.flags(wanted)
        if ("push", flags) not in self.made:
            self.made["push", flags] = self.forward(flags)
        tangents = self.joined(moved[: len(self.places)], moved[len(self.places) :])
        return self.made["push", flags](self.joined(given, held), tangents)

    def forward(self, flags: Flags) -> Callable[..., Any]:
        derivation = Derivation(self.program, forward=True)
        active = with_path(derivation, self.instance, flags)
        results = range(len(self.instance.function.result))
        name = self.program.unique(f"{self.instance.name}_pushforward")
        made = Tangents(derivation).root(self.instance, active, name, (), results)
        run = built((*derivation.functions, made), name)

        def push(args: list[Any], tangents: list[Any]) -> Any:
            return run(*args, *(t for t, a in zip(tangents, active, strict=True) if a))

        return push

    def along(self, wanted: Flags) -> tuple[Callback, Flags]:
        """The tangent as a function like this one, of what is given and held and then of the tangents of both.

        Which of those that are ``wanted`` it takes is returned too; as there, the given parameters come first.
        """
        flags = self.flags(wanted)
        if ("along", flags) not in self.made:
            self.made["along", flags] = self.tangent(flags)
        return self.made["along", flags]  # type: ignore[return-value]

    def tangent(self, flags: Flags) -> Any:
        callee, active = pushforward_of(self.program, self.instance, flags, False)
        moved = [i for i, a in enumerate(active) if a]
        of_given = tuple(self.count + moved.index(i) for i in self.places if active[i])
        return Callback(self.program, callee, self.places + of_given), tuple(active[i] for i in self.order())

    def flags(self, wanted: Flags) -> Flags:
        return tuple(self.joined(wanted[: len(self.places)], wanted[len(self.places) :]))

    def order(self) -> list[int]:
        """The positions of the parameters, the given ones first."""
        return [*self.places, *(i for i in range(self.count) if i not in self.places)]

    def seeds(self, seed: Any) -> tuple[Any, ...]:
        """The cotangent of the result as that of each of its leaves."""
        return tuple(seed) if is_several(self.kind) else (seed,)


def built(functions: tuple[Generated, ...], name: str) -> Callable[..., Any]:
    return interpreted(build(functions, name, "a library calls it"))


def callback(
    lo: Lowering, node: ast.AST, fn: Any, given: tuple[Kind, ...], args: list[Any], turned: bool = False
) -> tuple[Callback, Const, Tuple]:
    """A function as a library calls it, with values of the kinds ``given`` and then ``args``; and what it holds.

    ``turned`` says that what it is called with comes to it in the opposite order.
    """
    given = given[::-1] if turned else given
    places = tuple(Name(lo.fresh("x"), kind) for kind in given)
    inner = inner_call(lo, node, fn, [*places, *args], ())
    check_effects(lo, node, inner.instance, set())
    positions = tuple(i for p in range(len(given)) for i in inner.leaves_at(p))
    held = tuple(a for i, a in enumerate(inner.args) if i not in positions)
    made = Callback(lo.program, inner.instance, positions[::-1] if turned else positions)
    return made, static(made, inner.instance.name), make_tuple(held, tuple)


def check_effects(lo: Lowering, node: ast.AST, instance: Instance, seen: set[int]) -> None:
    """What a function given to a solver does beyond its result would happen again on the way back."""
    seen.add(id(instance))
    for stmt in statements(instance.function.body):
        if isinstance(stmt, Effect) and not is_helper(stmt):
            what = f"{instance.shown} is given to a solver, and does more than return a value (line {stmt.span.line})"
            raise lo.refuse(node, what, "let it compute only")
        if isinstance(stmt, Invoke) and id(stmt.callee) not in seen:
            check_effects(lo, node, stmt.callee, seen)


def check_number(lo: Lowering, node: ast.AST, made: Callback) -> None:
    """The function must return a real number."""
    kind = made.kind
    if not (isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.ndim == 0)) or kind.dtype[0] == "c":
        what = f"{made.instance.shown} returns {describe(kind)}, and a real number is needed here"
        raise lo.refuse(node, what, "return a float")


def is_several(kind: Kind) -> bool:
    return isinstance(kind, TupleOf) or (isinstance(kind, ObjectOf) and kind.cls is list)


def check_vector(lo: Lowering, node: ast.AST, made: Callback) -> None:
    """The function must return a vector: one array, or a list or tuple of numbers."""
    kind = made.kind
    one = isinstance(kind, Scalar) or (isinstance(kind, Array) and kind.ndim <= 1)
    if not one and not (is_several(kind) and all(isinstance(k, Scalar) for k in kind.items)):  # type: ignore[union-attr]
        what = f"{made.instance.shown} returns {describe(kind)}, and a vector is needed here"
        raise lo.refuse(node, what, "return one array of one axis, or a list of numbers")


def arguments(lo: Lowering, value: Any) -> list[Any]:
    """The further arguments of a function: ``args=`` is a tuple of them, or one alone."""
    if value is None:
        return []
    value = lo.snapshot(value)
    return list(value.items) if isinstance(value, Tuple) else [value]


__all__ = ["Callback", "Expr", "arguments", "callback", "check_number", "check_vector", "np"]
