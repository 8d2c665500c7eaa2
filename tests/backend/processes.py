"""Programs run in processes of their own, with a cache directory of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import numpy as np

RATE = 0.5

def scaled(t, k=2.0):
    return k * t

def f(x, n):
    s = 0.0
    for i in range(n):
        s += RATE * scaled(x[i]) * x[i]
    return s
"""

CALL = """
import json, sys, warnings
import numpy as np
import zygote_nb as zg
from program import *
from zygote_nb.driver import adopted, trial
trial.LIMIT = 0  # loops are compiled at once
adopted.expect = lambda bound: None  # here, or by a process that is started when there is something to compile
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    result = {call}
found = result.tolist() if hasattr(result, "tolist") else result
print(json.dumps([found, "numba" in sys.modules, [str(w.message) for w in caught]]))
"""

GRADIENT = "zg.gradient(f, np.arange(4.0), 4)[0]"


@dataclass(frozen=True)
class Outcome:
    """What a process found, whether it imported Numba to get there, and the warnings it gave."""

    result: Any
    numba: bool
    warnings: list[str]


@dataclass(frozen=True)
class Bench:
    """A directory with a program and a cache."""

    path: Path

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    def write(self, program: str = PROGRAM) -> None:
        self.path.mkdir(exist_ok=True)
        (self.path / "program.py").write_text(program)

    def start(self, call: str = GRADIENT, **environment: str) -> subprocess.Popen[str]:
        own = {"PYTHONPATH": f"{self.path}:{ROOT}", "ZYGOTE_NB_CACHE_DIR": str(self.cache)}
        command = [sys.executable, "-c", CALL.format(call=call)]
        env = {**os.environ, **own, **environment}
        return subprocess.Popen(command, cwd=self.path, env=env, text=True, stdout=subprocess.PIPE)

    def run(self, call: str = GRADIENT, **environment: str) -> Outcome:
        return outcome(self.start(call, **environment))


def outcome(process: subprocess.Popen[str]) -> Outcome:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return Outcome(*json.loads(out))
