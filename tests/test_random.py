"""A fixed budget of random programs; `python -m tests.fuzz` runs them for hours."""

import contextlib
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.forward_oracle import check_forward
from tests.fuzz import runs
from tests.oracle import FULL, check_or_refused, same_compiled
from tests.random_names import renamed, with_pairs
from tests.random_programs import Program, generate, seeded
from tests.trees import agree, copied
from zygote_nb.backend.plan import NotCompiled

SEEDS = range(110) if FULL else (*range(0, 110, 9), 3)
DATA_SEEDS = 24 if FULL else 8
WIDE_SEEDS = 16 if FULL else 6
FLOW_SEEDS = 16 if FULL else 6
COMPLEX_SEEDS = 8 if FULL else 6
GRID_SEEDS = 100 if FULL else 8
SMALL_GROUPS = 60 if FULL else 2
MIXED_GROUPS = 40 if FULL else 1
"""Groups of twenty-five."""
RENAMED_SEEDS = 40 if FULL else 5
COMPILED = (3,)
OF_BOTH_PRECISIONS = (14, 57)
FORWARD = ((33, False), (150, False), (301, False), (304, False), (0, True))
FORWARD += ((78, False), (2, True)) if FULL else ()


@st.composite
def programs(draw: Any) -> Program:
    """The same generator, choices made by hypothesis."""
    return generate(lambda n: draw(st.integers(0, n - 1)))


def how_many(programs) -> tuple[int, int]:
    """Those that are differentiated, and those that run at all."""
    differentiated, running = 0, [p for p in programs if runs(p)]
    for program in running:
        with contextlib.suppress(zg.ZygoteError):
            zg.gradient(program.function(), *program.arguments())
            differentiated += 1
    return differentiated, len(running)


@pytest.mark.parametrize("seed", SEEDS)
def test_seeded_program(seed: int) -> None:
    """Interpreted; a few compiled."""
    program = seeded(seed)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    backends = ("python", "numba") if FULL or seed in COMPILED else ("python",)
    check_or_refused(program.function(), *program.arguments(), backends=backends, compiles=False, flat=True)


@pytest.mark.parametrize("seed", OF_BOTH_PRECISIONS)
def test_seeded_program_of_both_precisions(seed: int) -> None:
    """Compiled: numbers and arrays of single precision among those of double precision, and Python's."""
    program = seeded(seed)
    x, y, A, a, b, n = program.arguments()
    same_compiled(program.function(), x.astype(np.float32), y, A.astype(np.float32), a, np.float32(b), n)


@pytest.mark.parametrize("seed", range(DATA_SEEDS))
def test_seeded_program_with_data(seed: int) -> None:
    """Objects, dicts, lists of these, inner functions, values that may be None."""
    program = seeded(seed, data=True)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    check_or_refused(program.function(), *program.arguments(), backends=("python",), compiles=False, flat=True)


@pytest.mark.parametrize("seed", range(WIDE_SEEDS))
def test_seeded_program_with_wide_expressions(seed: int) -> None:
    """What people write in one line: and/or as values, lists as indices, partials, reductions, joins."""
    program = seeded(seed, wide=True)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    check_or_refused(program.function(), *program.arguments(), backends=("python",), compiles=False, flat=True)


@pytest.mark.parametrize("seed", range(FLOW_SEEDS))
def test_seeded_program_with_exceptions_and_generators(seed: int) -> None:
    """Exceptions that carry values, generators, closures that write at two levels, callees that change objects."""
    program = seeded(seed, flow=True)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    f, args = program.function(), program.arguments()
    check_or_refused(f, *args, backends=("python",), compiles=False, flat=True, variants=seed < 4)


@pytest.mark.parametrize("seed", range(RENAMED_SEEDS))
def test_seeded_program_under_other_names(seed: int) -> None:
    """Names that generated code might choose for parts of tuples and objects, and for its own: the same numbers."""
    made = [Program(with_pairs(seeded(seed, small=small, mixed=not small).source)) for small in (True, False)]
    for program in (*made, seeded(seed, data=True), seeded(seed, flow=True)):
        other = Program(renamed(program.source, random.Random(seed).randrange))
        if not runs(program):
            continue
        args = program.arguments()
        with contextlib.suppress(zg.ZygoteError), zg.options(backend="python"):
            expected = zg.withgradient(program.function(), *args)
            agree(tuple(expected), tuple(zg.withgradient(other.function(), *args)), other.source, 1e-12)


