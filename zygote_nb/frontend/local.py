"""Functions defined inside the function.

A call is written out where it stands: the body is lowered in the scope of the enclosing function, with its own
variables renamed, so that captured variables are those of the enclosing function at the time of the call. Where the
function leaves its scope (as an argument, as a result) or calls itself, it becomes a closure: an object whose entries
are what it captures.
"""

from __future__ import annotations

import ast
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.frontend import cells
from zygote_nb.frontend.heap import ABSENT, Obj, Object, get_object, put_object
from zygote_nb.frontend.joining import Mixed
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.signature import bind_values
from zygote_nb.frontend.syntax import copied, mutated_lists, own_nodes, rename, users_name, walk
from zygote_nb.frontend.unset import begin_flags, unsure
from zygote_nb.frontend.values import none, static
from zygote_nb.ir.core import Const
from zygote_nb.ir.kinds import Reference
from zygote_nb.ir.walk import always_raises

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.source import Source

Kwargs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, eq=False)
class LocalFunction:
    """An inner function, in the scope of one lowering; ``defaults`` are variables that hold its default values.

    A generator that is ``managed`` makes context managers. ``shown`` is what the user calls the function.
    """

    node: Any
    owner: Any
    name: str
    source: Source
    path: Any
    defaults: tuple[tuple[str, str], ...] = ()
    managed: bool = False
    shown: str = ""

    @property
    def __name__(self) -> str:
        return self.shown or self.name


@dataclass(frozen=True, slots=True)
class Closure:
    """The code of an inner function that left its scope."""

    source: Source
    path: Any
    defaults: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Closure) and other.source.tree is self.source.tree
        return same and other.path == self.path  # type: ignore[union-attr]

    def __hash__(self) -> int:
        return id(self.source.tree)


def define(lo: Lowering, node: ast.FunctionDef | ast.Lambda) -> Const:
    """The inner function as a value."""
    name = node.name if isinstance(node, ast.FunctionDef) else "lambda"
    held = tuple((p, lo.fresh(f"{name}_{p}")) for p, _ in default_nodes(node.args))
    values = lo.items([d for _, d in default_nodes(node.args)])
    for (_, variable), value in zip(held, values, strict=True):
        lo.bind(variable, value, node)
    key = (id(node), held)
    if key not in lo.inner:
        lo.inner[key] = LocalFunction(node, lo, name, inner_source(lo, node), lo.path, held, shown=users_name(node))
    function = static(lo.inner[key], name)
    return decorated(lo, node, function) if isinstance(node, ast.FunctionDef) else function


def decorated(lo: Lowering, node: ast.FunctionDef, function: Any) -> Any:
    for decorator in reversed(node.decorator_list):
        function = lo.call_value(node, lo.value(decorator), [function])
    return function


def default_nodes(spec: ast.arguments) -> list[tuple[str, ast.expr]]:
    positional = [*spec.posonlyargs, *spec.args]
    first = len(positional) - len(spec.defaults)
    found = [(positional[first + i].arg, d) for i, d in enumerate(spec.defaults)]
    return found + [(a.arg, d) for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None]


def inner_source(lo: Lowering, node: Any) -> Source:
    """The source of an inner function: its tree and code, in the surroundings of the enclosing one."""
    code = code_of(lo.source.code, node) or lo.source.code
    return replace(lo.source, tree=node, code=code, first_line=node.lineno)


def code_of(outer: CodeType, node: Any) -> CodeType | None:
    name = users_name(node)
    for constant in outer.co_consts:
        if isinstance(constant, CodeType):
            same_line = constant.co_firstlineno in (
                node.lineno,
                *(d.lineno for d in getattr(node, "decorator_list", ())),
            )
            if constant.co_name == name and same_line and same_parameters(constant, node.args):
                return constant
            found = code_of(constant, node)
            if found is not None:
                return found
    return None


def same_parameters(code: CodeType, spec: ast.arguments) -> bool:
    names = [a.arg for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    return list(code.co_varnames[: len(names)]) == names


# Calls, written out


def call(lo: Lowering, node: ast.AST, fn: LocalFunction, args: list[Any], kwargs: Kwargs) -> Any:
    if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(fn.node)):
        from zygote_nb.frontend.generators import suspend_inner

        return suspend_inner(lo, node, fn, args, kwargs)
    if fn.owner is not lo or fn.node in lo.inlining or is_recursive(lo, fn):
        return call_closure(lo, node, closure_object(lo, node, fn), args, kwargs)
    values = bind_values(lo, node, fn.node.args, fn.name, args, kwargs, lambda name: lo.env[dict(fn.defaults)[name]])
    tree, names = renamed(lo, fn)
    lo.trees.append(tree)
    lo.local_names |= frozenset(names.values())
    lo.mutated |= mutated_lists(tree)
    lo.inlining.append(fn.node)
    try:
        rebound = bound_names(fn.node.body if isinstance(fn.node, ast.FunctionDef) else [])
        for parameter, value in values.items():
            if isinstance(value, Const) and type(value.value) in (int, bool) and parameter not in rebound:
                lo.env[names[parameter]] = value
            else:
                lo.bind(names[parameter], value, node)
        begin_flags(lo, node, set(names.values()))
        return result(lo, fn, tree)
    finally:
        lo.inlining.pop()


