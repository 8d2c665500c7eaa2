"""Functions as values: chosen as the program runs, made in comprehensions, decorated."""

import functools
import math
import operator
from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.7, -1.2, 0.4, 2.1])
OPERATORS = {"*": operator.mul, "+": operator.add, "-": operator.sub}


def square(v):
    return v * v


def cube(v):
    return v**3


def twice(f, v):
    return f(v) + f(2 * v)


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2 * f(*args, **kwargs)

    return wrapper


def repeated(n):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(v):
            for _ in range(n):
                v = f(v)
            return v

        return wrapper

    return decorate


@doubled
def scaled_square(v, k=1.0):
    return k * v * v


@doubled
@repeated(2)
def sine_of_sine(v):
    return math.sin(v)


def by_a_conditional_expression(x):
    f = np.sin if x[0] > 0 else np.cos
    return f(x[1])


def by_an_if_and_lambdas(x):
    if x[0] > 10:
        f = lambda v: v * v
    else:
        f = lambda v: v * x[2]
    return f(x[1]) + sum(map(f, x))


def anew_in_each_iteration(x):
    s = 0.0
    for v in x:
        f = square if v > 0 else cube
        s += f(v)
    return s


def carried_through_a_loop(x):
    f, s = square, 0.0
    for v in x:
        s += f(v)
        if v < 0:
            f = cube
        elif v > 2:
            f = np.sin
    return s + f(x[0])


def swapped(x):
    f, g = square, cube
    for v in x:
        if v > 0:
            f, g = g, f
    return f(x[0]) + 10 * g(x[0])


def kept_from_a_table(x):
    table = [square, cube]
    s, kept = 0.0, square
    for i in range(len(x)):
        f = table[i % 2]
        if i == 1:
            kept = f
        s += kept(x[i]) * f(x[i])
    return s


def passed_on(x):
    f = square if x[0] > 0 else cube
    return twice(f, x[1])


def with_captures_that_change(x):
    k = x[0]

    def linear(v):
        return k * v

    f = linear if x[1] < 0 else square
    k = 3.0 * x[3]
    return f(x[2])


def lambdas_bind_late(x):
    late = [lambda v: v * i * x[i] for i in range(3)]
    early = [lambda v, i=i: v * i * x[i] for i in range(3)]
    named = {k: (lambda v: v * c) for k, c in zip("ab", (x[1], x[2]))}
    i = 100
    return sum(f(x[0]) for f in late) + sum(f(x[3]) for f in early) + named["a"](x[0]) + i


def decorated(x):
    return scaled_square(x[0], k=x[1]) + sine_of_sine(x[3])


PROGRAMS = [
    by_a_conditional_expression, by_an_if_and_lambdas, anew_in_each_iteration, carried_through_a_loop, swapped,
    kept_from_a_table, passed_on, with_captures_that_change, lambdas_bind_late, decorated,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_function_values(program):
    check(program, X)


@functools.cache
def power(v, n):
    return v if n == 1 else v * power(v, n - 1)


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.cache
def remembered_array(n):
    return np.zeros(n)


FACTOR = 2.0


@functools.cache
def reads_a_global(v):
    return FACTOR * v


def test_functions_that_remember_their_results():
    def f(x):
        return power(x[0], 4) + power(x[1], 2)

    check(f, X)


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (lambda x: fibonacci(10) * x[0], "calls itself several times"),
        (lambda x: np.sum(remembered_array(4) + x), "remembers an array"),
        (lambda x: reads_a_global(x[0]), "depends on more than its arguments"),
    ],
)
def test_what_a_function_must_not_remember(program, what):
    with pytest.raises(zg.ZygoteError, match=what):
        zg.gradient(program, X)


def test_classes_defined_in_the_function():
    def f(x):
        @dataclass
        class Line:
            slope: float
            offset: float = 2.0

            def at(self, v):
                return self.slope * v + self.offset

        class Counter:
            step = 0.5

            def __init__(self, start):
                self.n = start

            def __add__(self, other):
                return Counter(self.n + other * self.step)

        def rise(v):
            class Line:
                def __init__(self, v):
                    self.v = square(v)

            return Line(v).v

        total = Counter(x[0])
        for v in x:
            total = total + Line(v).at(x[1]) * Line(v, x[2]).at(v)
        return total.n * rise(x[3])

    check(f, X)


def test_a_chosen_function_compared_and_captured():
    def f(x):
        g = square if x[0] > 0 else cube

        def h(v):
            return 2 * g(v)

        s = h(x[1]) + sum(k(x[1]) for k in [g, cube])
        if g is square and g:
            s = s * x[2]
        return s * x[3] if g != cube else s

    check(f, X)


def test_a_decorator_defined_inside_that_keeps_the_name() -> None:
    def f(x):
        def doubled(g):
            @functools.wraps(g)
            def wrapper(*args, scale=1.0):
                return 2.0 * scale * g(*args)

            return wrapper

        @doubled
        def square(v):
            return v * v

        return square(x) * square(3.0, scale=x) * len(square.__name__)

    check(f, 0.7)


def test_the_names_of_functions_and_classes_of_an_inner_function() -> None:
    """They were those of the variables in the generated code."""

    def f(x):
        def named():
            def short(v):
                return v * v

            class Long:
                pass

            return short(x) * len(short.__name__) + x * len(type(Long()).__name__) + x * len((lambda: 1.0).__name__)

        return named()

    check(f, 0.7)


def test_methods_of_lists_and_dicts_as_functions() -> None:
    def f(x):
        d = {k: v for k, v in zip("abcd", x)}
        squares = [v * v for v in x]
        i = max(range(len(squares)), key=squares.__getitem__)
        best, worst = max(d, key=d.get), min(d, key=d.__getitem__)
        return d[best] * d[worst] + squares[i] * x[i] + sum(map(d.get, ["a", "b", "a"]))

    check(f, np.array([0.7, -1.2, 0.4, 2.1]))


def test_parts_of_strings_choose_a_function() -> None:
    def f(x):
        stack = []
        for token in "x0 x1 * x2 + x3 -".split():
            if token in OPERATORS:
                b, a = stack.pop(), stack.pop()
                stack.append(OPERATORS[token](a, b))
            else:
                stack.append(x[int(token[1:])])
        return stack.pop() ** 2

    check(f, np.array([0.7, -1.2, 0.4, 2.1]))
