"""A program: the functions reached from one call, each lowered once for the kinds of arguments it is called with."""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field
from zygote_nb.errors import ZygoteError
from zygote_nb.frontend import cells
from zygote_nb.frontend import outside as outer
from zygote_nb.frontend.boundary import Receiver, Sender, with_objects
from zygote_nb.frontend.carried import carried, is_carried
from zygote_nb.frontend.changed import apply_changes, lists_kept, result_kinds
from zygote_nb.frontend.exceptions import raised_again
from zygote_nb.frontend.free import Path, plain
from zygote_nb.frontend.functions import forget, settle
from zygote_nb.frontend.growing import is_uniform
from zygote_nb.frontend.heap import ABSENT, POOLED, Obj, Object, get_object, list_object, read_field, slot, write_field
from zygote_nb.frontend.instances import Apart, Instance, Restart
from zygote_nb.frontend.layout import Dependency, FreeVariable, Layout, is_static, is_taken_apart
from zygote_nb.frontend.lists import learn
from zygote_nb.frontend.local import Closure
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.outside import Outside
from zygote_nb.frontend.places import made_at
from zygote_nb.frontend.pools import fields as fields_of_pool
from zygote_nb.frontend.pools import pools_of
from zygote_nb.frontend.raising import may_leave_traces, raises_by_name
from zygote_nb.frontend.recursion import find_growing
from zygote_nb.frontend.regrown import refuse_changed_outside
from zygote_nb.frontend.settings import AskCaller, is_setting, place_of, with_settings
from zygote_nb.frontend.shrinking import without_end
from zygote_nb.frontend.signature import bind_values
from zygote_nb.frontend.source import Source, capture
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import (
    Const,
    Expr,
    Function,
    Invoke,
    Name,
    Tuple,
)
from zygote_nb.ir.kinds import (
    BOOL,
    FLOAT,
    INT,
    Bottom,
    Kind,
    ListOf,
    Static,
    is_plain,
)

newton_steps: ContextVar[int] = ContextVar("newton_steps", default=0)


