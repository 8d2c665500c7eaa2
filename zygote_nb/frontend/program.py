"""A program: the functions reached from one call, each lowered once for the kinds of arguments it is called with."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from zygote_nb.errors import ZygoteError
from zygote_nb.frontend import outside as outer
from zygote_nb.frontend.boundary import Receiver, Sender, parameter_names
from zygote_nb.frontend.control import lower_body
from zygote_nb.frontend.exceptions import made_total, raised_again, total_body
from zygote_nb.frontend.free import Path, plain
from zygote_nb.frontend.heap import ABSENT, Obj, Object, get_object, new_object, read_field, slot, write_field
from zygote_nb.frontend.joining import Mixed
from zygote_nb.frontend.jumps import Exits, ends, store_result, two_kinds
from zygote_nb.frontend.layout import Dependency, FreeVariable, Layout, is_static, is_taken_apart
from zygote_nb.frontend.local import Closure, give_back
from zygote_nb.frontend.lower import Ended, Lowering
from zygote_nb.frontend.outside import Outside
from zygote_nb.frontend.raises import ending
from zygote_nb.frontend.raising import may_leave_traces
from zygote_nb.frontend.signature import bind_values
from zygote_nb.frontend.source import Source, capture
from zygote_nb.frontend.unset import begin_flags
from zygote_nb.frontend.values import make_tuple, none, static
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Append,
    Apply,
    Assign,
    Const,
    Expr,
    Function,
    Invoke,
    Name,
    Param,
    Tuple,
)
from zygote_nb.ir.kinds import (
    BOOL,
    FLOAT,
    INT,
    UNCHANGED,
    WHOLE,
    Array,
    Bottom,
    Kind,
    ListOf,
    Opaque,
    Scalar,
    Static,
    describe,
    is_plain,
    join,
    leaves,
)
from zygote_nb.ir.walk import always_raises


class Restart(Exception):
    """A list display must be lowered as a list that grows: the function is lowered again."""


@dataclass(slots=True, eq=False)
class Instance:
    """One function lowered for one tuple of kinds.

    ``free`` are the parameters after those of the arguments, the callees' included. ``after`` says which objects the
    call changes, by their number among the arguments or, below zero, their identity; what they hold then are the
    function's last results. A ``total`` one never raises, but returns its exception.
    """

    source: Source
    kinds: tuple[Kind, ...]
    function: Function
    free: tuple[FreeVariable, ...] = ()
    complete: bool = False
    recursive: bool = False
    after: tuple[tuple[int, Kind], ...] = ()
    total: bool = False

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def never_returns(self) -> bool:
        """Whether every path through the function raises."""
        return self.complete and isinstance(self.function.result_kind, Bottom) and always_raises(self.function.body)

    @property
    def returned(self) -> int:
        """How many of the results are those of the returned value."""
        return 0 if self.never_returns else len(leaves(self.function.result_kind))


@dataclass(slots=True)
class Program:
    """All instances of one derivation, and what they depend on."""

    has_rule: Callable[[Any], bool]
    kind_of: Callable[[Any], Kind]
    root: Any = None
    args: tuple[Any, ...] = ()
    why_not: Callable[[Any], tuple[str, str]] = lambda fn: (f"{fn} has no derivative rule", "write one with zg.rrule")
    choose: Callable[..., Any] = lambda lo, node, fn, args, kwargs: fn
    instances: dict[Any, Instance] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    free_of: dict[int, list[FreeVariable]] = field(default_factory=dict)
    growing: set[Any] = field(default_factory=set)
    fixed: set[Any] = field(default_factory=set)
    flagged: set[Any] = field(default_factory=set)
    not_shown: list[ZygoteError] = field(default_factory=list)
    outside: Outside = field(default_factory=lambda: Outside(None, ()))

    def __post_init__(self) -> None:
        self.outside = Outside(self.root, self.args)

    def is_primitive(self, fn: Any) -> bool:
        return self.has_rule(fn)

    def static_kind(self, value: Any) -> Static:
        return Static(value)

    # Values from outside

    def free_value(self, lo: Lowering, node: ast.AST, name: str, path: Path) -> Any:
        try:
            value = self.outside.read(path)
        except (ValueError, KeyError):
            raise lo.refuse(node, f"`{name}` has no value yet", "assign it before the gradient is taken") from None
        if is_static(value):
            self.dependencies.append(Dependency(path, value))
            return Const(value, Static(value), value.__name__ if isinstance(value, ModuleType) else name)
        if is_taken_apart(value) or (type(value) is list and not isinstance(self.kind_of(value), ListOf)):
            self.dependencies.append(Dependency(path, Layout.of(value)))
            return outer.outside_object(lo, self.outside, self.outside.know(value, path, name))
        if isinstance(value, tuple):
            return self.free_tuple(lo, node, name, path, value)
        return self.add_free(lo, FreeVariable(path, name, self.kind_of(value)))

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
                return Name(other.name, other.kind)
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

    def outside_object(self, lo: Lowering, ident: int) -> Obj:
        return outer.outside_object(lo, self.outside, ident)

    def outside_field(self, lo: Lowering, node: ast.AST, ident: int, key: Any) -> Any:
        return outer.entry(lo, node, self.outside, ident, key, self.free_value)

    def outside_has(self, ident: int, name: str) -> bool:
        return hasattr(self.outside.held[ident], name)

    def outside_length(self, ident: int) -> int:
        return len(self.outside.held[ident])

    def outside_keys(self, ident: int) -> tuple[Any, ...]:
        return tuple(self.outside.held[ident])

    def all_fields(self, lo: Lowering, node: ast.AST, obj: Obj) -> list[tuple[Any, Any]]:
        content = get_object(lo, obj)
        if not content.is_read_outside:
            return list(content.fields)
        names = dict.fromkeys((*self.outside_entries(obj.ident), *content.keys()))
        return [(k, read_field(lo, node, obj, k)) for k in names]

    def outside_entries(self, ident: int) -> tuple[Any, ...]:
        """The keys or the names of attributes that an object outside has."""
        held = self.outside.held[ident]
        if isinstance(held, (dict, list)):
            return tuple(held) if isinstance(held, dict) else tuple(range(len(held)))
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
            write_field(lo, node, lo.closure, name, value)
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

    # Variables that may be unset

    def is_flagged(self, lo: Lowering, name: str) -> bool:
        return (self.place(lo, lo.source.tree), name) in self.flagged

    def needs_flag(self, lo: Lowering, name: str) -> None:
        """It must be known as the program runs whether a variable is set."""
        self.flagged.add((self.place(lo, lo.source.tree), name))
        raise Restart

    # Lists

    def place(self, lo: Lowering, node: ast.AST) -> Any:
        return (lo.source.filename, getattr(node, "lineno", 0), getattr(node, "col_offset", 0))

    def is_growing(self, lo: Lowering, node: ast.AST) -> bool:
        return self.place(lo, node) in self.growing

    def grows(self, place: Any) -> None:
        """A list turns out to be one whose length is known only when the program runs."""
        if place is not None and place not in self.growing:
            self.growing.add(place)
            raise Restart

    def is_fixed(self, lo: Lowering, name: str) -> None:
        """A list that began empty holds what a list that grows can't: its structure must be known."""
        place = lo.list_places.get(name)
        if place is not None and place not in self.fixed:
            self.fixed.add(place)
            raise Restart

    def may_grow(self, lo: Lowering, value: Tuple) -> bool:
        known = lo.written.get(id(value))
        return self.is_uniform(value) and (known is None or known[1] not in self.fixed)

    def is_uniform(self, value: Tuple) -> bool:
        """Whether a list can be one that grows: numbers, or arrays of one kind."""
        kinds = [i.kind for i in value.items]
        if not all(isinstance(k, (Scalar, Array)) for k in kinds):
            return False
        item = kinds[0] if kinds else None
        for kind in kinds[1:]:
            item = join(item, kind) if item is not None else None
            if item is None:
                return False
        return True

    def list_object(self, lo: Lowering, node: ast.AST, name: str, value: Tuple) -> Obj:
        """A list of fixed structure that has a name, or is kept."""
        known = lo.written.get(id(value))
        place = known[1] if known and not isinstance(known[1], Obj) else None
        return new_object(lo, node, list, list(enumerate(value.items)), name, place)

    def list_display(self, lo: Lowering, node: ast.AST, value: Tuple) -> Expr:
        """A list that grows: a piece of memory."""
        item: Kind | None = None
        for entry in value.items:
            joined = entry.kind if item is None else join(item, entry.kind)
            if joined is None or not isinstance(entry.kind, (Scalar, Array)):
                raise lo.refuse(node, "a list of entries of different kinds grows", "use one list for each kind")
            item = joined
        name = lo.fresh("items")
        kind = ListOf(item)
        known = lo.written.get(id(value))
        lo.list_places[name] = known[1] if known else None
        held = tuple(
            lo.temporary("t", i, node) if isinstance(i, Apply) and isinstance(i.kind, Array) else i for i in value.items
        )
        lo.out.append(Assign(name, Tuple(held, list, kind), lo.span(node)))
        return Name(name, kind)

    def repeated_list(self, lo: Lowering, node: ast.AST, item: Expr, count: Expr) -> Expr:
        """``[x] * n``."""
        if not isinstance(item.kind, Scalar):
            hint = "append to an empty list in a loop"
            raise lo.refuse(node, "a repeated list of arrays is not differentiated", hint)
        from zygote_nb.frontend.repetition import write_range

        name = lo.fresh("items")
        kind = ListOf(item.kind)
        held = lo.evaluated(item, node)
        lo.out.append(Assign(name, Tuple((), list, kind), lo.span(node)))
        bounds = (INT_ZERO, count, INT_ONE)
        write_range(lo, node, bounds, lo.fresh("i"), lambda i: lo.out.append(Append(name, held, lo.span(node))), set())
        return Name(name, kind)

    def dynamic_item(self, lo: Lowering, node: ast.AST, base: Tuple, index: Expr) -> Any:
        """An entry of a tuple at an index that isn't known: the tuple as an array, if its entries are numbers."""
        if base.items and all(isinstance(i.kind, Scalar) for i in base.items) and isinstance(index.kind, Scalar):
            whole = lo.apply(node, np.array, [base])
            return lo.getitem(node, lo.temporary("t", whole, node), index)
        if base.items and isinstance(index.kind, Scalar):
            from zygote_nb.frontend.dispatch import chosen_entry

            return chosen_entry(lo, node, new_object(lo, node, list, list(enumerate(base.items))), index)
        what = "an entry of a tuple is chosen by an index that is not a constant"
        raise lo.refuse(node, what, "use an array, or loop over the tuple")

    # Functions

    def invoke(self, lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: tuple[tuple[str, Any], ...]) -> Any:
        """A call of a function that is itself transformed."""
        path = self.path_of(lo, node, fn)
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
        sender = Sender(lo, node)
        kinds = tuple(map(sender.kind, values))
        instance = self.instance(key, source, kinds, path, note)
        if lo.protected and may_leave_traces(instance):
            instance = self.instance(key, source, kinds, path, note, total=True)
        leaf_args = [*sender.leaves, *(self.current(lo, v) for v in instance.free)]
        found = self.result_kinds(instance)
        targets = tuple(
            lo.fresh(f"{instance.name}_out" if len(found) == 1 else f"{instance.name}_out{i}")
            for i in range(len(found))
        )
        lo.out.append(Invoke(targets, instance, tuple(leaf_args), found, lo.span(node)))
        queue = [Name(t, k) for t, k in zip(targets, found, strict=True)]
        objects = {i: o for i, o in enumerate(sender.objects) if o is not None}
        receiver = Receiver(lo, lambda name, kind: queue.pop(0), objects)
        label, lo.label = lo.label, None
        if instance.never_returns:
            raise lo.raised(node, RuntimeError, f"{instance.name} returned")
        value = receiver.value(instance.function.result_kind, label or f"{instance.name}_out")
        self.apply_changes(lo, node, instance, receiver)
        return raised_again(lo, node, value) if instance.total else value

    def result_kinds(self, instance: Instance) -> tuple[Kind, ...]:
        kinds = leaves(instance.function.result_kind)[: instance.returned]
        return (*kinds, *(k for _, changed in instance.after for k in leaves(changed)))

    def apply_changes(self, lo: Lowering, node: ast.AST, instance: Instance, receiver: Receiver) -> None:
        """The objects that a call has changed."""
        for number, changed in instance.after:
            obj = self.outside_object(lo, number) if number < 0 else receiver.objects[number]
            before = get_object(lo, obj)
            if number < 0 and changed.note is WHOLE:  # type: ignore[union-attr]
                lo.env[slot(obj.ident)] = replace(before, fields=(), whole=True)
            for key in before.keys() if not before.outside else ():
                if key not in changed.keys:  # type: ignore[union-attr]
                    lo.env[slot(obj.ident)] = get_object(lo, obj).without(key)
            for key, kind in zip(changed.keys, changed.items, strict=True):  # type: ignore[union-attr]
                if kind != UNCHANGED:
                    write_field(lo, node, obj, key, receiver.value(kind, f"{before.label}_{key}"))
            if obj.cls is FunctionType:
                give_back(lo, node, obj, before)

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

    def path_of(self, lo: Lowering, node: ast.AST, fn: Any) -> Path:
        """The way to the callee: it was just looked up, so its dependency is the last one that holds it."""
        return self.way_to(fn)

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
        settle(self, instance, path, note)
        instance.complete = True
        return instance

    def root_instance(self, function: FunctionType, kinds: tuple[Kind, ...], path: Path) -> Instance:
        """The differentiated function itself."""
        key = (function.__code__, id(function.__globals__), tuple(map(id, function.__closure__ or ())))
        return self.instance(key, capture(function), kinds, path)

    def unique(self, name: str) -> str:
        name = "lambda_" if name == "<lambda>" else name
        candidate, number = name, 0
        while candidate in self.names:
            number += 1
            candidate = f"{name}{number}"
        self.names.add(candidate)
        return candidate


