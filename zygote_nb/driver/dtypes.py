"""Variables whose numbers differ in dtype from path to path: Numba gives each variable one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from zygote_nb.analysis.reaching import rename_webs
from zygote_nb.driver.sums import unless_misused
from zygote_nb.ir.core import Assign, Choice, Function, Invoke, Stmt
from zygote_nb.ir.kinds import Array, Kind, Scalar, leaves
from zygote_nb.ir.walk import expressions, statements, subexpressions

SINGLE, DOUBLE = {"float32", "complex64"}, {"float64", "complex128"}


def of_several_dtypes(function: Function) -> str | None:
    """Where NumPy's dtype of a number is known only as the program runs, in words."""
    if not has_dtypes(function):
        return None
    function = rename_webs(function, set())
    free = unless_misused(function)
    found: dict[str, list[Kind]] = defaultdict(list)
    for param in function.params:
        found[param.name].append(param.kind)
    for stmt in statements(function.body):
        for name, kind in bindings(stmt):
            found[name].append(kind)
            why = difference(found[name], name in free)
            if why:
                return f"what line {stmt.span.line} of {function.name} assigns is {why}"
        for choice in choices(stmt):
            why = difference([choice.body.kind, choice.orelse.kind])
            if why:
                return f"an expression in line {stmt.span.line} of {function.name} is {why}"
    return None


def has_dtypes(function: Function) -> bool:
    """Whether there are complex numbers, or some of single precision."""
    whole = [e for s in statements(function.body) for e in expressions(s)]
    kinds = [p.kind for p in function.params] + [e.kind for w in whole for e in subexpressions(w)]
    return any(isinstance(k, Scalar | Array) and (k.dtype in SINGLE or k.dtype[0] == "c") for k in kinds)


def bindings(stmt: Stmt) -> Iterator[tuple[str, Kind]]:
    match stmt:
        case Assign(target=name, value=value):
            yield name, value.kind
        case Invoke(targets=names, kinds=kinds):
            yield from zip(names, kinds, strict=False)


def choices(stmt: Stmt) -> Iterator[Choice]:
    for whole in expressions(stmt):
        yield from (e for e in subexpressions(whole) if isinstance(e, Choice))


def difference(kinds: list[Kind], may_be_real: bool = False) -> str:
    """How the dtypes of one variable differ."""
    for numbers in zip(*map(leaves, kinds), strict=False):
        scalars = [k for k in numbers if isinstance(k, Scalar)]
        if not may_be_real and len({k.dtype[0] == "c" for k in scalars}) > 1:
            return "real on one path and complex on another"
        dtypes = {k.dtype for k in scalars if k.weak is not True}
        if dtypes & SINGLE and dtypes & DOUBLE:
            return "of single precision on one path and of double precision on another"
    return ""
