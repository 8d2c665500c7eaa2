"""A program: the functions reached from one call, each lowered once for the kinds of arguments it is called with."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from zygote_nb.errors import UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend.control import Exits, lower_body, store_result
from zygote_nb.frontend.free import Path, plain, read
from zygote_nb.frontend.lower import Lowering, describe, make_tuple
from zygote_nb.frontend.source import Source, capture
from zygote_nb.ir.core import (
    Append,
    Apply,
    Assign,
    Const,
    Expr,
    Function,
    Invoke,
    Method,
    Name,
    Param,
    Span,
    Tuple,
)
from zygote_nb.ir.kinds import (
    BOOL,
    FLOAT,
    INT,
    Array,
    Bottom,
    Kind,
    ListOf,
    Opaque,
    Scalar,
    Static,
    TupleOf,
    is_plain,
    join,
    leaves,
)


@dataclass(frozen=True, slots=True)
class FreeVariable:
    """A value from outside the function that becomes parameters; ``path`` says where it is read at each call."""

    path: Path
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Dependency:
    """A function, module or other static value that the generated code was made for."""

    path: Path
    value: Any


@dataclass(slots=True, eq=False)
class Instance:
    """One function lowered for one tuple of kinds.

    ``free`` are the parameters after those of the arguments, the callees' included.
    """

    source: Source
    kinds: tuple[Kind, ...]
    function: Function
    free: tuple[FreeVariable, ...] = ()
    complete: bool = False
    recursive: bool = False

    @property
    def name(self) -> str:
        return self.function.name


@dataclass(slots=True)
class Program:
    """All instances of one derivation, and what they depend on."""

    has_rule: Callable[[Any], bool]
    kind_of: Callable[[Any], Kind]
    root: Any = None
    args: tuple[Any, ...] = ()
    why_not: Callable[[Any], tuple[str, str]] = lambda fn: (f"{fn} has no derivative rule", "write one with zg.rrule")
    instances: dict[Any, Instance] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    free_of: dict[int, list[FreeVariable]] = field(default_factory=dict)

    def is_primitive(self, fn: Any) -> bool:
        return self.has_rule(fn)

    # Free variables

    def free_value(self, lo: Lowering, node: ast.AST, name: str, path: Path) -> Expr:
        try:
            value = read(path, self.root, self.args)
        except (ValueError, KeyError):
            raise lo.refuse(node, f"`{name}` has no value yet", "assign it before the gradient is taken") from None
        if is_static(value):
            self.dependencies.append(Dependency(path, value))
            text = value.__name__ if isinstance(value, ModuleType) else name
            return Const(value, Static(value), text)
        kind = self.kind_of(value)
        if isinstance(kind, Opaque):
            what = f"the free variable `{name}` is a {type(value).__name__}"
            raise lo.refuse(node, what, "pass what is needed of it as arguments")
        return self.add_free(lo, FreeVariable(path, name, kind))

    def add_free(self, lo: Lowering, variable: FreeVariable) -> Expr:
        """A parameter for the free variable, under a name of its own."""
        known = self.free_of.setdefault(id(lo), [])
        slot = self.slot(variable.path)
        for other in known:
            if self.slot(other.path) == slot:
                return param_expr(other.name, other.kind)
        name = variable.name
        if name in lo.taken or name in lo.local_names:
            name = lo.fresh(f"{name}_")
        lo.taken.add(name)
        known.append(FreeVariable(variable.path, name, variable.kind))
        return param_expr(name, variable.kind)

    def slot(self, path: Path) -> tuple[int, Any]:
        """The cell or the scope that a free variable is read from: one variable, by whatever way it is reached."""
        holder = plain(read(path[:-1], self.root, self.args))
        how, what = path[-1]
        match how:
            case "global":
                return id(holder.__globals__), what
            case "cell":
                return id(holder.__closure__[what]), ""
        return id(holder), what

    def static_or_number(self, lo: Lowering, node: ast.AST, value: Any, text: str) -> Expr:
        """An attribute of a module: a function, or a constant such as ``np.pi``."""
        if isinstance(value, (bool, int, float)):
            kind = BOOL if isinstance(value, bool) else INT if isinstance(value, int) else FLOAT
            return Const(value, kind, text)
        if isinstance(value, np.ndarray):
            raise lo.refuse(node, f"`{text}` is an array in a module", "import it by name, or pass it as an argument")
        return Const(value, Static(value), text)

    # Lists

    def list_display(self, lo: Lowering, node: ast.AST, value: Tuple) -> Expr:
        """A list that the function changes: a piece of memory."""
        item: Kind | None = None
        for entry in value.items:
            joined = entry.kind if item is None else join(item, entry.kind)
            if joined is None or isinstance(entry, Tuple):
                raise lo.refuse(node, "a list of entries of different kinds is changed", "use one list for each kind")
            item = joined
        name = lo.fresh("items")
        kind = ListOf(item)
        held = tuple(
            lo.temporary("t", i, node) if isinstance(i, Apply) and isinstance(i.kind, Array) else i for i in value.items
        )
        lo.out.append(Assign(name, Tuple(held, list, kind), lo.span(node)))
        return Name(name, kind)

    def repeated_list(self, lo: Lowering, node: ast.AST, item: Expr, count: Expr) -> Expr:
        """``[x] * n``."""
        if isinstance(item, Tuple) or not isinstance(item.kind, Scalar):
            raise lo.refuse(
                node, "a repeated list of arrays is not differentiated", "append to an empty list in a loop"
            )
        from zygote_nb.frontend.control import write_range
        from zygote_nb.ir.core import INT_ONE, INT_ZERO

        name = lo.fresh("items")
        kind = ListOf(item.kind)
        held = lo.evaluated(item, node)
        lo.out.append(Assign(name, Tuple((), list, kind), lo.span(node)))
        write_range(
            lo,
            node,
            (INT_ZERO, count, INT_ONE),
            lo.fresh("i"),
            lambda i: lo.out.append(Append(name, held, lo.span(node))),
            set(),
        )
        return Name(name, kind)

    def dynamic_item(self, lo: Lowering, node: ast.AST, base: Tuple, index: Expr) -> Expr:
        """An entry of a tuple at an index that isn't known: the tuple as an array, if its entries are numbers."""
        if base.items and all(isinstance(i.kind, Scalar) for i in base.items) and isinstance(index.kind, Scalar):
            whole = lo.apply(node, np.array, [base])
            return lo.getitem(node, lo.temporary("t", whole, node), index)
        what = "an entry of a tuple is chosen by an index that is not a constant"
        raise lo.refuse(node, what, "use an array, or loop over the tuple")

    # Functions

    def invoke(
        self, lo: Lowering, node: ast.AST, fn: Any, args: list[Expr], kwargs: tuple[tuple[str, Expr], ...]
    ) -> Expr:
        """A call of a function that is itself transformed."""
        values, path = self.bind_arguments(lo, node, fn, args, kwargs)
        instance = self.instance(fn, tuple(v.kind for v in values), path)
        leaf_args = [leaf for value in values for leaf in flat(value)]
        leaf_args += [leaf for v in instance.free for leaf in flat(self.add_free(lo, v))]
        kinds = tuple(k for k in leaves(instance.function.result_kind) if not isinstance(k, Static))
        targets = tuple(
            lo.fresh(f"{instance.name}_out" if len(kinds) == 1 else f"{instance.name}_out{i}")
            for i in range(len(kinds))
        )
        lo.out.append(Invoke(targets, instance, tuple(leaf_args), kinds, lo.span(node)))
        return rebuilt(instance.function.result_kind, [Name(t, k) for t, k in zip(targets, kinds, strict=True)])

    def bind_arguments(
        self, lo: Lowering, node: ast.AST, fn: Any, args: list[Expr], kwargs: tuple[tuple[str, Expr], ...]
    ) -> tuple[list[Expr], Path]:
        """The arguments in the order of the parameters, defaults filled in."""
        path = self.path_of(lo, node, fn)
        function = plain(fn)
        try:
            bound = inspect.signature(function).bind(*args, **dict(kwargs))
        except TypeError as error:
            raise lo.refuse(node, f"{function.__name__}: {error}", "Python would raise TypeError here") from None
        values = []
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                values.append(make_tuple(tuple(bound.arguments.get(name, ())), tuple))
            elif parameter.kind is parameter.VAR_KEYWORD:
                if bound.arguments.get(name):
                    raise lo.refuse(
                        node, f"`**{name}` of {function.__name__} is not differentiated", "name the parameters"
                    )
                values.append(make_tuple((), tuple))
            elif name in bound.arguments:
                values.append(bound.arguments[name])
            else:
                values.append(self.default(lo, node, function, name, parameter.default))
        return values, path

    def default(self, lo: Lowering, node: ast.AST, function: FunctionType, name: str, value: Any) -> Expr:
        if is_static(value):
            return Const(value, Static(value))
        if isinstance(value, (bool, int, float)):
            return Const(value, self.kind_of(value))
        what = f"the default of `{name}` in {function.__name__} is a {type(value).__name__}"
        raise lo.refuse(node, what, "pass the argument explicitly")

    def way_to(self, value: Any) -> Path:
        """The way by which a static value was reached."""
        for dependency in reversed(self.dependencies):
            if dependency.value is value:
                return dependency.path
        return (("constant", value),)

    def path_of(self, lo: Lowering, node: ast.AST, fn: Any) -> Path:
        """The way to the callee: it was just looked up, so its dependency is the last one that holds it."""
        for dependency in reversed(self.dependencies):
            if dependency.value is fn:
                return dependency.path
        func = getattr(node, "func", None)
        if isinstance(func, ast.Attribute):
            base = lo.expr(func.value)
            for dependency in reversed(self.dependencies):
                if isinstance(base, Const) and dependency.value is base.value:
                    return (*dependency.path, ("attribute", func.attr))
        return (("constant", fn),)

    def instance(self, fn: Any, kinds: tuple[Kind, ...], path: Path) -> Instance:
        function = plain(fn)
        key = (function.__code__, id(function.__globals__), kinds, tuple(map(id, function.__closure__ or ())))
        if key in self.instances:
            known = self.instances[key]
            known.recursive = known.recursive or not known.complete
            return known
        instance = Instance(capture(fn), kinds, Function(self.unique(function.__name__), (), (), (), Bottom()))
        self.instances[key] = instance
        settle(self, instance, path)
        instance.complete = True
        return instance

    def unique(self, name: str) -> str:
        name = "lambda_" if name == "<lambda>" else name
        candidate, number = name, 0
        while candidate in self.names:
            number += 1
            candidate = f"{name}{number}"
        self.names.add(candidate)
        return candidate