def is_recursive(lo: Lowering, fn: LocalFunction) -> bool:
    """Whether the function reaches itself through the names of inner functions."""
    seen: set[str] = set()
    queue = [fn.node]
    while queue:
        for name in {n.id for n in walk(queue.pop()) if isinstance(n, ast.Name)} - seen:
            seen.add(name)
            value = lo.env.get(name)
            if isinstance(value, Const) and isinstance(value.value, LocalFunction):
                if value.value.node is fn.node:
                    return True
                queue.append(value.value.node)
    return False


def renamed(lo: Lowering, fn: LocalFunction) -> tuple[Any, dict[str, str]]:
    """A copy of the function's tree with new names for its own variables."""
    tree = copied(fn.node)
    nodes = tree.body if isinstance(tree, ast.FunctionDef) else [tree.body]
    outer = declared_outer(nodes)
    own = parameter_set(tree.args) | bound_names(nodes)
    names = {name: lo.fresh(f"{name}_{fn.name}") for name in sorted(own - outer)}
    Renamer(names).rename(nodes)
    return tree, names


def declared_outer(nodes: list[Any]) -> set[str]:
    """The variables that the statements declare global or nonlocal; functions inside declare for themselves."""
    return {n for d in own_nodes(ast.Module(nodes, [])) if isinstance(d, (ast.Nonlocal, ast.Global)) for n in d.names}


def parameter_set(spec: ast.arguments) -> set[str]:
    stars = [a for a in (spec.vararg, spec.kwarg) if a is not None]
    return {a.arg for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *stars)}


def bound_names(nodes: list[Any]) -> set[str]:
    """The variables that statements bind, not counting what functions inside bind for themselves."""
    found: set[str] = set()
    queue: list[ast.AST] = list(nodes)
    while queue:
        node = queue.pop()
        if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            if not isinstance(node, ast.Lambda):
                found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
        if isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
        queue.extend(ast.iter_child_nodes(node))
    return found


