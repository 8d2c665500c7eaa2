"""Every program in this directory through the oracle: one file each, with `f` and `args()`.

`COMPILES = False` says that compiling it, or its forward mode, is refused. `compiled.txt` says of each how many of its
functions have a compiled gradient, and why the others don't; `--refresh-goldens` writes it anew.
"""

import importlib
import re
from pathlib import Path

import pytest

import zygote_nb as zg
from tests.modes import check_second
from tests.oracle import check

NAMES = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("test_"))


@pytest.mark.parametrize("name", NAMES)
def test_gradient(name: str) -> None:
    """Interpreted here, compiled for a sample (all of them under ZYGOTE_NB_FULL=1)."""
    program = importlib.import_module(f"tests.programs.{name}")
    check(program.f, *program.args(), compiles=getattr(program, "COMPILES", True))


@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives(name: str) -> None:
    """The product of the Hessian with a vector against differences of the gradient, for every program."""
    program = importlib.import_module(f"tests.programs.{name}")
    with zg.options(backend="python"):
        check_second(program.f, program.args(), {}, zg.gradient(program.f, *program.args()), False)


SHARES = Path(__file__).with_name("compiled.txt")


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
    stated = dict(line.split(None, 1) for line in SHARES.read_text().splitlines())
    found = share(name)
    if refresh_goldens:
        stated = {k: v for k, v in {**stated, name: found}.items() if k in NAMES}
        SHARES.write_text("".join(f"{k:24} {stated[k]}\n" for k in sorted(stated)))
    else:
        assert int(found.split()[0]) >= int(stated[name].split()[0]), found
