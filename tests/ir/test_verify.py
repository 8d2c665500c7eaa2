"""Each rule of the verifier, by an example that breaks it."""

import operator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import (
    FALSE,
    INT_ONE,
    INT_ZERO,
    ONE,
    TRUE,
    Accumulate,
    Append,
    Apply,
    Assign,
    Block,
    Break,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Name,
    Param,
    Pop,
    Raise,
    Span,
    Store,
    Tuple,
    While,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Array, Bottom, ListOf, Scalar, TupleOf
from zygote_nb.ir.verify import IRError, verify, verify_block, verify_calls, verify_generated

HERE = Span(2, 0, 2, 9)
VECTOR = Array("float64", (2,))
x, y, i, v = Name("x"), Name("y"), Name("i", INT), Name("v", VECTOR)
PARAMS = (Param("x", FLOAT), Param("v", VECTOR), Param("c", BOOL))
test = Name("c", BOOL)


def let(name: str, value: Expr = x) -> Assign:
    return Assign(name, value, HERE)


def loop(*body: Any, var: str = "i", count: str | None = None) -> For:
    return For(var, INT_ZERO, Const(3, INT), INT_ONE, body, count, HERE)


def function(*body: Any, result: tuple[Expr, ...] = (x,), kind: Any = FLOAT) -> Function:
    return Function("f", PARAMS, body, result, kind, "file.py", Span(1, 0, 9, 0))


def made(forward: Block = (), backward: Block = (), results: tuple[Expr, ...] = (), **others: Any) -> Generated:
    given = {"name": "f_adjoint", "params": ("x", "v", "c"), "in_place": frozenset(), **others}
    return Generated(forward=forward, backward=backward, results=results, **given)


counted = let("n", Apply(operator.add, (Name("n", INT), INT_ONE), (), INT))
sound = function(
    let("y"),
    let("n", INT_ZERO),
    loop(counted, If(test, (let("y", ONE), Break(HERE)), (let("y", y),), HERE), count="n"),
    let("m", INT_ZERO),
    While(test, (let("m", Apply(operator.add, (Name("m", INT), INT_ONE), (), INT)),), "m", HERE),
    Store(v, INT_ZERO, y, False, HERE),
    If(test, (Raise(None, HERE),), (), HERE),
    result=(y,),
)


def test_a_sound_function_is_accepted() -> None:
    verify(sound)
    verify(sound, renamed=True)


def test_the_message_names_function_and_statement() -> None:
    with pytest.raises(IRError, match=r"^f: `q` is read but bound on no path before, in `y = q  # 2`$"):
        verify(function(let("y", Name("q"))))


SHARED = {
    "a break is outside of all loops": (Break(HERE),),
    "a break is not the last": (loop(Break(HERE), let("y")),),
    "a raise is not the last": (Raise(None, HERE), let("y")),
    "an if with a break in it is not the last": (loop(If(test, (Break(HERE),), (), HERE), let("y")),),
    "an if has two empty branches": (If(test, (), (), HERE),),
    "str is no statement": ("y = x",),
    "int is no expression": (let("y", 3),),  # type: ignore[arg-type]
    "`2y` is not a name": (let("2y"),),
    "`lambda` is not a name": (let("lambda"),),
    "`y-z` is not a name": (let("y", Name("y-z")),),
    "a Function is applied that is not a primitive": (let("y", Apply(sound, (x,))),),
    "an attribute is read of nothing": (let("y", Apply(Attribute("T"), ())),),
    "a tuple is made of class": (let("y", Tuple((x,), set)),),
    "a str is no kind": (let("y", Name("x", "float64")),),  # type: ignore[arg-type]
    "2 targets have 1 kinds": (let("l", Tuple((), list, ListOf(FLOAT))), Pop(("y", "z"), "l", (FLOAT,), HERE)),
    "the step of a range is zero": (For("i", INT_ZERO, INT_ONE, INT_ZERO, (), None, HERE),),
    "what is stored into is not a variable": (Store(Apply(np.sin, (v,), (), VECTOR), INT_ZERO, x, False, HERE),),
    "what is stored into is a Scalar": (Store(x, INT_ZERO, x, False, HERE),),
    "`x` is not a list": (Effect(x, HERE), Append("x", x, HERE)),
    "`q` is read but bound on no path": (let("y", Name("q")),),
    "`i` is read but bound on no path": (loop(let("y", i)), let("z", i)),
    "`z` is read but bound on no path": (If(test, (Raise(None, HERE),), (), HERE), let("y", Name("z"))),
    "the index `i` is bound in the loop over it": (loop(let("i", INT_ONE)),),
}


@pytest.mark.parametrize("generated", [False, True])
@pytest.mark.parametrize("what", SHARED)
def test_every_block(what: str, generated: bool) -> None:
    with pytest.raises(IRError, match=what.split("(")[0]):
        verify_block(SHARED[what], ("x", "v", "c"), generated=generated)


LOWERED = {
    "two parameters are called `x`": replace(sound, params=(*PARAMS, Param("x", FLOAT))),
    "an adjoint is accumulated": function(let("d_x"), Accumulate("d_x", x, span=HERE)),
    "a choice stands before differentiation": function(let("y", Choice(test, x, x))),
    "the kind is that of a call still being analysed": function(let("y", Name("x", TupleOf((Bottom(),))))),
    "a callee is not a lowered function": function(Invoke(("y",), "g", (x,), (FLOAT,), HERE)),
    "the count `n` is not bound": function(loop(counted, count="n")),
    "the count `n` does not count": function(let("n", INT_ZERO), loop(let("y"), count="n")),
    "1 values are returned, and 0 are given": function(result=()),
    "is returned as a": function(result=(v,)),
    "`y` is returned but bound on no path": function(result=(y,)),
    "a statement has no line": function(Assign("y", x)),
    "line 12 is not in the function's lines 1 to 9": function(Assign("y", x, Span(12, 0, 12, 5))),
}  # fmt: skip


@pytest.mark.parametrize("what", LOWERED)
def test_lowered_functions(what: str) -> None:
    with pytest.raises(IRError, match=what):
        verify(LOWERED[what])


def test_calls_fit_the_callee() -> None:
    callee = type("Instance", (), {"name": "f", "function": sound})()
    verify(function(Invoke(("y",), callee, (x, v, test), (FLOAT,), HERE)))
    with pytest.raises(IRError, match="f has 3 parameters"):
        verify(function(Invoke(("y",), callee, (x,), (FLOAT,), HERE)))
    with pytest.raises(IRError, match="f returns 1 values"):
        verify(function(Invoke((), callee, (x, v, test), (), HERE)))


RENAMED = {
    "the index `i` is bound elsewhere": function(loop(let("y", i)), loop(let("z", i))),
    "the index `x` is bound elsewhere": function(loop(let("y"), var="x"), result=(ONE,)),
    r"`y` is a Array.* in one place and a Scalar": function(let("y", v), let("y", x)),
}


@pytest.mark.parametrize("what", RENAMED)
def test_live_ranges_with_names_of_their_own(what: str) -> None:
    verify(RENAMED[what])
    with pytest.raises(IRError, match=what):
        verify(RENAMED[what], renamed=True)


def test_what_no_path_reaches_may_read_anything() -> None:
    endless = While(TRUE, (let("n", INT_ZERO),), "n", HERE)
    verify(function(let("n", INT_ZERO), endless, let("y", Name("q")), result=(y,)))
    verify(function(If(test, (Raise(None, HERE),), (Raise(None, HERE),), HERE), result=(y,)))


def test_a_later_iteration_may_read_what_an_earlier_one_bound() -> None:
    verify(function(loop(If(test, (let("z", y),), (), HERE), let("y")), result=(x,)))


def test_after_a_branch_that_leaves_only_the_other_counts() -> None:
    body = (If(test, (let("z"), Raise(None, HERE)), (let("y"),), HERE),)
    verify(function(*body, result=(y,)))
    with pytest.raises(IRError, match="`z` is returned"):
        verify(function(*body, result=(Name("z"),)))


def test_generated_functions() -> None:
    gradient = made((let("y"),), (let("d_x", ONE), Accumulate("d_x", y)), (Name("d_x"), y))
    verify_generated(replace(gradient, in_place=frozenset({"d_x"})))


GENERATED = {
    "`d_y` is added to in place but bound nowhere": made(in_place=frozenset({"d_y"})),
    "`d_x` is returned but not bound on every path": made((), (If(test, (let("d_x"),)),), (Name("d_x"),)),
    "`y` is returned but not bound on every path": made(results=(y,)),
    "an adjoint has a base but no index": made((), (let("d_x"), Accumulate("d_x", x, None, v))),
    "calls something that has no name": made((Invoke((), sound, (), (), HERE),)),
    "what is added to is not a variable": made(
        (), (Accumulate("v", x, INT_ZERO, Apply(np.sin, (v,), (), VECTOR)),)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", GENERATED)
def test_generated_functions_that_are_refused(what: str) -> None:
    with pytest.raises(IRError, match=f"^f_adjoint: .*{what}"):
        verify_generated(GENERATED[what])


def test_a_result_of_the_primal_may_depend_on_a_flag() -> None:
    verify_generated(made((If(test, (let("y"),)),), (), (y,)))


def test_generated_calls() -> None:
    callee = made(results=(x, ONE), name="g_forward", params=("x",))
    verify_calls((callee, made((Invoke(("y", "t"), "g_forward", (x,), (FLOAT, FLOAT)),))))
    for what, stmt in {
        "no function h_forward": Invoke((), "h_forward", ()),
        "g_forward has 1 parameters": Invoke(("y", "t"), "g_forward", (), (FLOAT, FLOAT)),
        "g_forward returns 2 values": Invoke(("y",), "g_forward", (x,), (FLOAT,)),
    }.items():
        with pytest.raises(IRError, match=what):
            verify_calls((callee, made((stmt,))))


def test_kinds_of_numbers_and_flags_join() -> None:
    """A variable may hold integers in one place and floats in another."""
    verify(
        function(let("y", INT_ONE), let("y", FALSE), let("y", Const(1, Scalar("float32"))), result=(y,)), renamed=True
    )
