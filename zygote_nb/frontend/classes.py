"""The user's classes: attributes, properties, methods, and objects made by calling the class."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import (
    FunctionType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    SimpleNamespace,
    WrapperDescriptorType,
)  # fmt: skip
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import descriptors, loops
from zygote_nb.frontend.heap import (
    ABSENT,
    POOLED,
    AttributesOf,
    Obj,
    get_object,
    new_object,
    put_object,
    read_field,
    write_field,
)
from zygote_nb.frontend.layout import changed_builtin, is_library_name, is_users_class
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import Const
from zygote_nb.ir.kinds import describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


_asked: ContextVar[set[type] | None] = ContextVar("classes that were asked", default=None)


@contextmanager
def noting_classes() -> Iterator[set[type]]:
    """The classes of users that are asked what they define, meanwhile."""
    found = set[type]()
    token = _asked.set(found)
    try:
        yield found
    finally:
        _asked.reset(token)


def asked(cls: type) -> None:
    found = _asked.get()
    if found is not None and cls not in found and not is_library_name(cls.__module__):
        found.add(cls)


def class_method(cls: type, name: str) -> Const | None:
    """The function that a class defines under a name, as a constant; None where there is none of the user's."""
    asked(cls)
    for base in cls.__mro__:
        if base is object or name not in vars(base):
            continue
        found = vars(base)[name]
        if isinstance(found, (staticmethod, classmethod)):
            found = found.__func__
        has_source = isinstance(found, FunctionType) or hasattr(found, "py_func")
        return static(found, f"{cls.__name__}.{name}") if has_source else None
    return None


def class_entry(cls: type, name: str) -> Any:
    """What the class holds under a name, descriptors as they are; ABSENT where nothing."""
    asked(cls)
    for base in cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return ABSENT


# Attributes


def read_attribute(lo: Lowering, node: ast.AST, obj: Obj, name: str) -> Any:
    content = get_object(lo, obj)
    cls = content.cls
    if class_method(cls, "__getattribute__") is not None:
        raise lo.refuse(node, f"{cls.__name__} has its own `__getattribute__`", "use `__getattr__`, or properties")
    entry = class_entry(cls, name)
    if isinstance(entry, property):
        if entry.fget is None:
            raise lo.refuse(node, f"`{name}` can't be read", "Python would raise AttributeError here")
        return lo.call_value(node, static(entry.fget, name), [obj], ())
    if isinstance(entry, functools.cached_property):
        return cached(lo, node, obj, name, entry)
    if descriptors.method_of(entry, "__get__") and descriptors.method_of(entry, "__set__"):
        return descriptors.get(lo, node, obj, name, entry)
    value = read_field(lo, node, obj, name)
    if value is not ABSENT:
        return value
    if descriptors.method_of(entry, "__get__"):
        return descriptors.get(lo, node, obj, name, entry)
    if name == "__class__":
        return static(cls, cls.__name__)
    if name == "__dict__":
        if content.note == POOLED:
            raise lo.refuse(node, "the attributes of one of many objects as a dict", "name the attributes")
        entries = new_object(lo, node, dict, list(content.fields), note=AttributesOf(obj))
        put_object(lo, entries, dataclasses.replace(get_object(lo, entries), origins=content.origins))
        return entries
    if entry is not ABSENT and not is_slot_descriptor(entry):
        return from_class(lo, node, obj, name, entry)
    return computed(lo, node, obj, name)


def is_slot_descriptor(entry: Any) -> bool:
    return inspect.isdatadescriptor(entry) and not isinstance(entry, property)


def cached(lo: Lowering, node: ast.AST, obj: Obj, name: str, entry: Any) -> Any:
    value = read_field(lo, node, obj, name)
    if value is ABSENT:
        value = lo.call_value(node, static(entry.func, name), [obj], ())
        write_field(lo, node, obj, name, value)
        value = read_field(lo, node, obj, name)
    return value


def from_class(lo: Lowering, node: ast.AST, obj: Obj, name: str, entry: Any) -> Any:
    """A method, bound, or an attribute that all objects of the class share."""
    if isinstance(entry, staticmethod):
        return static(entry.__func__, name)
    if isinstance(entry, classmethod):
        return bound_method(lo, node, static(entry.__func__, name), static(obj.cls, obj.cls.__name__))
    if isinstance(entry, FunctionType | MethodDescriptorType | WrapperDescriptorType) or hasattr(entry, "py_func"):
        return bound_method(lo, node, static(entry, name), obj)
    if isinstance(entry, functools.partialmethod):
        words = tuple((k, lo.constant_or_value(v)) for k, v in entry.keywords.items())
        first = [lo.constant_or_value(a) for a in entry.args]
        return partial(lo, node, [static(entry.func, name), obj, *first], words)
    owner = static(obj.cls, obj.cls.__name__)
    return lo.static_attribute(node, owner, name)


