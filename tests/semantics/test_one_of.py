"""Objects of several classes in one list, under one name, in a dict: each does what its class says."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check
from zygote_nb.frontend.oneof import number_of


class Circle:
    def __init__(self, r):
        self.r, self.scale = r, 1.0

    def area(self):
        return np.pi * self.r**2 * self.scale

    def grow(self, by):
        self.r = self.r * by


@dataclass
class Box:
    w: float
    h: float
    scale: float = 1.0

    def area(self):
        return self.w * self.h * self.scale

    def grow(self, by):
        self.w = self.w * by
        return by


class Square(Box):
    @property
    def side(self):
        return self.w

    def area(self):
        return self.side**2


X = np.array([0.5, 0.7])


def areas(x, n):
    shapes = []
    for i in range(n):
        if i % 2:
            shapes.append(Circle(x[0] * i))
        else:
            shapes.append(Box(x[0] + i, x[1] * (i + 1)))
    return sum(k * s.area() for k, s in enumerate(shapes))


def chosen_by_the_data(x, n):
    shapes = [Circle(x[0]) if x[i % 2] * i > 1.0 else Square(x[1], x[0]) for i in range(n)]
    return sum(s.area() for s in shapes) * shapes[-1].area()


def changed(x, n):
    shapes = []
    for i in range(n):
        shapes.append(Circle(x[0]) if i % 3 == 0 else Box(x[1], x[0] * i) if i % 3 == 1 else Square(x[0], 1.0))
    for s in shapes:
        s.grow(x[1])
        s.scale = x[0] + s.scale
    last = shapes[1]
    last.scale *= 2.0
    return sum(s.area() for s in shapes)


def asked_for_its_class(x, n):
    shapes, total = [], 0.0
    for i in range(n):
        shapes.append(Circle(x[0] * i) if i % 2 else Square(x[0] + i, x[1]))
    for s in shapes:
        if isinstance(s, Circle):
            total += s.r * x[1]
        elif isinstance(s, Box):
            total += s.w * s.h
    return total


def measure(shape, x):
    return shape.area() * x


def handed_over(x, n):
    shape = Circle(x[0])
    for i in range(n):
        shape = Box(x[0] * i, x[1]) if i % 2 else Circle(x[1] + i)
    return measure(shape, x[0]) + measure(Circle(x[1]), x[1])


def of_two_kinds(x, n):
    if x[0] > 0.4:
        shape = Circle(x[0])
    else:
        shape = Box(x[0], x[1])
    shape.grow(3.0)
    return shape.area() * shape.scale


def beside_numbers(x, n):
    found = {}
    for i in range(n):
        found[i] = (i, Circle(x[0] * i) if i % 2 else Box(x[1], x[0] + i))
    return sum(k * s.area() for k, s in found.values())


def or_none(x, n):
    best, score = None, 0.0
    for i in range(n):
        shape = Circle(x[0] * (n - i)) if i % 2 else Box(x[0] * i, x[1])
        if best is None or shape.area() > score:
            best, score = shape, shape.area()
    return best.area() * x[1] if best is not None else x[0]


def best_of_all(x, n):
    shapes = []
    for i in range(n):
        shapes.append(Circle(x[0] * (n - i)) if i % 2 else Box(x[0] * i, x[1]))
    return max(shapes, key=lambda s: s.area()).area() + sorted(shapes, key=lambda s: s.area())[0].scale * x[1]


PROGRAMS = [
    areas, chosen_by_the_data, changed, asked_for_its_class, handed_over, of_two_kinds, beside_numbers, or_none,
    best_of_all,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f: Any) -> None:
    check(f, X, 5, wrt=[0], compiles=False)


def test_they_come_with_the_loss() -> None:
    def f(x, n):
        shapes = []
        for i in range(n):
            shapes.append(Circle(x * i) if i % 2 else Box(x, x * i))
        return x * x, shapes, shapes[0]

    _, shapes, first = zg.withgradient(f, 3.0, 3).val
    assert [type(s) for s in shapes] == [Box, Circle, Box]
    assert (shapes[1].r, shapes[2].h) == (3.0, 6.0)
    assert first is shapes[0]


def test_a_method_that_one_class_has_not() -> None:
    def f(x, n):
        shapes = []
        for i in range(n):
            shapes.append(Circle(x) if i % 2 else Box(x, x))
        return shapes[-1].r

    assert zg.gradient(f, 3.0, 2) == (1.0, None)
    with pytest.raises(AttributeError):
        zg.gradient(f, 3.0, 3)


def test_no_number_of_a_class_is_given_twice() -> None:
    """Classes come and go in a notebook."""

    def made() -> type:
        class Shape:
            pass

        return Shape

    first, second, third = made(), made(), made()
    numbers = [number_of(cls) for cls in (first, second, third)]
    assert len(set(numbers)) == 3
    del first
    gc.collect()
    assert number_of(made()) not in numbers
    assert [number_of(cls) for cls in (second, third)] == numbers[1:]