def settle(program: Program, instance: Instance, path: Path, note: Closure | None) -> None:
    """Lower a function; again while a recursive call inside it learns more of what it returns, reads and changes."""
    for _ in range(40):
        before = instance.function.result_kind, instance.free, instance.after
        keys, names = set(program.instances), set(program.names)
        try:
            lower_function(program, instance, path, note)
        except Restart:
            forget(program, keys, names)
            continue
        if not instance.recursive or before == (instance.function.result_kind, instance.free, instance.after):
            return
        forget(program, keys, names)
    hint = "let every path return values of one kind"
    raise ZygoteError(f"what the recursive function {instance.name} returns can't be told", hint=hint)


def forget(program: Program, keys: set[Any], names: set[str]) -> None:
    for key in set(program.instances) - keys:
        del program.instances[key]
    program.names = names


def lower_function(program: Program, instance: Instance, path: Path, note: Closure | None) -> None:
    source, tree = instance.source, instance.source.tree
    refuse_special(source)
    lo = Lowering(source, program, path)
    lo.local_names = frozenset(source.code.co_varnames + source.code.co_cellvars)
    lo.mutated = mutated_lists(tree)
    body = [tree.body] if isinstance(tree.body, ast.expr) else tree.body
    lo.outer_names = frozenset(n for d in own_nodes(tree) if isinstance(d, (ast.Global, ast.Nonlocal)) for n in d.names)
    program.free_of[id(lo)] = []
    receiver = Receiver(lo, lambda name, kind: Name(name, kind))
    params = bind_parameters(lo, receiver, tree, instance.kinds, note)
    lo.taken |= set(lo.local_names) | {p.name for p in params}
    begin_flags(lo, tree, lo.local_names)
    entry = dict(receiver.objects)
    before = {n: get_object(lo, o) for n, o in entry.items()}
    envs: list[dict[str, Any]] = []
    if instance.total:
        value, envs = total_body(lo, lambda: lower_result(lo, source, body))
    else:
        value = lower_result(lo, source, body)
    sender = Sender(
        lo, tree, {o.ident: n for n, o in entry.items()}, [entry.get(i) for i in range(count_objects(entry))]
    )
    if isinstance(value, Bottom):
        result_kind: Kind = value
    else:
        result_kind = sender.kind(value)
    if instance.total:
        result_kind = made_total(lo, sender.leaves, result_kind, envs)
    after = changes(lo, sender, entry, before)
    free = tuple(program.free_of.pop(id(lo)))
    free_params = tuple(Param(v.name, v.kind) for v in free)
    instance.function = Function(
        instance.name, (*params, *free_params), tuple(lo.out), tuple(sender.leaves), result_kind, source.filename,
        lo.span(tree),
    )  # fmt: skip
    instance.free, instance.after = free, after