@dataclass(slots=True)
class Program:
    """All instances of one derivation, and what they depend on.

    ``given`` are the identities of the objects among the arguments. ``newton_steps`` says how far the fixed points in
    it are followed: none is enough for first derivatives.
    """

    has_rule: Callable[[Any], bool]
    kind_of: Callable[[Any], Kind]
    root: Any = None
    args: tuple[Any, ...] = ()
    given: frozenset[int] = frozenset()
    why_not: Callable[[Any], tuple[str, str]] = lambda fn: (f"{fn} has no derivative rule", "write one with zg.rrule")
    choose: Callable[..., Any] = lambda lo, node, fn, args, kwargs: fn
    unpacked: Callable[..., Any] = lambda lo, node, fn, args, kwargs: None
    instances: dict[Any, Instance] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    free_of: dict[int, list[FreeVariable]] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict)
    growing: set[Any] = field(default_factory=set)
    fixed: set[Any] = field(default_factory=set)
    columns: dict[Any, Any] = field(default_factory=dict)
    flagged: set[Any] = field(default_factory=set)
    unset: dict[Any, ast.Name] = field(default_factory=dict)
    resumed: set[Any] = field(default_factory=set)
    limits: dict[Any, int] = field(default_factory=dict)
    settings: set[tuple[Any, str]] = field(default_factory=set)
    not_shown: list[ZygoteError] = field(default_factory=list)
    looks_at_exceptions: bool = False
    outside: Outside = field(default_factory=lambda: Outside(None, ()))
    newton_steps: int = field(default_factory=lambda: newton_steps.get())

    def __post_init__(self) -> None:
        self.outside = Outside(self.root, self.args)

    def is_primitive(self, fn: Any) -> bool:
        return self.has_rule(fn)

    # Values from outside

    def free_value(self, lo: Lowering, node: ast.AST, name: str, path: Path) -> Any:
        try:
            value = self.outside.read(path)
        except (ValueError, KeyError):
            raise lo.refuse(node, f"`{name}` has no value yet", "assign it before the gradient is taken") from None
        if is_static(value) or (isinstance(value, MethodType) and self.has_rule(value)):
            self.dependencies.append(Dependency(path, value))
            return Const(value, Static(value), value.__name__ if isinstance(value, ModuleType) else name)
        if is_carried(lo, value):
            return carried(lo, node, name, path, value)
        if is_taken_apart(value) or (type(value) is list and not isinstance(self.kind_of(value), ListOf)):
            if id(value) in self.given:
                what = f"`{name}` is an object that is among the arguments too"
                raise lo.refuse(node, what, "use the argument, or pass what leads to it as an argument as well")
            self.dependencies.append(Dependency(path, Layout.of(value)))
            return outer.outside_object(lo, self.outside, self.outside.know(value, path, name))
        if isinstance(value, slice):
            return outer.free_slice(self, lo, node, name, path)
        if isinstance(value, tuple):
            return self.free_tuple(lo, node, name, path, value)
        if is_plain(value) and is_setting(lo, name):
            self.dependencies.append(Dependency(path, value))
            return lo.constant(value)
        return self.add_free(lo, FreeVariable(path, name, self.kind_of(value)))

    def builtin(self, path: Path, name: str) -> Const:
        """A function of Python's own, as long as no global variable has its name."""
        self.dependencies.append(Dependency((*path, ("globals", None), ("lacks", name)), True))
        return static(getattr(builtins, name), name)

    def free_tuple(self, lo: Lowering, node: ast.AST, name: str, path: Path, value: tuple[Any, ...]) -> Any:
        self.dependencies.append(Dependency(path, Layout(type(value), len(value))))
        items = [self.free_value(lo, node, f"{name}_{i}", (*path, ("item", i))) for i in range(len(value))]
        return make_tuple(tuple(items), type(value))

    def add_free(self, lo: Lowering, variable: FreeVariable) -> Expr:
        """A parameter for the free variable, under a name of its own."""
        known = self.free_of.setdefault(id(lo), [])
        place = self.outside.place(variable.path)
        for other in known:
            if self.outside.place(other.path) == place:
                return Name(other.name, lo.rekinded.get(other.name, other.kind))
        name = variable.name
        if name in lo.taken or name in lo.local_names:
            name = lo.fresh(f"{name}_")
        lo.taken.add(name)
        known.append(FreeVariable(variable.path, name, variable.kind))
        return Name(name, variable.kind)

    def current(self, lo: Lowering, variable: FreeVariable) -> Expr:
        """What a callee finds in a place outside: what this function has written there, or what was there before."""
        written = outer.current(lo, self.outside, variable.path)
        return self.add_free(lo, variable) if written is ABSENT else written  # type: ignore[no-any-return]

    def outside_object(self, lo: Lowering, ident: int) -> Any:
        held = self.outside.held[ident]
        if is_carried(lo, held):
            node = lo.statement or lo.source.tree
            return carried(lo, node, self.outside.labels[ident], self.outside.paths[ident], held)
        return outer.outside_object(lo, self.outside, ident)

    def outside_field(self, lo: Lowering, node: ast.AST, ident: int, key: Any) -> Any:
        return outer.entry(lo, node, self.outside, ident, key, self.free_value)

    def outside_has(self, ident: int, name: str) -> bool:
        return bool(outer.answer(self, self.outside.paths[ident], self.outside.held[ident], outer.Asked(hasattr, name)))

    def static_has(self, value: Any, name: str) -> bool:
        """Whether a class, module or function has an attribute."""
        return bool(outer.answer(self, self.way_to(value), value, outer.Asked(hasattr, name)))

    def outside_length(self, ident: int) -> int:
        return len(self.outside.held[ident])

    def outside_keys(self, ident: int) -> tuple[Any, ...]:
        return tuple(self.outside.held[ident])

    def all_fields(self, lo: Lowering, node: ast.AST, obj: Obj) -> list[tuple[Any, Any]]:
        content = get_object(lo, obj)
        if content.note == POOLED:
            return [(k, read_field(lo, node, obj, k)) for k in fields_of_pool(lo, content.cls).keys]
        if not content.is_read_outside:
            return list(content.fields)
        names = dict.fromkeys((*self.outside_entries(obj.ident), *content.keys()))
        return [(k, read_field(lo, node, obj, k)) for k in names]

    def outside_entries(self, ident: int) -> tuple[Any, ...]:
        """The keys or the names of attributes that an object outside has."""
        held = self.outside.held[ident]
        if isinstance(held, (dict, list)):
            return tuple(held) if isinstance(held, dict) else tuple(range(len(held)))
        outer.answer(self, self.outside.paths[ident], held, outer.Asked(outer.own_names))
        return tuple(vars(held))

    def written_outside(self, lo: Lowering, node: ast.AST, name: str) -> Any:
        """A global or captured variable that this function has written to; None if it has not."""
        path = self.path_in(lo, name)
        if path is None or not any(isinstance(v, Object) and v.outside and v.fields for v in lo.env.values()):
            return None
        value = outer.current(lo, self.outside, path)
        return None if value is ABSENT else lo.usable_value(node, value, f"`{name}`")

    def path_in(self, lo: Lowering, name: str) -> Path | None:
        function = lo.source.function
        if name in function.__code__.co_freevars:
            return (*lo.path, ("cell", function.__code__.co_freevars.index(name)))
        return (*lo.path, ("global", name)) if name in function.__globals__ or name in lo.outer_names else None

    def write_outside(self, lo: Lowering, node: ast.AST, name: str, value: Any) -> bool:
        """Whether the name is declared global or nonlocal; if so, the value is written there."""
        if name not in lo.outer_names:
            return False
        if lo.closure is not None and get_object(lo, lo.closure).get(name) is not ABSENT:
            cells.write(lo, node, lo.closure, name, value)
            return True
        path = self.path_in(lo, name)
        assert path is not None
        ident, key = self.outside.place(path)
        if slot(ident) not in lo.env:
            content = Object(ModuleType, (), "outer", frozenset((ident,)), outside=True)
            lo.env[slot(ident)] = content
        write_field(lo, node, self.outside_object(lo, ident), key, value)
        return True

    def static_or_number(self, lo: Lowering, node: ast.AST, value: Any, text: str) -> Expr:
        """An attribute of a module: a function, or a constant such as ``np.pi``."""
        if isinstance(value, (bool, int, float)):
            kind = BOOL if isinstance(value, bool) else INT if isinstance(value, int) else FLOAT
            return Const(value, kind, text)
        if isinstance(value, np.ndarray):
            raise lo.refuse(node, f"`{text}` is an array in a module", "import it by name, or pass it as an argument")
        return Const(value, Static(value), text)

    # Lists

    place = staticmethod(made_at)

    def is_growing(self, lo: Lowering, node: ast.AST) -> bool:
        return self.place(lo, node) in self.growing

    def grows(self, place: Any) -> None:
        """A list turns out to be one whose length is known only when the program runs."""
        if place is not None and place not in self.growing:
            self.growing.add(place)
            raise Restart(place)

    def is_fixed(self, lo: Lowering, name: str) -> None:
        """A list that began empty holds what a list that grows can't: its structure must be known."""
        place = lo.list_places.get(name)
        if place is not None and place not in self.fixed:
            self.fixed.add(place)
            raise Restart

    def is_outermost(self, instance: Instance) -> bool:
        """Whether the function was called by none that is being lowered."""
        return next(i for i in self.instances.values() if not i.complete) is instance

    def may_grow(self, lo: Lowering, value: Tuple) -> bool:
        known = lo.written.get(id(value))
        return is_uniform(value) and (known is None or known[1] not in self.fixed)

    # Functions

    def invoke(self, lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: tuple[tuple[str, Any], ...]) -> Any:
        """A call of a function that is itself transformed."""
        path = self.way_to(fn)
        function, source = plain(fn), capture(fn)
        if getattr(fn, "__self__", None) is not None and not isinstance(fn.__self__, ModuleType):
            raise lo.refuse(node, f"the method `{function.__name__}` of an unknown object", "call it on the object")
        defaults = {n: p.default for n, p in inspect.signature(function, follow_wrapped=False).parameters.items()}

        def default(name: str) -> Any:
            if defaults[name] is inspect.Parameter.empty:
                raise KeyError(name)
            return self.default(lo, node, function, name, path)

        values = bind_values(lo, node, source.tree.args, function.__name__, args, kwargs, default)
        key = (function.__code__, id(function.__globals__), tuple(map(id, function.__closure__ or ())))
        return self.call_instance(lo, node, list(values.values()), key, source, path, None)

    def invoke_closure(self, lo: Lowering, node: ast.AST, fn: Obj, note: Closure, values: list[Any]) -> Any:
        """A call of an inner function that left its scope."""
        return self.call_instance(lo, node, [fn, *values], (note,), note.source, note.path, note)

    def call_instance(
        self, lo: Lowering, node: ast.AST, values: list[Any], key: Any, source: Source, path: Path, note: Closure | None
    ) -> Any:
        cells.fill_all(lo)
        while True:
            sender = Sender(lo, node)
            given = with_settings(lo, values, source, note is not None)
            kinds = tuple(map(sender.kind, [*given, *pools_of(lo).values()]))
            kinds = without_end(kinds, (i.kinds for k, i in self.instances.items() if k[0] == key and not i.complete))
            find_growing(lo, node, source, kinds, sender)
            try:
                instance = self.instance(key, source, kinds, path, note)
            except AskCaller as asked:
                if asked.place != place_of(source):
                    raise
                continue
            lists = lists_kept(instance, sender)
            if not lists:
                break
            made = {id(t): list_object(lo, node, "items", t) for t in lists}
            values = [with_objects(v, lambda t, made=made: made.get(id(t))) for v in values]
        refuse_changed_outside(lo, node, instance)
        if lo.protected and (may_leave_traces(instance) or raises_by_name(instance)):
            instance = self.instance(key, source, kinds, path, note, total=True)
        leaf_args = [*sender.leaves, *(self.current(lo, v) for v in instance.free)]
        found = result_kinds(instance)
        targets = tuple(
            lo.fresh(f"{instance.name}_out" if len(found) == 1 else f"{instance.name}_out{i}")
            for i in range(len(found))
        )
        lo.out.append(Invoke(targets, instance, tuple(leaf_args), found, lo.span(node)))
        for i, kind in instance.learned:
            learn(lo, node, leaf_args[i], kind)
        leaves = [*(Name(t, k) for t, k in zip(targets, found, strict=True)), *leaf_args]
        for first, *others in instance.same_lists:
            for other in others:
                lo.note_list(leaves[first].id, leaves[other])
        queue = [Name(t, k) for t, k in zip(targets, found, strict=True)]
        objects = {i: o for i, o in enumerate(sender.objects) if isinstance(o, Obj)}
        receiver = Receiver(lo, lambda name, kind: queue.pop(0), objects)
        label, lo.label = lo.label, None
        if instance.never_returns:
            raise lo.raised(node, RuntimeError, f"{instance.name} returned")
        value = receiver.value(instance.function.result_kind, label or f"{instance.name}_out")
        apply_changes(self, lo, node, instance, receiver)
        return raised_again(lo, node, value) if instance.total else value

    def default(self, lo: Lowering, node: ast.AST, function: FunctionType, name: str, path: Path) -> Any:
        """The default of a parameter, read anew where it is data."""
        value = inspect.signature(function, follow_wrapped=False).parameters[name].default
        if is_static(value) or is_plain(value):
            return lo.constant(value) if is_plain(value) else static(value)
        if name in (function.__kwdefaults__ or {}):
            way: Path = (*path, ("attribute", "__kwdefaults__"), ("item", name))
        else:
            code = function.__code__
            first = code.co_argcount - len(function.__defaults__ or ())
            way = (*path, ("attribute", "__defaults__"), ("item", code.co_varnames.index(name) - first))
        return self.free_value(lo, node, name, way)

    def way_to(self, value: Any) -> Path:
        """The way by which a static value was reached."""
        for dependency in reversed(self.dependencies):
            if dependency.value is value:
                return dependency.path
        return (("constant", value),)

    def instance(
        self,
        key: Any,
        source: Source,
        kinds: tuple[Kind, ...],
        path: Path,
        note: Closure | None = None,
        total: bool = False,
    ) -> Instance:
        full = (key, kinds, total)
        if full in self.instances:
            known = self.instances[full]
            known.recursive = known.recursive or not known.complete
            return known
        unknown = Function(self.unique(source.code.co_name), (), (), (), Bottom())
        instance = Instance(source, kinds, unknown, total=total)
        self.instances[full] = instance
        keys, names = set(self.instances) - {full}, set(self.names)
        try:
            settle(self, instance, path, note)
        except BaseException:
            forget(self, keys, names)
            raise
        instance.complete = True
        return instance

    def root_instance(self, function: FunctionType, kinds: tuple[Kind, ...], path: Path) -> Instance:
        """The differentiated function itself."""
        key = (function.__code__, id(function.__globals__), tuple(map(id, function.__closure__ or ())))
        try:
            return self.instance(key, capture(function), kinds, path)
        except Apart:
            return self.instance(("outermost", key), capture(function), kinds, path)

    def unique(self, name: str) -> str:
        name = "lambda_" if name == "<lambda>" else name
        candidate, number = name, 0
        while candidate in self.names:
            number += 1
            candidate = f"{name}{number}"
        self.names.add(candidate)
        return candidate
