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


def test_a_number_that_comes_out_of_the_text_of_an_exception() -> None:
    """Its gradient was zero where a callee raised it."""

    def f(x):
        try:
            y = refused_above(x)
        except ValueError as e:
            y = float(str(e))
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


class NotConverged(Exception):
    def __init__(self, best, steps, word="not converged"):
        super().__init__(f"{word} after {steps}")
        self.best, self.steps = best, steps

    @property
    def half(self):
        return 0.5 * self.best

    def scaled(self, by):
        return by * self.best


class Diverged(NotConverged):
    pass


class Coded(Exception):
    code = 3.0

    def __init__(self, *args, code=None):
        super().__init__(*args)
        self.code = Coded.code if code is None else code


def root(f, slope, x, steps):
    for _ in range(steps):
        move = f(x) / slope(x)
        x = x - move
        if abs(move) < 1e-12:
            return x
    raise NotConverged(x, steps)


def best_so_far(x):
    total = 0.0
    for steps in (2, 30, 3):
        try:
            r = root(lambda v: v * v - x[3], lambda v: 2 * v, 1.0 + x[2], steps)
        except NotConverged as e:
            r = e.best * e.steps + len(str(e)) * x[0]
        else:
            r = r * 3
        total += r
    return total


def one_of_several(x):
    total = 0.0
    for i in range(5):
        try:
            if i == 0:
                raise ValueError(x[0] * 2, 2.0)
            if i == 1:
                raise NotConverged(x[1], 3)
            if i == 2:
                raise Diverged(x[2], 4)
            if i == 3:
                raise KeyError(x[3], 4)
            total += x[3]
        except (ValueError, KeyError) as e:
            total += e.args[0] * (2.0 if isinstance(e, KeyError) else len(e.args)) + x[0] * len(type(e).__name__)
        except Diverged as e:
            total += e.half * e.scaled(x[0])
        except NotConverged as e:
            total *= e.best * e.steps
    return total


def the_inner_one_is_past(x):
    total = 0.0
    try:
        try:
            raise ValueError(x[0])
        except ValueError as e:
            total += e.args[0]
        raise ValueError(x[1] * total)
    except ValueError as f:
        return total + f.args[0] ** 2


def raised_again(x):
    y = 0.0
    try:
        try:
            raise NotConverged(x[0] * x[1], 2)
        except NotConverged as e:
            y += e.best
            raise
    except NotConverged as g:
        y += g.best * g.steps * x[2]
    return y


def translated(x):
    try:
        try:
            raise NotConverged(x[0] * x[1], 2)
        except NotConverged as e:
            raise Coded(e.best * 2, code=x[3]) from e
    except Coded as e:
        return e.args[0] * e.code


def memory_is_shared(x):
    y = x * 2
    state = {"y": y, "n": [x[0]]}
    try:
        y[0] = 3.0
        raise Coded(y, code=state)
    except Coded as e:
        e.args[0][1] = 5.0 * x[2]
        y[3] += e.code["y"][1]
        e.code["n"][0] *= x[1]
        total = np.sum(e.args[0] * x) + state["n"][0]
    return total * y[1]


class Walk:
    def __init__(self, pull):
        self.pull, self.steps = pull, 0

    def step(self, x):
        self.steps += 1
        if self.steps > 3:
            raise NotConverged(x, self.steps)
        return 0.5 * (x + self.pull / x)


def raised_by_a_method(x):
    walk, y = Walk(x[3]), x[0]
    try:
        while True:
            y = walk.step(y)
    except NotConverged as e:
        y = e.best * e.steps * walk.pull
    return y * walk.steps


def raised_by_a_generator(x):
    def items():
        for v in x:
            if v > 2:
                raise Coded(v)
            yield v * v

    total = 0.0
    try:
        for w in items():
            total += w
    except Coded as e:
        total *= e.args[0] * e.code
    return total


PROGRAMS = [
    best_so_far, one_of_several, the_inner_one_is_past, raised_again, translated, memory_is_shared, raised_by_a_method,
    raised_by_a_generator,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_attributes_of_exceptions(f) -> None:
    check(f, X, compiles=False)


def test_attributes_of_an_exception_that_python_raised() -> None:
    def f(x):
        try:
            if x > 1.0:
                raise ValueError(x)
            y = x * x if x > 0.0 else x * [][0]
        except (ValueError, IndexError) as e:
            y = e.args[0]
        return y * y

    check(f, 2.0, compiles=False)
    check(f, 0.5, compiles=False)
    with pytest.raises(zg.UnsupportedSyntaxError, match="not raised by name under this `try`"):
        zg.gradient(f, -2.0)