def computed(lo: Lowering, node: ast.AST, obj: Obj, name: str) -> Any:
    fallback = class_method(obj.cls, "__getattr__")
    if fallback is not None:
        return lo.call_value(node, fallback, [obj, static(name)], ())
    raise lo.raised(node, AttributeError, f"{obj.cls.__name__!r} object has no attribute {name!r}")


def bound_method(lo: Lowering, node: ast.AST, function: Any, owner: Any) -> Obj:
    return new_object(lo, node, MethodType, [("__func__", function), ("__self__", owner)], "method")


def write_attribute(lo: Lowering, node: ast.AST, obj: Obj, name: str, value: Any) -> None:
    if obj.cls in (dict, list):
        raise lo.raised(node, AttributeError, f"{obj.cls.__name__!r} object has no attribute {name!r}")
    entry = class_entry(obj.cls, name)
    if isinstance(entry, property):
        if entry.fset is None:
            raise lo.raised(node, AttributeError, f"property {name!r} has no setter")
        lo.call_value(node, static(entry.fset, name), [obj, value], ())
        return
    if descriptors.method_of(entry, "__set__"):
        descriptors.set_(lo, node, obj, name, entry, value)
        return
    own = class_method(obj.cls, "__setattr__")
    if own is not None and not is_frozen(obj.cls):
        lo.call_value(node, own, [obj, static(name), value], ())
        return
    if is_frozen(obj.cls):
        raise lo.raised(node, dataclasses.FrozenInstanceError, f"cannot assign to field {name!r}")
    write_field(lo, node, obj, name, value)


def is_frozen(cls: type) -> bool:
    return dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen  # type: ignore[attr-defined]


def has_attribute(lo: Lowering, obj: Obj, name: str) -> bool:
    content = get_object(lo, obj)
    if content.note == POOLED:
        return any(k == name for k, _ in lo.program.all_fields(lo, lo.source.tree, obj))
    entry = class_entry(content.cls, name)
    if content.get(name) is not ABSENT or (entry is not ABSENT and not isinstance(entry, MemberDescriptorType)):
        return True
    return content.is_read_outside and lo.program.outside_has(obj.ident, name)


class Super:
    """The methods of the classes after one, for one object."""

    def __init__(self, classes: tuple[type, ...], owner: Obj) -> None:
        self.classes, self.owner = classes, owner


def super_object(lo: Lowering, node: ast.Call) -> Const:
    """``super()``: the methods of the next class, for the same object; both may be given."""
    if len(node.args) == 2 and not node.keywords:
        given, obj = (lo.value(a) for a in node.args)
        if isinstance(given, Const) and isinstance(obj, Obj) and given.value in obj.cls.__mro__:
            order = obj.cls.__mro__
            return static(Super(order[order.index(given.value) + 1 :], obj))
    names = lo.source.code.co_freevars
    first = lo.source.code.co_varnames[:1]
    owner = lo.env.get(first[0]) if first else None
    if "__class__" not in names or not isinstance(owner, Obj) or node.args:
        hint = "call the base class's method by name"
        raise lo.refuse(node, f"`{ast.unparse(node)}` is not differentiated", hint)
    cls = (lo.source.function.__closure__ or ())[names.index("__class__")].cell_contents
    order = owner.cls.__mro__
    return static(Super(order[order.index(cls) + 1 :], owner))


def super_attribute(lo: Lowering, node: ast.AST, base: Super, name: str) -> Any:
    for cls in base.classes:
        if name == "__init__" and name in vars(cls) and cls.__module__ == "builtins" and issubclass(cls, BaseException):
            return bound_method(lo, node, static(loops.set_args), base.owner)
        if isinstance(vars(cls).get(name), property):
            return lo.call_value(node, static(vars(cls)[name].fget, name), [base.owner], ())
        if name in vars(cls) and cls is not object:
            return from_class(lo, node, base.owner, name, vars(cls)[name])
    if name == "__setattr__":
        return bound_method(lo, node, static(object.__setattr__), base.owner)
    if name == "__init__":
        return static(dict)  # object.__init__, which does nothing: its value is dropped
    raise lo.raised(node, AttributeError, f"'super' object has no attribute {name!r}")


# Objects made by calling the class


def moved(lo: Lowering, node: ast.AST, obj: Obj) -> Obj:
    from zygote_nb.frontend import pools

    return pools.moved(lo, node, obj)


