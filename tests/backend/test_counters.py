"""Loops over ranges do what Python's do, and are made of less code than Numba makes of them."""

import linecache

import numba
import numpy as np
import pytest
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler_lock import global_compiler_lock

from zygote_nb.backend import elements
from zygote_nb.backend.numba import Together

RANGES = (
    "range(a)",
    "range(a, b)",
    "range(a, b, 1)",
    "range(b, a, -1)",
    "range(a, b, 2)",
    "range(b, a, -3)",
    "range(a, b, c)",
)
LIMITS = [(0, 0, 1), (3, 0, -1), (0, 5, 2), (-4, 3, 4), (2, 2, -1), (4, -3, -2), (7, 1, 1)]
LOOP = """
def loop(a, b, c):
    total, last = 0, -100
    for i in {range}:
        last = i
        i = 2 * i + 1
        if i == 5:
            continue
        if total > 40:
            total = -total
            break
        total = 3 * total + i
    else:
        total += 1000
    return total, last
"""
OTHERS = {
    "nested": """
        total = 0
        for i in range(a, b):
            for j in range(i, a - 1, -1):
                for k in range(j):
                    total = 3 * total % 1001 + i + 2 * j - k
        return total
    """,
    "one range twice": """
        total, numbers = 0, range(a, b)
        for i in numbers:
            for j in numbers:
                total = 3 * total % 1001 + i - j
        return total + len(numbers) + (3 in numbers)
    """,
    "one of two": """
        total, numbers = 0, range(a, b)
        if c > 1:
            numbers = range(b, a, -1)
        for i in numbers:
            total = 3 * total + i
        return total
    """,
    "by hand": """
        numbers = iter(range(a, a + 9))
        total = next(numbers)
        for i in numbers:
            total = 3 * total % 1001 + i
            if i % 2:
                break
        for i in numbers:
            total = 3 * total % 1001 - i
        return total
    """,
    "with others": """
        total, squares = 0, [i * i for i in range(a, b)]
        for i, (j, k) in enumerate(zip(range(a, b), range(b, a, -1))):
            total = 3 * total % 1001 + i * j - k
        for k in squares:
            total = 3 * total % 1001 + k
        return total
    """,
    "the bounds change": """
        total = 0
        for i in range(a, b):
            a, b = a + 1, b + 2
            total = 3 * total % 1001 + i + a - b
        return total
    """,
}


def made(source, name):
    filename, scope = f"<counters {name}>", {}
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), scope)
    return numba.njit(pipeline_class=Together)(scope["loop"]), scope["loop"]


@pytest.fixture(autouse=True)
def directly():
    with global_compiler_lock, elements.directly():
        yield


@pytest.mark.parametrize("numbers", RANGES)
def test_loops_are_those_of_python(numbers):
    compiled, plain = made(LOOP.format(range=numbers), numbers)
    for limits in LIMITS:
        assert compiled(*limits) == plain(*limits), limits


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_is_done_with_ranges(name):
    compiled, plain = made("def loop(a, b, c):" + OTHERS[name], name)
    for limits in LIMITS:
        assert compiled(*limits) == plain(*limits), limits


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint32, np.int64])
def test_bounds_of_other_types(dtype):
    compiled, plain = made(LOOP.format(range="range(a, b)"), dtype.__name__)
    limits = dtype(2), dtype(9), dtype(1)
    assert compiled(*limits) == tuple(map(int, plain(*map(int, limits))))


def test_step_of_zero_is_refused():
    compiled, _ = made(LOOP.format(range="range(a, b, c)"), "zero")
    with pytest.raises(ValueError, match="must not be zero"):
        compiled(1, 2, 0)


def test_generators_go_on_where_they_were():
    compiled, plain = made(
        """
def loop(a, b):
    for i in range(a, b):
        for j in range(i, a - 1, -1):
            yield i + 10 * j
""",
        "generator",
    )
    assert list(compiled(2, 6)) == list(plain(2, 6))


def test_a_loop_has_two_numbers_of_its_own(monkeypatch):
    texts, add = [], CPUCodeLibrary.add_ir_module
    monkeypatch.setattr(CPUCodeLibrary, "add_ir_module", lambda own, ir: (texts.append(str(ir)), add(own, ir)))
    sizes = []
    for count in (1, 4):
        texts.clear()
        source = (
            "def loop(a, b):\n    k = 0\n" + count * "    for i in range(a, b):\n        k += i\n" + "    return k\n"
        )
        made(source, f"loops {count}")[0].compile("(int64, int64)")
        sizes.append(max(text.count(" = alloca ") for text in texts))
    one, four = sizes
    assert four - one == 3 * len(("next", "left", "iterator", "its number", "i"))
