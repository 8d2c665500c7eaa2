"""A real `ipython` in a pseudo terminal."""

import os
import re
import sys
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="IPython in a terminal needs pexpect")
ROOT = Path(__file__).resolve().parents[2]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07|\r")


@pytest.fixture
def terminal(tmp_path):
    """Types a line or a cell, and returns what came until the next prompt, without colours."""
    command = ["-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit", "--colors=nocolor", "--no-tip"]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    settings = {**os.environ, "IPYTHONDIR": str(tmp_path), "PYTHONPATH": paths, "TERM": "dumb"}
    child = pexpect.spawn(sys.executable, command, env=settings, encoding="utf-8", dimensions=(200, 200), timeout=60)
    child.expect(r"In \[1\]: ")

    def typed(text):
        lines, said = text.splitlines(), ""
        while lines or not said:
            child.sendline(lines.pop(0))
            while child.expect([r"In \[\d+\]: ", r" \.\.\.: "]):
                said += child.before
                child.sendline(lines.pop(0) if lines else "")
            said += child.before
        return ESCAPES.sub("", said)

    yield typed
    child.sendline("exit")
    child.close(force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_a_session_in_a_terminal(terminal):
    assert "Error" not in terminal("%load_ext zygote_nb")
    assert "Error" not in terminal("import numpy as np")
    terminal("def f(x):\n    y = x * x\n    return np.sin(y)")
    assert re.search(r"d x +-2\.6145", terminal("%grad f(2.0)"))
    adjoint = terminal("%adjoint f(2.0)")
    assert "def f_adjoint(x, d_out):" in adjoint
    assert "|gradient|" in adjoint
    assert "<div" not in adjoint
    terminal("a = 3.0")
    cell = terminal("%%grad a\nb = a * a\nloss = b + 1.0")
    assert re.search(r"loss +10\.0", cell)
    assert re.search(r"d a +6\.0", cell)
    refused = terminal("%grad f(np.ones(2))")
    assert "ScalarOutputError: f returns a 1-d float64 array" in refused
    assert "    return np.sin(y)\n" in refused
    assert "Traceback" not in refused
    assert "UsageError: unrecognized arguments: --nonsense" in terminal("%grad --nonsense f(2.0)")
    assert "%grad" in terminal("%grad?")
    assert terminal("%grad f(2.0);").count("d x") == 0
    terminal("%unload_ext zygote_nb")
    assert "not found" in terminal("%grad f(2.0)")
