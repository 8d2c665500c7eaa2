"""Run a cell once, differentiate it, and leave the notebook as an ordinary run would."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from IPython.core.error import UsageError

import zygote_nb as zg
from zygote_nb.dataclass import dataclass, replace
from zygote_nb.notebook.cell.function import (
    carried_names,
    changed_in_place,
    function_name,
    function_text,
    uncertain_names,
)
from zygote_nb.notebook.cell.page import Page, read_page
from zygote_nb.notebook.cell.plan import Plan, divide
from zygote_nb.notebook.cell.statements import is_definition, is_import
from zygote_nb.notebook.cell.values import is_object, linked, updated

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Outcome", "run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of a cell gives: the loss with its text, gradients by name, and what was looked at meanwhile.

    Without a scalar loss, `said` is the reason and the cell has run as any other; a cell of definitions has `defined`.
    """

    said: str = ""
    loss: Any = None
    loss_text: str = ""
    grads: Mapping[str, Any] | None = None
    seen: Any = None
    aside: Mapping[str, str] | None = None
    defined: tuple[str, ...] = ()
    call: Any = None


Look = Callable[[Any, float, str], Any]


def run(shell: InteractiveShell, cell: str, wanted: Sequence[str], look: Look | None = None) -> Outcome:
    """Run `cell` in the notebook's namespace, with gradients with respect to `wanted`, or to what it depends on.

    `look` is called with the differentiated call, the seconds that it took, and the text of the cell, while all
    variables are as before it.
    """
    __tracebackhide__ = True
    page = read_page(shell, cell)
    plan = divide(page.tree, wanted, shell.user_ns)
    page.execute(plan.before)
    if plan.loss is None or not plan.wrt:
        page.execute((*plan.core, *plan.after))
        return _without_gradient(page, plan)
    try:
        outcome = _differentiate(page, plan, look)
    except zg.ScalarOutputError:  # refused for the kinds of the values, before anything of the core ran
        outcome = Outcome(f"no gradient: the loss is {_described(_plain_loss(page, plan))}, not a real number")
    page.execute(plan.after)
    return outcome


def _differentiate(page: Page, plan: Plan, look: Look | None) -> Outcome:
    __tracebackhide__ = True
    namespace = page.shell.user_ns
    inside, early = changed_in_place(plan)
    for name in sorted(early.intersection((*plan.wrt, *plan.state))):
        if isinstance(namespace.get(name), np.ndarray | list | dict) or is_object(namespace.get(name)):
            raise UsageError(f"{name} is written into and then given a new value: use two names for the two")
    carried = carried_names(plan)
    start = perf_counter()
    try:
        call, (value, grads) = _call(page, plan, carried)
    except UnboundLocalError:
        # A loop without iterations leaves its names unbound, which is an error only in the `return` that we added.
        carried = tuple(name for name in carried if name not in uncertain_names(plan))
        call, (value, grads) = _call(page, plan, carried)
    taken = perf_counter() - start
    # To be looked at, the cell without the names that are carried out of it.
    alone = replace(call, function=page.define(function_name(plan), function_text(plan, page.source, ())))
    seen = look(alone, taken, page.typed) if look else None
    loss, values = value if carried else (value, ())
    known: dict[int, Any] = {}
    returned = dict(zip(carried, values, strict=True))
    for name, new in returned.items():
        if name in inside and name in namespace:
            namespace[name] = updated(namespace[name], new, known)
    for name, new in returned.items():
        if name not in inside or name not in namespace:
            namespace[name] = linked(new, known)
    if isinstance(plan.loss, ast.Name) and not isinstance(plan.core[-1], ast.Expr):
        namespace[plan.loss.id] = loss
    return Outcome(
        "", loss, ast.unparse(plan.loss), dict(zip(plan.wrt, grads, strict=True)), seen, plan.aside, call=alone
    )


def _call(page: Page, plan: Plan, carried: Sequence[str]) -> tuple[Any, Any]:
    __tracebackhide__ = True
    fn = page.define(function_name(plan), function_text(plan, page.source, carried))
    namespace = page.shell.user_ns
    call = zg.call(fn, *(namespace[name] for name in (*plan.wrt, *plan.state)), wrt=plan.wrt)
    with page.as_typed(fn):
        return call, zg.withgradient(call)


def _plain_loss(page: Page, plan: Plan) -> Any:
    """The value that was meant as the loss, from an ordinary run of the core."""
    if not isinstance(plan.core[-1], ast.Expr):
        page.execute(plan.core)
        return page.shell.user_ns[plan.loss.id]
    page.execute(plan.core[:-1])
    return page.evaluate(plan.core[-1].value)


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "None" if value is None else f"of type {type(value).__name__}"


def _without_gradient(page: Page, plan: Plan) -> Outcome:
    functions = tuple(s.name for s in page.tree.body if isinstance(s, ast.FunctionDef))
    if functions and all(is_definition(s) or is_import(s) for s in page.tree.body):
        return Outcome(defined=functions)
    return Outcome(_why_nothing(plan))


def _why_nothing(plan: Plan) -> str:
    if plan.loss is None:
        return (
            "no gradient: the cell ends neither in an expression nor in an assignment to one name; "
            "name the loss in a last line"
        )
    if plan.aside:
        name, fn = next(iter(plan.aside.items()))
        return f"no gradient: {fn} reads {name} as a global; pass it as an argument"
    return "no gradient: the loss depends on no float variable of the notebook"
