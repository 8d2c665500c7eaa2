"""The text that is compiled, and how Python calls it.

Compiled code makes no arrays for Python. Gradients of arrays, and arrays whose size follows from the arguments, are
allocated by NumPy and handed in: pages that NumPy's allocator hands out are warm, and those of memory allocated inside
compiled code are not.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from zygote_nb.backend.calls import with_calls
from zygote_nb.backend.columns import with_columns
from zygote_nb.backend.distribution import distributed
from zygote_nb.backend.emit import Printer, with_tags
from zygote_nb.backend.fusion import with_joined_nests
from zygote_nb.backend.handlers import without_attempts
from zygote_nb.backend.lowering import lowered
from zygote_nb.backend.module import Module
from zygote_nb.backend.nests import with_nests
from zygote_nb.backend.plan import NotCompiled, Plan, Text
from zygote_nb.backend.precision import with_casts
from zygote_nb.backend.quotients import with_quotients
from zygote_nb.backend.ranges import with_ranges
from zygote_nb.backend.reciprocals import with_reciprocals
from zygote_nb.backend.recursion import with_records
from zygote_nb.backend.regions import named_dtype
from zygote_nb.backend.registers import with_registers
from zygote_nb.backend.replaced import with_branches
from zygote_nb.backend.shares import with_shares
from zygote_nb.backend.shelves import with_shelves
from zygote_nb.backend.stacks import with_stacks
from zygote_nb.backend.threads import bounds_of, in_threads
from zygote_nb.backend.unset import asks, with_flags
from zygote_nb.backend.vectors import with_vector_functions
from zygote_nb.backend.windows import with_windows
from zygote_nb.dataclass import replace
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import ONE, ZERO, Apply, Assign, Const, Effect, Expr, Invoke, Name, Stmt, Store, call
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, ListOf, Opaque
from zygote_nb.ir.walk import all_bound, all_read, bound, names, rebuild, rename, statements
from zygote_nb.options import current
from zygote_nb.runtime import checked, lists
from zygote_nb.runtime.calling import Called
from zygote_nb.runtime.depth import stack_room

ALLOCATIONS = {np.empty, np.zeros, np.zeros_like}
EVERYTHING = Const(Ellipsis, Opaque("ellipsis"))


def text(module: Module, calls: bool = False, careful: bool = False) -> Text:
    """The text of a module as it is compiled, made once for the options in force; raises NotCompiled.

    ``calls`` leaves to Python every function of a library that is not elementwise. A ``careful`` text reads no element
    and compares no bound before the program does: where a loop has no iteration, what it would read need not exist.
    """
    key = (calls, careful, current().math, current().parallel)
    if key not in module.texts:
        module.texts[key] = written(module, calls, careful)
    return module.texts[key]


def written(module: Module, calls: bool, careful: bool) -> Text:
    shapes = module.shapes or (None,) * len(module.functions[-1].results)
    needed = module.may_be_unset or any(map(asks, module.functions))
    functions = without_attempts(module.functions)
    cast = with_casts(tuple(map(with_flags, functions)) if needed else functions)
    plain = map(lowered, map(with_calls, cast) if calls else cast)
    *inner, outermost = with_records(tuple(with_quotients(with_reciprocals(f, not careful)) for f in plain))
    last, plan, made = entry(outermost, shapes, module.unit)
    printer = Printer(defined=frozenset(f.name for f in module.functions))
    buffers = frozenset(last.params[last.arguments + (0 if module.unit else last.seeds) :])
    count = current().parallel
    callees = (as_loops(f, frozenset(), careful, apart=False) for f in inner)
    stacked, roomy = with_stacks(last) if count == 1 and not careful else (last, frozenset[str]())
    nested = as_loops(distributed(stacked), buffers, careful, True, made, in_turn=count == 1)
    held = nested
    if not careful and count == 1:
        results = frozenset(last.params[place] for place in plan.held if place is not None)
        held, made = with_columns(with_windows(with_registers(with_shelves(nested))), made, results)
        plan = replace(plan, made=tuple(map(Printer().show, made.values())))
    divided = in_threads(with_branches(held), count, printer.defined)
    parts = tuple(map(with_shares, (*map(with_branches, callees), *divided.functions)))
    for f in map(with_vector_functions, parts) if current().math == "vector" else parts:
        own, room = (made, roomy) if f.name == plan.name else ({}, frozenset[str]())
        counts = bounds_of(f) if f.name in divided.parts else ()
        f, printer.within = with_ranges(f, own, not careful, room, counts)
        printer.generated(f)
    source = "\n".join(with_tags(printer.lines)) + "\n"
    functions = tuple(f.name for f in parts)
    plan = replace(plan, calls_python=any(isinstance(v, Called) for v in printer.namespace.values()))
    return Text(source, printer.namespace, functions, plan, parts=divided.parts, decisions=divided.decisions)


def as_loops(
    function: Generated,
    buffers: frozenset[str],
    careful: bool,
    apart: bool,
    made: dict[str, Expr] | None = None,
    in_turn: bool = True,
) -> Generated:
    """The function with loops for its array statements, which a ``careful`` text computes one after the other."""
    if careful:
        return with_nests(function, buffers).function
    return with_joined_nests(function, buffers, apart, made, in_turn)


def generator_text(module: Module) -> Text:
    """The text of a gradient that yields, as it is compiled; raises NotCompiled. It makes its arrays itself."""
    if text(module).plan.calls_python:
        raise NotCompiled("it calls functions of Python's")
    printer = Printer(defined=frozenset(f.name for f in module.functions))
    functions = without_attempts(module.functions)
    written = with_casts(functions)
    vectors = current().math == "vector" and written is functions
    for f in (with_joined_nests(lowered(f), frozenset(), apart=False) for f in written):
        printer.generated(with_vector_functions(f) if vectors else f)
    last = module.functions[-1]
    plan = Plan(last.name, last.params, (), ())
    source = "\n".join(with_tags(printer.lines)) + "\n"
    return Text(source, printer.namespace, tuple(f.name for f in module.functions), plan)


def shown(module: Module) -> str:
    """The text for a person, with the arrays that Python makes."""
    made = text(module)
    return made.source if not made.plan.made else f"{made.source}\n\n{made.plan.allocate}"


def entry(function: Generated, shapes: tuple[str | None, ...], unit: bool) -> tuple[Generated, Plan, dict[str, Expr]]:
    """The function as it is called from Python, and the arrays that are made for it.

    ``shapes`` names for each result the parameter whose shape it has, if it is the gradient of an array; ``unit`` says
    that all seeds are one.
    """
    seeds = function.params[function.arguments : function.arguments + function.seeds] if unit else ()
    function = with_unit_seeds(function, seeds)
    given = function.params
    function, made = without_allocations(with_lists(function))
    function, more, held = into_arguments(function, shapes)
    made = {**made, **more}
    return function, Plan(function.name, given, tuple(map(Printer().show, made.values())), held), made


def with_unit_seeds(function: Generated, seeds: tuple[str, ...]) -> Generated:
    if not seeds:
        return function
    params = tuple(p for p in function.params if p not in seeds)
    ones = tuple(Assign(seed, unit(function)) for seed in seeds)
    if set(seeds) & all_read(function.forward):
        return replace(function, params=params, forward=(*ones, *function.forward))
    return replace(function, params=params, backward=(*ones, *function.backward))


def unit(function: Generated) -> Expr:
    """The seed of a loss, of the precision of the loss."""
    result = function.source.function.result
    single = bool(result) and getattr(result[0].kind, "dtype", "") == "float32"
    return Apply(np.float32, (ONE,), (), result[0].kind) if single else ONE


def with_lists(function: Generated) -> Generated:
    """The function with lists made of the arrays that it is given in their place."""
    given = [n for n in function.lists if n in function.params]
    made = tuple(Assign(n, Apply(lists.of_array, (Name(n, Opaque()),), (), Opaque())) for n in given)
    if function.forward:
        return replace(function, forward=(*made, *function.forward))
    return replace(function, backward=(*made, *function.backward))


def without_allocations(function: Generated) -> tuple[Generated, dict[str, Expr]]:
    """The function with arrays that can be made of its arguments as further parameters."""
    body = (*function.forward, *function.backward)
    counts = Counter(n for s in statements(body) for n in bound(s))
    steady = set(function.params) - all_bound(body)
    moved = {s.target: in_order(in_python(s.value)) for s in body if is_allocation(s, steady) and counts[s.target] == 1}  # type: ignore[union-attr]
    forward, backward = (
        tuple(s for s in block if not (isinstance(s, Assign) and s.target in moved))
        for block in (function.forward, function.backward)
    )
    params = (*function.params, *moved)
    return replace(function, params=params, forward=forward, backward=backward), moved


def is_allocation(stmt: Stmt, known: set[str]) -> bool:
    if not isinstance(stmt, Assign) or not isinstance(stmt.value, Apply):
        return False
    if stmt.value.fn not in ALLOCATIONS:
        return stmt.value.fn is stack_room
    read = names(stmt.value)
    return bool(read) and read <= known and printable(in_python(stmt.value))


def in_python(expr: Expr) -> Expr:
    """A length with Python's functions in place of those that compiled code has for them."""
    plain = {checked.larger: max, checked.smaller: min}
    return rebuild(expr, lambda e: replace(e, fn=plain.get(e.fn, e.fn)) if isinstance(e, Apply) else e)


