"""Rows of what Python means: the statements and expressions that no other file here is about."""

import contextlib
import functools
import itertools
import logging
import math
from collections import namedtuple
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from tests.oracle import check

X = np.array([0.7, -1.2, 0.4, 2.1])
A = np.arange(1.0, 7.0).reshape(2, 3) / 4.0
RATE = 0.5
Pair = namedtuple("Pair", "left right")


def walrus_in_conditions_and_comprehensions(x):
    s = 0.0
    if (n := x[0] * x[3]) > 1:
        s += n * n
    while (s := s * 0.5 + x[2]) > 0.9:
        s -= 0.01
    kept = [y for v in x if (y := v * v) > 0.5]
    return s + sum(kept) + y


def starred_assignment(x):
    first, *middle, last = x
    *head, (a, b) = x[0], x[1], (x[2], x[3] * x[0])
    return first * last + middle[0] * middle[1] + head[0] * a * b


def chained_assignment(x):
    a = b = x * x
    b += 1.0
    c = d = a[0]
    d *= 2.0
    e = (f, g) = x[1], x[2] * 2.0
    return np.sum(a) * c * d + f * g + e[0]


def deleted_names_and_entries(x):
    y = x[0] * x[1]
    z = y * 2.0
    del y
    y = z * x[2]
    held = [x[0], x[1], x[2]]
    del held[1]
    table = {"a": y, "b": x[3]}
    del table["b"]
    return y * held[1] * len(held) + sum(table.values())


def annotated(x: np.ndarray, k: float = 2.0) -> float:
    s: float = 0.0
    t: np.ndarray = x * k
    unset: int  # noqa: F842
    for v in t:
        s += v * v
    return s


def formatted(x):
    text = f"{x[0]:.3f} and {x[1]!r} at {len(x)}"
    s = x[0] * x[2]
    if text.startswith("0.7"):
        s = s * x[3]
    return s


def asserted(x):
    assert x[0] > 0, f"{x[0]} is not above zero"
    assert len(x)
    return math.log(x[0]) * x[1]


def matched(x, mode="scale"):
    match mode, len(x):
        case "scale", n if n > 3:
            y = x * n
        case _:
            y = x
    return np.sum(y * y)


def with_several_managers(x):
    with contextlib.suppress(ValueError), np.errstate(divide="ignore"):
        y = math.sqrt(x[0]) * x[1]
        y = y * math.sqrt(x[1])
    return y


def conditional_imports(x):
    import math as m
    from math import cos

    return m.sin(x[0]) * cos(x[1])


def tuples_compared(x):
    best = (x[0], 0)
    for i in range(1, 4):
        if (x[i], i) > best:
            best = (x[i], i)
    return best[0] ** 2 * (1 + best[1])


def membership(x, names=("a", "b")):
    s = x[0]
    if "a" in names and "c" not in names:
        s = s * x[1]
    if len({1, 2} & {2, 3}) == 1:
        s = s * x[2]
    return s


def nested_comprehensions(x):
    rows = [[a * b for b in x if b > 0] for a in x if a < 1]
    flat = [v for row in rows for v in row]
    table = {i: v * v for i, v in enumerate(flat)}
    return sum(flat) * table[0] + sum(v for v in flat if v > 0.3)


def extremes_of_generators(x):
    return max(v * v for v in x) + min(abs(v) for v in x) * (2.0 if any(v < 0 for v in x) else 1.0)


def sorted_by_a_key(x):
    a, *_, d = sorted(x, key=lambda v: -abs(v))
    b = sorted(x, reverse=True)
    pairs = sorted(zip(x, x * x, strict=True), key=lambda p: p[1])
    return a * d * d + b[0] * b[1] + pairs[-1][0] * pairs[0][1]


def pairwise(x):
    s = 0.0
    for a, b in itertools.pairwise(x):
        s += (b - a) ** 2
    return s


def zip_of_slices(x):
    s = 0.0
    for a, b in zip(x, x[1:], strict=False):  # noqa: RUF007
        s += a * b
    for i, (a, b) in enumerate(zip(x[::-1], x, strict=True)):
        s += i * a * b * b
    return s


def positional_and_keyword_only(x):
    def g(a, /, b, *more, k=2.0, **options):
        return a * b * k + sum(more) * options.get("scale", 1.0)

    return g(x[0], x[1]) + g(x[0], x[1], x[2], x[3], k=x[2], scale=x[3]) + g(*(x[0], x[1], x[2]), **{"scale": x[3]})


def nonlocal_counter(x):
    total, count = 0.0, 0

    def add(v):
        nonlocal total, count
        total += v * v
        count += 1

    for v in x:
        add(v)
    return total / count


def mutable_default(x):
    def g(v, seen=[]):
        seen.append(v)
        return sum(seen)

    return g(x[0]) * g(x[1]) * g(x[2])


class Model:
    kind = "linear"
    scale = 2.0

    def __init__(self, w):
        self.w = w
        self.calls = 0

    @property
    def norm(self):
        return self.w @ self.w

    @norm.setter
    def norm(self, value):
        self.w = self.w * value

    @staticmethod
    def square(v):
        return v * v

    @classmethod
    def zero(cls, n):
        return cls(np.zeros(n))

    def __call__(self, v):
        self.calls += 1
        return self.scale * (self.w @ v)

    def __getitem__(self, i):
        return self.w[i]

    def __len__(self):
        return len(self.w)

    def __matmul__(self, other):
        return Model(self.w * other.w)

    def __iadd__(self, other):
        self.w = self.w + other.w
        return self

    def __neg__(self):
        return Model(-self.w)

    def __eq__(self, other):
        return self.kind == other.kind

    def __bool__(self):
        return len(self) > 0

    def __contains__(self, v):
        return any(v == w for w in self.w)


