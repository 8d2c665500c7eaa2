"""`%%grad`: a cell as a function of the notebook's variables."""

import numpy as np
import pytest
from IPython.core.error import UsageError

import zygote_nb as zg


@pytest.fixture
def start(cell):
    cell("W = np.arange(6.0).reshape(2, 3)\nb = np.ones(2)\nx = np.array([1.0, 2.0, 3.0])\nk = 2.0\nn = 3")
    return cell


def test_named_variables(start, shell):
    result = start("%%grad W b\nh = W @ x + b\nloss = np.sum(h * h)")
    h = shell.user_ns["h"]
    np.testing.assert_allclose(h, [9.0, 27.0])
    np.testing.assert_allclose(result["W"], 2 * np.outer(h, shell.user_ns["x"]))
    np.testing.assert_allclose(result["b"], 2 * h)
    assert list(result.by_name) == ["W", "b"]


def test_assignments_are_bound_and_grads_kept(start, shell):
    result = start("%%grad k\ny = k * k\nloss = 3.0 * y")
    assert (shell.user_ns["y"], shell.user_ns["loss"]) == (4.0, 12.0)
    assert shell.user_ns["grads"] == {"k": 12.0} == result.by_name
    assert result.value == 12.0


def test_last_expression_is_the_loss(start):
    assert start("%%grad k\nk ** 3").by_name == {"k": 12.0}
    assert start("%%grad k\n(k\n ** 3)  # two lines").by_name == {"k": 12.0}


def test_all_float_variables_that_the_loss_depends_on(start, shell):
    shell.user_ns["unused"] = 1.0
    result = start("%%grad\nbeside = unused + 1\nloss = np.sum(W @ x) * k + n")
    assert list(result.by_name) == ["W", "x", "k"]


def test_cell_runs_once(start, shell, capsys):
    start("%%grad k\nprint('once')\nloss = k * k\nprint('loss', loss)")
    assert capsys.readouterr().out.split("\n")[:2] == ["once", "loss 4.0"]


def test_imports_definitions_prints_and_line_magics_run_as_in_any_cell(start, shell, capsys):
    text = """%%grad k
import math
def double(t):
    return 2 * t
def scaled(t):
    return k * t
y = scaled(double(3.0))
print("y is", y)
%precision 3
loss = y * k
print("loss is", loss)
"""
    assert start(text)["k"] == pytest.approx(24.0)
    assert "y is 12.0" in capsys.readouterr().out
    assert shell.user_ns["math"].pi
    assert shell.user_ns["scaled"](1.0) == 2.0
    start("k = 5.0")
    assert shell.user_ns["scaled"](1.0) == 5.0


def test_losses_appended_after_the_loss(start, shell):
    shell.user_ns["losses"] = []
    assert start("%%grad k\nloss = k * k\nlosses.append(loss)").by_name == {"k": 4.0}
    assert shell.user_ns["losses"] == [4.0]


def test_loops_and_branches(start):
    text = "%%grad k\ns = 0.0\nfor i in range(n):\n    if i > 0:\n        s += k ** i\nloss = s"
    assert start(text)["k"] == pytest.approx(1 + 2 * 2.0)


def test_a_loop_without_iterations_leaves_its_names_unbound(start, shell):
    assert start("%%grad k\nfor never in range(0):\n    z = k\nloss = k * k")["k"] == 4.0
    assert "never" not in shell.user_ns
    assert "z" not in shell.user_ns


def test_a_variable_that_the_cell_rebinds(start, shell):
    assert start("%%grad k\nk = k * k\nloss = 3.0 * k")["k"] == 12.0
    assert shell.user_ns["k"] == 4.0


def test_a_variable_that_the_cell_sets_first(start):
    assert start("%%grad t\nt = 3.0\nt ** 2")["t"] == 6.0


def test_element_stores_reach_the_notebooks_array(start, shell):
    x = shell.user_ns["x"]
    result = start("%%grad x\nx[0] = 5.0\nx *= 2.0\nnp.sum(x * x)")
    assert shell.user_ns["x"] is x
    np.testing.assert_array_equal(x, [10.0, 4.0, 6.0])
    np.testing.assert_allclose(result["x"], [0.0, 16.0, 24.0])


def test_text_in_several_lines_keeps_its_indentation(start, shell):
    assert start("%%grad k\nnote = '''a\n  b'''; y = k * len(note)\ny")["k"] == 5.0
    assert shell.user_ns["note"] == "a\n  b"


