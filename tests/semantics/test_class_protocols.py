"""What the operators and attributes of the user's classes mean, in the order in which Python asks them."""

import functools
from dataclasses import KW_ONLY, InitVar, astuple, dataclass, field, replace
from typing import ClassVar

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.3, -1.2, 0.8])


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, o):
        if isinstance(o, Vec):
            return Vec(self.x + o.x, self.y + o.y)
        return NotImplemented

    def __radd__(self, o):
        if o == 0:
            return self
        return self.__add__(o)

    def __mul__(self, o):
        if not isinstance(o, (int, float)):
            return NotImplemented
        return Vec(self.x * o, self.y * o)

    __rmul__ = __mul__

    def __eq__(self, o):
        if not isinstance(o, Vec):
            return NotImplemented
        return self.x == o.x

    def __sub__(self, o):
        return self + (-1.0) * o

    def __abs__(self):
        return (self.x**2 + self.y**2) ** 0.5

    def __iter__(self):
        return iter((self.x, self.y))

    def dot(self, o):
        return self.x * o.x + self.y * o.y


class Scaled:
    def __init__(self, k):
        self.k = k

    def __rmul__(self, o):
        return Vec(o.x * self.k, o.y) if isinstance(o, Vec) else o * self.k

    def __mul__(self, o):
        if isinstance(o, Vec):
            return NotImplemented
        return self.k * o


class A:
    def __init__(self, v):
        self.v = v

    def __add__(self, o):
        return A(self.v + o.v)

    def __radd__(self, o):
        return A(self.v * o.v)

    def __lt__(self, o):
        return self.v < o.v

    def __gt__(self, o):
        return self.v * 2 > o.v


class B(A):
    pass


class C(A):
    def __radd__(self, o):
        return A(self.v * o.v * 7)


PROGRAMS = []


def program(*args):
    def note(f):
        PROGRAMS.append(pytest.param(f, args, id=f.__name__))
        return f

    return note


@dataclass
class DC:
    x: float
    y: InitVar[float]
    z: float = field(init=False)
    hist: list = field(default_factory=list)

    def __post_init__(self, y):
        self.z = self.x * y
        self.hist.append(self.z)


@dataclass(frozen=True)
class Fz:
    a: float
    k: ClassVar[float] = 2.0
    _: KW_ONLY
    b: float = 3.0
    c: float = field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "c", self.a * self.b * self.k)


class PM:
    def __init__(self, x):
        self.x = x

    def f(self, k, j=1.0):
        return self.x * k * j

    g = functools.partialmethod(f, 3.0, j=2.0)

    @functools.cached_property
    def sq(self):
        self.x = self.x + 1
        return self.x * self.x


@program(2.0, 3.0)
def sums_of_objects(x, y):
    s = sum([Vec(x, y), Vec(y, x * y), 2.0 * Vec(x, x)])
    return s.x * s.y


@program(2.0, 3.0)
def declined(x, y):
    s = Vec(x, y) * Scaled(x)
    return s.x * s.y + x * Scaled(y) + Scaled(x) * y


@program(2.0, 3.0)
def compared_with_a_number(x, y):
    return x if Vec(x, y) == 3 else abs(Vec(x, y) - Vec(y, x) * x)


@program(2.0, 3.0)
def points(x, y):
    pts = [Vec(x * k, y + k) for k in range(4)]
    c = sum(pts, Vec(0.0, 0.0)) * (1 / len(pts))
    return max(abs(p - c) for p in pts) + max(pts, key=lambda p: p.dot(c)).x


@program(2.0, 3.0)
def derived_classes_are_asked_first(x, y):
    return (A(x) + A(y)).v + (A(x) + B(y)).v * 2 + (A(x) + C(y)).v * 3 + (C(x) + A(y)).v * 5 + (B(x) + C(y)).v * 7


@program(2.0, 3.0)
def derived_classes_are_compared_first(x, y):
    return (x if A(x) < B(y) else y) + (x if A(y) > C(x) else 2 * y) + (x * x if B(y) < C(x) else 2 * y)


