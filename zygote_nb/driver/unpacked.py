"""Rules of methods, classes, and functions that take objects: called with objects that are put together for them.

Generated code knows numbers and arrays. It calls a function of the entries of the objects, which makes these anew,
and its rule does the same for the user's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.caches import remembered
from zygote_nb.driver.assembly import assembled
from zygote_nb.frontend.heap import Obj, get_object, new_object, read_field
from zygote_nb.frontend.layout import is_users_class
from zygote_nb.frontend.local import LocalFunction
from zygote_nb.frontend.lower import Lowering
from zygote_nb.ir.core import Apply, Choice, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import Kind, ObjectOf, Shared, Static, TupleOf, describe, leaves
from zygote_nb.rules import registry
from zygote_nb.rules.registry import Rule
from zygote_nb.runtime.called import broken

Kwargs = tuple[tuple[str, Any], ...]
_known: dict[Any, Any] = remembered({})


class Unpacked:
    """A function of the entries of its arguments.

    ``shape`` is what it last returned, if that was an object: its class and the keys of its entries.
    """

    def __init__(self, fn: Any, kinds: tuple[Kind, ...], names: tuple[str, ...]) -> None:
        self.fn, self.kinds, self.names = fn, kinds, names
        self.shape: Any = None
        self.changes = False
        self.__name__ = registry.name_of(fn)

    def __call__(self, *entries: Any) -> Any:
        return self.taken_apart(self.called(self.fn, entries))

    def called(self, fn: Any, entries: tuple[Any, ...], *leading: Any) -> Any:
        """The function, or its rule, on the objects; what it does to them is noted."""
        held = [np.copy(e) if isinstance(e, np.ndarray) else e for e in entries]
        given = self.packed(held)
        split = len(given) - len(self.names)
        value = fn(*leading, *given[:split], **dict(zip(self.names, given[split:], strict=True)))
        after = [e for kind, v in zip(self.kinds, given, strict=True) for e in entries_of(kind, v)]
        self.changes = len(after) != len(held) or not all(map(unchanged, after, held, entries))
        return value

    def packed(self, entries: Any) -> list[Any]:
        made, objects = iter(entries), {}  # type: ignore[var-annotated]
        return [assembled(kind, made, objects) for kind in self.kinds]

    def taken_apart(self, value: Any) -> Any:
        self.shape = shape_of(value)
        return value if self.shape is None else tuple(parts(value, self.shape))


class UnpackedRule:
    """A rule of the user's, for the function of the entries."""

    def __init__(self, function: Unpacked, rule: Rule) -> None:
        assert rule.definition is not None
        self.function, self.rule = function, rule.definition
        self.__name__, self.__code__ = rule.definition.__name__, rule.definition.__code__

    def checked(self, entries: tuple[Any, ...], *leading: Any) -> tuple[Any, Any]:
        function, shape = self.function, self.function.shape
        made = function.called(self.rule, entries, *leading)
        if function.changes:
            raise broken(self, "it changes an object that it is given")
        if not isinstance(made, tuple) or len(made) != 2:
            raise broken(self, "it does not return two values: the result, and a pullback or a tangent")
        value = function.taken_apart(made[0])
        if function.shape != shape:
            raise broken(self, "its result has not the entries that the function's result has")
        return value, made[1]


