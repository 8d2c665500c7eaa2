"""Which programs Numba can run with the same results as the interpreter."""

from __future__ import annotations

from collections.abc import Iterator

from zygote_nb.analysis.alias import is_helper
from zygote_nb.analysis.exposed import collect_exposed
from zygote_nb.analysis.order import Order
from zygote_nb.backend.module import Module
from zygote_nb.backend.printing import build
from zygote_nb.driver.dtypes import of_several_dtypes
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.tables import PLACES
from zygote_nb.ir.core import Apply, Effect, Function
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, ListOf, Opaque, Scalar
from zygote_nb.ir.walk import expressions, names, statements, subexpressions
from zygote_nb.runtime import steering
from zygote_nb.runtime.indexing import require_c_order
from zygote_nb.transform.derive.derivation import Derivation

DTYPES = {"float64", "int64", "bool", "float32", "complex128", "complex64"}


def module_of(derivation: Derivation, functions: tuple[Generated, ...], name: str) -> Module:
    """The functions printed, with what a compiler has to know of them."""
    clear_up(derivation, functions[-1])
    module = build(functions, name, reason(derivation, functions[-1].source))
    module.may_be_unset = may_be_unset(derivation, functions[-1].source)
    return module


def reason(derivation: Derivation, outermost: Instance) -> str | None:
    """Why the program is interpreted, in words; None if it can be compiled."""
    return reason_of(tuple(derivation.program.instances.values()), outermost)


def reason_of(functions: tuple[Instance, ...], outermost: Instance) -> str | None:
    """Why functions that call each other are interpreted; None if they can be compiled together."""
    reasons = (own_reason(f, f is outermost) for f in functions)
    return next(filter(None, reasons), None)


def own_reason(reached: Instance, is_outermost: bool) -> str | None:
    """Why a function is interpreted, whatever it calls."""
    for param in reached.function.params:
        if is_outermost:
            why = "" if is_numbers(param.kind) else unsupported(param.kind)
        else:
            why = unsupported_inside(param.kind)
        if why:
            return f"`{param.name}` of {reached.name} is {why}"
    for stmt in statements(reached.function.body):
        if isinstance(stmt, Effect) and not is_helper(stmt):
            return f"line {stmt.span.line} of {reached.name} has an effect, which happens in the interpreter"
    return reached.unclear or steered(reached) or of_several_dtypes(reached.function)


def clear_up(derivation: Derivation, last: Generated) -> None:
    """Find out which functions write to reshapes of arrays that NumPy may have copied: there Numba may do otherwise.

    What a derivative depends on is asked for its order at the beginning, or was refused.
    """
    checks = (s.value for s in statements(last.forward) if isinstance(s, Effect) and isinstance(s.value, Apply))
    asked = frozenset(n for c in checks if c.fn is require_c_order for n in names(c))
    for reached, function in read_functions(derivation, last.source):
        is_outermost = reached.function.body is last.source.function.body
        known = asked if is_outermost else frozenset(p.name for p in function.params)  # their caller has asked
        reshaped = Order(function).needed(derivation.memory(function), derivation.in_c_order)
        line = next((s.span.line for s, needs in reshaped if needs is None or not needs <= known), None)
        why = f"line {line} of {reached.name} writes to a reshape, and whether NumPy copies depends on the layout"
        reached.unclear = None if line is None else why


STEERED = {steering.hooked: "a hook", steering.shown: "showgrad", steering.detached: "ignore_derivatives"}


def steered(reached: Instance) -> str | None:
    """What the user put in the way of a derivative, and only the interpreter calls."""
    function = reached.function
    whole = [(e, s.span.line) for s in statements(function.body) for e in expressions(s)]
    whole += [(e, function.span.line) for e in function.result]
    for expr, line in whole:
        for e in subexpressions(expr):
            if isinstance(e, Apply) and e.fn in STEERED:
                return f"line {line} of {reached.name} has {STEERED[e.fn]}"
    return None


def is_numbers(kind: Kind) -> bool:
    """Whether it is a list that compiled functions take."""
    return isinstance(kind, ListOf) and isinstance(kind.item, Scalar) and kind.item.dtype in DTYPES


def unsupported(kind: Kind) -> str:
    match kind:
        case Scalar() | Array() if kind.dtype not in DTYPES:
            return f"of dtype {kind.dtype}"
        case ListOf(item=item) if item is not None and not isinstance(item, Scalar):
            return "a list of arrays"
        case ListOf():
            return "a list"
        case Opaque():
            return "of unknown kind"
    return ""


def unsupported_inside(kind: Kind) -> str:
    """The same for what compiled functions hand to each other."""
    match kind:
        case ListOf(item=item) if item is not None:
            return unsupported_inside(item)
        case Opaque() if kind == PLACES:
            return ""
    return unsupported(kind)


def read_functions(derivation: Derivation, outermost: Instance) -> Iterator[tuple[Instance, Function]]:
    """The functions of the program, as the derivation reads them.

    The outermost one stands in the program with all that it changes; its body is the same.
    """
    for reached in derivation.program.instances.values():
        is_outermost = reached.function.body is outermost.function.body
        yield reached, derivation.base(outermost if is_outermost else reached)


def may_be_unset(derivation: Derivation, outermost: Instance) -> bool:
    """Whether some path reads a variable before any path surely assigned it: Numba would read zero."""
    for reached, function in read_functions(derivation, outermost):
        early: set[str] = set()
        known = collect_exposed(function.body, {p.name for p in function.params}, early)
        for result in function.result:
            early |= names(result) - known
        users = early & set(reached.source.code.co_varnames + reached.source.code.co_cellvars)
        if users:
            return True
    return False
