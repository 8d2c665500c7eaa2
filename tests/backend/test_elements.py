"""Elements of arrays are read and written, and variables let go of, as Numba does it, in less code."""

import linecache

import numba
import numpy as np
import pytest
from numba.core.codegen import CPUCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.runtime import _nrt_python, rtsys

import zygote_nb as zg
from zygote_nb.backend import elements
from zygote_nb.backend.numba import Together

SWAPPED = """
def swapped(x, places):
    for k in range(len(places)):
        i = places[k]
        y = x[i, k]{checks}
        x[i, k] = x[3, 0]{checks}
        x[3, 0] = y{checks}
    return x
"""
KINDS = {
    "C": (np.float32, np.ascontiguousarray),
    "F": (np.complex128, np.asfortranarray),
    "apart": (np.bool_, lambda x: np.repeat(np.repeat(x, 2, axis=0), 2, axis=1)[::2, ::2]),
    "backwards": (np.int8, lambda x: x[::-1, ::-1]),
}
CHECKED, IN_RANGE = "", "  # in range"
FROM_THE_START = np.array([2, 0, 1], np.int32), np.array([1, 3, 2], np.uint8)
CASES = [(CHECKED, np.array([-2, -4, 1])), *((c, p) for c in (CHECKED, IN_RANGE) for p in FROM_THE_START)]


def made(source, name, checks=CHECKED):
    text = source.format(checks=checks)
    filename, scope = f"<elements {name} {checks}>", {}
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), scope)
    return numba.njit(boundscheck=True, pipeline_class=Together)(scope[name]), scope[name]


@pytest.fixture(autouse=True)
def directly():
    with global_compiler_lock, elements.directly():
        yield


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("checks", "places"), CASES)
def test_elements_of_all_kinds_of_arrays(kind, checks, places):
    dtype, layout = KINDS[kind]
    x = (np.arange(12) % 5).reshape(4, 3).astype(dtype)
    compiled, plain = made(SWAPPED, "swapped", checks)
    found, expected = compiled(layout(x), places), plain(layout(x), places)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


def test_what_leaves_the_array_is_found():
    compiled, _ = made(SWAPPED, "swapped")
    for places in ([4], [-5], [0, 0, 0, 0]):
        with pytest.raises(IndexError):
            compiled(np.zeros((4, 3)), np.array(places))


def test_parts_of_arrays_are_no_elements():
    def rows(x, n):
        s = 0.0
        for i in range(n):
            row = x[i] * 2.0
            x[i, :] = row * row
            s += row[0] * x[-1, i]
        return s

    x = np.random.default_rng(3).normal(size=(3, 3))
    with zg.options(backend="python"):
        expected = zg.gradient(rows, x, 3)[0]
    with zg.options(backend="numba", cache=False):
        np.testing.assert_allclose(zg.gradient(rows, x, 3)[0], expected, rtol=1e-13)


def test_an_access_adds_no_copy_of_the_array(monkeypatch):
    texts, add = [], CPUCodeLibrary.add_ir_module
    monkeypatch.setattr(CPUCodeLibrary, "add_ir_module", lambda own, ir: (texts.append(str(ir)), add(own, ir)))
    sizes = []
    for count in (1, 9):
        source = f"def touched{count}(x, i):\n" + count * "    x[i, 0] += x[0, i]\n"
        texts.clear()
        made(source, f"touched{count}")[0].compile("(float64[:, ::1], int64)")
        sizes.append(max(text.count(" = alloca {") for text in texts))
    assert sizes[0] == sizes[1]


HELD = """
def held(x, n):
    views, pair, total = [x[0]], (x[1], n), 0.0
    for i in range(n):
        row = x[i % 3] * 2.0
        if i % 2:
            row = row[1:]
            views.append(row)
            pair = (views[i // 2].copy(), i)
        last = row if i else pair[0]
        total += last[0] + views[-1][0] + len(pair[0])
    return total, views[-1]
"""


def test_what_holds_memory_is_let_go_of():
    compiled, plain = made(HELD, "held")
    x = np.arange(12.0).reshape(3, 4)
    compiled(x, 1)
    _nrt_python.memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    for n in range(9):
        found, expected = compiled(x, n), plain(x, n)
        assert found[0] == expected[0]
        assert found[1].tolist() == expected[1].tolist()
    del found
    after = rtsys.get_allocation_stats()
    _nrt_python.memsys_disable_stats()
    assert after.alloc - before.alloc == after.free - before.free > 30
    assert after.mi_alloc - before.mi_alloc == after.mi_free - before.mi_free