class Renamer:
    """Renames variables in statements; functions inside keep what they bind themselves."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def rename(self, nodes: list[Any]) -> None:
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        match node:
            case ast.Name() if node.id in self.names:
                node.id = self.names[node.id]
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if node.name in self.names:
                node.name = self.names[node.name]
            case ast.MatchMapping() if node.rest in self.names:
                node.rest = self.names[node.rest]
            case ast.Nonlocal():
                node.names = [self.names.get(n, n) for n in node.names]
            case ast.FunctionDef() | ast.Lambda():
                self.inner(node)
                return
            case ast.ClassDef():
                self.inner_class(node)
                return
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def inner_class(self, node: ast.ClassDef) -> None:
        """A class keeps the names of its own entries."""
        if node.name in self.names:
            rename(node, self.names[node.name])
        for outer in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(outer)
        own = bound_names(node.body)
        Renamer({k: v for k, v in self.names.items() if k not in own}).rename(node.body)

    def inner(self, node: Any) -> None:
        body = node.body if isinstance(node, ast.FunctionDef) else [node.body]
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d)):
            self.visit(default)
        for decorator in getattr(node, "decorator_list", ()):
            self.visit(decorator)
        outer = declared_outer(body)
        own = (parameter_set(node.args) | bound_names(body)) - outer
        if isinstance(node, ast.FunctionDef) and node.name in self.names:
            rename(node, self.names[node.name])
        Renamer({k: v for k, v in self.names.items() if k not in own}).rename(body)


def result(lo: Lowering, fn: LocalFunction, tree: Any) -> Any:
    from zygote_nb.frontend.control import lower_body
    from zygote_nb.frontend.jumps import Exits

    if isinstance(tree, ast.Lambda):
        return lo.value(tree.body)
    body = [s for s in tree.body if not isinstance(s, (ast.Nonlocal, ast.Global))]
    returns = [n for n in own_nodes(ast.Module(body, [])) if isinstance(n, ast.Return)]
    if not returns:
        lower_body(lo, body, Exits(lambda stmt: None))
        if always_raises(tuple(lo.out)):
            raise lo.raised(tree, RuntimeError, f"{fn.name} returned")
        return none()
    if len(returns) == 1 and body[-1] is returns[0]:
        lower_body(lo, body[:-1], Exits(lambda stmt: None))
        value = returns[0].value
        return none() if value is None else lo.evaluated(lo.value(value), returns[0])
    return many_returns(lo, fn, tree, body)


def many_returns(lo: Lowering, fn: LocalFunction, tree: Any, body: list[ast.stmt]) -> Any:
    from zygote_nb.frontend.control import lower_body
    from zygote_nb.frontend.jumps import Exits, ends, store_result

    outer = {key: lo.env.pop(key, None) for key in ("return", "return value")}
    stem = lo.fresh(f"{fn.name}_out")
    lo.env["return"] = static(stem)
    last = at_place_of(tree, ast.Return(None))
    lower_body(lo, body if ends(body) else [*body, last], Exits(lambda stmt: store_result(lo, stmt)))
    value = lo.env.pop("return value", None)
    lo.env.pop("return", None)
    lo.env.update({k: v for k, v in outer.items() if v is not None})
    if value is None and always_raises(tuple(lo.out)):
        raise lo.raised(tree, RuntimeError, f"{fn.name} returned")
    if value is None or isinstance(value, Mixed):
        raise lo.refuse(tree, f"what `{fn.name}` returns differs from path to path", "return values of one kind")
    return value


# Closures


def captured_names(lo: Lowering, fn: LocalFunction) -> list[str]:
    """The variables of the enclosing function that the inner one reads or writes, in order."""
    body = fn.node.body if isinstance(fn.node, ast.FunctionDef) else [fn.node.body]
    outer = declared_outer(body)
    own = (parameter_set(fn.node.args) | bound_names(body)) - outer
    read = {n.id for s in body for n in walk(s) if isinstance(n, ast.Name)} | outer
    return sorted(name for name in read - own if name in lo.env or is_captured(lo, name))


def is_captured(lo: Lowering, name: str) -> bool:
    """Whether this function is a closure itself, and has captured the variable."""
    return lo.closure is not None and get_object(lo, lo.closure).get(name) is not ABSENT


def closure_object(lo: Lowering, node: ast.AST, fn: LocalFunction) -> Obj:
    """The inner function with what it captures now, as an object; one for all that ask within a statement."""
    key = ("closure", fn)
    obj = lo.joints.get(key)
    if obj is None:
        obj = lo.joints[key] = Obj(lo.new_ident(), Reference(FunctionType))
    note = Closure(fn.source, fn.path, tuple(p for p, _ in fn.defaults))
    put_object(lo, obj, Object(FunctionType, (), fn.name, frozenset((obj.ident,)), note=note))
    fields: list[tuple[Any, Any]] = []
    shared = cells.are_shared(lo)
    for name in captured_names(lo, fn):
        if name in unsure(lo.env):
            raise lo.refuse(node, f"`{name}`, which may be unset here, is captured", "set it on every path")
        fields.append((name, captured_value(lo, node, fn, obj, name, shared)))
    fields += [(f"default {p}", lo.env[variable]) for p, variable in fn.defaults]
    put_object(lo, obj, replace(get_object(lo, obj), fields=tuple(fields)))
    return obj


def captured_value(lo: Lowering, node: ast.AST, fn: LocalFunction, obj: Obj, name: str, shared: set[str]) -> Any:
    if name not in lo.env:
        return get_object(lo, lo.closure).get(name)  # type: ignore[arg-type]
    value = lo.env[name]
    if isinstance(value, Const) and isinstance(value.value, LocalFunction):
        return obj if value.value is fn else inner_closure(lo, node, value.value, ("closure", fn))
    return cells.cell_of(lo, name) if name in shared else value


def inner_closure(lo: Lowering, node: ast.AST, fn: LocalFunction, asking: Any) -> Obj:
    """The closure of another inner function that is captured; two that call each other know each other."""
    if fn in lo.closing:
        known: Obj = lo.joints[("closure", fn)]
        return known
    lo.closing.append(asking[1])
    try:
        return closure_object(lo, node, fn)
    finally:
        lo.closing.pop()


def call_closure(lo: Lowering, node: ast.AST, fn: Obj, args: list[Any], kwargs: Kwargs) -> Any:
    """A call of a closure: a function whose first parameter is what it captures."""
    note = get_object(lo, fn).note
    spec = note.source.tree.args
    fields = dict(get_object(lo, fn).fields)
    values = bind_values(lo, node, spec, note.source.code.co_name, args, kwargs, lambda name: fields[f"default {name}"])
    return lo.program.invoke_closure(lo, node, fn, note, list(values.values()))


__all__ = ["Closure", "LocalFunction", "call", "call_closure", "closure_object", "define"]
