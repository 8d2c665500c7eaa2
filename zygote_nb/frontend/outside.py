"""What a function finds outside of itself: globals, cells, the objects that they lead to, read anew at every call.

Each value that is read becomes a parameter, with the way by which it is found. An object is known by its identity; of
its entries only those that are read become parameters. What the function writes there is in the heap, and is written
back after the call.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.free import Path, plain, read
from zygote_nb.frontend.heap import ABSENT, Obj, Object, put_object, slot
from zygote_nb.frontend.layout import Dependency, Layout, is_library_name
from zygote_nb.frontend.samples import Held
from zygote_nb.frontend.values import slice_of
from zygote_nb.ir.kinds import Reference

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


@dataclass(slots=True)
class Outside:
    """The objects and scopes outside that a program touches, by identity."""

    root: Any
    args: tuple[Any, ...]
    paths: dict[int, Path] = field(default_factory=dict)
    held: dict[int, Any] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    users: dict[int, set[Any]] = field(default_factory=dict)

    def read(self, path: Path) -> Any:
        return read(path, self.root, self.args)

    def place(self, path: Path) -> tuple[int, Any]:
        """The holder of a value, as the number of an object, and the key under which it holds the value."""
        how, what = path[-1]
        if how == "global":
            scope = plain(self.read(path[:-1])).__globals__
            return self.know(scope, (*path[:-1], ("globals", None))), what
        if how == "cell":
            cell = plain(self.read(path[:-1])).__closure__[what]
            return self.know(cell, (*path[:-1], ("cell itself", what))), "cell_contents"
        holder = self.read(path[:-1])
        return self.know(holder, path[:-1]), what

    def know(self, value: Any, path: Path, label: str = "outer") -> int:
        ident = -id(value)
        self.labels.setdefault(ident, label)
        self.paths.setdefault(ident, path)
        self.held.setdefault(ident, value)
        return ident

    def entry_path(self, ident: int, key: Any) -> Path:
        holder, path = self.held[ident], self.paths[ident]
        if path and path[-1][0] == "globals":
            return (*path[:-1], ("global", key))
        if path and path[-1][0] == "cell itself":
            return (*path[:-1], ("cell", path[-1][1]))
        return (*path, ("item" if isinstance(holder, (dict, list)) else "attribute", key))


def outside_object(lo: Lowering, outside: Outside, ident: int) -> Obj:
    """The reference to an object from outside."""
    outside.users.setdefault(ident, set()).add(lo.source.code)
    value = outside.held[ident]
    obj = Obj(ident, Reference(type(value)))
    if slot(ident) not in lo.env:
        put_object(lo, obj, Object(type(value), (), outside.labels[ident], frozenset((ident,)), outside=True))
    return obj


def entry(lo: Lowering, node: ast.AST, outside: Outside, ident: int, key: Any, value_of: Callable[..., Any]) -> Any:
    """An entry of an object from outside as it was before the call, or ABSENT."""
    holder = outside.held[ident]
    if isinstance(holder, dict) or type(holder) is list:
        known = (
            key in holder if isinstance(holder, dict) else isinstance(key, int) and -len(holder) <= key < len(holder)
        )
    elif isinstance(holder, MethodType):
        known = key in ("__func__", "__self__")
    else:
        known = has_own(holder, key) or answer(lo.program, outside.paths[ident], holder, Asked(has_own, key))
    if not known:
        return ABSENT
    path = outside.entry_path(ident, key)
    is_scope = outside.paths[ident] and outside.paths[ident][-1][0] in ("globals", "cell itself")
    name = str(key) if is_scope else f"{outside.labels[ident]}_{key}"
    return value_of(lo, node, "".join(c if c.isalnum() else "_" for c in name), path)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of an object, beside its entries."""

    question: Callable[[Any, Any], Any]
    about: Any = None

    def of(self, holder: Any) -> Any:
        return self.question(holder, self.about)


def answer(program: Any, path: Path, holder: Any, asked: Asked) -> Any:
    """What an object answers to which the path leads; the generated code is made for it."""
    found = asked.of(holder)
    program.dependencies.append(Dependency((*path, ("question", asked)), found))
    return found


def definitions(cls: type, _: None) -> frozenset[Any]:
    """What a class and those before it define: names, and the methods and descriptors that these stand for."""
    return frozenset(
        (i, name, *map(Held, held_by(value)))
        for i, base in enumerate(cls.__mro__)
        if not is_library_name(base.__module__)
        for name, value in vars(base).items()
        if name not in LAZY
    )


def held_by(value: Any) -> tuple[Any, ...]:
    """A method or descriptor, and what may be exchanged under it: its code, and the defaults of its parameters."""
    function = getattr(value, "__func__", value)
    if type(function) is not FunctionType:
        return (value,) if callable(value) or hasattr(type(value), "__get__") else ()
    named = function.__kwdefaults__ or {}
    return (value, function.__code__, *(function.__defaults__ or ()), *named, *named.values())


LAZY = {"__annotations__", "__annotate__", "__annotations_cache__", "__abstractmethods__", "__doc__"}
"""What Python may put into a class when it is read."""


def own_names(holder: Any, _: None) -> str:
    """The names of its attributes, in order, as a text: texts are compared by what is in them."""
    return repr(tuple(getattr(holder, "__dict__", ())))


def has_own(holder: Any, key: Any) -> bool:
    return key in getattr(holder, "__dict__", ()) or is_slot(holder, key)


def is_slot(holder: Any, key: Any) -> bool:
    from zygote_nb.frontend.classes import class_entry, is_slot_descriptor

    found = class_entry(type(holder), key) if isinstance(key, str) else ABSENT
    return found is not ABSENT and is_slot_descriptor(found) and hasattr(holder, key)


def current(lo: Lowering, outside: Outside, path: Path) -> Any:
    """What the function has written to a place outside, or ABSENT."""
    ident, key = outside.place(path)
    content = lo.env.get(slot(ident))
    return content.get(key) if isinstance(content, Object) else ABSENT


def free_slice(program: Any, lo: Lowering, node: ast.AST, name: str, path: Path) -> Any:
    """A slice from outside: its bounds are read anew."""
    program.dependencies.append(Dependency(path, Layout(slice, None)))
    bounds = [(*path, ("attribute", word)) for word in ("start", "stop", "step")]
    return slice_of([program.free_value(lo, node, name, way) for way in bounds])
