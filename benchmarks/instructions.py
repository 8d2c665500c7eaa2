"""Instructions of gradients, by valgrind: `python -m benchmarks.instructions` counts them and writes instructions.json.

Wall time can't guard against regressions on a machine that has other things to do; a count can. Code is made for a
processor without a name, so that the count is the same on all of them.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import ROOT, environment

FILE = Path(__file__).with_suffix(".json")
NAMES = (
    "jacobi",
    "seidel",
    "cholesky",
    "lu",
    "triangular",
    "lstm",
    "mixture",
    "k_means",
    "log_sum_exp",
    "durbin",
)
TOLERANCE = 1.05
GENERIC = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "PYTHONHASHSEED": "0"}
MADE_BY = ("numba", "llvmlite")

RUN = """
import gc, sys
from benchmarks.against_hand import into_buffers
from benchmarks.callgrind import Counter
from benchmarks.catalogue import KERNELS, LARGE
counter = Counter()
gc.disable()
for name in sys.argv[1:]:
    args = KERNELS[name].arguments(LARGE)
    gradient = into_buffers(KERNELS[name])
    gradient(*args)
    for _ in range(2):
        with counter.counting(name):
            gradient(*args)
"""


def why_not() -> str:
    """Why nothing can be counted here, or an empty text."""
    if platform.machine() not in ("x86_64", "AMD64") or platform.system() != "Linux":
        return "instructions are counted on Linux on x86-64"
    return "" if shutil.which("valgrind") else "valgrind is not installed"


def counted(names: tuple[str, ...]) -> dict[str, int]:
    """Instructions of a gradient into given buffers, the lesser of two counts.

    What compiles does so in a process without valgrind.
    """
    with TemporaryDirectory() as directory:
        own = {**environment(directory), **GENERIC}
        plain = [sys.executable, "-c", RUN, *names]
        out = f"{directory}/counts"
        tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}", "--quiet"]
        for command in (plain, [*tool, *plain]):
            subprocess.run(command, cwd=ROOT, env=own, check=True, capture_output=True, text=True)
        dumps = [found(path.read_text()) for path in Path(directory).glob("counts.*")]
        return {name: min(count for other, count in dumps if other == name) for name in names}


def found(dump: str) -> tuple[str, int]:
    """The name that was given to a dump, and its total."""
    name = re.search(r"^desc: Trigger: Client Request: (\w+)$", dump, re.M)
    total = re.search(r"^(?:summary|totals): (\d+)$", dump, re.M)
    assert name, dump[:400]
    assert total, dump[:400]
    return name[1], int(total[1])


def made_by() -> dict[str, str]:
    return {name: version(name) for name in MADE_BY}


def main() -> None:
    FILE.write_text(json.dumps({"made by": made_by(), "instructions": counted(NAMES)}, indent=2) + "\n")
    print(FILE.read_text())


if __name__ == "__main__":
    main()
