"""Random programs of numbers, entries of arrays and vectors of three, whose Jacobians are computed in one run."""

from __future__ import annotations

import random

SCALARS = ("s", "t", "a", "x[i]", "x[k]", "x[-1]", "x[-k]", "P[i, 0]", "P[k, -1]", "P[-1 - i, j]", "v[1]", "w[-1]")
VECTORS = ("v", "w", "P[i]", "P[k]", "x[k : k + 3]", "x[1:4]", "M[i - 1]")


def source(seed: int) -> str:
    """A function ``f(x, P, a)`` of a vector of eight entries, a matrix of six rows of three, and a number."""
    rng = random.Random(seed)
    lines = [
        "def f(x, P, a):",
        "    y, M = np.zeros(4), np.zeros((6, 3))",
        "    s, t, k, j = 0.5, x[2], 1, 0",
        "    v = P[0] * 1.0",
        "    w = np.array([x[0], a, x[1] * a])",
        "    for i in range(1, 5):",
        *block(rng, 2, rng.randint(3, 7)),
        f"    y[3] += {number(rng, 2)}".replace("[i", "[2").replace("- i", "- 2"),
        "    return y, M, v, s",
    ]
    return "\n".join(lines) + "\n"


def block(rng: random.Random, depth: int, count: int) -> list[str]:
    return [line for _ in range(count) for line in statement(rng, depth)]


def statement(rng: random.Random, depth: int) -> list[str]:
    pad = "    " * depth
    what = rng.random()
    if what < 0.3:
        return [f"{pad}{rng.choice(('s', 't'))} {rng.choice(('=', '=', '+='))} {number(rng, 2)}"]
    if what < 0.45:
        return [f"{pad}{rng.choice(('v', 'w'))} = {vector(rng, 2)}"]
    if what < 0.6:
        return [f"{pad}y[{rng.choice(('0', 'k % 4', '-1', 'i - 1'))}] {rng.choice(('=', '+='))} {number(rng, 2)}"]
    if what < 0.7:
        return [f"{pad}M[{rng.choice(('i', 'k', '-1'))}] {rng.choice(('=', '+='))} {vector(rng, 1)}"]
    if what < 0.76:
        return [f"{pad}M[i, {rng.choice(('0', 'j', '-1'))}] {rng.choice(('=', '+='))} {number(rng, 1)}"]
    if what < 0.84:
        return [f"{pad}k = {rng.choice(('i', '(2 * i) % 5', '(k + 1) % 5', '4 - i'))}"]
    if depth > 3:
        return [f"{pad}s = s * 0.5"]
    if what < 0.93:
        test = f"{pad}if {number(rng, 1)} > 0.1:"
        return [test, *block(rng, depth + 1, 2), f"{pad}else:", *block(rng, depth + 1, 1)]
    return [f"{pad}for j in range({rng.choice(('3', 'k % 3'))}):", *block(rng, depth + 1, 2)]


def number(rng: random.Random, depth: int) -> str:
    if depth <= 0 or rng.random() < 0.2:
        return rng.choice((*SCALARS, "1.5", "0.3"))
    a, b = number(rng, depth - 1), number(rng, depth - 1)
    u, v = vector(rng, depth - 1), vector(rng, depth - 2)
    forms = (
        f"({a} + {b})", f"({a} - {b})", f"{a} * {b}", f"{a} / (2.0 + {b} * {b})", f"np.sin({a})", f"-{a}",
        f"np.sqrt(1.0 + {a} * {a})", f"np.dot({u}, {v})", f"np.sum({u})", f"({a} if {b} > 0.2 else {b})",
    )  # fmt: skip
    return rng.choice(forms)


def vector(rng: random.Random, depth: int) -> str:
    if depth <= 0 or rng.random() < 0.2:
        return rng.choice(VECTORS)
    a, b = vector(rng, depth - 1), vector(rng, depth - 1)
    p, q = number(rng, depth - 1), number(rng, depth - 2)
    forms = (
        f"({a} + {b})", f"({a} - {b})", f"{a} * {b}", f"{a} * {p}", f"np.sin({a})", f"-{a}", f"np.cross({a}, {b})",
        f"{a} / (2.0 + {b} * {b})", f"np.array([{p}, {q}, 0.5])",
    )  # fmt: skip
    return rng.choice(forms)
