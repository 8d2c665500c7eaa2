"""Calls that complex numbers take part in: how the rule for real numbers is used, or what stands in its place."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.activity import is_varied
from zygote_nb.dataclass import replace
from zygote_nb.errors import Location, UnsupportedSyntaxError
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Name, Span, Tuple
from zygote_nb.ir.kinds import Array, Kind, Scalar, TupleOf
from zygote_nb.ir.text import show
from zygote_nb.ir.walk import children, substitute
from zygote_nb.rules import registry
from zygote_nb.rules.complex import AWARE, CONSTANT, FOR_REAL, HOLOMORPHIC, LINEAR, PARTS, POWERS, canonical
from zygote_nb.runtime import polar
from zygote_nb.runtime.polar import abs_adjoint, abs_tangent, angle_adjoint, angle_tangent
from zygote_nb.transform import algebra
from zygote_nb.transform.rule.pullback import RESULT, SEED, Pullback, part


def is_complex(kind: Kind) -> bool:
    return isinstance(kind, (Scalar, Array)) and kind.dtype[0] == "c"


def takes_complex(call: Apply) -> bool:
    return any(is_complex(e.kind) for a in children(call) for e in (a, *getattr(a, "items", ())))


def concerns(call: Apply) -> bool:
    results = call.kind.items if isinstance(call.kind, TupleOf) else (call.kind,)
    return any(map(is_complex, results)) or takes_complex(call)


def why_refused(call: Apply) -> str:
    """What is wrong with a call on a differentiated path that complex numbers take part in, or nothing."""
    fn = canonical(call.fn)
    rule = registry.lookup(call.fn)
    if fn in FOR_REAL and is_for_real(call, *FOR_REAL[fn]):
        return f"`{FOR_REAL[fn][1]}`"
    if call.fn is operator.getitem or fn in LINEAR | PARTS | CONSTANT | AWARE:
        return ""
    if of_partials(rule):
        return "" if is_complex(call.kind) else "this function"
    if rule is None or not rule.built_in or is_linear_helper(call.fn):
        return ""
    if fn in POWERS and not isinstance(call.args[1].kind, Scalar | Array):
        return "the exponent"
    return "" if fn in HOLOMORPHIC else "this function"


def is_for_real(call: Apply, position: int, name: str, others: tuple[Any, ...]) -> bool:
    """Whether a setting has, or may have, a value that is differentiated for real numbers only."""
    given = (*call.args[position : position + 1], *(v for key, v in call.kwargs if key == name))
    return not all(isinstance(v, Const) and v.value in others for v in given)


def of_partials(rule: Any) -> bool:
    """Whether a user gave partial derivatives: for complex numbers those of a holomorphic function."""
    return rule is not None and rule.form == "elementwise" and not rule.built_in


def is_linear_helper(fn: Any) -> bool:
    """Whether it is a helper of derivatives that only moves cotangents around, or adds them up."""
    forward = registry.lookup_forward(fn)
    return (
        str(getattr(fn, "__module__", "")).startswith("zygote_nb.runtime") and getattr(forward, "form", "") == "linear"
    )


def check(expr: Expr, varied: set[str], constant: Callable[[Any], bool], filename: str, span: Span) -> None:
    """Refuse a call that complex numbers take part in and that has no derivative for them."""
    if not isinstance(expr, Apply) or not concerns(expr):
        return
    if not any(is_varied(a, varied, constant) for a in children(expr)):
        return
    why = why_refused(expr)
    if why:
        at = Location(filename, span.line, span.col, None)
        what = f"`{show(expr)}`: {why} is not differentiated for complex numbers"
        raise UnsupportedSyntaxError(what, at=at, hint="use real and imaginary parts, or write a rule with zg.rrule")


# Reverse mode


def adapted(call: Apply, pullback: Pullback) -> Pullback:
    """The pullback of a call, as complex numbers need it."""
    fn = canonical(call.fn)
    if fn in PARTS and takes_complex(call):
        return Pullback((of_part(fn, call), *(None for _ in children(call)[1:])))
    if not concerns(call) or not (fn in HOLOMORPHIC or of_partials(registry.lookup(call.fn))):
        return pullback
    values = {SEED: conj(Name(SEED, call.kind))}
    if isinstance(call.kind, TupleOf):
        values = {part(SEED, i): conj(Name(part(SEED, i), k)) for i, k in enumerate(call.kind.items)}
    before = tuple(
        replace(s, value=substitute(s.value, values)) if isinstance(s, Assign) else s for s in pullback.before
    )
    cotangents = tuple(None if c is None else conj(substitute(c, values)) for c in pullback.cotangents)
    return replace(pullback, before=before, cotangents=cotangents)


def conj(expr: Expr) -> Expr:
    """The conjugate, written where it is needed."""
    if isinstance(expr, Tuple):
        return replace(expr, items=tuple(map(conj, expr.items)))
    if not is_complex(expr.kind):
        return expr
    match expr:
        case Const():
            return Const(np.conj(expr.value).item(), expr.kind)
        case Apply(fn=np.conjugate, args=(inner,)):
            return inner
        case Apply(fn=operator.add, args=(a, Const(value=complex(real=0.0, imag=imaginary)))):
            return replace(expr, fn=operator.sub, args=(conj(a), Const(complex(0.0, imaginary), expr.args[1].kind)))
        case Apply(fn=fn) if fn in (operator.mul, operator.add, operator.sub, operator.truediv, operator.neg):
            return replace(expr, args=tuple(map(conj, expr.args)), text=None)
    return Apply(np.conjugate, (expr,), (), expr.kind)


def of_part(fn: Any, call: Apply) -> Expr:
    """The cotangent of the argument of a function that takes a complex number apart."""
    z, seed = call.args[0], Name(SEED, call.kind)
    if fn is np.real:
        return algebra.add(seed, Const(0j, Scalar("complex128")))
    if fn is np.imag:
        return algebra.mul(Const(1j, Scalar("complex128")), seed)
    if fn is np.conjugate:
        return Apply(np.conjugate, (seed,), (), call.kind)
    if fn is np.angle:
        return Apply(angle_adjoint, (seed, z, *call.args[1:]), call.kwargs, z.kind)
    return Apply(abs_adjoint, (seed, z, Name(RESULT, call.kind)), (), z.kind)


def real_part(expr: Expr, kind: Kind) -> Expr:
    """What reaches a real number of a complex cotangent."""
    if not isinstance(kind, (Scalar, Array)) or is_complex(kind) or not is_complex(expr.kind):
        return expr
    assert isinstance(expr.kind, (Scalar, Array))
    real = replace(expr.kind, dtype="float32" if expr.kind.dtype == "complex64" else "float64")
    return Apply(polar.real_part, (expr,), (), real)


def in_common(seed: Expr, whole: Tuple) -> Expr:
    """The cotangent of one of several values that are joined: complex where one of them is."""
    wide = next((i.kind.dtype for i in whole.items if is_complex(i.kind)), None)  # type: ignore[union-attr]
    if wide is None or not isinstance(seed, Apply) or not isinstance(seed.kind, (Scalar, Array)):
        return seed
    return replace(seed, kind=replace(seed.kind, dtype=wide))


# Forward mode


def tangent_of_part(call: Apply, tangent: Expr) -> Expr:
    """The tangent of the result of a function that takes a complex number apart."""
    fn, z = canonical(call.fn), call.args[0]
    if fn in (np.real, np.imag, np.conjugate):
        return replace(call, args=(tangent, *call.args[1:]))
    if fn is np.angle:
        return Apply(angle_tangent, (tangent, z, *call.args[1:]), call.kwargs, call.kind)
    return Apply(abs_tangent, (tangent, z, Name(RESULT, call.kind)), (), call.kind)
