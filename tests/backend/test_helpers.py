"""Functions of libraries are compiled once for all processes, and are the same code under the same name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.backend.processes import Bench

PROGRAM = """
import numpy as np
import zygote_nb as zg

def exponentials(x, n):
    s = 0.0
    for i in range(n):
        s += np.exp(x[i]) * np.tanh(x[i])
    return s

def sums(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] += np.exp(x[i])
    return np.sum(y)

def products(x, n):
    a = np.ones((n, 1)) * x
    for i in range(n):
        a = np.tanh(a @ a / n)
    return np.sum(np.flip(a, 1)[:, :2], axis=0) @ x[:2]

def counted(*functions):
    '''Gradients compiled, their largest distance from what the interpreter says, and what Numba compiled for them.'''
    from numba.core.compiler import CompilerBase
    found, before = [], CompilerBase.compile_extra

    def compile_extra(pipeline, function):
        found.append(f"{function.__module__}.{function.__qualname__}")
        return before(pipeline, function)

    CompilerBase.compile_extra = compile_extra
    x = np.array([0.3, -1.2, 0.7, 2.0])
    apart = 0.0
    for f in functions:
        with zg.options(backend="python"):
            expected = zg.gradient(f, x, 4)[0]
        with zg.options(backend="numba"):
            apart = max(apart, float(np.max(np.abs(zg.gradient(f, x, 4)[0] / expected - 1))))
    return [apart, found]

def with_code(function, user):
    '''What got code for the processor for a gradient, then what a function of the user returns that calls the same.'''
    from numba.core.codegen import JITCodeLibrary
    names, before = [], JITCodeLibrary._finalize_specific
    JITCodeLibrary._finalize_specific = lambda library: names.append(library.name) or before(library)
    apart, found = counted(function)
    return [apart, found, list(names), user(np.eye(2))]

def beside(function):
    '''How the processes ended that compiled the gradient.'''
    from zygote_nb.backend import beside
    from zygote_nb.driver import run, trial
    trial.LIMIT = run.LIMIT = 100
    beside.processors = lambda: 2
    zg.gradient(function, np.linspace(0.0, 1.0, 2000), 2000)
    return [p.wait() for p in beside._running]
"""
ALL = "exponentials, products"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("helpers"))
    bench.write(PROGRAM)
    apart, found = bench.run(f"counted({ALL})").result
    assert apart < 1e-14
    assert {"zygote_nb.runtime.vmath.exp", "numba.np.linalg.dot_2_impl.<locals>.<lambda>"} <= set(found)
    return bench


@pytest.fixture
def used(filled: Bench, tmp_path: Path) -> Bench:
    """The same, with other functions in the program."""
    bench = Bench(tmp_path / "used")
    shutil.copytree(filled.path, bench.path, copy_function=shutil.copy2)
    changed = PROGRAM.replace("return ", "return 3.0 * ", 3)
    assert changed.count("3.0 * ") == 3
    bench.write(changed)
    return bench


def test_another_process_compiles_only_what_is_new(used: Bench) -> None:
    apart, found = used.run(f"counted({ALL})").result
    assert apart < 1e-14
    of_texts = {f for f in found if f.startswith("None.")}  # the expressions of arrays in them among these
    assert {"None.exponentials_adjoint", "None.products_adjoint"} <= of_texts
    # Numba asks for this one once in a process, with the flags of whoever is the first to call it.
    assert set(found) - of_texts <= {"numba.np.arrayobj._call_allocator"}


def test_those_of_one_function_serve_another(used: Bench) -> None:
    apart, found = used.run("counted(sums)").result
    assert apart < 1e-14
    assert "zygote_nb.runtime.vmath.exp" not in found


def test_those_of_a_process_beside_serve_one_that_compiles_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "beside")
    bench.write(PROGRAM)
    assert bench.run("beside(exponentials)").result == [0]
    apart, found = bench.run("counted(sums)").result
    assert apart < 1e-14
    assert "zygote_nb.runtime.vmath.exp" not in found


def test_damaged_ones_are_made_anew(used: Bench) -> None:
    for path in used.cache.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-20])
    apart, found = used.run("counted(exponentials)").result
    assert apart < 1e-14
    assert "zygote_nb.runtime.vmath.exp" in found


def test_functions_of_the_user_that_call_the_same_are_compiled_as_ever(used: Bench) -> None:
    own = "__import__('numba').njit(lambda a: np.sum(a @ a + np.zeros((2, 2))) + np.linalg.norm(a[0]))"
    apart, found, result = used.run(f"(*counted({ALL}), {own}(np.eye(2)))").result
    assert apart < 1e-14
    assert found[-1] != "None.products_adjoint"
    assert result == 3.0


def test_only_what_is_run_has_code_for_the_processor(tmp_path: Path) -> None:
    """Numba makes it for each function; what others call is in theirs. Sorts call themselves, and have their own."""
    bench = Bench(tmp_path / "own")
    bench.write(PROGRAM)
    own = "__import__('numba').njit(lambda a: np.sum(np.exp(a @ a) + np.zeros((2, 2))) + np.sort(a[0])[1])"
    apart, found, names, result = bench.run(f"with_code(exponentials, {own})").result
    assert apart < 1e-14
    assert "zygote_nb.runtime.vmath.exp" in found
    assert "exponentials_adjoint" in names
    assert not {"exp", "tanh"} & set(names)
    assert result == pytest.approx(2 * 2.718281828459045 + 3)


def test_nothing_is_kept_without_a_cache(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "none")
    bench.write(PROGRAM)
    call = "[zg.options(cache=False).__enter__(), counted(exponentials)][1]"
    apart, found = bench.run(call).result
    assert apart < 1e-14
    assert "zygote_nb.runtime.vmath.exp" in found
    assert not [p for p in bench.cache.rglob("*") if p.is_file()]
