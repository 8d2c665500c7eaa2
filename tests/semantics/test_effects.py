"""Effects: once, in order, never refused for want of a rule."""

import io
import logging
import random
import time
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import numpy as np

import zygote_nb as zg
from tests import oracle

check = partial(oracle.check, compiles=False)
X = np.array([0.7, -0.4, 1.3, 0.2])


def printed(f, *args):
    out = io.StringIO()
    with redirect_stdout(out):
        result = zg.gradient(f, *args)
    return out.getvalue(), result


def told(x):
    print("callee", x)
    return x * x


def test_print_once_and_in_order_through_calls_loops_and_branches() -> None:
    def f(x, n):
        s = 0.0
        for i in range(n):
            print("step", i)
            if i % 2:
                s += told(x)
            else:
                print(f"skip {s:.1f}", end=";\n")
        print("end", s)
        return s * x

    text, grads = printed(f, 2.0, 3)
    out = io.StringIO()
    with redirect_stdout(out):
        f(2.0, 3)
    assert text == out.getvalue()
    assert grads == (12.0, None)


def test_print_in_a_try_and_its_handler() -> None:
    def f(x, n):
        try:
            print("before")
            y = x / n
            print("after")
        except ZeroDivisionError:
            print("caught")
            y = x * x
        finally:
            print("at last")
        return y

    assert printed(f, 3.0, 0) == ("before\ncaught\nat last\n", (6.0, 0.0))
    assert printed(f, 3.0, 2)[0] == "before\nafter\nat last\n"


def test_a_logger(caplog) -> None:
    logger = logging.getLogger("of a test")

    def f(x):
        y = np.sin(x)
        logger.warning("y is %s", y)
        return np.sum(y * y)

    with caplog.at_level(logging.WARNING):
        grads = zg.gradient(f, X)
    assert len(caplog.records) == 1
    assert np.allclose(grads[0], np.sin(2.0 * X))


def test_random_numbers_are_drawn_once() -> None:
    def f(x):
        noise = random.gauss(0.0, 1.0)
        return np.sum(x * x * noise * random.random())

    random.seed(3)
    (grad,) = zg.gradient(f, X)
    after = random.random()
    random.seed(3)
    assert np.allclose(grad, 2.0 * X * random.gauss(0.0, 1.0) * random.random())
    assert random.random() == after


def test_a_generator_that_is_an_argument() -> None:
    def f(x, rng):
        return np.sum(x * x * rng.standard_normal(4))

    (grad, _) = zg.gradient(f, X, np.random.default_rng(3))
    assert np.allclose(grad, 2.0 * X * np.random.default_rng(3).standard_normal(4))


def test_time_and_files(tmp_path) -> None:
    path = str(tmp_path / "losses")

    def f(x, path):
        start = time.perf_counter()
        loss = np.sum(x**3)
        with open(path, "a") as file:
            file.write("one line\n")
        return loss if time.perf_counter() >= start else loss * 2.0

    assert np.allclose(zg.gradient(f, X, path)[0], 3.0 * X**2)
    assert Path(path).read_text() == "one line\n"


def test_an_assertion_that_holds_and_one_that_fails() -> None:
    def f(x):
        assert x > 0.0, f"{x} is negative"
        return x * x

    check(f, 0.7)
    oracle.fails(f, -0.7, error=AssertionError, match="-0.7 is negative", compiles=False)


def test_what_an_effect_does_to_its_arguments_is_not_seen_by_the_caller() -> None:
    def f(x):
        x[0] = 9.0
        print(x[0])
        return np.sum(x * x)

    given = X.copy()
    assert printed(f, given)[0] == "9.0\n"
    assert np.array_equal(given, X)
