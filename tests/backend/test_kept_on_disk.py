"""Machine code that another process made is used if nothing has changed, and never otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.backend.processes import GRADIENT, PROGRAM, Bench, outcome
from tests.oracle import FULL
from zygote_nb.backend.machine import processor

RIGHT = [0.0, 2.0, 4.0, 6.0]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A cache that one process has filled."""
    bench = Bench(tmp_path_factory.mktemp("filled"))
    bench.write()
    first = bench.run(f"[{GRADIENT}.tolist(), 'scipy.linalg' in sys.modules]")
    assert first.result == [RIGHT, False]
    assert first.numba
    assert not first.warnings
    return bench


@pytest.fixture
def warm(filled: Bench, tmp_path: Path) -> Bench:
    """A copy of it."""
    bench = Bench(tmp_path / "warm")
    shutil.copytree(filled.path, bench.path, copy_function=shutil.copy2)
    return bench


def test_a_new_process_computes_without_importing_numba(warm: Bench) -> None:
    again = warm.run()
    assert again.result == RIGHT
    assert not again.numba


def test_numba_can_be_used_after_its_code_ran_without_it(warm: Bench) -> None:
    call = f"({GRADIENT}, __import__('numba').njit(lambda x: x * np.ones(2))(3.0))[1]"
    assert warm.run(call).result == [3.0, 3.0]


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        ("return k * t", "return 3.0 * k * t", 3.0),
        ("k=2.0", "k=4.0", 2.0),
        pytest.param("RATE * scaled(x[i])", "RATE * RATE * scaled(x[i])", 0.5, marks=pytest.mark.full),
        pytest.param("RATE = 0.5", "RATE = 2.0", 4.0, marks=pytest.mark.full),
        ("RATE = 0.5", "RATE = 2", 4.0),
        ("def scaled(t, k=2.0):\n    return k * t", "scaled = np.sqrt", None),
    ],
)
def test_a_changed_program_gives_its_own_gradient(warm: Bench, old: str, new: str, factor: float | None) -> None:
    assert old in PROGRAM
    warm.write(PROGRAM.replace(old, new))
    result = warm.run("zg.gradient(f, np.arange(1.0, 5.0), 4)[0]").result
    expected = [0.75 * i**0.5 for i in range(1, 5)] if factor is None else [2.0 * factor * i for i in range(1, 5)]
    assert result == pytest.approx(expected, rel=1e-14)


def test_a_number_in_a_global_is_read_anew(warm: Bench) -> None:
    """It is an argument of the generated code, not part of it: no other code is needed."""
    warm.write(PROGRAM.replace("RATE = 0.5", "RATE = 2.0"))
    again = warm.run()
    assert again.result == [4.0 * r for r in RIGHT]


OTHERS = [
    ("zg.gradient(f, np.asarray([[0.0, 9.0], [1.0, 9.0], [2.0, 9.0]])[:, 0], 3)[0]", [0.0, 2.0, 4.0]),
    ("zg.gradient(f, np.arange(3), 3)[0]", [0.0, 2.0, 4.0]),
    ("zg.gradient(f, np.arange(1.0), 1)[0]", [0.0]),
    ("zg.gradient(f, np.arange(4.0, dtype=np.float32), 4)[0]", RIGHT),
    ("zg.gradient(zg.call(f, np.arange(4.0), 4, wrt='x'))[0]", RIGHT),
    ("zg.withgradient(f, np.arange(4.0), 4)[0]", 14.0),
]


def test_other_types_and_kinds_have_code_of_their_own(warm: Bench) -> None:
    calls = ", ".join(f"np.asarray({call}).tolist()" for call, _ in OTHERS)
    assert warm.run(f"[{calls}]").result == [expected for _, expected in OTHERS]


@pytest.mark.parametrize("option", ["record='all'", "arrays='shadow'"])
def test_other_options_have_code_of_their_own(warm: Bench, option: str) -> None:
    assert warm.run(f"[zg.options({option}), {GRADIENT}][1]").result == RIGHT


def test_a_rule_of_the_users_is_not_forgotten(warm: Bench) -> None:
    rule = "\nimport zygote_nb\nzygote_nb.scalar_rule(scaled, lambda y, t: 100.0)\n"
    warm.write(PROGRAM + rule)
    assert warm.run().result == [0.5 * (100.0 * i + 2.0 * i) for i in range(4)]


def test_a_damaged_cache_is_made_anew(warm: Bench) -> None:
    for path in files(warm):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
    again = warm.run()
    assert again.result == RIGHT
    assert len(again.warnings) <= 1
    assert not warm.run().numba


def test_bytes_that_were_changed_are_noticed(warm: Bench) -> None:
    for path in files(warm):
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 1
        path.write_bytes(bytes(content))
    assert warm.run().result == RIGHT


