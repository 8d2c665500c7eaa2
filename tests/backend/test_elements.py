"""Elements of arrays are read and written as Numba does it, in less code."""

import linecache

import numba
import numpy as np
import pytest
from numba.core.codegen import CPUCodeLibrary

import zygote_nb as zg
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
