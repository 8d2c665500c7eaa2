"""`with`: what a context manager does before its block and after it, on whichever road the block is left."""

import contextlib
import time
import warnings

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails

X = np.array([0.7, -1.2, 0.4, 2.1])


class Scale:
    def __init__(self, k):
        self.k = k

    def __enter__(self):
        self.k = self.k * 2
        return self

    def __exit__(self, cls, error, traceback):
        self.k = self.k * 3


class Catch:
    def __init__(self):
        self.caught = 0

    def __enter__(self):
        return self

    def __exit__(self, cls, error, traceback):
        if cls is not None:
            self.caught += 1
        return True


class Noisy:
    def __enter__(self):
        print("in")
        return 2.0

    def __exit__(self, cls, error, traceback):
        print("out", cls is None)


class Stepper:
    def __init__(self, x):
        self.x = x

    @contextlib.contextmanager
    def half(self, h):
        self.x = self.x + h / 2 * np.sin(self.x)
        yield self.x
        self.x = self.x + h / 2 * np.cos(self.x)


@contextlib.contextmanager
def scaled(x, k):
    y = x * k
    yield y


@contextlib.contextmanager
def restoring(a):
    old = a[0]
    a[0] = 5.0
    try:
        yield a
    finally:
        a[0] = old


@contextlib.contextmanager
def catching():
    try:
        yield
    except ZeroDivisionError:
        print("caught")


def quotient(a, b):
    if b == 0:
        raise ZeroDivisionError
    return a / b


def object_that_changes_on_the_way_out(x):
    m = Scale(x[0])
    with m as s:
        y = s.k * x[1]
    return y * m.k


def object_that_suppresses(x):
    with Catch() as c:
        y = x[0] * x[1]
        if x[1] < 0:
            raise ValueError
        y = 100 * x[0]
    return y * (c.caught + 1)


def every_way_out_of_a_loop(x):
    s = 0.0
    for v in x:
        with Scale(v) as m:
            if v < 0:
                continue
            if v > 2:
                break
            s += m.k * v
    return s


def a_returned_block(x):
    def f(v):
        with Scale(v) as m:
            return m.k * v

    return f(x[0]) * f(x[1])


def two_at_once(x):
    with Scale(x[0]) as a, Scale(x[1]) as b:
        y = a.k * b.k
    return y * b.k


def decorated_generator(x):
    with scaled(x, 3.0) as y:
        s = np.sum(y * y)
    return s


def what_is_restored_afterwards(x):
    y = x.copy()
    for i in range(3):
        with restoring(y) as z:
            if i == 1:
                continue
            if z[1] * i > 100:
                return z[2]
        y[0] = y[0] * y[2]
    return y[0] * y[1]


def method_that_is_a_manager(x):
    stepper = Stepper(x[0])
    for _ in range(3):
        with stepper.half(0.1) as m:
            stepper.x = stepper.x * m
    return stepper.x


def inner_manager_with_nonlocal(x):
    @contextlib.contextmanager
    def twice():
        nonlocal total
        total = total * 2
        yield
        total = total + x[1]

    total = x[0]
    with twice():
        total = total * total
    return total


def generator_that_catches(x):
    y = x[0]
    with catching():
        y = y * x[1]
        y = quotient(y, y - y)
    return y * x[2]


def suppressed(x):
    y = x[0]
    with contextlib.suppress(ZeroDivisionError, KeyError):
        y = y * x[1]
        y = quotient(y, 0.0)
    return y * x[2]


def suppressed_return(x):
    with contextlib.suppress(ZeroDivisionError):
        return quotient(x[1], x[0] - x[0])
    return x[2] ** 2


def managers_that_only_warn_or_do_nothing(x):
    s = 0.0
    with contextlib.nullcontext(x) as y, np.errstate(divide="ignore"):
        for v in y:
            if v < 0:
                break
            s += v
        else:
            return s
    with np.errstate(all="ignore"):
        return s * np.sum(np.sqrt(x * x))


PROGRAMS = [
    object_that_changes_on_the_way_out, object_that_suppresses, every_way_out_of_a_loop, a_returned_block, two_at_once,
    decorated_generator, what_is_restored_afterwards, method_that_is_a_manager, inner_manager_with_nonlocal,
    generator_that_catches, suppressed, suppressed_return, managers_that_only_warn_or_do_nothing,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_with(program):
    check(program, X)


def noisy_square(v):
    with Noisy() as k:
        if v < 0:
            raise ValueError
        return k * v * v


def test_what_it_prints_is_printed_once_on_either_road(capsys):
    def f(x):
        s = 0.0
        for v in x:
            try:
                s += noisy_square(v)
            except ValueError:
                s = s * 0.5
        return s

    f(X)
    plain = capsys.readouterr().out
    (gradient,) = zg.gradient(f, X)
    assert capsys.readouterr().out == plain
    assert "out False" in plain
    np.testing.assert_allclose(gradient, [2 * X[0], 0, 4 * X[2], 4 * X[3]])


def test_an_exception_passes_through_after_the_exit(capsys):
    fails(lambda x: noisy_square(x[1]), X, error=ValueError)
    assert "out False" in capsys.readouterr().out


def test_managers_of_libraries_are_entered_and_left(tmp_path):
    path = tmp_path / "log"

    def f(x):
        started = time.perf_counter()
        with open(path, "a") as log, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = x.sum() ** 2
            print("seen", time.perf_counter() >= started, file=log)
        return y if log.closed else 0.0 * y

    np.testing.assert_allclose(zg.gradient(f, X)[0], 2 * X.sum())
    assert path.read_text() == "seen True\n"


def test_a_try_of_which_nothing_is_left():
    """Its empty block once was text that Python can't read."""

    def f(x):
        s = 0.0
        for v in x:
            try:
                t = v * 3
            finally:
                s += v * v
        return s + 0 * t

    check(f, X)


def yields_twice(x):
    @contextlib.contextmanager
    def twice():
        yield
        yield

    with twice():
        return x.sum()


def raising_errors(x):
    with np.errstate(all="raise"):
        return x.sum()


def suppressing_a_block_that_leaves(x):
    with Catch():
        return x.sum()


def not_a_manager(x):
    with x:
        return x.sum()


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (yields_twice, "does not yield once on every path"),
        (raising_errors, "does more than warn or ignore"),
        (suppressing_a_block_that_leaves, "put `return` after the block"),
        (not_a_manager, "as a context manager"),
    ],
)
def test_refusals(program, what):
    with pytest.raises(zg.ZygoteError, match=what):
        zg.gradient(program, X)