def properties_static_and_class_methods(x):
    m = Model(x)
    m.norm = m.norm * 0.5
    z = Model.zero(4)
    z += m
    return m(x) * Model.square(m[1]) + z.norm + m.calls + (-m)[0] + (m @ z)[2] * len(m)


def truth_equality_and_membership_of_objects(x):
    m = Model(x)
    s = x[0]
    if m and m == Model(x * 2.0):
        s = s * x[1]
    if x[2] in m:
        s = s * x[3]
    return s


class Child(Model):
    scale = 3.0

    def __init__(self, w, b):
        super().__init__(w)
        self.b = b

    def __call__(self, v):
        return super().__call__(v) + self.b


def inheritance(x):
    m = Child(x * x, x[0])
    return m(x) * (2.0 if isinstance(m, Model) else 1.0) * getattr(m, "b") * getattr(m, "c", 1.0)


@dataclass(frozen=True)
class State:
    t: float
    y: np.ndarray
    log: list = field(default_factory=list)

    def step(self, h):
        return replace(self, t=self.t + h, y=self.y + h * np.sin(self.y))


def frozen_dataclass(x):
    s = State(0.0, x * 1.0)
    for _ in range(3):
        s = s.step(0.1)
    return np.sum(s.y * s.y) + s.t


def named_tuples(x):
    p = Pair(x[0], right=x[1])
    q = p._replace(left=x[2] * p.right)
    left, right = q
    return left * right * p.left + sum(q) + q._asdict()["left"]


def merged_dicts(x):
    d = {"a": x[0], "b": x[1]}
    e = {**d, "b": x[2]} | {"c": x[3]}
    e |= {"a": x[1] * x[1]}
    return sum(v * i for i, (k, v) in enumerate(e.items(), 1)) * d.get("z", x[0]) * d.setdefault("y", 2.0)


def partial_with_keywords(x):
    def g(a, b, c=1.0):
        return a * b + c * c

    h = functools.partial(g, x[0], c=x[1])
    return h(x[2]) + h(b=x[3], c=2.0) + sum(map(functools.partial(g, b=x[1]), x))


def first_that_fits(x):
    return next((v * v for v in x if v > 1), x[0]) + next(iter(x)) * next(i for i, v in enumerate(x) if v > 1)


def integers_and_bits(x, n=5):
    s = x[0]
    for i in range(n):
        if n >> i & 1:
            s = s * x[i % 4] + (i ^ 1)
    return s + divmod(n, 2)[0] * x[1] + pow(x[2], 3) + round(2.6) * x[3] + int("3") * float("0.5") * x[0]


def complex_slices(x):
    m = np.outer(x, x)
    m[1:3, ::2] *= 2.0
    m[..., -1] = x
    m[[0, 2]] += m[[1, 3]]
    return np.sum(m[1:, None, ::-1] ** 2) + m[-1, -1]


def logged(x):
    log = logging.getLogger("rows")
    s = 0.0
    for i, v in enumerate(x):
        s += v * v
        log.debug("step %d: %s", i, s)
    return s


def listed_indices(x):
    order = list(range(4))
    order.reverse()
    order[0], order[2] = order[2], order[0]
    s = 0.0
    for i in order:
        s = s * 0.5 + x[i]
    return s


def global_rate(x):
    return RATE * np.sum(x * x)


def ternary_chain(x):
    return sum(v * v if v > 1 else -v if v < 0 else v**3 for v in x)


def returned_from_with_and_loop(x):
    with contextlib.nullcontext(x[1]) as c:
        for v in x:
            if v > 2:
                return v * c
    return c


def cyclic_iterators(x):
    s = 0.0
    for v, w in zip(x, itertools.cycle((x[0], x[1])), strict=False):
        s += v * w
    for v in itertools.islice(itertools.count(1), 3):
        s *= v
    return s + sum(itertools.starmap(pow, [(x[0], 2), (x[3], 3)])) + sum(itertools.repeat(x[1], 3))


def strings_and_dispatch(x, plan="add mul add"):
    s = 1.0
    for i, word in enumerate(plan.split()):
        s = s + x[i] if word == "add" else s * x[i]
    return s


PROGRAMS = [
    walrus_in_conditions_and_comprehensions, starred_assignment, chained_assignment, deleted_names_and_entries,
    annotated, formatted, asserted, matched, with_several_managers, conditional_imports, tuples_compared,
    membership, nested_comprehensions, extremes_of_generators, sorted_by_a_key, pairwise, zip_of_slices,
    positional_and_keyword_only, nonlocal_counter, mutable_default, properties_static_and_class_methods,
    truth_equality_and_membership_of_objects, inheritance, frozen_dataclass, named_tuples, merged_dicts,
    partial_with_keywords, first_that_fits, integers_and_bits, complex_slices,
    logged, listed_indices, global_rate, ternary_chain, returned_from_with_and_loop, cyclic_iterators,
    strings_and_dispatch,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_statements(f) -> None:
    check(f, X, compiles=False)
