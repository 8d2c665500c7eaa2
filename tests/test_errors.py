"""Errors: their text, where they point, that they travel."""

import ast
import copy
import linecache
import pickle
import sys
import textwrap
from pathlib import Path

import pytest

from zygote_nb import dataclass, errors
from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError, ZygoteError, locate

KINDS = [
    errors.ZygoteError,
    errors.UnsupportedSyntaxError,
    errors.NoRuleError,
    errors.ScalarOutputError,
    errors.SourceNotFoundError,
    errors.CompileError,
    errors.GradientCheckError,
]


@pytest.fixture
def place(monkeypatch):
    """Makes a line of a file that only linecache knows, and the location of a part of it."""

    def make(line, part=None, filename="model.py"):
        monkeypatch.setitem(linecache.cache, filename, (len(line), None, ["\n", line + "\n"], filename))
        if part is None:
            return Location(filename, 2, len(line) - len(line.lstrip()))
        start = len(line[: line.index(part)].encode())
        return Location(filename, 2, start, start + len(part.encode()))

    return make


def test_says_what_where_and_what_instead(place):
    at = place("    y = fancy(x) + 1", "fancy(x)")
    error = NoRuleError("fancy has no rule and no Python source", at=at, hint="Write a rule with @zg.rrule(fancy).")
    assert str(error) == textwrap.dedent("""\
        fancy has no rule and no Python source
          File "model.py", line 2
            y = fancy(x) + 1
                ^^^^^^^^
        Write a rule with @zg.rrule(fancy).""")


def test_carries_its_place(place):
    error = ZygoteError("what", at=place("y = fancy(x)", "fancy"), hint="hint")
    assert (error.filename, error.lineno, error.col_offset, error.end_col_offset) == ("model.py", 2, 4, 9)
    assert (error.what, error.hint, error.args) == ("what", "hint", ("what",))


def test_without_a_place():
    error = ZygoteError("what", hint="hint")
    assert str(error) == "what\nhint"
    assert (error.filename, error.lineno, error.col_offset, error.end_col_offset) == (None,) * 4


def test_without_a_hint():
    assert str(ZygoteError("what")) == "what"


def test_file_that_is_gone_is_still_named():
    assert str(ZygoteError("what", at=Location("nowhere.py", 7))) == 'what\n  File "nowhere.py", line 7'


def test_place_must_be_named():
    with pytest.raises(TypeError):
        ZygoteError("what", Location("model.py", 1))


@pytest.mark.parametrize(
    ("line", "part", "carets"),
    [
        ("y = x", "x", "    ^"),
        ("        y = x", "x", "    ^"),
        ("y = x  # why", None, "^^^^^^^^^^^^"),
        ("größe = αβ + x", "x", "             ^"),
        ("größe = αβ + x", "αβ", "        ^^"),
        ("s = '勾配' + x", "x", "             ^"),
        ("s = '勾配' + x", "'勾配'", "    ^^^^^^"),
        ("e\u0301 = x", "x", "    ^"),
        ("\ty =\tx", "x", "   \t^"),
        ("\t\ty = x", "y", "^"),
    ],
)
def test_carets_stand_below_the_part(place, line, part, carets):
    shown = str(ZygoteError("what", at=place(line, part))).split("\n")
    assert shown[2:] == ["    " + line.lstrip(), "    " + carets]


@pytest.mark.parametrize("columns", [(0, 0), (3, 3), (90, 99), (0, None), (5, 2)])
def test_odd_columns_still_show_the_line(place, columns):
    at = place("    y = x")
    shown = str(ZygoteError("what", at=Location(at.filename, at.lineno, *columns))).split("\n")
    assert shown[2] == "    y = x"
    assert set(shown[3]) <= {" ", "^"}
    assert "^" in shown[3]


def test_locate_a_node():
    node = ast.parse("x = 1\nyy = f(x)").body[1].value
    assert locate(node, "model.py") == Location("model.py", 2, 5, 9)


def test_locate_a_node_of_several_lines_stops_at_the_first():
    node = ast.parse("y = f(x,\n      z)").body[0].value
    assert locate(node, "model.py") == Location("model.py", 1, 4, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_travels_with_its_text(kind, travel, place):
    error = kind("what", at=place("y = fancy(x)", "fancy"), hint="hint")
    error.worst = 3.0
    linecache.cache.pop("model.py")
    there = travel(error)
    assert type(there) is kind
    assert str(there) == str(error)
    assert "y = fancy(x)" in str(there)
    assert (there.at, there.worst) == (error.at, 3.0)


@pytest.mark.parametrize("kind", KINDS)
def test_all_are_zygote_errors(kind):
    assert issubclass(kind, ZygoteError)
    assert kind.__name__ in errors.__all__


class TestInANotebook:
    def test_users_line_comes_first(self, place):
        error = UnsupportedSyntaxError("async isn't differentiated", at=place("await x", "await x"), hint="Call it.")
        assert error._render_traceback_() == [
            '  File "model.py", line 2\n'
            "    await x\n"
            "    ^^^^^^^\n"
            "UnsupportedSyntaxError: async isn't differentiated\n"
            "Call it."
        ]

    def test_takes_what_ipython_may_pass(self):
        error = ZygoteError("what")
        assert error._render_traceback_(ZygoteError, error, None, tb_offset=1) == ["ZygoteError: what"]

    def test_notes_are_kept(self):
        error = ZygoteError("what", hint="hint")
        error.add_note("while fitting")
        assert error._render_traceback_() == ["ZygoteError: what\nhint\nwhile fitting"]

    def test_without_a_place_shows_the_call(self, monkeypatch):
        text = "def inside():\n    raise ZygoteError('what')\n"
        scope = {"ZygoteError": ZygoteError}
        exec(compile(text, errors._PACKAGE + "api.py", "exec"), scope)
        cell = "answer = 1\ninside()\n"
        monkeypatch.setitem(linecache.cache, "cell.py", (len(cell), None, cell.splitlines(keepends=True), "cell.py"))
        with pytest.raises(ZygoteError) as caught:
            exec(compile(cell, "cell.py", "exec"), scope)
        assert caught.value._render_traceback_() == ['  File "cell.py", line 2\n    inside()\nZygoteError: what']

    def test_ipython_shows_it(self, capsys):
        shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
        shell.user_ns["error"] = ZygoteError("what", hint="hint")
        shell.run_cell("raise error")
        shown = capsys.readouterr().out
        assert "ZygoteError: what\nhint" in shown
        assert "Traceback" not in shown


def test_loads_the_standard_library_only():
    """It may be imported from everywhere; its dataclasses are the package's, which need no more either."""
    for module in (errors, dataclass):
        nodes = ast.parse(Path(module.__file__).read_text()).body
        froms = [n.module for n in nodes if isinstance(n, ast.ImportFrom)]
        names = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
        loaded = {name.split(".")[0] for name in froms + names if name != dataclass.__name__}
        assert loaded <= set(sys.stdlib_module_names)
