"""Programs of calls: lowered once for a function and kinds of arguments, whatever is asked of it.

The value with the gradient, the pullback and the derivative along a direction are made of one program. It is kept until
something that it depends on has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from zygote_nb.analysis.alias import is_helper
from zygote_nb.caches import remembered
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.driver.bound import Bound, is_unchanged, make_settings
from zygote_nb.driver.chosen import choose
from zygote_nb.driver.unpacked import unpacked
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.classes import noting_classes
from zygote_nb.frontend.free import read
from zygote_nb.frontend.instances import Instance, mark_recursive
from zygote_nb.frontend.layout import Dependency, Layout
from zygote_nb.frontend.outside import Asked, answer, definitions
from zygote_nb.frontend.program import Program, newton_steps
from zygote_nb.frontend.settings import AskCaller
from zygote_nb.ir.core import ZERO, Effect, Function
from zygote_nb.ir.kinds import FLOAT, Array, Bottom, Kind, Outside, leaves
from zygote_nb.ir.walk import always_raises, statements
from zygote_nb.rules import registry
from zygote_nb.transform.simplify.temporaries import adjoints_are_named

Change = Callable[[Function], Function]
Parts = tuple[Program, Instance, tuple[tuple[int, Kind], ...]]


@dataclass(slots=True)
class Rules:
    """Which functions are not looked into: in forward mode also those that have a forward rule only.

    ``differ`` says that this has made a difference.
    """

    forward: bool
    differ: bool = False

    def __call__(self, fn: object) -> bool:
        if registry.is_known(fn):
            return True
        if registry.lookup_forward(fn) is None:
            return False
        self.differ = True
        return self.forward


@dataclass(slots=True)
class Lowered:
    """The function itself, what it changes outside of its arguments, and the program of all that it calls."""

    program: Program
    instance: Instance
    outside: tuple[tuple[int, Kind], ...]
    rules: Rules = field(default_factory=lambda: Rules(False))
    named: bool = field(default_factory=adjoints_are_named)

    def is_named_alike(self) -> bool:
        """Whether adjoints of functions in it, of which derivatives are taken inside, are named as is asked for now."""
        return self.named == adjoints_are_named() or not any(i.level for i in self.program.instances.values())

    def parts(self, forward: bool) -> Parts:
        """For one derivation, which adds to the program what it makes."""
        program = copy(self.program)
        program.instances, program.memo = dict(program.instances), dict(program.memo)
        program.dependencies, program.names = list(program.dependencies), set(program.names)
        program.has_rule = Rules(forward)
        return program, self.instance, self.outside


_lowered: dict[Any, list[Lowered]] = remembered({})


def lowered(bound: Bound, forward: bool = False, change: Change | None = None) -> Parts:
    """The program of a call, made now or before; with a ``change``, which each function goes through, made now."""
    if change is not None:
        made = lowered_now(bound, forward, change)
        return made.program, made.instance, made.outside
    known = _lowered.get(key_of(bound), ())
    for found in known:
        fits = (found.rules.forward == forward or not found.rules.differ) and found.is_named_alike()
        if fits and is_unchanged(found.instance.free, found.program.outside.paths, found.program.dependencies, bound):
            label_lengths(found.instance, bound)
            return found.parts(forward)
    made = lowered_now(bound, forward, None)
    _lowered[key_of(bound)] = [made, *known][:4]
    return made.parts(forward)


def label_lengths(instance: Instance, bound: Bound) -> None:
    """The lengths of arrays outside get the labels that they have in the kinds of the program."""
    for variable in instance.free:
        if isinstance(variable.kind, Array):
            bound.reader.kind_of(read(variable.path, bound.function, bound.values))


def key_of(bound: Bound) -> tuple[Any, ...]:
    """What tells programs apart, beside the values that they depend on."""
    return (
        bound.plain.__code__, id(bound.plain.__globals__), bound.path, bound.kinds, registry.version(),
        newton_steps.get(),
    )  # fmt: skip


def lowered_now(bound: Bound, forward: bool, change: Change | None) -> Lowered:
    settings: set[tuple[Any, str]] = set()
    while True:
        rules = Rules(forward)
        program = program_of(bound, rules)
        program.settings |= settings
        try:
            with noting_classes() as classes:
                root = program.root_instance(bound.plain, bound.kinds, bound.path)
            break
        except RecursionError:
            raise without_end(bound) from None
        except AskCaller as asked:
            make_settings(bound, asked.names)
            settings |= {(asked.place, name) for name in asked.names}
    for cls in classes:
        answer(program, program.way_to(cls), cls, Asked(definitions))
    if change is not None:
        for each in program.instances.values():
            each.function = change(each.function)
    mark_recursive(list(program.instances.values()))
    instance, outside = at_root(root)
    if program.not_shown and (program.looks_at_exceptions or has_effects(program)):
        raise program.not_shown[0]
    return Lowered(program, instance, outside, rules)


def without_end(bound: Bound) -> UnsupportedSyntaxError:
    code = bound.plain.__code__
    what = f"{bound.plain.__name__}, or what it calls, calls itself with arguments of a new structure each time"
    hint = "hand down arrays, or one list that is added to, instead of lists or tuples that are longer each time"
    return UnsupportedSyntaxError(what, at=Location(code.co_filename, code.co_firstlineno), hint=hint)


def program_of(bound: Bound, has_rule: Callable[[Any], bool]) -> Program:
    given = bound.reader.given
    program = Program(
        has_rule, bound.reader.kind_of, bound.function, bound.values, given, registry.why_not, choose, unpacked
    )
    if bound.kinds and isinstance(bound.kinds[0], Outside):
        owner = bound.path[:-1] if bound.path else (("attribute", "__self__"),)
        program.outside.know(bound.values[0], owner, bound.names[0])
        program.dependencies.append(Dependency(owner, Layout.of(bound.values[0])))
    return program


def at_root(instance: Instance) -> tuple[Instance, tuple[tuple[int, Kind], ...]]:
    """The differentiated function: of what it changes, only what is outside of the arguments is of interest."""
    function = instance.function
    if isinstance(function.result_kind, Bottom):
        function = surely_raising(instance)
    count = len(leaves(function.result_kind))
    kept = list(function.result[:count])
    rest = list(function.result[count:])
    outside = []
    for number, kind in instance.after:
        values = [rest.pop(0) for _ in leaves(kind)]
        if number < 0:
            outside.append((number, kind))
            kept += values
    return replace(instance, function=replace(function, result=tuple(kept))), tuple(outside)


def surely_raising(instance: Instance) -> Function:
    """A function of which every path raises: what it does until then happens, and its exception is what comes out."""
    function = instance.function
    if not always_raises(function.body):
        at = Location(function.filename, function.span.line, function.span.col, None)
        hint = "let a path through it return a value"
        raise UnsupportedSyntaxError(f"{instance.shown} never returns", at=at, hint=hint)
    return replace(function, result=(ZERO,), result_kind=FLOAT)


def has_effects(program: Program) -> bool:
    every = (s for i in program.instances.values() for s in statements(i.function.body))
    return any(isinstance(s, Effect) and not is_helper(s) for s in every)
