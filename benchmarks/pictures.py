"""What showing costs: `%%grad` on the digits network beyond its gradient, and the graph of a function of 500 lines."""

from __future__ import annotations

from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.clock import in_fresh_process
from benchmarks.table import Row

CELL = """
import json
from time import process_time
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "zygote_nb")
rng = np.random.default_rng(0)
shell.user_ns.update(np=np, X=rng.random((1437, 64)), Y=np.eye(10)[rng.integers(10, size=1437)],
                     W1=rng.normal(0, 1 / 8, (64, 64)), b1=np.zeros(64),
                     W2=rng.normal(0, 1 / 8, (64, 10)), b2=np.zeros(10))
CELL = '''%%grad W1 b1 W2 b2
hidden = np.tanh(X @ W1 + b1)
scores = hidden @ W2 + b2
scores = scores - np.max(scores, axis=1, keepdims=True)
log_norm = np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
loss = -np.mean(np.sum(Y * (scores - log_norm), axis=1))'''
def took(cell):
    start = process_time()
    result = shell.run_cell(cell)
    result.raise_error()
    if result.result is not None:
        result.result._repr_mimebundle_()
    return process_time() - start
took("%%grad b1\\nnp.sum(b1 * b1)")  # what the first picture of a session loads
first = took(CELL + ";")
print(json.dumps([first, took(CELL), took(CELL + ";")]))
"""

GRAPH = """
import importlib.util, json, pathlib, tempfile
from time import process_time
lines = [f"    x = np.tanh(1.{i % 10} * x + 0.{i % 7})" for i in range(500)]
short = ["def short(x):", "    return x * x + x"]
path = pathlib.Path(tempfile.mkdtemp(), "long.py")
path.write_text("\\n".join(["import numpy as np", *short, "def long(x):", *lines, "    return x", ""]))
spec = importlib.util.spec_from_file_location("long", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import zygote_nb as zg
zg.graph(module.short, 1.0)._repr_mimebundle_()
start = process_time()
zg.gradient(module.long, 0.5)
gradient = process_time() - start
start = process_time()
zg.graph(module.long, 0.5)._repr_mimebundle_()
print(json.dumps([gradient, process_time() - start]))
"""


def cell() -> list[Row]:
    """The display beyond the same cell silenced, which computes the gradient alone."""
    runs = [_fresh(CELL) for _ in range(3)]
    beyond = [shown - again for _, shown, again in runs]
    details = f"shown {min(s for _, s, _ in runs):.2f} s, silenced {min(a for *_, a in runs):.2f} s"
    return [Row("%%grad on the digits, beyond the gradient", min(beyond), median(beyond), "s", 0.3, details)]


def graph() -> list[Row]:
    """The first picture of a long function: most of it is its derivation."""
    runs = [_fresh(GRAPH) for _ in range(3)]
    shown = [figure for _, figure in runs]
    details = f"its first gradient takes {min(g for g, _ in runs):.2f} s"
    return [Row("first graph of a function of 500 lines", min(shown), median(shown), "s", 1.0, details)]


def _fresh(code: str) -> Any:
    with TemporaryDirectory() as directory:
        return in_fresh_process(code, directory)