def settle(program: Program, instance: Instance, path: Path) -> None:
    """Lower a function; again while a recursive call inside it learns more of what it returns and reads."""
    for _ in range(8):
        before = instance.function.result_kind, instance.free
        keys, names = set(program.instances), set(program.names)
        lower_function(program, instance, path)
        if not instance.recursive or before == (instance.function.result_kind, instance.free):
            return
        for key in set(program.instances) - keys:
            del program.instances[key]
        program.names = names
    hint = "let every path return values of one kind"
    raise ZygoteError(f"what the recursive function {instance.name} returns can't be told", hint=hint)


def lower_function(program: Program, instance: Instance, path: Path) -> None:
    source, tree = instance.source, instance.source.tree
    refuse_special(source)
    lo = Lowering(source, program, path)
    lo.local_names = frozenset(source.code.co_varnames + source.code.co_cellvars)
    lo.mutated = mutated_lists(tree)
    program.free_of[id(lo)] = []
    params = bind_parameters(lo, tree, instance.kinds)
    lo.taken |= set(lo.local_names) | {p.name for p in params}
    body = [tree.body] if isinstance(tree.body, ast.expr) else tree.body
    result, result_kind = lower_result(lo, source, body)
    free = tuple(program.free_of.pop(id(lo)))
    free_params = [p for v in free for p in flat_params(v.name, v.kind)]
    span = lo.span(tree)
    instance.function = Function(
        instance.name, (*params, *free_params), tuple(lo.out), result, result_kind, source.filename, span
    )
    instance.free = free


