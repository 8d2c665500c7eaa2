"""Sources of cells, of files that change, of text that nobody kept."""

import ast
import doctest
import functools
import linecache
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.frontend import sources
from tests.frontend.sources import refused, stands_where_it_says, written
from zygote_nb.errors import SourceNotFoundError
from zygote_nb.frontend.source import capture, free_names, source_key, underlying


@pytest.fixture
def load(tmp_path):
    """Imports a file of the given text."""
    return functools.partial(sources.load, tmp_path)


@pytest.fixture
def cell(monkeypatch):
    """Runs the given text as a cell of a notebook."""
    return functools.partial(sources.run_cell, monkeypatch)


class TestCells:
    @pytest.mark.parametrize(
        "filename", ["<ipython-input-3-5f2e>", "/tmp/ipykernel_7/123.py", "<cell 1>", "<doctest a[0]>"]
    )
    def test_found_in_linecache(self, cell, filename):
        f = cell("import numpy as np\n\ndef f(x):\n    return np.sin(x)\n", filename).f
        source = capture(f)
        assert source.text == "def f(x):\n    return np.sin(x)\n"
        assert (source.filename, source.first_line) == (filename, 3)
        assert stands_where_it_says(source)

    def test_cell_with_top_level_await(self, cell):
        cell("def f(x): return x\n")
        text = "def f(x): return x + 1\nawait f(1)\nreturn_ = [lambda x: x async for q in z]\n"
        linecache.cache["<awaits>"] = (len(text), None, text.splitlines(keepends=True), "<awaits>")
        scope = {}
        exec(compile(ast.Module(ast.parse(text).body[:1], []), "<awaits>", "exec"), scope)
        assert capture(scope["f"]).tree.name == "f"
        del linecache.cache["<awaits>"]

    def test_cell_run_again_with_another_body(self, cell):
        old = cell("def f(x):\n    return x\n").f
        assert written(old) == "def f(x):\n    return x"
        new = cell("def f(x):\n    return 2 * x\n").f
        assert written(new) == "def f(x):\n    return 2 * x"
        assert "no longer the one that runs" in refused(old).what

    def test_cell_run_again_unchanged(self, cell):
        old, new = cell("def f(x): return x\n").f, cell("def f(x): return x\n").f
        assert capture(old).tree is capture(new).tree
        assert source_key(old) == source_key(new)

    def test_ipython(self):
        shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
        shell.run_cell("import numpy as np\ndef f(x):\n    return np.sin(x)\ng, h = lambda x: x, lambda x: -x")
        assert capture(shell.user_ns["f"]).text == "def f(x):\n    return np.sin(x)\n"
        assert capture(shell.user_ns["h"]).text == "lambda x: -x"
        shell.run_cell("def f(x):\n    return np.cos(x)")
        assert capture(shell.user_ns["f"]).text == "def f(x):\n    return np.cos(x)\n"

    def test_cell_with_magics(self):
        shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
        shell.run_cell("%alias_magic t timeit\n!true\ndef f(x):\n    return x")
        assert capture(shell.user_ns["f"]).text == "def f(x):\n    return x\n"

    def test_doctest(self):
        """Doctest hands linecache a new list of lines each time.

        >>> f = lambda x: x * 2
        >>> capture(f).text, capture(f).tree is capture(f).tree
        ('lambda x: x * 2', True)
        """
        test = doctest.DocTestFinder().find(TestCells.test_doctest, "test", globs={"capture": capture})[0]
        assert doctest.DocTestRunner(verbose=False).run(test) == doctest.TestResults(0, 2)


