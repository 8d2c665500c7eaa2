"""Dicts of fixed keys in lists that grow and in dicts of run time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check

X = np.array([0.5, 0.7])


def history(x, n):
    log = []
    v = x[0]
    for i in range(n):
        v = v * x[1] + 0.1
        log.append({"step": i, "v": v, "x": x * v})
    return sum(r["step"] * r["v"] for r in log) + np.sum(log[-1]["x"] * log[0]["x"])


def changed(x, n):
    bodies = [{"m": x[0] * i, "v": x[1]} for i in range(n)]
    for b in bodies:
        b["v"] += b["m"] * x[0]
        b["m"] = b["m"] * 2.0
    first = bodies[1]
    first["v"] *= 3.0
    return sum(b["m"] * b["v"] for b in bodies)


def asked(x, n):
    rows = []
    for i in range(n):
        rows.append({"k": i, "v": x[i % 2]})
    total = 0.0
    for r in rows:
        total += r.get("v", 1.0) * len(r) + r.get("missing", x[0])
        if "k" in r and "z" not in r:
            total += sum(r.values()) * x[1]
        for key, value in r.items():
            total += value * (2.0 if key == "v" else 0.5)
    return total


def in_a_dict(x, n):
    known = {}
    for i in range(n):
        known[f"layer {i}"] = {"w": x[0] * i, "b": x[1]}
    known["layer 1"]["w"] *= 5.0
    return sum(p["w"] * p["b"] for p in known.values())


def compared(x, n):
    rows = []
    for i in range(n):
        rows.append({"a": i % 2, "b": x[0]})
    same = sum(1.0 for r in rows if r == {"a": 1, "b": x[0]}) + sum(1.0 for r in rows if r == rows[0])
    return same * x[0] + (x[1] if rows[0] != rows[1] else 0.0)


def sorted_by_an_entry(x, n):
    rows = []
    for i in range(n):
        rows.append({"key": np.sin(i) * x[0], "v": x[1] * i})
    best = max(rows, key=lambda r: r["key"])
    ordered = sorted(rows, key=lambda r: r["key"])
    return sum(k * r["v"] for k, r in enumerate(ordered)) + best["v"] * best["key"]


def note(log, i, v):
    log.append({"i": i, "v": v})


def in_a_callee(x, n):
    log = []
    for i in range(n):
        note(log, i, x[0] * i)
    merged = {**log[-1], "extra": x[1]}
    return log[-1]["v"] * merged["extra"] * merged["v"]


PROGRAMS = [history, changed, asked, in_a_dict, compared, sorted_by_an_entry, in_a_callee]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f: Any) -> None:
    check(f, X, 4, wrt=[0], compiles=False)


def test_they_come_with_the_loss() -> None:
    def f(x, n):
        log = []
        for i in range(n):
            log.append({"step": i, "x": x * i})
        return x * x, log, log[-1]

    value = zg.withgradient(f, 3.0, 3).val
    assert value == f(3.0, 3)
    assert value[1][-1] is value[2]


def test_a_key_that_is_added_later_is_refused() -> None:
    def f(x, n):
        log = []
        for i in range(n):
            log.append({"step": i})
        log[0]["x"] = x
        return log[0]["x"]

    with pytest.raises(zg.UnsupportedSyntaxError):
        zg.gradient(f, 3.0, 3)


def test_a_key_that_is_not_there() -> None:
    def f(x, n):
        log = []
        for i in range(n):
            log.append({"step": i, "x": x})
        return log[0]["y"]

    with pytest.raises(KeyError):
        zg.gradient(f, 3.0, 3)