def in_order(expr: Expr) -> Expr:
    """``np.zeros(x.shape)`` for ``np.zeros_like(x)``: its layout does not depend on that of ``x``."""
    if isinstance(expr, Apply) and expr.fn is np.zeros_like and len(expr.args) == 1 and not expr.kwargs:
        of = expr.args[0]
        if isinstance(of.kind, Array) and of.kind.dtype == "float64":
            return call(np.zeros, call(Attribute("shape"), of, kind=of.kind), kind=expr.kind)
    return expr


def printable(expr: Expr) -> bool:
    """Whether the expression names nothing but NumPy and builtins."""
    printer = Printer()
    printer.show(expr)
    return set(printer.namespace) == {"np"}


def into_arguments(
    function: Generated, shapes: tuple[str | None, ...]
) -> tuple[Generated, dict[str, Expr], tuple[int | None, ...]]:
    """The function with gradients of arrays in its arguments, those arrays, and for each result its place."""
    params, returned = list(function.params), list[Expr]()
    stores: list[Stmt] = []
    more: dict[str, Expr] = {}
    held: list[int | None] = []
    taken = all_bound((*function.forward, *function.backward))
    for result, shape in zip(function.results, shapes, strict=True):
        if shape is None:
            returned.append(result)
            held.append(None)
            continue
        if isinstance(result, Name) and result.id in function.params and params.index(result.id) not in held:
            held.append(params.index(result.id))
            continue
        name = fresh(f"out_{shape}", taken.union(params))
        dims = result.kind.dims if is_array(result) else axes_of(function, shape)
        kind = Array(dtype_of(function, shape), dims)
        made = made_in(function, result, Name(name, kind))
        if isinstance(result.kind, ListOf):
            stores.append(Effect(Apply(lists.into_array, (result, Name(name, kind)), (), Opaque())))
        elif made is None:
            stores.append(Store(Name(name, kind), EVERYTHING, result))
        else:
            function = made
        more[name] = call(
            np.empty,
            call(Attribute("shape"), whole(function, shape, kind), kind=kind),
            *named_dtype(kind.dtype),
            kind=kind,
        )
        held.append(len(params))
        params.append(name)
    backward = (*function.backward, *stores)
    return replace(function, params=tuple(params), backward=backward, results=tuple(returned)), more, tuple(held)