class TestChangedFiles:
    def edit(self, loaded, text):
        """Changes the file behind an imported module without importing it again."""
        sources.write(Path(loaded.__file__), text)

    @pytest.mark.parametrize(
        "text",
        [
            "def f(x):\n    return x + 2\n",
            "def f(x):\n    return x + 1.0\n",
            "def f(x, y):\n    return x + 1\n",
            "def g(x):\n    return x + 1\n",
            "\n\ndef f(x):\n    return x + 1\n",
            "def g(x):\n    return x\n\ndef f(x):\n    return x + 1\n",
            "def f(x:\n",
        ],
    )
    def test_edited_since_import(self, load, text):
        loaded = load("def f(x):\n    return x + 1\n")
        assert capture(loaded.f).tree.name == "f"
        self.edit(loaded, text)
        error = refused(loaded.f)
        assert error.what == "the source of f is no longer the one that runs"
        assert "import it again" in error.hint
        assert (error.filename, error.lineno) == (loaded.__file__, 1)

    def test_emptied_since_import(self, load):
        loaded = load("def f(x):\n    return x + 1\n")
        self.edit(loaded, "")
        refused(loaded.f)

    def test_edited_before_the_first_capture(self, load):
        loaded = load("def f(x):\n    return x + 1\n")
        self.edit(loaded, "def f(x):\n    return x + 2\n")
        refused(loaded.f)

    def test_edited_and_imported_again(self, load):
        load("def f(x):\n    return x + 1\n")
        assert written(load("def f(x):\n    return x + 2\n").f) == "def f(x):\n    return x + 2"

    def test_edited_elsewhere_below(self, load):
        loaded = load("def f(x):\n    return x + 1\n")
        self.edit(loaded, "def f(x):\n    return x + 1\n\ndef g(x):\n    return f(x)\n")
        assert capture(loaded.f).tree.name == "f"

    def test_comment_and_layout_changed(self, load):
        loaded = load("def f(x):\n    return x + 1\n")
        self.edit(loaded, "def f(x):\n    return (x  # here\n        + 1)\n")
        assert "# here" in capture(loaded.f).text

    def test_lambda_changed(self, load):
        loaded = load("f = lambda x: x + 1\n")
        self.edit(loaded, "f = lambda x: x + 2\n")
        refused(loaded.f)

    def test_changed_function_inside(self, load):
        loaded = load("def f(x):\n    def g(y):\n        return y + 1\n    return g(x)\n")
        self.edit(loaded, "def f(x):\n    def g(y):\n        return y + 2\n    return g(x)\n")
        refused(loaded.f)

    def test_a_function_that_has_run_often(self, load):
        loaded = load("import math\ndef f(x):\n    return math.sin(x) + x[0] if x == () else x + 1\n")
        for _ in range(1000):
            loaded.f(1.0)
        assert capture(loaded.f).tree.name == "f"

    def test_rewritten_by_an_import_hook(self):
        # pytest compiles other code than it finds here.
        def f(x):
            assert x > 0
            return x

        assert capture(f).tree.name == "f"
        assert set(free_names(capture(f)).globals) <= {"AssertionError"}


class TestNoSource:
    def define(self, filename, text="def f(x):\n    return x\n"):
        scope = {}
        exec(compile(text, filename, "exec"), scope)
        return scope["f"]

    @pytest.mark.parametrize(
        ("filename", "reason"),
        [
            ("<stdin>", "it was typed at a plain interactive prompt"),
            ("<string>", "it was made by exec, eval or python -c"),
            ("<timed exec>", "it was defined in a %%time cell"),
            ("<magic-timeit>", "it was defined under %timeit"),
            ("<made here>", "its text was compiled without being kept"),
            ("/no/such/file.py", "its file is gone or empty"),
        ],
    )
    def test_text_that_nobody_kept(self, filename, reason, monkeypatch):
        monkeypatch.delitem(linecache.cache, filename, raising=False)  # Python 3.13 keeps the text of `python -c`
        error = refused(self.define(filename))
        assert str(error) == (
            f'f has no source: {reason}\n  File "{filename}", line 1\n'
            "Define it in a file that you import or in a notebook cell, or write a rule for it with @zg.rrule(...)."
        )

    def test_registered_text_is_found(self, monkeypatch):
        lines = ["def f(x):\n", "    return x\n"]
        monkeypatch.setitem(linecache.cache, "<made here>", (30, None, lines, "<made here>"))
        assert capture(self.define("<made here>")).tree.name == "f"

    def test_somebody_elses_text_of_that_name(self, monkeypatch):
        monkeypatch.setitem(linecache.cache, "<string>", (30, None, ["def g(x): return x\n"], "<string>"))
        assert "has no source" in refused(self.define("<string>")).what

    def test_text_known_by_code_object_only(self, monkeypatch):
        f = self.define("<stdin>")
        lines = {f.__code__: ["def f(x):\n", "    return x\n"]}
        monkeypatch.setattr(linecache, "_getlines_from_code", lambda code: lines.get(code, []), raising=False)
        assert capture(f).text == "def f(x):\n    return x\n"

    def test_method_made_by_dataclass(self, load):
        loaded = load("from dataclasses import dataclass\n@dataclass\nclass A:\n    x: float\n")
        assert "__init__" in refused(loaded.A.__init__).what

    @pytest.mark.parametrize(
        ("fn", "what"),
        [
            (len, "len has no Python source: it is a builtin_function_or_method"),
            ("".join, "str.join has no Python source: it is a builtin_function_or_method"),
            (str.join, "str.join has no Python source: it is a method_descriptor"),
            (functools.partial(max, 1), "partial has no Python source: it is a partial"),
        ],
    )
    def test_not_python(self, fn, what):
        error = refused(fn)
        assert error.what == what
        assert "@zg.rrule" in error.hint
        assert error.filename is None

    def test_ufunc(self):
        np = pytest.importorskip("numpy")
        assert refused(np.sin).what == "sin has no Python source: it is a ufunc"

    def test_class(self):
        assert refused(SimpleNamespace).what == "SimpleNamespace is a class, not a function"

    @pytest.mark.parametrize("value", [3.0, None, "f"])
    def test_not_a_function(self, value):
        assert refused(value).what == f"{value!r} is not a function"

    @pytest.mark.parametrize("ask", [capture, source_key, underlying])
    def test_all_refuse_alike(self, ask):
        with pytest.raises(SourceNotFoundError, match="len has no Python source"):
            ask(len)
