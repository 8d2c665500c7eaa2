"""What an exception carries into its handler: its message, its arguments, its attributes.

PYTEST_DONT_REWRITE: the message of an assertion is compared."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.7, -1.2, 0.4, 2.1])


class Shown:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Shown({self.x})"


def test_the_message_of_an_assertion_that_failed() -> None:
    """It was empty, so that a handler that looked at it got another value."""

    def f(x):
        try:
            assert x[0] > 5, "small"
        except AssertionError as e:
            return x[0] * x[0] * len(str(e))
        return x[1]

    check(f, X, compiles=False)


def test_a_message_that_is_not_known_here_is_not_looked_at() -> None:
    """It was the source of the expression."""

    def looked_at(x):
        try:
            raise ValueError(f"{Shown(x)}")
        except ValueError as e:
            return x * len(str(e))

    def passed_over(x):
        try:
            raise ValueError(f"{Shown(x)}")
        except ValueError:
            return x * x

    with pytest.raises(zg.UnsupportedSyntaxError, match="a Shown object is shown as text"):
        zg.gradient(looked_at, 0.5)
    check(passed_over, 0.5, compiles=False)


def refused_above(x):
    if x > 0.5:
        raise ValueError(x)
    return x


def test_a_number_that_comes_out_of_the_exception_of_a_callee() -> None:
    """Its gradient was zero."""

    def f(x):
        try:
            y = refused_above(x)
        except ValueError as e:
            y = float(e.args[0])
        return y * y

    with pytest.raises(zg.NoRuleError, match="has no derivative"):
        zg.gradient(f, 0.7)


def test_lists_and_dicts_in_a_message() -> None:
    """The call failed."""

    def f(x):
        state = {"x": x, "n": [1.0, x]}
        try:
            if x > 0.5:
                raise ValueError(state)
        except ValueError:
            state["x"] = x * x
        return state["x"] * 2.0

    check(f, 0.7, compiles=False)