class ReverseRule(UnpackedRule):
    def __call__(self, *entries: Any) -> Any:
        value, pullback = self.checked(entries)
        return value, partial(self.pulled, pullback, self.function.shape)

    def pulled(self, pullback: Any, shape: Any, dy: Any) -> tuple[Any, ...]:
        kinds = self.function.kinds
        positional = len(kinds) - len(self.function.names)
        made = pullback(dy if shape is None else put_together(shape, iter(dy)))
        if made is None:
            made = (None,) * positional
        elif positional == 1 and not isinstance(made, tuple):
            made = (made,)
        if not isinstance(made, tuple) or len(made) != positional:
            count = len(made) if isinstance(made, tuple) else 1
            raise broken(self, f"its pullback returns {count} cotangents for {positional} arguments")
        every = (*made, *(None for _ in self.function.names))
        return tuple(c for kind, m in zip(kinds, every, strict=True) for c in self.cotangents(kind, m))

    def cotangents(self, kind: Kind, made: Any) -> Iterator[Any]:
        """A cotangent for each entry; of an object it is anything with attributes or keys of these names."""
        if made is None:
            yield from (None for _ in leaves(kind))
        elif isinstance(kind, ObjectOf):
            given = made if isinstance(made, dict) else vars(made) if hasattr(made, "__dict__") else None
            if given is None or not set(given) <= set(kind.keys):
                raise broken(self, f"a cotangent of a {kind.cls.__name__} is {made!r}, which has other entries")
            for key, item in zip(kind.keys, kind.items, strict=True):
                yield from self.cotangents(item, given.get(key))
        elif isinstance(kind, TupleOf):
            for item, part in zip(kind.items, made, strict=True):
                yield from self.cotangents(item, part)
        elif not isinstance(kind, Static | Shared):
            yield made


class ForwardRule(UnpackedRule):
    def __call__(self, tangents: tuple[Any, ...], *entries: Any) -> Any:
        moved, objects = iter(tangents), {}  # type: ignore[var-annotated]
        given = tuple(assembled(namespaces(kind), moved, objects) for kind in self.function.kinds)
        value, tangent = self.checked(entries, given)
        shape = self.function.shape
        return value, tangent if shape is None else tuple(parts(tangent, (type(tangent), *shape[1:])))


def namespaces(kind: Kind) -> Kind:
    """The kind of a tangent: objects without their class."""
    match kind:
        case ObjectOf():
            cls = kind.cls if kind.cls in (dict, list) else SimpleNamespace
            return ObjectOf(cls, kind.keys, tuple(map(namespaces, kind.items)), kind.ident)
        case TupleOf():
            return TupleOf(tuple(map(namespaces, kind.items)), tuple)
    return kind


def unchanged(after: Any, held: Any, before: Any) -> bool:
    if after is not held:
        return False
    return not isinstance(held, np.ndarray) or np.array_equal(held, before, equal_nan=held.dtype.kind in "fc")


# Values and their entries


def entries_of(kind: Kind, value: Any) -> Iterator[Any]:
    match kind:
        case ObjectOf():
            found = dict(enumerate(value)) if kind.cls is list else value if kind.cls is dict else vars(value)
            if tuple(found) != kind.keys:
                return
            for key, item in zip(kind.keys, kind.items, strict=True):
                yield from entries_of(item, found[key])
        case TupleOf():
            for item, part in zip(kind.items, value, strict=True):
                yield from entries_of(item, part)
        case Static() | Shared():
            return
        case _:
            yield value


def shape_of(value: Any) -> Any:
    """Of an object its class, its keys, and the same of its entries; None of anything else."""
    if type(value) is dict:
        return dict, tuple(value), tuple(map(shape_of, value.values()))
    if is_users_class(type(value)) and not isinstance(value, tuple) and hasattr(value, "__dict__"):
        return type(value), tuple(vars(value)), tuple(map(shape_of, vars(value).values()))
    return None


def parts(value: Any, shape: Any) -> Iterator[Any]:
    if shape is None:
        yield value
        return
    found = value if isinstance(value, dict) else vars(value)
    for key, inner in zip(shape[1], shape[2], strict=True):
        yield from parts(found.get(key), inner)


def put_together(shape: Any, values: Iterator[Any]) -> Any:
    """The cotangent of an object."""
    if shape is None:
        return next(values)
    made = {key: put_together(inner, values) for key, inner in zip(shape[1], shape[2], strict=True)}
    return made if shape[0] is dict else SimpleNamespace(**made)


# Lowering