@pytest.mark.parametrize("seed", range(COMPLEX_SEEDS))
def test_seeded_program_with_complex_numbers(seed: int) -> None:
    """From real and complex arguments to a real result: holomorphic and other operations, arrays and lists of them."""
    program = seeded(seed, complex=True)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    f, args = program.function(), program.arguments()
    backends = ("python", "numba") if FULL else ("python",)
    check_or_refused(f, *args, backends=backends, compiles=False, flat=True, variants=seed == 1, second=False)


@pytest.mark.parametrize("seed", range(GRID_SEEDS))
def test_seeded_program_of_grids(seed: int) -> None:
    """Stencils, rows and columns: interpreted, and the text for the compiler, which has loops for them."""
    program = seeded(seed, grids=True)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    f, args = program.function(), program.arguments()
    backends = ("python", "numba") if FULL else ("python",)
    grads = check_or_refused(f, *args, backends=backends, flat=True, modes=seed < 4, variants=seed < 2)
    if grads is not None:
        same_as_written(f, args, grads)


@pytest.mark.parametrize("group", range(SMALL_GROUPS))
def test_small_programs(group: int) -> None:
    """Few statements in a loop, interpreted: variables that are reset, used up, handed on, kept for the way back."""
    for seed in range(25 * group, 25 * (group + 1)):
        program = seeded(seed, small=True)
        if runs(program):
            f, args = program.function(), program.arguments()
            more = seed % 25 == 0
            check_or_refused(f, *args, backends=("python",), flat=True, modes=more, variants=more, second=False)


@pytest.mark.parametrize("group", range(MIXED_GROUPS))
def test_mixed_programs(group: int) -> None:
    """Few statements over places of all kinds: interpreted, and the text for the compiler."""
    for seed in range(25 * group, 25 * (group + 1)):
        program = seeded(seed, mixed=True)
        if runs(program):
            f, args = program.function(), program.arguments()
            grads = check_or_refused(
                f, *args, backends=("python",), flat=True, modes=False, variants=seed % 25 == 0, second=False
            )
            with contextlib.suppress(NotCompiled):
                _ = grads is None or same_as_written(f, args, grads)


def test_mixed_programs_use_the_whole_grammar_and_are_differentiated() -> None:
    programs = [seeded(seed, mixed=True) for seed in range(300)]
    text = "\n".join(p.source for p in programs)
    constructs = (
        "out=", "where=", "nonlocal s", "a0=0.7", 'd["v"]', "p.step(", "replace(p", "raise Early()", "finally:",
        "break", "continue", "while m", "idx]", "w *=", "c = complex(", "np.argmax(", "values.pop()", "for r in M",
        ".fill(", "np.add.at", "return v0[::-1]", "return v0\n", "= g0(", "inner(",
    )  # fmt: skip
    assert [c for c in constructs if c not in text] == []
    differentiated, running = how_many(programs[:20])
    assert running > 15
    assert differentiated > 0.75 * running