def count_objects(entry: dict[int, Obj]) -> int:
    return max(entry, default=-1) + 1


def changes(
    lo: Lowering, sender: Sender, entry: dict[int, Obj], before: dict[int, Object]
) -> tuple[tuple[int, Kind], ...]:
    """The objects among the arguments and outside that the function leaves otherwise than it found them."""
    found = []
    for number, obj in entry.items():
        changed = sender.changes(obj, before[number])
        if changed is not None:
            found.append((number, changed))
    for key, content in lo.env.items():
        if isinstance(content, Object) and content.outside and content.fields:
            ident = int(key[1:])
            changed = sender.changes(lo.program.outside_object(lo, ident), Object(content.cls, (), "", frozenset()))
            if changed is not None:
                found.append((ident, changed))
    return tuple(found)


def refuse_special(source: Source) -> None:
    code = source.code
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        lo = Lowering(source, None, ())  # type: ignore[arg-type]
        word = "generator" if code.co_flags & inspect.CO_GENERATOR else "async"
        hint = "write an ordinary function that returns the value"
        raise lo.refuse(source.tree, f"{word} functions are not differentiated", hint)


def lower_result(lo: Lowering, source: Source, body: list[Any]) -> Any:
    """The value that the function returns; Bottom if it never does."""
    tree = source.tree
    if isinstance(tree, ast.Lambda):
        return or_raise(lo, tree, lambda: lo.value(tree.body))
    returns = [n for n in own_nodes(tree) if isinstance(n, ast.Return)]
    if len(returns) == 1 and body and body[-1] is returns[0]:
        lower_body(lo, body[:-1], Exits(lambda stmt: None))
        last = returns[0].value
        return none() if last is None else or_raise(lo, returns[0], lambda: lo.value(last))
    return lower_many_returns(lo, source, body, returns)


