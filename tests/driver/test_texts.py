"""What the interpreter runs is derived once, and used by later processes if nothing has changed."""

import shutil

import pytest

from tests.backend.processes import PROGRAM, Bench, outcome
from tests.oracle import FULL

RIGHT = [0.0, 2.0, 4.0, 6.0]
SHORT = """(setattr(trial, "LIMIT", 20_000), zg.gradient(f, np.arange(4.0), 4)[0].tolist(),
    any(m.startswith("zygote_nb.transform.derive") for m in sys.modules))[1:]"""
LENGTH = "\n\ndef g(x, n):\n    return np.sum(x * x) * RATE\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("filled"))
    bench.write(PROGRAM + LENGTH)
    assert bench.run(SHORT).result == [RIGHT, True]
    return bench


@pytest.fixture
def warm(filled, tmp_path):
    bench = Bench(tmp_path / "warm")
    shutil.copytree(filled.path, bench.path, copy_function=shutil.copy2)
    return bench


def test_a_new_process_derives_nothing(warm):
    assert warm.run(SHORT).result == [RIGHT, False]


def test_code_without_loops_is_kept_too(warm):
    call = SHORT.replace("gradient(f", "gradient(g")
    assert warm.run(call).result == [[0.0, 1.0, 2.0, 3.0], True]
    assert warm.run(call).result == [[0.0, 1.0, 2.0, 3.0], False]


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        pytest.param("return k * t", "return 3.0 * k * t", 3.0, marks=pytest.mark.full),
        ("k=2.0", "k=4.0", 2.0),
        ("RATE * scaled(x[i])", "RATE * RATE * scaled(x[i])", 0.5),
        pytest.param("RATE = 0.5", "RATE = 2.0", 4.0, marks=pytest.mark.full),
        ("RATE = 0.5", "RATE = 2", 4.0),
        pytest.param("RATE = 0.5", "RATE = np.float64(2.0)", 4.0, marks=pytest.mark.full),
    ],
)
def test_a_changed_program_gives_its_own_gradient(warm, old, new, factor):
    assert old in PROGRAM
    warm.write(PROGRAM.replace(old, new) + LENGTH)
    assert warm.run(SHORT).result[0] == [factor * r for r in RIGHT]


def test_damaged_files_are_as_good_as_none(warm):
    for file in warm.cache.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            file.write_bytes(content[:-9] + b"x" * 9)
    assert warm.run(SHORT).result == [RIGHT, True]
    assert warm.run(SHORT).result == [RIGHT, False]


def test_several_processes_may_write_at_once(tmp_path):
    bench = Bench(tmp_path / "several")
    bench.write()
    writers = [bench.start(SHORT) for _ in range(3 if FULL else 2)]
    assert [outcome(p).result[0] for p in writers] == [RIGHT] * len(writers)
    assert bench.run(SHORT).result == [RIGHT, False]


CAUGHT = """

def raised():
    import traceback
    import zygote_nb as zg
    try:
        zg.gradient(f, np.arange(4.0), 9)
    except IndexError as error:
        frames = traceback.extract_tb(error.__traceback__)
        return [str(error), frames[-1].lineno]
"""


def test_exceptions_are_those_of_the_function(tmp_path):
    bench = Bench(tmp_path / "caught")
    bench.write(PROGRAM + CAUGHT)
    assert bench.run(SHORT).result[0] == RIGHT
    line = PROGRAM.splitlines().index("        s += RATE * scaled(x[i]) * x[i]") + 1
    assert bench.run("raised()").result == ["index 4 is out of bounds for axis 0 with size 4", line]
    call = 'setattr(trial, "LIMIT", 20_000) or raised()'
    assert bench.run(call).result == ["index 4 is out of bounds for axis 0 with size 4", line]


def test_functions_of_the_users_that_are_called_as_they_are_are_not_kept(tmp_path):
    program = """
import numpy as np

SEEN = []

def note(x):
    SEEN.append(float(x[0]))

def f(x, n):
    print(end="")
    SEEN.append(1)
    return np.sum(x * x)
"""
    bench = Bench(tmp_path / "effects")
    bench.write(program)
    call = SHORT.replace(", 4)[0].tolist()", ", 4)[0].tolist() + [len(SEEN)]")
    assert bench.run(call).result[0] == [0.0, 2.0, 4.0, 6.0, 1]
    assert bench.run(call).result[0] == [0.0, 2.0, 4.0, 6.0, 1]
