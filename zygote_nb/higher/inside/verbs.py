"""What ``zg.gradient`` and its like are lowered to inside of a function that is differentiated."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import numpy as np

from zygote_nb import api, trees
from zygote_nb.errors import ScalarOutputError
from zygote_nb.frontend.calls import call_value
from zygote_nb.frontend.classes import partial
from zygote_nb.frontend.displays import dict_entries
from zygote_nb.frontend.heap import Obj, new_object
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.local import LocalFunction, closure_object
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.lowered import CLASSES, FUNCTIONS, Lower
from zygote_nb.frontend.values import make_tuple, none, static
from zygote_nb.higher import checkpoint, fixed, forwarded, grad, hessians, jacobians, tangents
from zygote_nb.higher.inside import composed
from zygote_nb.higher.inside.calls import Inner, Kwargs, call_targets, check_structure, inner_call
from zygote_nb.higher.inside.images import image, images, is_none, leaves_of, on_leaves, value_of
from zygote_nb.ir.core import Const, Expr, Invoke, Name, Tuple
from zygote_nb.ir.kinds import INT, Array, Scalar, TupleOf, carries_tangent, describe
from zygote_nb.transform.again.nested import gradient_of, pullback_of, pushforward_of

# Reverse mode


def call_gradient(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    inner = inner_call(lo, node, args[0], args[1:], kwargs)
    return make_tuple(tuple(gradients(lo, node, inner, tuple(range(len(args) - 1)), False)[1]), tuple)


def call_withgradient(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    inner = inner_call(lo, node, args[0], args[1:], kwargs)
    found, grads = gradients(lo, node, inner, tuple(range(len(args) - 1)), True)
    value = value_of(lo, inner.instance, found)
    return make_tuple((value, make_tuple(tuple(grads), tuple)), api.WithGradient)


def gradients(
    lo: Lowering, node: ast.AST, inner: Inner, positions: tuple[int, ...], value: bool
) -> tuple[list[Name], list[Any]]:
    """The leaves of the value, and one gradient for each of the arguments at the positions."""
    check_scalar(lo, node, inner.instance, value)
    callee, active = gradient_of(lo.program, inner.instance, inner.flags(positions), value)
    found = call_targets(lo, node, callee, inner.args, f"{inner.instance.name}_grad")
    split = len(found) - sum(active)
    return found[:split], images(lo, node, inner, positions, active, found[split:])


def check_scalar(lo: Lowering, node: ast.AST, instance: Instance, several: bool) -> None:
    kind = instance.function.result_kind
    first = kind.items[0] if several and isinstance(kind, TupleOf) and kind.items else kind
    number = isinstance(first, Scalar) and first.dtype[0] in "fiu"
    if not number and not (getattr(first, "ndim", 1) == 0 and carries_tangent(first)):
        what = f"{instance.shown} returns {describe(first)}, and a gradient is that of a real number"
        raise lo.refuse(node, what, "return a float", ScalarOutputError)


def call_gradients_by(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """The gradient function of a function with a form, on arguments and keywords."""
    fn, form, items, words = args[0], args[1].value, args[2].items, args[3]
    inner = inner_call(lo, node, fn, list(items), tuple(dict_entries(lo, node, words).items()))
    single = isinstance(form.argnums, int)
    positions = tuple(p % len(items) for p in ((form.argnums,) if single else form.argnums))
    needs_value = form.with_value or form.has_aux
    found, grads = gradients(lo, node, inner, positions, needs_value)
    made = grads[0] if single else make_tuple(tuple(grads), tuple)
    if not needs_value:
        return made
    value = value_of(lo, inner.instance, found)
    if form.has_aux and not (isinstance(value, Tuple) and len(value.items) == 2):
        raise lo.refuse(node, "with has_aux the function must return (loss, aux)", "return a tuple of two")
    return make_tuple((value, made) if form.with_value else (made, value.items[1]), tuple)


def call_pulled(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """Both sweeps, for a cotangent."""
    fn, primals, words, seed = args
    items = lo.snapshot(primals).items
    inner = inner_call(lo, node, fn, list(items), tuple(dict_entries(lo, node, words).items()))
    callee, every = inner.instance, tuple(range(len(items)))
    check_structure(lo, node, callee)
    out = call_targets(lo, node, callee, inner.args, f"{callee.name}_out")[: callee.returned]
    given = list(leaves_of(lo, node, callee.function.result_kind, seed, iter(out)))
    made, active = pullback_of(lo.program, callee, inner.flags(every))
    grads = call_targets(lo, node, made, (*inner.args, *given), f"{callee.name}_back")
    return make_tuple(tuple(images(lo, node, inner, every, active, grads)), tuple)


# Forward mode


def call_jvp(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    fn, primals, moved = args
    items = lo.snapshot(primals).items
    inner = inner_call(lo, node, fn, list(items), named(lo, node, kwargs))
    return make_tuple(pushed(lo, node, inner, lo.snapshot(moved).items), tuple)


def pushed(lo: Lowering, node: ast.AST, inner: Inner, moved: tuple[Any, ...]) -> tuple[Any, Any]:
    """The value and the tangent of the result."""
    check_structure(lo, node, inner.instance)
    callee, active = pushforward_of(lo.program, inner.instance, inner.flags(moving(moved)), True)
    given = (*inner.args, *directions(lo, node, inner, moved, active))
    found = call_targets(lo, node, callee, given, f"{inner.instance.name}_push")
    split = inner.instance.returned
    kind = inner.instance.function.result_kind
    return value_of(lo, inner.instance, found[:split]), image(lo, node, kind, on_leaves(kind, iter(found[split:])))


def moving(moved: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(i for i, t in enumerate(moved) if not is_none(t))


def directions(
    lo: Lowering, node: ast.AST, inner: Inner, moved: tuple[Any, ...], active: tuple[bool, ...]
) -> list[Expr]:
    """The tangents of the active leaf parameters."""
    by_leaf: dict[int, Expr] = {}
    for i in moving(moved):
        kind, first = inner.places[i]
        given = leaves_of(lo, node, kind, moved[i], iter(inner.args[first:]), every=True)
        by_leaf |= dict(enumerate(given, first))
    return [by_leaf[i] for i, a in enumerate(active) if a]


def named(lo: Lowering, node: ast.AST, kwargs: Kwargs) -> Kwargs:
    """The keywords of the function, of a verb that takes them as ``kwargs={...}``."""
    given = dict(kwargs).get("kwargs")
    return () if given is None or is_none(given) else tuple(dict_entries(lo, node, given).items())


# Second order


def call_hvp(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """Forward over reverse: the gradient is a function of the program, and that is pushed."""
    fn, primals, moved = args
    items, moved = lo.snapshot(primals).items, lo.snapshot(moved).items
    inner = inner_call(lo, node, fn, list(items), named(lo, node, kwargs))
    check_scalar(lo, node, inner.instance, False)
    every = tuple(range(len(items)))
    gradient, active = gradient_of(lo.program, inner.instance, inner.flags(every), False)
    callee, turned = pushforward_of(lo.program, gradient, inner.flags(moving(moved)), False)
    given = directions(lo, node, inner, moved, turned)
    found = call_targets(lo, node, callee, (*inner.args, *given), f"{inner.instance.name}_hvp")
    made = tuple(images(lo, node, inner, every, active, found))
    return made[0] if len(made) == 1 else make_tuple(made, tuple)


def call_marked(mark: str) -> Lower:
    """A call that stays one; its callee is marked."""

    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        fn, *rest = args
        if isinstance(fn, Const) and isinstance(fn.value, LocalFunction):
            fn = closure_object(lo, node, fn.value)
        before = len(lo.out)
        value = call_value(lo, node, fn, rest, kwargs)
        for call in [s for s in lo.out[before:] if isinstance(s, Invoke)][-1:]:
            setattr(call.callee, mark, True)
        return value

    return lower


def call_fixed_point(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """To first order, which is all that most derivatives need; to a higher one where that was found not to do."""
    if lo.program.newton_steps == 0:
        return call_value(lo, node, static(composed.fixed_point_of), args, kwargs)
    count = lo.program.newton_steps
    known = [Const(count, INT), static(2**count - 1)]
    return call_value(lo, node, static(composed.fixed_point_by_newton), [*known, *args], kwargs)


# Functions from functions: partial applications


def call_D(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return partial(lo, node, [static(composed.slope), *args], ())


def call_grad(with_value: bool) -> Lower:
    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        options = dict(zip(("argnums", "has_aux", "out"), args[1:], strict=False)) | dict(kwargs)
        if not is_none(options.pop("out", none())):
            raise lo.refuse(node, "`out` has no meaning inside of a function", "assign the result")
        if not all(map(is_known, options.values())):
            raise lo.refuse(node, "an option of a gradient function is computed", "write it as a constant")
        form = form_of(*(constant(options[n]) if n in options else d for n, d in DEFAULTS), with_value)
        return partial(lo, node, [static(composed.gradient_function), args[0], static(form)], ())

    return lower


DEFAULTS = (("argnums", 0), ("has_aux", False))


def is_known(value: Any) -> bool:
    return isinstance(value, Const) or (isinstance(value, Tuple) and all(map(is_known, value.items)))


def constant(value: Any) -> Any:
    return tuple(map(constant, value.items)) if isinstance(value, Tuple) else value.value


@cache
def form_of(argnums: int | tuple[int, ...], has_aux: bool, with_value: bool) -> composed.Form:
    """One object for each form, so that the same gradient function is the same each time that a program is read."""
    return composed.Form(argnums, has_aux, with_value)


def call_pullback(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """The value now; the function that is returned runs both sweeps for its cotangent."""
    fn, primals = args[0], make_tuple(tuple(kept(lo, node, a) for a in args[1:]), tuple)
    value = call_value(lo, node, fn, list(primals.items), kwargs)
    words = new_object(lo, node, dict, list(kwargs), "keywords")
    back = partial(lo, node, [static(composed.cotangents), fn, primals, words], ())
    return make_tuple((value, back), tuple)


def call_pushforward(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    primals = make_tuple(tuple(kept(lo, node, a) for a in args[1:]), tuple)
    words = new_object(lo, node, dict, list(named(lo, node, kwargs)), "keywords")
    return partial(lo, node, [static(composed.tangent_along), args[0], primals, words], ())


def kept(lo: Lowering, node: ast.AST, value: Any) -> Any:
    """An argument as it is now: what is written to later does not matter."""
    if isinstance(value, Tuple):
        return make_tuple(tuple(kept(lo, node, i) for i in value.items), value.cls)
    if isinstance(value, Expr) and not isinstance(value, Const):
        return lo.temporary("kept", lo.apply(node, np.copy, [value]) if isinstance(value.kind, Array) else value, node)
    return value


def known_grad(lo: Lowering, node: ast.AST, fn: grad.Grad) -> Any:
    """An object that ``zg.grad`` made before the program was read."""
    argnums = fn.argnums if isinstance(fn.argnums, int) else tuple(fn.argnums)
    form = form_of(argnums, fn.has_aux, fn.with_value)
    function = lo.program.free_value(lo, node, "function", (*lo.program.way_to(fn), ("attribute", "function")))
    return partial(lo, node, [static(composed.gradient_function), function, static(form)], ())


def by_function(function: Any, by_each: Any) -> Lower:
    """A verb that is written in terms of others, and read like any function; ``by_each`` is for several arguments."""

    def lower(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        if any(name != "mode" for name, _ in kwargs):
            raise lo.refuse(node, "keywords of a Jacobian or Hessian inside of a function", "use a lambda")
        return call_value(lo, node, static(function if len(args) == 2 else by_each), args, ())

    return lower


def call_tree_map(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    tree = args[1] if len(args) > 1 else None
    if isinstance(tree, Obj) and tree.cls not in (dict, list):
        what = f"zg.tree_map of a {tree.cls.__name__} inside of a function that is differentiated"
        raise lo.refuse(node, what, "it takes dicts, tuples and lists there: make the object of its attributes")
    return call_value(lo, node, static(composed.mapped), args, kwargs)


CLASSES[grad.Grad] = known_grad
FUNCTIONS.update({
    api.gradient: call_gradient,
    api.withgradient: call_withgradient,
    api.pullback: call_pullback,
    grad.D: call_D,
    grad.grad: call_grad(False),
    grad.value_and_grad: call_grad(True),
    tangents.jvp: call_jvp,
    tangents.pushforward: call_pushforward,
    hessians.hvp: call_hvp,
    hessians.hessian: by_function(composed.hessian_of, composed.hessian_by_each),
    hessians.diaghessian: by_function(composed.diaghessian_of, composed.diaghessian_by_each),
    jacobians.jacobian: by_function(composed.jacobian_of, composed.jacobian_by_each),
    trees.tree_map: call_tree_map,
    checkpoint.checkpointed: call_marked("checkpointed"),
    forwarded.forwarddiff: call_marked("forwarded"),
    composed.constantly: call_marked("constant"),
    fixed.fixed_point: call_fixed_point,
    composed.gradients_by: call_gradients_by,
    composed.pulled: call_pulled,
})  # fmt: skip