def refuse_special(source: Source) -> None:
    code = source.code
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        lo = Lowering(source, None, ())  # type: ignore[arg-type]
        word = "generator" if code.co_flags & inspect.CO_GENERATOR else "async"
        raise lo.refuse(
            source.tree, f"{word} functions are not differentiated", "write an ordinary function that returns the value"
        )


def lower_result(lo: Lowering, source: Source, body: list[Any]) -> tuple[tuple[Expr, ...], Kind]:
    if isinstance(source.tree, ast.Lambda):
        value = lo.expr(source.tree.body)
        return tuple(flat(value)), value.kind
    returns = [n for n in own_nodes(source.tree) if isinstance(n, ast.Return)]
    if len(returns) == 1 and body and body[-1] is returns[0]:
        lower_body(lo, body[:-1], Exits(lambda stmt: None))
        value = lo.expr(returns[0].value) if returns[0].value is not None else Const(None, Static(None))
        return tuple(flat(value)), value.kind
    return lower_many_returns(lo, source, body, returns)


def own_nodes(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    found, queue = [], list(ast.iter_child_nodes(tree))
    while queue:
        node = queue.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.AsyncFunctionDef, ast.ClassDef)):
            queue.extend(ast.iter_child_nodes(node))
    return found


def lower_many_returns(
    lo: Lowering, source: Source, body: list[Any], returns: list[Any]
) -> tuple[tuple[Expr, ...], Kind]:
    """One exit: every ``return`` assigns the result variable, which is the user's own where all name the same."""
    named = (
        {n.value.id for n in returns if isinstance(n.value, ast.Name)}
        if all(n.value is not None for n in returns)
        else set()
    )
    stem = named.pop() if len(named) == 1 and all(isinstance(n.value, ast.Name) for n in returns) else lo.fresh("out")
    lo.env["return"] = Const(stem, Static(stem))

    def leave(stmt: ast.Return) -> None:
        store_result(lo, stmt)

    last = ast.copy_location(ast.Return(None), source.tree)
    lower_body(lo, body if falls_not_through(body) else [*body, last], Exits(leave))
    value = lo.env.get("return value")
    if value is None:
        value = Const(None, Static(None))
    return tuple(flat(value)), value.kind  # type: ignore[arg-type, union-attr]


