"""Looking at a function runs it again: what it does outside is undone, and what can't be undone is refused."""

from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.notebook.adjoint import adjoint_document
from zygote_nb.notebook.diagnosis.check import check
from zygote_nb.notebook.diagnosis.nantrace import trace
from zygote_nb.notebook.diagnosis.profile import profile
from zygote_nb.notebook.replay.effects import OnceOnly

history = []
counter = SimpleNamespace(n=0)


class Slotted:
    __slots__ = ("n",)


slotted = Slotted()
slotted.n = 0
memory = np.zeros(2)


def telling(x):
    history.append(x)
    counter.n += 1
    slotted.n += 1
    memory[0] += x
    print("running")
    return x * x + memory[1]


def writing(x, path):
    with open(path, "a") as file:
        file.write("x")
    return x * x


def asking(x):
    return x * float(input())


LOOKS = {
    "check": check,
    "trace": lambda call: trace(call, "f(x)"),
    "profile": lambda call: profile(call, "f(x)"),
    "explorer": zg.show,
}


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_done_outside_is_undone(look, capsys):
    found = LOOKS[look](zg.call(telling, 2.0))
    if look == "explorer":
        found.sliders["x"].value = 1.0
        assert found.value == 1.0
    assert (history, counter.n, slotted.n, memory.tolist()) == ([], 0, 0, [0.0, 0.0])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("look", LOOKS)
def test_what_can_not_be_undone_is_refused(look, tmp_path):
    path = str(tmp_path / "file")
    with pytest.raises(OnceOnly, match="what `open` does can't be undone"):
        LOOKS[look](zg.call(writing, 2.0, path, wrt=("x",)))
    with pytest.raises(OnceOnly, match="what `input` does"):
        LOOKS[look](zg.call(asking, 2.0))
    assert not (tmp_path / "file").exists()


def test_a_picture_without_values_says_why(tmp_path):
    shown = repr(adjoint_document(zg.call(writing, 2.0, str(tmp_path / "file"), wrt=("x",)), "writing"))
    assert "no values are shown: what `open` does can't be undone" in shown
    assert "writing_adjoint" in shown
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("name", ["plt.plot(y)", "axes.scatter([x], [y])"])
def test_a_plot_in_a_function_is_made_once(cell, name):
    pytest.importorskip("matplotlib").use("Agg")
    cell("import matplotlib.pyplot as plt\nplt.close('all')\naxes = plt.gca()\nx = 2.0")
    cell(f"def f(x):\n    y = x * x\n    {name}\n    return y")
    assert "no values are shown" in repr(cell("%%grad x\nloss = f(x)"))
    assert cell("len(plt.gca().lines) + len(plt.gca().collections)") == 1
