"""`match`: the first case that fits, its captures, its guard."""

import enum
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.7, -1.2, 0.4, 2.1])


class Mode(enum.Enum):
    SINE = 1
    SQUARE = 2


@dataclass
class Circle:
    r: float


@dataclass
class Box:
    w: float
    h: float


@dataclass
class Scaled:
    shape: object
    factor: float


Point = namedtuple("Point", "x y")


class Pair:
    __match_args__ = ("first", "second")

    def __init__(self, first, second):
        self.first, self.second = first, second


def area(shape):
    match shape:
        case Circle(r):
            return np.pi * r * r
        case Box(w=w, h=h) if w == h:
            return w**2
        case Box(w, h):
            return w * h
        case Scaled(shape=inner, factor=f):
            return f * f * area(inner)
        case _:
            raise TypeError


def classes(x):
    return (
        area(Circle(x[0])) + area(Box(x[1], x[2])) + area(Scaled(Scaled(Circle(x[3]), x[0]), 2.0)) + area(Box(2.0, 2.0))
    )


def positional_and_named_parts(x):
    match Pair(x[0], Point(x[1], x[2])):
        case Pair(first, Point(x=0.0)):
            return first
        case Pair(first, Point(x=a, y=b) as p):
            return first * a * b * p.x
    return 0.0


def evaluate(e, x):
    match e:
        case "x":
            return x[0]
        case int() | float():
            return e * x[1]
        case ("+", a, b):
            return evaluate(a, x) + evaluate(b, x)
        case ("*", a, *rest):
            product = evaluate(a, x)
            for part in rest:
                product = product * evaluate(part, x)
            return product
        case ("let", {"value": v, **others}, body) if not others:
            return evaluate(body, (evaluate(v, x), x[1]))


def expression_tree(x):
    return evaluate(("+", ("*", "x", "x", 3), ("let", {"value": ("*", "x", 2.0)}, ("*", "x", "x"))), x)


def values_as_the_program_runs(x):
    s = 0.0
    for i in range(len(x)):
        match i % 3:
            case 0:
                s += x[i] ** 2
            case 1 | 5:
                s += np.sin(x[i])
            case n if x[i] > n * 10:
                s += 100.0
            case n:
                s += n * x[i]
    return s


def members_and_strings(x):
    s = 0.0
    for mode, name in ((Mode.SINE, "half"), (Mode.SQUARE, "whole"), (None, "none")):
        match mode:
            case Mode.SINE:
                y = np.sin(x[0])
            case Mode.SQUARE:
                y = x[1] ** 2
            case None:
                y = x[2]
        match name:
            case "half":
                y = y / 2
            case "whole" | "all":
                y = y * 3
        s += y
    return s


def jumps_out_of_loops(x):
    s = 0.0
    for v in x:
        match bool(v < 0), bool(v > 2):
            case (True, _):
                continue
            case (False, True):
                break
            case (False, False):
                s += v * v
    else:
        return s
    return 2 * s


def mappings(x):
    s = 0.0
    for step in ({"kind": "move", "by": x[0]}, {"kind": "turn", "by": x[1], "at": x[2]}, {"by": x[3]}):
        match step:
            case {"kind": "move", "by": d}:
                s += d
            case {"kind": "turn", "by": d, **rest}:
                s += d * rest["at"]
            case {"by": d}:
                s -= d * d
    return s


def sequences(x):
    s = 0.0
    for parts in ((x[0],), [x[1], x[2]], (x[0], x[1], x[2], x[3]), ()):
        match parts:
            case []:
                s = s * 2
            case [a]:
                s += a
            case [a, b]:
                s += a * b
            case [first, *middle, last]:
                s += first * last * middle[1]
    return s


def lists_that_grow(x):
    kept = []
    for v in x:
        if v > 0:
            kept.append(v)
    match kept:
        case [a]:
            return a
        case [a, b, c] if a > 100:
            return a + b + c
        case [a, b, c]:
            return a * b * c
        case _:
            return 0.0 * x[0]


def a_value_or_none(x):
    def first_above(limit):
        for v in x:
            if v > limit:
                return v
        return None

    s = 0.0
    for limit in (1.0, 5.0):
        match first_above(limit):
            case None:
                s += x[0]
            case v:
                s += v * v
    return s


def names_of_inner_functions(x):
    def f(pair):
        match pair:
            case (a, b):
                x0 = a * b
        return x0

    a = x[3]
    return f((x[0], x[1])) * a


PROGRAMS = [
    classes, positional_and_named_parts, expression_tree, values_as_the_program_runs, members_and_strings,
    jumps_out_of_loops, mappings, sequences, lists_that_grow, a_value_or_none, names_of_inner_functions,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_match(program):
    check(program, X)


def test_a_pattern_on_a_number_argument_is_an_if():
    def f(x, n):
        match n:
            case 0:
                return x
            case 1:
                return x * x
            case _:
                return x**n

    for n in range(4):
        check(f, 0.7, n)
    assert "if n == 0:" in str(zg.code_adjoint(f, 0.7, 2))


def test_the_subject_is_evaluated_once(capsys):
    def f(x):
        def subject():
            print("here")
            return x * 2

        match subject():
            case 0.0:
                return x
            case y if y > 100:
                return y
            case y:
                return y * y

    assert zg.gradient(f, 3.0) == (24.0,)
    assert capsys.readouterr().out == "here\n"


def test_truth_of_numpy_is_not_true():
    """``case True`` asks for identity, and NumPy's truth is another object."""

    def f(x):
        match x[0] > 0:
            case True:
                return x[0]
            case _:
                return x[1]

    check(f, X)


def test_objects_among_values():
    def f(x):
        s = 0.0
        for part in (Circle(x[0]), "x", x[1], 3, (x[2], 1), None):
            match part:
                case "x" | "y":
                    s += x[3]
                case Circle(r):
                    s += r * r
                case 3:
                    s *= x[3]
                case (a, 1):
                    s += a * a
                case None:
                    s *= 2
                case float(v):
                    s += v**3
        return s

    check(f, X)


def captured_by_alternatives(x):
    match (x[0], x[1]):
        case (0.0, a) | (a, 0.0):
            return a
    return x[2]


@pytest.mark.parametrize(("program", "what"), [(captured_by_alternatives, "which of several patterns binds a name")])
def test_refusals(program, what):
    with pytest.raises(zg.ZygoteError, match=what):
        zg.gradient(program, X)