def or_raise(lo: Lowering, node: ast.AST, value: Callable[[], Any]) -> Any:
    try:
        return value()
    except Ended as end:
        lo.out.append(ending(lo, node, end))
        return Bottom()


def own_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    found, queue = [], list(ast.iter_child_nodes(tree))
    while queue:
        node = queue.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.AsyncFunctionDef, ast.ClassDef)):
            queue.extend(ast.iter_child_nodes(node))
    return found


def lower_many_returns(lo: Lowering, source: Source, body: list[Any], returns: list[Any]) -> Any:
    """One exit: every ``return`` assigns the result variable, which is the user's own where all name the same."""
    named = (
        {n.value.id for n in returns if isinstance(n.value, ast.Name)}
        if all(n.value is not None for n in returns)
        else set()
    )
    stem = named.pop() if len(named) == 1 and all(isinstance(n.value, ast.Name) for n in returns) else lo.fresh("out")
    lo.env["return"] = static(stem)
    last = ast.copy_location(ast.Return(None), source.tree)
    lower_body(lo, body if ends(body) else [*body, last], Exits(lambda stmt: store_result(lo, stmt)))
    value = lo.env.get("return value")
    if isinstance(value, Mixed):
        raise two_kinds(lo, source.tree)
    return (Bottom() if always_raises(tuple(lo.out)) else none()) if value is None else value


