"""What stands for a function of a library in another process: the same text for the same code, and for no other."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit, types
from numba.core.types import Array

from zygote_nb.backend.fingerprint import Unstable
from zygote_nb.backend.identity import of_function, of_type, of_value
from zygote_nb.runtime import vmath
from zygote_nb.runtime.compiled import extremes
from zygote_nb.runtime.compiled.registration import inside


def of_this_package(function):
    """As if a module of the package had it."""
    function.__module__ = vmath.__name__
    return function


def around(value):
    return of_this_package(lambda: value)


def with_default(value):
    return of_this_package(lambda x=value: x)


def reading(value):
    scope = {"__name__": vmath.__name__, "value": value}
    exec("def read():\n    return value\n", scope)
    return scope["read"]


@pytest.mark.parametrize("made", [around, with_default, reading])
def test_what_a_function_reads_belongs_to_it(made):
    values = [
        1, 1.0, 2, "1", None, np.float32(1), np.float64(1), (1, 2), (2, 1), types.float64, types.float32,
        Array(types.float64, 1, "C"), Array(types.float64, 1, "A"), Array(types.float64, 1, "C", readonly=True),
        types.literal(1), types.literal("1"), types.Omitted(None), types.Omitted(1), np.sum, np.prod, vmath.exp,
        vmath.tanh, inside()(vmath.exp), inside(fastmath=True)(vmath.exp),
        extremes.chosen(">"), extremes.chosen("<"),
    ]  # fmt: skip
    texts = [of_function(made(v)) for v in values]
    assert len(set(texts)) == len(texts)
    assert texts == [of_function(made(v)) for v in values]


def test_byte_code_belongs_to_it():
    one, other = of_this_package(lambda x: x + 1), of_this_package(lambda x: x + 2)
    other.__qualname__ = one.__qualname__
    assert of_function(one) != of_function(other)


class Own:
    pass


def named_as_a_builtin():
    """A function of the user's, whatever its name."""


NAMED = types.NamedTuple((types.float64, types.int64), __import__("collections").namedtuple("Pair", "a b"))


@pytest.mark.parametrize(
    "value",
    [named_as_a_builtin, njit(named_as_a_builtin), Own, Own(), np.ones(2), NAMED, (1, Own), types.Omitted(Own())],
)
def test_of_the_users_nothing_is_kept(value):
    with pytest.raises(Unstable):
        of_value(value)
    with pytest.raises(Unstable):
        of_function(around(value))


def test_a_function_that_refers_to_itself_has_no_text():
    def again(n):
        return again(n - 1)

    with pytest.raises(Unstable, match="itself"):
        of_function(of_this_package(again))


def test_types_of_arguments_by_their_parts():
    kinds = [
        types.float64, types.UniTuple(types.int64, 2), types.UniTuple(types.int64, 3), types.Tuple((types.int64,)),
        types.StarArgTuple((types.int64, types.float64)), types.Tuple((types.int64, types.float64)),
        types.List(types.float64), types.List(types.float64, reflected=True), types.Optional(types.float64),
        types.DType(types.float64), types.NumberClass(types.float64), types.none, types.boolean, types.slice2_type,
        types.TypeRef(Array), types.MemInfoPointer(types.voidptr), types.CPointer(types.int8),
    ]  # fmt: skip
    assert len({of_type(k) for k in kinds}) == len(kinds)
