"""Classes defined inside a function, and functions that remember their results."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.frontend.chosen import is_function
from zygote_nb.frontend.free import Path, plain
from zygote_nb.frontend.heap import ABSENT, is_slot, reachable, slot
from zygote_nb.frontend.layout import is_static
from zygote_nb.frontend.local import LocalFunction, bound_names, inner_source, parameter_set
from zygote_nb.frontend.places import placed
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.syntax import copied, users_name, walk
from zygote_nb.frontend.unset import note_set
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const, Tuple
from zygote_nb.ir.kinds import Bottom, Opaque, Scalar, Static, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


# Classes


def define_class(lo: Lowering, node: ast.ClassDef) -> None:
    """The class that the statement makes. What is read while it is made must be known before the program runs; its
    methods may read any variable, when they are called."""
    around = {*lo.env, *lo.local_names, *lo.source.function.__code__.co_freevars} - {node.name}
    late = read_by_methods(node) & around
    known = {name: known_value(lo, node, name) for name in sorted(read_at_once(node) & around)}
    for name in sorted(late - set(known)):
        value = known_or_absent(lo, node, name) if is_bound_once(lo, name) else ABSENT
        if value is not ABSENT:
            known[name] = value
    late -= set(known)
    key = (id(node), "class", tuple((n, id(v)) for n, v in known.items()))
    memo = lo.program.memo
    if key not in memo:
        made = made_class(lo, node, {**dict.fromkeys(sorted(late)), **known})
        memo[key] = made, node, lo.source.filename, known
    cls = memo[key][0]
    if late or assigned_by_methods(node):
        memo["around", cls] = is_made_once(lo, node)
        written_out_methods(lo, node, cls)
    lo.env[node.name] = static(cls, node.name)
    note_set(lo, node, node.name)


def require_kept(memo: dict[Any, Any], ways: list[Path]) -> None:
    """What a class holds that is made by a call, or a default of its methods, is as new in the next call."""
    made = [v[:3] for k, v in memo.items() if isinstance(k, tuple) and len(k) == 3 and k[1] == "class"]
    for (word, value), *_ in ways:
        for cls, node, filename in made if word == "constant" else ():
            if value is cls or any(value is v for v in vars(cls).values()):
                what = f"what the class `{cls.__name__}` holds is changed, and the class is a new one in each call"
                hint = "make it in `__init__`, or define the class outside of the function"
                raise UnsupportedSyntaxError(what, at=Location(filename, node.lineno, node.col_offset), hint=hint)


def is_made_once(lo: Lowering, node: ast.ClassDef) -> bool:
    """Whether all objects of the class read the same variables, and not those of one call or iteration each."""
    loops = (n for n in walk(lo.source.tree) if isinstance(n, (ast.For, ast.While)))
    return not lo.inlining and all(node not in walk(loop) for loop in loops)


def methods_of(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [s for s in node.body if isinstance(s, ast.FunctionDef)]


def read_by_methods(node: ast.ClassDef) -> set[str]:
    """The variables that the bodies of methods read, other than their own."""
    found: set[str] = set()
    for method in methods_of(node):
        own = parameter_set(method.args) | bound_names(method.body)
        found |= {n.id for s in method.body for n in walk(s) if isinstance(n, ast.Name)} - own
    return found | assigned_by_methods(node)


def assigned_by_methods(node: ast.ClassDef) -> set[str]:
    return {n for d in walk(node) if isinstance(d, ast.Nonlocal) for n in d.names}


def read_at_once(node: ast.ClassDef) -> set[str]:
    """The variables that the statement itself reads: in what is not the body of a method."""
    bodies = {id(n) for method in methods_of(node) for s in method.body for n in walk(s)}
    read = {n.id for n in walk(node) if isinstance(n, ast.Name) and id(n) not in bodies}
    bound = {n.id for n in walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return read - {n for n in bound if n in bound_names(node.body)}


def known_value(lo: Lowering, node: ast.ClassDef, name: str) -> Any:
    value = known_or_absent(lo, node, name)
    if value is ABSENT:
        what = f"the class `{node.name}` reads the variable `{name}` of the function around it while it is made"
        raise lo.refuse(node, what, "read it in a method, or hand it to the constructor")
    return value


def known_or_absent(lo: Lowering, node: ast.ClassDef, name: str) -> Any:
    """What a variable is, if that is part of the program."""
    if name not in lo.env and name in lo.local_names:
        return ABSENT
    read = ast.copy_location(ast.Name(name, ast.Load()), node)
    value = lo.env[name] if name in lo.env else lo.variable(read)
    known = isinstance(value, Const) and isinstance(value.kind, Static) and not isinstance(value.value, LocalFunction)
    return value.value if known else ABSENT


def is_bound_once(lo: Lowering, name: str) -> bool:
    """Whether a variable stays what it is, so that it does not matter when it is read."""
    return sum(name in bound_by(n) for n in lo.nodes()) <= 1


def bound_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Name() if not isinstance(node.ctx, ast.Load):
            return [node.id]
        case ast.FunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Import() | ast.ImportFrom():
            return [a.asname or a.name.partition(".")[0] for a in node.names]
        case ast.arg():
            return [node.arg]
    return []


def made_class(lo: Lowering, node: ast.ClassDef, names: dict[str, Any]) -> type:
    spec = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
    maker = ast.FunctionDef("make", spec, [node, ast.Return(ast.Name(node.name, ast.Load()))], [])
    maker.type_params = []  # type: ignore[attr-defined]
    ast.copy_location(maker, node)
    scope: dict[str, Callable[..., type]] = {}
    module = ast.fix_missing_locations(ast.Module([maker], []))
    exec(compile(module, lo.source.filename, "exec"), lo.source.function.__globals__, scope)
    made = scope["make"](**names)
    made.__name__ = made.__qualname__ = users_name(node)
    return made


def written_out_methods(lo: Lowering, node: ast.ClassDef, cls: type) -> None:
    """The methods become inner functions, which are written out where they are called."""
    for method in methods_of(node):
        found = function_in(vars(cls).get(method.name))
        if found is None or found.__code__.co_name != method.name:
            what = f"the method `{method.name}` of a class that reads the variables around it is decorated"
            raise lo.refuse(method, what, "leave the decorator out, or hand the variables to the constructor")
        lo.inner[id(found)] = inner_method(lo, method, node.name, found)
        lo.program.memo["method", found] = found


def function_in(entry: Any) -> FunctionType | None:
    if isinstance(entry, property):
        entry = entry.fget
    elif isinstance(entry, functools.cached_property):
        entry = entry.func
    entry = getattr(entry, "__func__", entry)
    return entry if isinstance(entry, FunctionType) else None


def inner_method(lo: Lowering, method: ast.FunctionDef, owner: str, found: FunctionType) -> LocalFunction:
    key = (id(method), "method", found)
    if key not in lo.joints:
        tree = with_named_super(copied(method), owner)
        spec = inspect.signature(found).parameters
        given = [(name, p.default) for name, p in spec.items() if p.default is not inspect.Parameter.empty]
        held = tuple((p, lo.lasting(f"{method.name}_{p}")) for p, _ in given)
        made = LocalFunction(tree, lo, method.name, inner_source(lo, method), lo.path, held, shown=method.name)
        lo.joints[key] = made, [lo.constant(v) for _, v in given]
    made, defaults = lo.joints[key]
    for (_, variable), value in zip(made.defaults, defaults, strict=True):
        lo.env[variable] = value
    return made


def with_named_super(tree: ast.FunctionDef, owner: str) -> ast.FunctionDef:
    """``super()`` with the arguments that it stands for."""
    first = [*tree.args.posonlyargs, *tree.args.args][:1]
    for call in [n for n in walk(tree) if isinstance(n, ast.Call)]:
        if isinstance(call.func, ast.Name) and call.func.id == "super" and not call.args and first:
            names = [ast.Name(owner, ast.Load()), ast.Name(first[0].arg, ast.Load())]
            call.args = [placed(name, call) for name in names]
    return tree


def method_around(lo: Lowering, node: ast.AST, fn: Any) -> LocalFunction | None:
    """The inner function that a method of such a class stands for; None for other functions."""
    if not isinstance(fn, FunctionType) or ("method", fn) not in lo.program.memo:
        return None
    if id(fn) not in lo.inner:
        what = f"the method `{fn.__name__}` reads variables of the function around its class, and is called elsewhere"
        raise lo.refuse(node, what, "hand these variables to the constructor")
    found: LocalFunction = lo.inner[id(fn)]
    return found


def reads_around(lo: Lowering, cls: type) -> bool:
    """Whether methods of a class read variables of the function that it is defined in."""
    return any(("around", base) in lo.program.memo for base in cls.__mro__)


def check_pool(lo: Lowering, node: ast.AST, cls: type) -> None:
    """Objects that are known by number only must not each have a class of their own."""
    if reads_around(lo, cls) and not all(lo.program.memo.get(("around", base), True) for base in cls.__mro__):
        what = f"which object of the class {cls.__name__} this is, is known only when the program runs"
        hint = "define the class outside of the loop or the inner function whose variables its methods read"
        raise lo.refuse(node, what, hint)


def lead_there(lo: Lowering, values: list[Any]) -> bool:
    """Whether values lead to objects, or are classes, whose methods read the variables of this function."""
    if not any(isinstance(key, tuple) and key[0] == "around" for key in lo.program.memo):
        return False
    held = {f"?{i}": v for i, v in enumerate(values)}
    objects = {k: v for k, v in lo.env.items() if is_slot(k)}
    classes = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, type)]
    classes += [objects[slot(i)].cls for i in reachable({**objects, **held}) if slot(i) in objects]
    return any(reads_around(lo, cls) for cls in classes)


# Functions that remember


REMEMBERING = type(functools.cache(len))


def call_remembered(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """A call of a function with ``functools.cache`` or ``lru_cache``: of the function inside.

    That gives the same values where it depends on nothing but its arguments.
    """
    function = plain(fn.__wrapped__)
    refuse_state(lo, node, function)
    value = lo.program.invoke(lo, node, fn.__wrapped__, args, kwargs)
    if not is_immutable(value):
        what = f"`{function.__name__}` remembers {describe(value.kind)}, which may be changed between its calls"
        raise lo.refuse(node, what, "leave out the decorator, or return numbers")
    return value


def refuse_state(lo: Lowering, node: ast.AST, function: Any) -> None:
    tree = capture(function).tree
    calls = [n for n in walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    if sum(n.func.id == function.__name__ for n in calls) > 1:  # type: ignore[attr-defined]
        what = f"`{function.__name__}` calls itself several times, and would calculate anew what it remembers"
        raise lo.refuse(node, what, "fill a table in a loop")
    values = [function.__globals__.get(n) for n in function.__code__.co_names]
    values += [c.cell_contents for c in function.__closure__ or ()]
    if not all(is_static(v) for v in values):
        what = f"`{function.__name__}` remembers results, and depends on more than its arguments"
        raise lo.refuse(node, what, "hand these values over as arguments, or leave out the decorator")


def is_immutable(value: Any) -> bool:
    if isinstance(value, Tuple):
        return value.cls is not list and all(map(is_immutable, value.items))
    number = isinstance(value.kind, Scalar | Bottom) or value.kind == Opaque("str")
    return number or (isinstance(value, Const) and isinstance(value.kind, Static)) or is_function(value)