def test_records_without_their_code_are_made_anew(warm: Bench) -> None:
    largest = max(files(warm), key=lambda p: p.stat().st_size)
    largest.unlink()
    assert warm.run().result == RIGHT


def test_a_directory_that_cant_be_written_gives_one_warning(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write()
    bench.cache.write_text("not a directory")
    first = bench.run(f"[{GRADIENT} for _ in range(2)][1]")
    assert first.result == RIGHT
    assert len(first.warnings) == 1
    assert "compiled code is not kept" in first.warnings[0]


def test_a_read_only_cache_is_read(warm: Bench) -> None:
    for path in [warm.cache, *warm.cache.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    assert not warm.run().numba


def test_several_processes_may_fill_a_cache_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.write()
    writers = [bench.start() for _ in range(3 if FULL else 2)]
    assert [outcome(p).result for p in writers] == [RIGHT] * len(writers)
    again = bench.run()
    assert again.result == RIGHT
    assert not again.numba


def test_an_exception_of_kept_code_is_the_plain_one(warm: Bench) -> None:
    call = "next(iter([caught_by(lambda: zg.gradient(f, np.arange(2.0), 4))]))"
    warm.write(PROGRAM + CATCHING)
    assert warm.run(call).result == "IndexError: index 2 is out of bounds for axis 0 with size 2"


CATCHING = """
def caught_by(thunk):
    try:
        thunk()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def test_numba_told_to_interpret_is_obeyed(warm: Bench) -> None:
    assert warm.run(NUMBA_DISABLE_JIT="1").result == RIGHT


def files(bench: Bench) -> list[Path]:
    found = [p for p in bench.cache.rglob("*") if p.is_file()]
    assert 3 <= len(found) <= 6  # a record, its machine code, and that which looks at arrays, or makes them and tapes
    return found


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"NUMBA_CPU_NAME": "generic"}, ("generic", "")),
        ({"NUMBA_CPU_NAME": "skylake", "NUMBA_CPU_FEATURES": "+avx2"}, ("skylake", "+avx2")),
    ],
)
def test_machine_code_is_kept_for_the_processor_that_numba_is_told(
    settings: dict[str, str], expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert processor.__wrapped__() == expected


MINORS = """
import numpy as np

def f(x):
    if x.shape[0] == 1:
        return x[0]
    total = 0.0
    for j in range(2):
        y = np.empty(x.shape[0] - 1)
        y[:j] = x[:j]
        y[j:] = x[j + 1 :]
        total += x[j] * f(y)
    return total
"""


def test_functions_that_call_themselves_with_other_types_are_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "minors")
    bench.write(MINORS)
    call = "zg.gradient(f, np.arange(1.0, 5.0))[0]"
    first = bench.run(call)
    again = bench.run(call)
    assert first.result == again.result == [192.0, 96.0, 64.0, 48.0]
    assert not again.numba


OF_ARRAYS = """
import numpy as np

def f(W, x, n):
    s = 0.0
    for i in range(n):
        s += np.sum(np.tanh(W @ x) * (x + i))
    return s

def g(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[i] = np.sin(x[i]) * x[i - 1]
    return y
"""
PRODUCTS = "zg.gradient(f, np.ones((3, 3)), np.ones(3), 4)[1].tolist()"
SCIPY = "(lambda m: [m in sys.modules, __import__(m, fromlist=['x']) is eval(m, {'scipy': __import__('scipy')})])"


@pytest.fixture(scope="module")
def of_arrays(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench(tmp_path_factory.mktemp("arrays"))
    bench.write(OF_ARRAYS)
    assert bench.run(f"({PRODUCTS}, {COLUMNS})").numba
    return bench


COLUMNS = "zg.jacobian(g, np.linspace(0.1, 1.0, 40), 40)[0].tolist()"


def test_a_jacobian_comes_from_one_run_of_code_that_was_kept(of_arrays: Bench) -> None:
    """Arrays that compiled code makes are returned without Numba."""
    x = np.linspace(0.1, 1.0, 40)
    expected = np.diag(np.cos(x) * np.roll(x, 1)) + np.roll(np.diag(np.roll(np.sin(x), -1)), 1, axis=0)
    found = of_arrays.run(COLUMNS)
    np.testing.assert_allclose(found.result, expected)
    assert not found.numba


def test_products_are_found_without_scipys_linear_algebra(of_arrays: Bench) -> None:
    """Which can be imported afterwards, by its parts, too."""
    found = of_arrays.run(f"[{PRODUCTS}, 'scipy.linalg' in sys.modules, {SCIPY}('scipy.linalg.cython_blas')]")
    assert found.result[1:] == [False, [False, True]]
    assert not found.numba