def test_code_is_shown_where_asked_for(start):
    shown = repr(start("%%grad -c k\ny = k * k\nloss = 3.0 * y"))
    assert "2  y = k * k" in shown
    assert "def cell_adjoint(k, d_loss):" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%%grad\nprint(1)", "ends neither in an expression nor in an assignment"),
        ("%%grad\nz = 3\nz * 2", "depends on no float variable"),
        ("%%grad\nW @ x", "the loss is an array of shape (2,)"),
        ("%%grad k\nv = k * 1j", "the loss is of type complex"),
    ],
)
def test_without_a_scalar_one_line_is_said_after_the_cell_has_run(start, capsys, text, said):
    assert start(text) is None
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("%%grad: ")
    assert said in last


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%%grad q\nq * k", "q has no gradient here: there is no such variable"),
        ("%%grad q\nk * k", "q has no gradient here: there is no such variable"),
        ("%%grad W\nk * k", "W has no gradient here: the cell does not read it"),
        ("%%grad k y\ny = k * k\ny * y", "y has no gradient here: the cell computes it"),
        ("%%grad 2k\nk * k", "'2k' is not a name"),
        ("%%grad x\nx[0] = 1.0\nx = x * 2\nnp.sum(x)", "x is written into and then given a new value"),
    ],
)
def test_names_without_gradient(start, text, said):
    with pytest.raises(UsageError, match=said):
        start(text)


def test_a_global_of_a_called_function_is_never_half_counted(start):
    start("def scaled(t):\n    return k * t")
    with pytest.raises(UsageError, match="scaled reads it as a global"):
        start("%%grad k\nscaled(k)")
    assert "k is left out: scaled reads it" in repr(start("%%grad\nscaled(np.sum(x)) + k"))


def test_a_cell_magic_after_an_error_works(start):
    with pytest.raises(zg.ZygoteError, match="'undefined' is not defined"):
        start("%%grad k\nk * undefined")
    assert start("%%grad k\nk * k")["k"] == 4.0


def test_an_error_shows_the_line_of_the_cell(start, capsys):
    with pytest.raises(ZeroDivisionError):
        start("%%grad k\nz = 1\nloss = k / (k - 2.0)")
    out = capsys.readouterr().out
    assert "line 3" in out
    assert "loss = k / (k - 2.0)" in out


def test_annotated_source_is_shown_below_the_gradients(start):
    shown = repr(start("%%grad k\ny = k * k\nloss = 3.0 * y"))
    assert "|gradient|" in shown
    assert "2  y = k * k" in shown


def test_the_picture_shows_values_before_the_cell_changed_them(start):
    shown = repr(start("%%grad x\nx[0] = x[0] * 2.0\nnp.sum(x)"))
    assert "x[0] = x[0] * 2.0" in shown.replace("    x", "x")
    assert " 2 " in shown.split("x[0] = x[0] * 2.0")[1].split("\n")[0]


def test_a_semicolon_or_the_setting_leaves_the_picture_out(start, shell, monkeypatch):
    calls = []
    monkeypatch.setattr("zygote_nb.notebook.magics.annotated_document", lambda *a, **_: calls.append(a) or ())
    start("%%grad k\nk * k;")
    start("%config ZygoteMagics.picture = False")
    assert "|gradient|" not in repr(start("%%grad k\nk * k"))
    assert calls == []


def test_a_failing_picture_never_loses_the_gradient(start, monkeypatch):
    monkeypatch.setattr("zygote_nb.notebook.magics.annotated_document", lambda *_, **__: 1 / 0)
    result = start("%%grad k\nk * k")
    assert result["k"] == 4.0
    assert "no picture: ZeroDivisionError" in repr(result)


def test_a_cell_of_definitions_shows_each_annotated(start, shell):
    shown = repr(start("%%grad\ndef cube(k):\n    return k ** 3\ndef other(missing):\n    return missing * 2.0"))
    assert shell.user_ns["cube"](2.0) == 8.0
    assert "return k ** 3" in shown
    assert "shown at the notebook's k" in shown
    assert "there is no variable missing" in shown


NETWORK = """class Layer:
    def __init__(self, n):
        self.W = np.eye(n) * 0.5
        self.calls = 0
    def __call__(self, x):
        self.calls += 1
        return np.tanh(x @ self.W)
class Model:
    def __init__(self):
        self.layers = [Layer(3), Layer(3)]
        self.history = []
    def loss(self, x):
        for layer in self.layers:
            x = layer(x)
        self.history.append(1)
        return np.sum(x * x)
model = Model()
layers = model.layers
"""


