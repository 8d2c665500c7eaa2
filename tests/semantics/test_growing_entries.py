"""Lists that grow as the program runs, of tuples."""

from collections import namedtuple

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

Pt = namedtuple("Pt", "t y")


def traj(x, n):
    path = []
    y = x * 1.0
    for i in range(n):
        y = y + 0.1 * np.sin(y)
        path.append((0.1 * i, y.copy()))
    s = 0.0
    for t, v in path:
        s += t * v[0] * v[1]
    return s + path[-1][1][0] * len(path)


def traj2(x, n):
    path = [(0.0, x[0])]
    y = x[0]
    for i in range(n):
        y = y + 0.1 * np.sin(y)
        path.append((0.1 * i, y))
    _ts, ys = zip(*path)
    s = 0.0
    for i, (t, v) in enumerate(path[1:]):
        s += i * t * v
    return s + sum(ys) + sum(y * y for _, y in path) + path[n // 2][1]


def named(x, n):
    path = []
    for i in range(n):
        path.append(Pt(0.1 * i, x[0] * i))
    path.append(Pt(t=x[1], y=x[0]))
    return sum(p.y * p.t for p in path) + path[-1].t


def comp(x, n):
    pairs = [(v, v * v) for v in x if v > 0]
    return sum(a * b for a, b in pairs) + len(pairs)


def stack(x, n):
    todo = [(x[0], 0)]
    s = 0.0
    while todo:
        v, d = todo.pop()
        if d >= 3:
            s += v * v
        else:
            todo.append((v * 0.5, d + 1))
            todo.append((v * x[1], d + 1))
    return s


def methods(x, n):
    a = []
    for i in range(n + 1):
        a.append((i, x[0] * i))
    a.insert(1, (7, x[1]))
    b = a.copy()
    b.reverse()
    a[0] = (3, x[1] * x[1])
    c = a.pop(0)
    b.extend(a)
    del b[0]
    i, v = b[2]
    b[2] = i, v * 3.0
    return sum(i * v for i, v in b) + c[1] * (2.0 if a else 1.0) + sum(v for _, v in a[::2])


def nested(x, n):
    a = []
    for i in range(n):
        a.append(((i, x[0]), x * i))
    s = 0.0
    for (i, u), v in a:
        v *= 2.0
        s += i * u * v[1]
    return s + a[-1][1][0]


def optional(x, n):
    a = []
    for i in range(n):
        a.append((i, x[0] * i if i % 2 else None))
    s = x[1]
    for i, v in a:
        if v is not None:
            s = s * v + i
    return s


def words(x, n):
    a = []
    for i in range(n):
        if x[i % 2] > 0:
            a.append(("mul", x[0]))
        else:
            a.append(("add", x[1] * i))
    s = 1.0
    for op, v in a:
        if op == "mul":
            s = s * v
        else:
            s = s + v
    return s


def record(log, t, y):
    log.append((t, y))


def by_callee(x, n):
    log = []
    for i in range(n):
        record(log, i, x[0] * i)
    return sum(t * y for t, y in log)


def push(log, v):
    log.append(v)


def by_callee_numbers(x, n):
    log = []
    for i in range(n):
        push(log, x[0] * i)
    return sum(log) * log[-1]


def make(x, n):
    out = []
    for i in range(n):
        out.append((x[0] * i, x))
    return out


def from_callee(x, n):
    return sum(a * b[1] for a, b in make(x, n))


def aliased(x, n):
    a = []
    b = a
    for i in range(n):
        a.append((i, x[0]))
        b.append((i, x[1] * x[0]))
    return sum(i * v for i, v in b)


def sorts(x, n):
    pairs = sorted(zip(x, x * x, strict=True), key=lambda p: p[1])
    return pairs[-1][0] * pairs[0][1]


def sorts2(x, n):
    a = []
    for i in range(n):
        a.append((x[i % 2] * i, i))
    a.sort()
    b = sorted(a, key=lambda p: -p[1])
    best = max(a, key=lambda p: p[0] ** 2)
    return a[0][0] * a[-1][1] + b[0][0] + best[0]


def arrays(x, n):
    a = []
    for i in range(n):
        a.append((x[0] * i, x[1]))
    m = np.array(a)
    return np.sum(m[:, 0] * m[:, 1]) + m[-1] @ x


PROGRAMS = [
    traj, traj2, named, comp, stack, methods, nested, optional, words,
    by_callee, by_callee_numbers, from_callee, aliased, sorts, sorts2, arrays,
]  # fmt: skip

X = np.array([0.5, 0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)


def test_entries_of_another_structure_are_refused() -> None:
    def f(x, n):
        a = []
        for i in range(n):
            a.append((x[0], i))
            a.append((x[0], i, x[1]))
        return a[0][0]

    with pytest.raises(zg.UnsupportedSyntaxError, match="the list `a` has a length"):
        zg.gradient(f, X, 3)


def given_list(log, x, n):
    for i in range(n):
        log.append((i, x[0] * i))
    return sum(a * b for a, b in log)


def given_numbers(log, x, n):
    for i in range(n):
        push(log, x[0] * i)
    log.pop(0)
    return sum(log) * log[-1]


@pytest.mark.parametrize(
    ("f", "given"),
    [(given_list, []), (given_list, [(2, 3.0)]), (given_numbers, []), (given_numbers, [1.5])],
)
def test_a_list_that_is_given_grows(f, given) -> None:
    check(f, given, X, 4, wrt=[0, 1], compiles=False)


def walk(n, path, extra, x):
    if n == 0:
        return sum(path) * extra[0]
    path.append(path[-1] * x)
    return walk(n - 1, path, [extra[0] + x, 1.0], x)


def test_a_growing_list_and_a_new_one_are_handed_down_a_recursion() -> None:
    check(lambda x: walk(4, [x], [x, 2.0], x), 1.3, compiles=False)