def falls_not_through(body: list[ast.stmt]) -> bool:
    from zygote_nb.frontend.control import ends

    return ends(body)


def mutated_lists(tree: ast.AST) -> frozenset[str]:
    """The variables through which a list is changed: by append, pop, or an assigned element."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ) and node.func.attr in ("append", "pop", "extend", "insert", "remove", "clear", "sort", "reverse"):
            found.add(node.func.value.id)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
            base: ast.expr = node
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
    return frozenset(found)


def bind_parameters(lo: Lowering, tree: Any, kinds: tuple[Kind, ...]) -> list[Param]:
    spec = tree.args
    names = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    names += [spec.vararg.arg] if spec.vararg else []
    names += [a.arg for a in spec.kwonlyargs]
    names += [spec.kwarg.arg] if spec.kwarg else []
    ordered = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    ordered += ([spec.vararg.arg] if spec.vararg else []) + [a.arg for a in spec.kwonlyargs]
    ordered += [spec.kwarg.arg] if spec.kwarg else []
    params: list[Param] = []
    for name, kind in zip(ordered, kinds, strict=True):
        lo.env[name] = param_expr(name, kind)
        params += flat_params(name, kind)
    return params


def param_expr(name: str, kind: Kind) -> Expr:
    """The value of a parameter: variables for its leaves, and what is static as a constant."""
    match kind:
        case TupleOf():
            return make_tuple(tuple(param_expr(f"{name}_{i}", k) for i, k in enumerate(kind.items)), kind.cls)
        case Static():
            return Const(kind.value, kind)
    return Name(name, kind)


def flat_params(name: str, kind: Kind) -> list[Param]:
    match kind:
        case TupleOf():
            return [p for i, k in enumerate(kind.items) for p in flat_params(f"{name}_{i}", k)]
        case Static():
            return []
    return [Param(name, kind)]


def flat(value: Expr) -> list[Expr]:
    """The leaves of a value that are data; static ones are part of the kind."""
    if isinstance(value, Tuple):
        return [leaf for item in value.items for leaf in flat(item)]
    return [] if isinstance(value.kind, Static) else [value]


def rebuilt(kind: Kind, values: list[Expr]) -> Expr:
    """A value of the kind from its leaves; takes them off the list."""
    if isinstance(kind, TupleOf):
        return make_tuple(tuple(rebuilt(k, values) for k in kind.items), kind.cls)
    return Const(kind.value, kind) if isinstance(kind, Static) else values.pop(0)


def is_static(value: Any) -> bool:
    """Whether a free variable or an argument is part of the program rather than data."""
    if value is None or isinstance(value, (str, bytes, ModuleType, type, np.dtype, np.ufunc)):
        return True
    return callable(value)


__all__ = [
    "Apply",
    "Dependency",
    "FreeVariable",
    "Instance",
    "Method",
    "Program",
    "Span",
    "UnsupportedSyntaxError",
    "describe",
    "flat",
    "is_plain",
    "is_static",
]