@settings(
    max_examples=40 if FULL else 6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(programs())
def test_drawn_program(program: Program) -> None:
    """Interpreted; hypothesis shrinks what fails."""
    assume(runs(program))
    check_or_refused(program.function(), *program.arguments(), backends=("python",), flat=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_programs_run_plainly_and_have_derivatives() -> None:
    """A generator whose programs crash, or whose results don't move, would show nothing."""
    total, crashed, flat = 400, [], 0
    for seed in range(total):
        program = seeded(seed)
        f, args = program.function(), program.arguments()
        step = 1e-6
        try:
            value = f(*copied(args))
            x, y, A, a, b, n = copied(args)
            nearby = f(x + step, y + 2 * step, A - step, a + step, b - step, n)
        except Exception as error:
            crashed.append((seed, error))
            continue
        flat += not abs(nearby - value) > 1e-9
    assert not crashed
    assert flat < 0.1 * total


def test_most_programs_with_data_are_differentiated() -> None:
    """A generator whose programs are refused would show nothing."""
    refused, total, drawn = 0, 0, 40 if FULL else 20
    for seed in range(drawn):
        program = seeded(seed, data=True)
        if not runs(program):
            continue
        total += 1
        try:
            with zg.options(backend="python"):
                zg.gradient(program.function(), *program.arguments())
        except zg.ZygoteError:
            refused += 1
    assert total > 0.6 * drawn
    assert refused < 0.25 * total


def test_programs_with_data_use_the_whole_grammar() -> None:
    text = "\n".join(seeded(seed, data=True).source for seed in range(300))
    constructs = (
        "Point(", ".step(", ".risk(", ".moved(", ".energy", "replace(", "Box(", ".inner =", ".last is not None",
        "{'a':", ".update(", ".pop('c')", ".get('zz'", ".items()", "['v'][", "{**", "    def inner", "nonlocal",
        " = None", "is not None", ".append((", "['missing']", ".missing", "for key",
    )  # fmt: skip
    assert [c for c in constructs if c not in text] == []


def test_programs_with_complex_numbers_use_the_whole_grammar_and_are_differentiated() -> None:
    programs = [seeded(seed, complex=True) for seed in range(60)]
    text = "\n".join(p.source for p in programs)
    constructs = (
        ".real", ".imag", "abs(", "np.angle(", "np.conj(", ".conjugate()", "1j *", "complex(", "np.exp(1j",
        "np.sqrt(3.2", "np.fft.fft(", "np.cumsum(", "np.where(", ".append(row", "[[0, 0, 1]] =", "*= np.exp(",
        ".mean()", "for e",
    )  # fmt: skip
    assert [c for c in constructs if c not in text] == []
    differentiated, running = how_many(programs[:12])
    assert running > 8
    assert differentiated > 0.75 * running


def test_programs_of_grids_use_the_whole_grammar_and_are_differentiated() -> None:
    programs = [seeded(seed, grids=True) for seed in range(60)]
    text = "\n".join(p.source for p in programs)
    constructs = (
        "[1:-1", "[:-2", "np.roll(", "np.outer(", "axis=1, keepdims=True", "for i in range(", "for j in range(",
        "for t2", "[::-1]", "[:, None]", "@ r", "c @", "np.cumsum(", "V, U =", "else:", "[i - 1, j]", "r[j] +=",
    )  # fmt: skip
    assert [c for c in constructs if c not in text] == []
    running = [p for p in programs[:12] if runs(p)]
    assert len(running) > 9
    for program in running if FULL else running[:5]:
        with zg.options(backend="python"):
            zg.gradient(program.function(), *program.arguments())


def test_programs_use_the_whole_grammar() -> None:
    """Each construct of the language turns up."""
    text = "\n".join(seeded(seed).source for seed in range(400))
    constructs = (
        "while ",
        "for ",
        "elif ",
        "else:",
        "break",
        "continue",
        "return ",
        " and ",
        " or ",
        " not ",
        "zip(",
        "enumerate(",
        ".append(",
        ".pop()",
        "[::-1]",
        "[::2]",
        ".T",
        ".reshape(",
        ".ravel()",
        "[[0, 0, 1]] +=",
        "np.add.at",
        " if ",
        "np.where(",
        " @ ",
        "range(n, -1, -1)",
        "for e",
        "    def inner",
        ".copy()",
        "np.empty_like",
        "*= ",
        "-= ",
        "try:",
        "finally:",
        "raise Early()",
        "as problem",
    )
    assert [c for c in constructs if c not in text] == []


@pytest.mark.parametrize("seed", FORWARD)
def test_seeded_program_in_forward_mode(seed: tuple[int, bool]) -> None:
    """Along directions that move some arguments only; the second derivative too."""
    program = seeded(*seed)
    if not runs(program):
        pytest.skip("values grow too large to difference")
    with zg.options(backend="python"):
        check_forward(program.function(), program.arguments())