@program(3.0)
def values_for_post_init(x):
    d = DC(x, x + 1)
    e = DC(1.0, x)
    d.hist.append(x)
    return d.z * e.z + sum(d.hist) * len(e.hist)


@program(3.0)
def frozen_after_init(x):
    f = Fz(x, b=x * x)
    g = replace(f, a=x + 1)
    return f.c * g.c + sum(astuple(f))


@program(3.0)
def partial_methods(x):
    p = PM(x)
    return p.g() * p.sq + p.sq


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
def test_program(f, args):
    check(f, *args, variants=False)


class Doubling:
    def __init__(self, x):
        self.x = x

    def __getattribute__(self, name):
        return object.__getattribute__(self, name) * 2


class Deleting:
    def __init__(self, x):
        self.x = x

    def __delattr__(self, name):
        self.x *= 2


class FromTheRight:
    def __init__(self, a):
        self.a = a

    def __rmul__(self, other):
        return np.sum(other * self.a) * 7


class FromTheRightAlone(FromTheRight):
    __array_ufunc__ = None


def deleted(x):
    d = Deleting(x)
    del d.x
    return d.x


@pytest.mark.parametrize(
    ("f", "x", "match"),
    [
        (lambda x: Doubling(x).x * x, 3.0, "__getattribute__"),
        (deleted, 3.0, "`del d.x`"),
        (lambda x: np.sum(x * FromTheRight(x)), X, "gives the entries of an array to FromTheRight one by one"),
    ],
    ids=["getattribute", "delattr", "array_times_object"],
)
def test_what_classes_can_change_otherwise_is_refused(f, x, match):
    with pytest.raises(zg.UnsupportedSyntaxError, match=match):
        zg.gradient(f, x)


def test_an_array_leaves_the_operator_to_a_class_that_says_so():
    check(lambda x: x * FromTheRightAlone(x), X)


class Capped:
    def __init__(self, by=1.0):
        self.by = by

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, cls=None):
        return getattr(obj, self.name) * self.by

    def __set__(self, obj, value):
        setattr(obj, self.name, min(value, 5.0))


class Doubled:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, cls=None):
        return obj.__dict__[self.name]

    def __set__(self, obj, value):
        obj.__dict__[self.name] = 2 * value


class Once:
    def __init__(self, fn):
        self.fn = fn

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, cls):
        value = self.fn(obj)
        obj.__dict__[self.name] = value
        return value


class Tank:
    level = Capped(2.0)
    width = Doubled()

    def __init__(self, level, width):
        self.level, self.width = level, width

    @Once
    def area(self):
        return self.level * self.width


class Wide(Tank):
    pass


def test_descriptors_of_the_users() -> None:
    """Those with `__set__` come before the object's own attributes, others after them."""

    def f(a, b):
        tank, wide = Tank(a, b), Wide(b, 7.0 * a)
        tank.level = tank.level * b
        first = tank.area
        tank.width = a
        return tank.level * tank.width + first * tank.area + wide.area * wide.level

    check(f, 0.7, 1.2)


class Bunch:
    def __init__(self, **entries):
        self.__dict__.update(entries)

    def put(self, name, value):
        self.__dict__[name] = value
        return self


def test_attributes_written_through_their_dict() -> None:
    def f(a, b):
        bunch = Bunch(u=a, v=b).put("w", a * b)
        vars(bunch).update(z=bunch.w * 2)
        vars(bunch)["u"] = bunch.v
        held = bunch.__dict__
        return bunch.u * bunch.w + held["z"] + sum(vars(bunch).values()) * len(held)

    check(f, 0.7, 1.2, compile=True)


def test_a_dict_of_attributes_that_has_a_name_is_read_only() -> None:
    def read(a, b):
        bunch = Bunch(u=a)
        held = bunch.__dict__
        bunch.u = b * b
        return held["u"] * bunch.u

    def written(a, b):
        bunch = Bunch(u=a)
        held = bunch.__dict__
        held["u"] = b * b
        return bunch.u

    for f in (read, written):
        with pytest.raises(zg.UnsupportedSyntaxError):
            zg.gradient(f, 0.7, 1.2)