def unpacked(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """The call of a function with a rule of the user's, made with objects; None if there are none."""
    rule = registry.lookup(fn) or registry.lookup_forward(fn)
    values = [*args, *(v for _, v in kwargs)]
    cls = isinstance(fn, type) and is_users_class(fn)
    if rule is None or rule.built_in or not (cls or any(map(has_object, values))):
        return None
    entries: list[Expr] = []
    numbers: dict[int, int] = {}
    kinds = tuple(apart(lo, node, v, entries, numbers) for v in values)
    function = unpacked_function(lo, node, fn, kinds, tuple(k for k, _ in kwargs))
    made = lo.apply(node, function, list(entries))
    if function.changes:
        raise lo.refuse(node, f"`{function.__name__}` has a rule, and changes an object", "return the changed values")
    if function.shape is None:
        return made
    items = iter(made.items)
    return object_of(lo, node, function.shape, items)


def object_of(lo: Lowering, node: ast.AST, shape: Any, items: Iterator[Any]) -> Any:
    if shape is None:
        return next(items)
    cls, keys, inner = shape
    return new_object(lo, node, cls, [(k, object_of(lo, node, s, items)) for k, s in zip(keys, inner, strict=True)])


def has_object(value: Any) -> bool:
    return isinstance(value, Obj) or (isinstance(value, Tuple) and any(map(has_object, value.items)))


def apart(lo: Lowering, node: ast.AST, value: Any, entries: list[Expr], numbers: dict[int, int]) -> Kind:
    """The kind of a value whose entries are added to ``entries``."""
    match value:
        case Obj() if value.cls is not FunctionType:
            return object_apart(lo, node, value, entries, numbers)
        case Tuple():
            return TupleOf(tuple(apart(lo, node, i, entries, numbers) for i in value.items), value.cls)
        case Const() if isinstance(value.kind, Static) and not isinstance(value.value, LocalFunction):
            return value.kind
        case Name() | Apply() | Choice() | Const() if not isinstance(value.kind, Static):
            entries.append(value)
            return value.kind
    what = f"{describe(value.kind)} is given to a function with a rule, in an object"
    raise lo.refuse(node, what, "pass it as an argument, by the name of a function that captures nothing")


def object_apart(lo: Lowering, node: ast.AST, obj: Obj, entries: list[Expr], numbers: dict[int, int]) -> Kind:
    if obj.ident in numbers:
        return Shared(numbers[obj.ident])
    numbers[obj.ident] = number = len(numbers)
    content = get_object(lo, obj)
    keys = [k for k, _ in lo.program.all_fields(lo, node, obj)]
    if content.cls is list:
        items = tuple(apart(lo, node, read_field(lo, node, obj, k), entries, numbers) for k in keys)
        return TupleOf(items, list)
    items = tuple(apart(lo, node, lo.snapshot(read_field(lo, node, obj, k)), entries, numbers) for k in keys)
    return ObjectOf(content.cls, tuple(keys), items, number)


def unpacked_function(
    lo: Lowering, node: ast.AST, fn: Any, kinds: tuple[Kind, ...], names: tuple[str, ...]
) -> Unpacked:
    """One for each function, its rules, and the kinds of its arguments."""
    rules = (registry.lookup(fn), registry.lookup_forward(fn))
    key = (fn, rules, kinds, names)
    if key not in _known:
        made = _known[key] = Unpacked(fn, kinds, names)
        for rule in dict.fromkeys(r for r in rules if r is not None):
            registry.stand_in(made, of_entries(lo, node, made, rule))
    return _known[key]


def of_entries(lo: Lowering, node: ast.AST, function: Unpacked, rule: Rule) -> Rule:
    match rule.form:
        case "constant":
            return Rule(function, "constant", None)
        case "reverse":
            return Rule(function, "called", ReverseRule(function, rule))
        case "forward":
            return Rule(function, "pushed", ForwardRule(function, rule))
    what = f"`{function.__name__}` has a rule of partial derivatives, and is given an object"
    raise lo.refuse(node, what, "write the rule with zg.rrule")


__all__ = ["Unpacked", "unpacked"]