def mutated_lists(tree: ast.AST) -> frozenset[str]:
    """The variables through which a list is changed: by append, pop, or an assigned element."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ) and node.func.attr in ("append", "pop", "extend"):
            found.add(node.func.value.id)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            base: ast.expr = node
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
    return frozenset(found)


def bind_parameters(
    lo: Lowering, receiver: Receiver, tree: Any, kinds: tuple[Kind, ...], note: Closure | None
) -> list[Param]:
    spec = tree.args
    ordered = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    ordered += ([spec.vararg.arg] if spec.vararg else []) + [a.arg for a in spec.kwonlyargs]
    ordered += [spec.kwarg.arg] if spec.kwarg else []
    params: list[Param] = []
    if note is not None:
        kind, *rest = kinds
        params += [Param(n, k) for n, k in parameter_names(kind, "captured")]
        lo.closure = receiver.value(kind, "captured")
        lo.env["captured"] = lo.closure
        kinds = tuple(rest)
    for name, kind in zip(ordered, kinds, strict=True):
        lo.env[name] = receiver.value(kind, name)
        params += [Param(n, k) for n, k in parameter_names(kind, name)]
    return params


__all__ = ["Dependency", "FreeVariable", "Instance", "Opaque", "Program", "describe", "is_plain", "is_static"]