def construct(lo: Lowering, node: ast.AST, cls: type, args: list[Any], kwargs: Kwargs) -> Any:
    label, lo.label = lo.label, None
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return named_tuple(lo, node, cls, args, kwargs)
    if cls is SimpleNamespace:
        return moved(lo, node, new_object(lo, node, cls, list(kwargs), label))
    if cls is functools.partial:
        return partial(lo, node, args, kwargs)
    if not is_users_class(cls) or type(cls).__call__ is not type.__call__ or cls.__new__ is not object.__new__:
        what = f"objects of the class {cls.__name__} are not differentiated"
        raise lo.refuse(node, what, "make the object before the call, or use a plain Python class")
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        what = f"Can't instantiate abstract class {cls.__name__} without an implementation for {', '.join(missing)}"
        raise lo.raised(node, TypeError, what)
    init = class_entry(cls, "__init__")
    if dataclasses.is_dataclass(cls) and generated(init):
        return moved(lo, node, dataclass_object(lo, node, cls, args, kwargs, label))
    obj = new_object(lo, node, cls, [], label)
    if isinstance(init, FunctionType):
        lo.call_value(node, static(init, f"{cls.__name__}.__init__"), [obj, *args], kwargs)
    elif args or kwargs:
        raise lo.raised(node, TypeError, f"{cls.__name__}() takes no arguments")
    return moved(lo, node, obj)


def generated(init: Any) -> bool:
    """Whether ``__init__`` was written by ``dataclasses``, and has no source."""
    return isinstance(init, FunctionType) and init.__code__.co_filename == "<string>"


def named_tuple(lo: Lowering, node: ast.AST, cls: Any, args: list[Any], kwargs: Kwargs) -> Any:
    if changed_builtin(cls):
        what = f"{cls.__name__} changes what `{changed_builtin(cls)}` of tuples does"
        raise lo.refuse(node, what, "write a class that holds the numbers as attributes")
    try:
        given = inspect.signature(cls.__new__).bind(cls, *args, **dict(kwargs))
    except TypeError as error:
        raise lo.raised(node, TypeError, str(error)) from None
    given.apply_defaults()
    values = list(given.arguments.values())[1:]
    return make_tuple(tuple(lo.constant_or_value(v) for v in values), cls)


def dataclass_object(lo: Lowering, node: ast.AST, cls: Any, args: list[Any], kwargs: Kwargs, label: str | None) -> Obj:
    fields = [f for f in cls.__dataclass_fields__.values() if f._field_type.name != "_FIELD_CLASSVAR"]
    inits = [f for f in fields if f.init]
    order = [f.name for f in inits if not f.kw_only]
    given: dict[str, Any] = dict(zip(order, args, strict=False)) | dict(kwargs)
    if len(args) > len(order) or set(given) - {f.name for f in inits} or len(given) < len(args) + len(kwargs):
        raise lo.raised(node, TypeError, f"{cls.__name__}.__init__() got unexpected arguments")
    values: dict[str, Any] = {}
    for f in fields:
        if f.name in given:
            values[f.name] = given[f.name]
        elif f.default is not dataclasses.MISSING:
            values[f.name] = lo.class_constant(node, cls, f.name, f.default)
        elif f.default_factory is not dataclasses.MISSING:
            values[f.name] = lo.call_value(node, static(f.default_factory, f.name), [], ())
        elif f.init:
            raise lo.raised(node, TypeError, f"{cls.__name__}.__init__() missing argument {f.name!r}")
    passing = [f.name for f in fields if f._field_type.name == "_FIELD_INITVAR"]
    passed = [lo.snapshot(values.pop(name)) for name in passing]
    obj = new_object(lo, node, cls, list(values.items()), label)
    after = class_method(cls, "__post_init__")
    if after is not None:
        lo.call_value(node, after, [obj, *passed], ())
    return obj


def replaced(lo: Lowering, node: ast.AST, obj: Any, changes: Kwargs) -> Any:
    """``dataclasses.replace(obj, **changes)``."""
    values = dict(changes)
    kwargs = [
        (f.name, values.pop(f.name) if f.name in values else read_field(lo, node, obj, f.name))
        for f in dataclasses.fields(obj.cls)
        if f.init
    ]
    if values:
        raise lo.raised(node, TypeError, f"{obj.cls.__name__} has no field {next(iter(values))!r}")
    return construct(lo, node, obj.cls, [], tuple(kwargs))


def partial(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Obj:
    keywords = new_object(lo, node, dict, list(kwargs), "partial_keywords")
    function, rest = args[0], make_tuple(tuple(args[1:]), tuple)
    return new_object(
        lo, node, functools.partial, [("func", function), ("args", rest), ("keywords", keywords)], "partial"
    )


def describe_class(value: Any) -> str:
    return describe(value.kind)