def whole(function: Generated, name: str, kind: Array) -> Name:
    """A parameter, of a kind where it is an array."""
    arrays = {p.name for p in function.source.function.params if isinstance(p.kind, Array)}
    return Name(name, kind) if name in arrays else Name(name)


def axes_of(function: Generated, name: str) -> tuple[None, ...]:
    """The axes of an array of the shape of a parameter; one for a list of numbers."""
    kind = next((p.kind for p in function.source.function.params if p.name == name), None)
    return (None,) * (kind.ndim if isinstance(kind, Array) else 1)


def dtype_of(function: Generated, name: str) -> str:
    """The dtype of the gradient by a parameter."""
    kinds = {p.name: p.kind for p in function.source.function.params}
    kind = kinds.get(name)
    dtype: str = getattr(kind.item if isinstance(kind, ListOf) else kind, "dtype", "float64")
    return dtype if dtype[0] in "fc" else "float64"


def made_in(function: Generated, result: Expr, out: Name) -> Generated | None:
    """The function with a result in memory that is handed in, from the statement on that makes it."""
    body = (*function.forward, *function.backward)
    if not isinstance(result, Name) or not is_array(result) or result.id not in function.in_place:
        return None
    makes = [s for s in body if isinstance(s, Assign) and s.target == result.id]
    if len(makes) != 1 or sum(result.id in bound(s) for s in statements(body) if isinstance(s, Assign | Invoke)) != 1:
        return None
    value = makes[0].value
    zeros = isinstance(value, Apply) and value.fn in (np.zeros_like, np.zeros)
    filled = Store(out, EVERYTHING, ZERO if zeros else value, span=makes[0].span)
    sweeps = (tuple(filled if s is makes[0] else s for s in b) for b in (function.forward, function.backward))
    forward, backward = (rename(b, lambda n: out.id if n == result.id else n) for b in sweeps)
    return replace(function, forward=forward, backward=backward, in_place=function.in_place | {out.id})


def is_array(expr: Expr) -> bool:
    return isinstance(expr.kind, Array) and expr.kind.ndim > 0


def fresh(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
