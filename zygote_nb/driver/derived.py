"""Derivations: made once for a function and kinds of arguments, kept, and dropped when what they depend on changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from zygote_nb.analysis.alias import is_helper
from zygote_nb.backend.module import Module
from zygote_nb.caches import remembered
from zygote_nb.dataclass import dataclass
from zygote_nb.driver.bound import Bound, is_unchanged, key_of
from zygote_nb.driver.compilable import module_of
from zygote_nb.driver.facts import Facts, Wrt
from zygote_nb.driver.lowered import has_effects, lowered
from zygote_nb.driver.params import Params
from zygote_nb.driver.paths import chosen
from zygote_nb.driver.read_by_rules import dependencies
from zygote_nb.driver.result import check_result
from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError
from zygote_nb.frontend.free import read
from zygote_nb.frontend.inner import require_kept
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.layout import FreeVariable
from zygote_nb.frontend.program import Program, newton_steps
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import Apply, Effect, Function
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import (
    Array,
    Kind,
    ListOf,
    Opaque,
    carries_tangent,
    is_float,
    is_list_of_numbers,
)
from zygote_nb.ir.walk import statements
from zygote_nb.options import Options, current
from zygote_nb.rules import library
from zygote_nb.runtime.implicit import FEWER
from zygote_nb.transform.derive.along import in_forward_mode
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.gradient import adjoint
from zygote_nb.transform.simplify.temporaries import adjoints_are_named


@dataclass(slots=True)
class Derived:
    """The derivative of a function for kinds of arguments.

    ``wrt`` says for each leaf parameter whether its gradient is computed, ``none`` which of these are None because no
    differentiable path leads from them to the result, ``directions`` whether it has tangents, ``width`` how many.
    ``repeats`` is the gradient as a generator, once it was asked for.
    """

    program: Program
    instance: Instance
    derivation: Derivation
    wrt: Wrt
    generated: tuple[Generated, ...]
    module: Module
    value: bool
    none: Wrt
    result_kind: Kind
    has_effects: bool
    writes: bool
    outside: tuple[tuple[int, Kind], ...] = ()
    captured: tuple[int, ...] = ()
    by: Wrt = ()
    directions: Wrt = ()
    width: int = 1
    repeats: Module | None = None

    @property
    def place(self) -> Location:
        """Where the function is defined."""
        function = self.instance.function
        return Location(function.filename, function.span.line, function.span.col, None)

    @property
    def facts(self) -> Facts:
        parameters = tuple(p.name for p in self.instance.function.params)
        return Facts(
            self.wrt, self.none, self.result_kind, self.instance.free, parameters, self.has_effects, self.writes,
            self.module.has_loops, self.outside, self.captured, self.by, dict(self.program.outside.paths),
            self.directions, self.width,
        )  # fmt: skip


_derived: dict[Any, list[Derived]] = remembered({})


def derive(
    bound: Bound,
    wrt: tuple[bool, ...],
    value: bool,
    loss_only: bool = False,
    into: bool = False,
    params: Params | None = None,
) -> Derived:
    """The derivation for a call, made now or before. ``wrt`` has a flag for each parameter.

    With ``params`` gradients are taken by those of the free variables that are among them.
    """
    key = (wrt, value, loss_only, into, params)
    return recalled(bound, key, lambda settings: make(bound, wrt, value, loss_only, into, settings, params))


def free_flags(free: tuple[FreeVariable, ...], bound: Bound, params: Params | None) -> tuple[bool, ...]:
    """Which free variables are, at this call, parameters that are asked for."""
    if params is None:
        return (False,) * len(free)
    return tuple(read(v.path, bound.function, bound.values) in params for v in free)


def recalled(bound: Bound, asked: tuple[Any, ...], make_it: Callable[[Options], Derived]) -> Derived:
    """What was derived before for the same function, kinds and settings, and is still current; else made now."""
    library.load()
    settings = current()
    params = asked[-1] if asked and isinstance(asked[-1], Params) else None
    asked = asked if params is None else (*asked[:-1], "params")
    key = (*key_of(bound, settings), asked, adjoints_are_named())
    for known in _derived.get(key, ()):
        asked_alike = params is None or free_flags(known.instance.free, bound, params) == known.by
        if is_unchanged(known.facts.free, known.facts.ways, known.program.dependencies, bound) and asked_alike:
            return known
    made = followed_far_enough(lambda: make_it(settings))
    _derived[key] = [made, *_derived.get(key, ())][:4]
    return made


def followed_far_enough(make_it: Callable[[], Derived]) -> Derived:
    """The derivation; again, where fixed points in it were followed for fewer derivatives than it takes."""
    for steps in (0, 2, 3, 4):
        token = newton_steps.set(steps)
        try:
            return make_it()
        except NoRuleError as error:
            if FEWER not in error.what or steps == 4:
                raise
        finally:
            newton_steps.reset(token)
    raise AssertionError


def make(
    bound: Bound,
    wrt: Wrt,
    value: bool,
    loss_only: bool,
    into: bool,
    settings: Options,
    params: Params | None = None,
    change: Callable[[Function], Function] | None = None,
) -> Derived:
    """A new derivation; each function may be changed before it is differentiated."""
    program, instance, outside = lowered(bound, change=change)
    derivation = Derivation(program, settings.record == "all", settings.arrays == "shadow", settings.inline)
    by = free_flags(instance.free, bound, params)
    leaf_wrt = leaf_flags(instance, bound.kinds, wrt, by)
    check_result(instance, loss_only, bound.reader)
    active = tuple(f and carries_tangent(p.kind) for f, p in zip(leaf_wrt, instance.function.params, strict=True))
    none = tuple(is_none(derivation, instance, i) if f else False for i, f in enumerate(active))
    active = tuple(f and not n for f, n in zip(active, none, strict=True))
    name = f"{instance.name}_adjoint"
    captured = captured_writes(derivation, instance, outside)
    functions = differentiated(derivation, instance, active, value, name, loss_only, into, captured)
    program.dependencies.extend(dependencies(derivation.used_rules))
    module = module_of(derivation, functions, name)
    module.shapes, module.unit = shapes(instance, active, len(functions[-1].results)), loss_only
    effects = has_effects(program)
    writes = bool(derivation.summary(instance).writes)
    kind = instance.function.result_kind
    return Derived(
        program,
        instance,
        derivation,
        active,
        functions,
        module,
        value,
        none,
        kind,
        effects,
        writes,
        outside,
        captured,
        by,
    )


def differentiated(
    derivation: Derivation, instance: Instance, active: Wrt, value: bool, name: str, loss_only: bool, into: bool,
    captured: tuple[int, ...],
) -> tuple[Generated, ...]:  # fmt: skip
    """The gradient, after the functions that it calls; by one number, if it has derivatives inside, in forward mode."""
    one = loss_only or instance.returned == 1
    if one and any(i.level for i in derivation.program.instances.values()):
        made = in_forward_mode(derivation, instance, active, value, name, captured)
        if made is not None:
            return made
    last = adjoint(derivation, instance, active, value, name, loss_only, into, captured)
    return (*derivation.functions, last)


def captured_writes(
    derivation: Derivation, instance: Instance, outside: tuple[tuple[int, Kind], ...]
) -> tuple[int, ...]:
    """The free parameters that are memory which the function writes to, by position among all parameters.

    A container outside that gets entries is put together from all of its columns. ``outside`` are changed objects.
    """
    params = instance.function.params
    first = len(params) - len(instance.free)
    parts = {first + i for i, v in enumerate(instance.free) if v.path[-1][0] == "column"}
    captured = tuple(sorted(set(range(first, len(params))) & derivation.summary(instance).writes | parts))
    ways = derivation.program.outside.paths
    changed = [instance.free[i - first].path for i in captured] + [ways[number] for number, _ in outside]
    require_kept(derivation.program.memo, changed)
    return captured


def shapes(instance: Instance, active: Wrt, count: int) -> tuple[str | None, ...]:
    """For each result of the generated function the parameter whose shape it has, if it is the gradient of an array."""
    params = zip(instance.function.params, active, strict=True)
    gradients = [p.name if has_entries(p.kind) else None for p, flag in params if flag]
    return (*[None] * (count - len(gradients)), *gradients)


def has_entries(kind: Kind) -> bool:
    """Whether compiled code writes a gradient into memory that it is given."""
    return (isinstance(kind, Array) and kind.ndim > 0) or is_list_of_numbers(kind)


def leaf_flags(instance: Instance, kinds: tuple[Kind, ...], wrt: tuple[bool, ...], by: Wrt = ()) -> Wrt:
    """A flag for each leaf parameter, those of free variables last."""
    flags = [flag for kind, f in zip(kinds, wrt, strict=True) for flag in chosen(kind, f)]
    return (*flags, *(by or (False,) * len(instance.free)))


def is_none(derivation: Derivation, instance: Instance, position: int) -> bool:
    """Whether an integer argument has no differentiable path to the result."""
    kind = instance.function.params[position].kind
    if is_float(kind) or (isinstance(kind, ListOf) and (kind.item is None or is_float(kind.item))):
        return False
    flags = tuple(i == position for i in range(len(instance.function.params)))
    results, _written = derivation.activity(instance, flags)
    return not any(results)


def refuse_drawn_values(derived: Derived) -> None:
    """``back`` runs the function again: what it gets from outside (random numbers, input) would be another value."""
    for instance in derived.program.instances.values():
        for stmt in statements(instance.function.body):
            if isinstance(stmt, Effect) and stmt.target is not None and not is_helper(stmt) and not repeats(stmt):
                at = Location(instance.function.filename, stmt.span.line, stmt.span.col, None)
                what = "a pullback runs the function again, and this call would give another value"
                raise UnsupportedSyntaxError(what, at=at, hint="use zg.withgradient, or pass the value as an argument")


REPEATABLE = {logging.getLogger, str, format}


def repeats(stmt: Effect) -> bool:
    """Whether the call gives the same each time: it makes text, or finds something by its name."""
    call = stmt.value
    if not isinstance(call, Apply):
        return False
    of_text = isinstance(call.fn, Method) and call.args[0].kind == Opaque("str")
    return of_text or (not isinstance(call.fn, Method) and call.fn in REPEATABLE)