@pytest.mark.parametrize(
    "text",
    [
        "%%grad\nloss = model.loss(x)",
        "%%grad model\nfirst = model.layers[0]\nloss = model.loss(x)",
        "%%grad\nh = x\nfor layer in layers:\n    h = layer(h)\nloss = np.sum(h * h)",
        "%%grad x\nh = x\nfor layer in layers:\n    h = layer(h)\nloss = np.sum(h * h)",
    ],
)
def test_objects_have_gradients_and_are_as_after_an_ordinary_cell(start, shell, text):
    start(NETWORK)
    model, (first, second) = shell.user_ns["model"], shell.user_ns["layers"]
    result = start(text)
    assert shell.user_ns["model"] is model
    assert model.layers == [first, second]
    assert [first.calls, second.calls] == [1, 1]
    assert shell.user_ns.get("layer", second) is second
    assert shell.user_ns.get("first", first) is first
    assert model.history == ([1] if "model.loss" in text else [])
    given = result.by_name.get("model", result.by_name.get("layers"))
    if given is not None:
        found = getattr(given, "layers", given)[1].W
        hidden, z = np.tanh(shell.user_ns["x"] @ first.W), np.tanh(np.tanh(shell.user_ns["x"] @ first.W) @ second.W)
        np.testing.assert_allclose(found, np.outer(hidden, 2 * z * (1 - z * z)))


@pytest.mark.parametrize(
    ("text", "loss", "slope"),
    [
        ("%%grad k\nif k > 1:\n    loss = k * k\nelse:\n    loss = k", 4.0, 4.0),
        ("%%grad k\nwith np.errstate(all='ignore'):\n    loss = k ** 3", 8.0, 12.0),
        ("%%grad k\nloss = 0.0\nfor i in range(3):\n    loss += k ** i", 7.0, 5.0),
        ("%%grad k\ntry:\n    loss = k * x[7]\nexcept IndexError:\n    loss = 3 * k", 6.0, 3.0),
    ],
)
def test_a_block_makes_the_loss_that_its_last_statement_assigns(start, shell, text, loss, slope):
    assert start(text).by_name == {"k": slope}
    assert shell.user_ns["loss"] == loss


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%%grad k\n%time y = k * k\ny * k", "line 2: %time hides what it runs: write `y = k \\* k` without it"),
        ("%%grad k\n%run other.py\nk * k", "line 2: %run may bind variables"),
        ("%%grad k\nimport asyncio\nawait asyncio.sleep(0)\nk * k", "line 3 awaits"),
    ],
)
def test_what_can_not_be_seen_into_is_refused_before_anything_runs(start, shell, text, said):
    shell.user_ns["y"] = 1.0
    with pytest.raises(UsageError, match=said):
        start(text)
    assert "asyncio" not in shell.user_ns


def test_a_line_magic_is_shown_as_it_was_typed(start):
    shown = repr(start("%%grad k\nloss = k * k\n%precision 5"))
    assert "3  %precision 5\n" in shown + "\n"


@pytest.mark.usefixtures("start")
def test_the_gradient_by_the_argument_of_a_library_function_is_told_as_such(cell):
    assert "by the argument of mean" in repr(cell("%grad np.mean(2 * x)"))
    assert "by the argument" not in repr(cell("%grad np.mean(x)"))


WORLD = """class Body:
    def __init__(self, x):
        self.x = x
class World:
    def __init__(self, body):
        self.body = body
    def step(self):
        self.body.x = self.body.x * 2.0
earth = Body(3.0)
world = World(earth)
"""


@pytest.mark.parametrize("names", ["", "earth", "world", "earth world"])
def test_what_is_changed_through_another_variable_counts(start, shell, names):
    start(WORLD)
    result = start(f"%%grad {names}\nworld.step()\nloss = earth.x ** 2")
    assert result.value == 36.0
    if "earth" in result.by_name:
        assert result["earth"].x == 24.0
    if "world" in result.by_name:
        assert result["world"].body.x == 24.0
    assert names == "" or set(result.by_name) == set(names.split())
    assert shell.user_ns["earth"].x == 6.0
    assert shell.user_ns["world"].body is shell.user_ns["earth"]


@pytest.mark.parametrize("names", ["", "x"])
def test_a_view_that_is_written_into_is_refused(start, shell, names):
    start("tail = x[1:]")
    with pytest.raises(zg.ZygoteError, match="share memory"):
        start(f"%%grad {names}\ntail *= 5\nloss = np.sum(x * x)")
    assert shell.user_ns["x"].tolist() == [1.0, 2.0, 3.0]


def test_a_state_that_is_carried_on_and_collected(start):
    text = (
        "h = np.zeros(2)\nhs = []\nfor t in range(3):\n    h = np.tanh(W @ x * 0.1 + h)\n    hs.append(h)\n    print(t)"
    )
    result = start(f"%%grad W\n{text}\nloss = np.mean(np.array(hs) ** 2)")
    assert result["W"].shape == (2, 3)
    result = start(f"%%grad\n{text}\nloss = np.sum(hs[-1])")
    assert {"W", "x"} <= set(result.by_name)
