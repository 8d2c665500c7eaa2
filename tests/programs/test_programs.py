"""Every program in this directory through the oracle: one file each, with `f` and `args()`.

`compiled.txt` says of each how many of its functions have a compiled gradient, and why the others don't;
`--refresh-goldens` writes it anew, and compiles them all.
"""

import importlib
import re
from pathlib import Path

import pytest

import zygote_nb as zg
from tests.modes import check_second
from tests.oracle import FULL, check, same_compiled

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("test_"))


SHARES = Path(__file__).with_name("compiled.txt")


def stated() -> dict[str, str]:
    """What is stated of each program."""
    return dict(line.split(None, 1) for line in SHARES.read_text().splitlines())


def is_compiled(name: str) -> bool:
    compiled, _, count, *_ = stated()[name].split()
    return compiled == count


@pytest.mark.parametrize("name", NAMES)
def test_gradient(name: str) -> None:
    """Interpreted, and under ZYGOTE_NB_FULL=1 all that can be asked of what is compiled."""
    program = importlib.import_module(f"tests.programs.{name}")
    backends = None if FULL else ("python",)
    check(program.f, *program.args(), backends=backends, compiles=is_compiled(name), forward_compiles=False)


@pytest.mark.parametrize("name", list(filter(is_compiled, NAMES)))
def test_compiled_gradient(name: str) -> None:
    """Of every program whose functions all have a compiled form."""
    program = importlib.import_module(f"tests.programs.{name}")
    same_compiled(program.f, *program.args())


@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives(name: str) -> None:
    """The product of the Hessian with a vector against differences of the gradient, for every program."""
    program = importlib.import_module(f"tests.programs.{name}")
    with zg.options(backend="python"):
        check_second(program.f, program.args(), {}, zg.gradient(program.f, *program.args()), False)


def refused_by_numba(name: str) -> str | None:
    """Why Numba does not compile the gradient of a program of which all has a compiled form."""
    program = importlib.import_module(f"tests.programs.{name}")
    try:
        with zg.options(backend="numba"):
            zg.gradient(program.f, *program.args())
    except zg.CompileError as error:
        return error.what.partition(": ")[2]
    return None


def share(name: str) -> str:
    """How many functions of a program have a compiled gradient, and why others have none."""
    program = importlib.import_module(f"tests.programs.{name}")
    told = zg.explain(program.f, *program.args())
    rows = [r for r in told.functions if r.value != "by a rule"]
    whole = not told.execution.startswith("interpreted, because ")
    left = [] if whole else [r for r in rows if "compiled" not in r.value]
    why = re.sub(r"line \d+ of ", "", told.execution.partition("because ")[2])
    return f"{len(rows) - len(left)} of {len(rows)}" + (f"  {why}" if left else "")


@pytest.mark.parametrize("name", NAMES)
def test_the_share_that_is_compiled(name: str, refresh_goldens: bool) -> None:
    """No less than is stated."""
    found = share(name)
    if refresh_goldens:
        why = refused_by_numba(name)
        found = found if why is None else f"0 {found.split(None, 1)[1].partition('  ')[0]}  {why}"
        shares = {k: v for k, v in {**stated(), name: found}.items() if k in NAMES}
        SHARES.write_text("".join(f"{k:24} {shares[k]}\n" for k in sorted(shares)))
    else:
        assert int(found.split()[0]) >= int(stated()[name].split()[0]), found
