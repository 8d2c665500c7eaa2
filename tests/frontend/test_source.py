"""What is captured of functions, methods and decorated functions, what they take from outside, how fast."""

import ast
import functools
import importlib.util
import inspect
import sys
import textwrap
import timeit
from types import MethodType, SimpleNamespace

import pytest

from tests.frontend import sources
from tests.frontend.sources import refused, stands_where_it_says, written
from zygote_nb.frontend import source as module
from zygote_nb.frontend.source import FreeNames, capture, free_names, source_key, underlying


@pytest.fixture
def load(tmp_path):
    """Imports a file of the given text."""
    return functools.partial(sources.load, tmp_path)


@pytest.fixture
def cell(monkeypatch):
    """Runs the given text as a cell of a notebook."""
    return functools.partial(sources.run_cell, monkeypatch)


def plain(x, y=2.0, *rest, k, **more):
    return x * y + k


class TestFunctions:
    def test_what_is_captured(self):
        source = capture(plain)
        assert isinstance(source.tree, ast.FunctionDef)
        assert source.text == inspect.getsource(plain)
        assert source.filename == plain.__code__.co_filename
        assert source.first_line == plain.__code__.co_firstlineno
        assert (source.qualname, source.function, source.code) == ("plain", plain, plain.__code__)
        assert stands_where_it_says(source)

    def test_nested(self):
        def outer(c):
            def inner(x):
                """Documented."""

                return x * c  # scaled

            return inner

        inner = outer(2.0)
        source = capture(inner)
        assert source.text == 'def inner(x):\n    """Documented."""\n\n    return x * c  # scaled\n'
        assert source.function is inner
        assert source.qualname.endswith("outer.<locals>.inner")
        assert stands_where_it_says(source)
        assert capture(outer(3.0)).tree is source.tree

    def test_same_name_twice_in_a_file(self, load):
        loaded = load("""\
            def f(x):
                return x
            first = f
            def f(x):
                return -x
            """)
        assert written(loaded.first) == "def f(x):\n    return x"
        assert written(loaded.f) == "def f(x):\n    return -x"

    def test_several_branches_define_it(self, load):
        loaded = load("""\
            try:
                import no_such_module_anywhere
                def f(x): return x
            except ImportError:
                def f(x): return 2 * x
            """)
        assert written(loaded.f) == "def f(x):\n    return 2 * x"

    def test_of_one_line(self, load):
        assert capture(load("def f(x): y = x; return y\n").f).text == "def f(x): y = x; return y\n"

    def test_strings_at_the_margin_stay(self, load):
        text = 'if True:\n    def f(x):\n        s = """\nat the margin\n"""\n        return x\n'
        assert capture(load(text).f).text == 'def f(x):\n    s = """\nat the margin\n"""\n    return x\n'

    def test_file_without_final_newline(self, load):
        assert capture(load("def f(x):\n    return x").f).text == "def f(x):\n    return x\n"

    def test_text_beyond_ascii(self, load):
        loaded = load("größe = '勾配'; f = lambda α: α + 1; g = lambda β: β * 2\n")
        assert (capture(loaded.f).text, capture(loaded.g).text) == ("lambda α: α + 1", "lambda β: β * 2")

    def test_encoding_cookie(self, tmp_path, load):
        load("")
        (tmp_path / "model.py").write_bytes("# coding: latin-1\ndef f(größe): return größe\n".encode("latin-1"))
        spec = importlib.util.spec_from_file_location("model", tmp_path / "model.py")
        loaded = importlib.util.module_from_spec(spec)
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        spec.loader.exec_module(loaded)
        sys.dont_write_bytecode = before
        assert capture(loaded.f).text == "def f(größe): return größe\n"

    def test_async_and_generators_are_left_to_later_stages(self):
        async def waits(x):
            return x

        def yields(x):
            yield x

        assert isinstance(capture(waits).tree, ast.AsyncFunctionDef)
        assert capture(waits).text.startswith("async def waits")
        assert isinstance(capture(yields).tree, ast.FunctionDef)

    def test_future_features_of_the_file(self, load):
        loaded = load("""\
            from __future__ import annotations
            def f(x: Unknown) -> Unknown:
                def g(y: Unknown):
                    return y
                return g(x)
            """)
        assert capture(loaded.f).tree.name == "f"

    def test_warnings_of_the_source_are_not_repeated(self, cell, recwarn):
        with pytest.warns():
            f = cell(r"def f(x): return x, '\d', x is 1").f
        recwarn.clear()
        assert capture(f).tree.name == "f"
        assert not recwarn.list

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters")
    def test_type_parameters(self, load):
        assert capture(load("def f[T](x: T) -> T:\n    return x\n").f).tree.name == "f"


class Model:
    scale = 3.0

    def method(self, x):
        return self.scale * x

    @classmethod
    def of_class(cls, x):
        return cls.scale * x

    @staticmethod
    def static(x):
        return 2 * x

    @property
    def size(self):
        return self.scale + 1

    def __call__(self, x):
        return self.method(x)

    def private(self, __x, *, __k=1):
        return __x * __k


class TestMethods:
    @pytest.mark.parametrize(
        ("fn", "name"),
        [
            (Model.method, "method"),
            (Model().method, "method"),
            (Model.of_class, "of_class"),
            (Model().of_class, "of_class"),
            (Model.static, "static"),
            (Model.__dict__["static"], "static"),
            (Model.__dict__["of_class"], "of_class"),
            (Model.size.fget, "size"),
            (Model(), "__call__"),
            (Model.private, "private"),
        ],
    )
    def test_function_behind(self, fn, name):
        source = capture(fn)
        assert source.tree.name == name
        assert source.text.startswith(f"def {name}(")
        assert source.qualname == f"Model.{name}"
        assert stands_where_it_says(source)

    def test_private_names_in_a_class(self, load):
        loaded = load("class A:\n    def f(self, __x):\n        return __x + self.__y\n")
        assert capture(loaded.A.f).tree.name == "f"

    def test_lambda_as_a_method(self, load):
        assert capture(load("class A:\n    f = lambda self, x: x\n").A().f).text == "lambda self, x: x"

    def test_method_of_a_method(self):
        assert underlying(MethodType(MethodType(plain, 1), 2)) is plain

    def test_mock_attributes_are_not_believed(self):
        class Anything:
            def __getattr__(self, name):
                return SimpleNamespace()

            def __call__(self, x):
                return x

        assert capture(Anything()).tree.name == "__call__"


def twice(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)

    return wrapper


def registered(f):
    return f


def configured(*_settings):
    return registered


class TestDecorators:
    def test_what_the_decorator_made_is_captured(self):
        @twice
        def f(x):
            return x

        source = capture(f)
        assert source.tree.name == "wrapper"
        assert source.function is f
        assert free_names(source).cells == ("f",)

    def test_decorator_that_returns_its_function(self):
        @registered
        @configured(
            1,
            lambda q: q,
        )
        def f(x):
            return x

        source = capture(f)
        assert source.tree.name == "f"
        assert source.text == "def f(x):\n    return x\n"
        assert source.first_line == source.code.co_firstlineno + 5
        assert stands_where_it_says(source)

    def test_lambda_in_a_decorator(self):
        kept = []

        @configured(kept.append(lambda q: q + 1))
        def f(x):
            return x

        assert capture(kept[0]).text == "lambda q: q + 1"
        assert capture(f).tree.name == "f"

    def test_cached_function_is_not_taken_for_the_plain_one(self):
        @functools.lru_cache
        def f(x):
            return x

        error = refused(f)
        assert "a decorator made it a _lru_cache_wrapper" in error.what
        assert "f.__wrapped__" in error.hint
        assert capture(f.__wrapped__).tree.name == "f"


class TestCaching:
    def test_what_is_asked_for_is_parsed_once(self, load, monkeypatch):
        loaded = load("".join(f"def f{i}(x):\n    return x + {i}\n" for i in range(100)))
        parsed = []
        monkeypatch.setattr(module.ast, "parse", lambda *a, parse=ast.parse: parsed.append(a) or parse(*a))
        trees = [capture(getattr(loaded, f"f{i}")).tree for i in (*range(100), *range(100))]
        assert [t.name for t in trees] == [f"f{i}" for i in (*range(100), *range(100))]
        assert [text.strip().count("\n") for text, _ in parsed] == [1] * 100

    def test_a_function_is_found_among_lines_that_mislead(self, load):
        """Lines at the margin within a statement: all is parsed where a part does not tell."""
        text = """
def documented(x):
    '''What
it does:
def documented(x): return 0
'''
    return x * 2

def passed(f=None, **more): return f if f else passed

@passed
@passed(
    f=passed
)
@passed
@passed
def decorated(x):
    return x * 3

table = {
    "a": lambda x: x * 4,
"b": lambda x: (
x * 5
),
}

if table:
    def chosen(x):
        return x * 6
else:
    def chosen(x):
        return x * 7

if not table:
    pass
else:
    def otherwise(x):
        return x * 8
"""
        loaded = load(text)
        functions = (
            loaded.documented, loaded.decorated, *loaded.table.values(), loaded.chosen, loaded.otherwise,
        )  # fmt: skip
        trees = [capture(f).tree for f in functions]
        assert [ast.unparse(t).split("x *")[-1].strip() for t in trees] == list("234568")
        assert [t.lineno for t in trees] == [2, 17, 21, 22, 28, 37]

    def test_shared_tree(self):
        assert capture(plain).tree is capture(plain).tree

    def test_cached_capture_is_fast(self):
        capture(textwrap.wrap)
        assert min(timeit.repeat(lambda: capture(textwrap.wrap), number=20, repeat=5)) / 20 < 1e-3

    def test_key(self, load):
        def make(c):
            return lambda x: x * c

        assert source_key(make(1)) == source_key(make(2))
        assert hash(source_key(make(1))) == hash(source_key(make(2)))
        assert source_key(Model().method) == source_key(Model.method)
        assert source_key(load("f = lambda x: 1\n").f) != source_key(load("f = lambda x: 1.0\n").f)
        assert source_key(load("f = lambda x: 1\n", "a").f) != source_key(load("f = lambda x: 1\n", "b").f)

    def test_key_outlives_many_calls(self, load):
        f, g = (load("def f(x):\n    return x[0] + len(x)\n").f for _ in range(2))
        for _ in range(1000):
            f([1.0])
        assert source_key(f) == source_key(g)


def reads_globals(x):
    def inner(y):
        return np_like.sin(y) + len(x)  # noqa: F821

    class Local:
        attribute = scale  # noqa: F821
        other = attribute

    global counter
    counter = 1
    return [inner(v) * factor for v in x]  # noqa: F821


class TestFreeNames:
    def test_cells(self):
        a, b = 1, 2

        def f(x):
            return lambda: a + b + x

        assert free_names(capture(f)) == FreeNames(("a", "b"), ())
        assert free_names(capture(f(1))) == FreeNames(("a", "b", "x"), ())

    def test_globals(self):
        names = free_names(capture(reads_globals)).globals
        assert set(names) - {"__name__"} == {"np_like", "len", "scale", "counter", "factor"}

    def test_attributes_and_locals_are_none(self, load):
        loaded = load("def f(x):\n    y = x.size\n    return y.sin(g(y), g(x))\n")
        assert free_names(capture(loaded.f)) == FreeNames((), ("g",))


class TestNumba:
    @pytest.fixture
    def numba(self):
        return pytest.importorskip("numba")

    def test_njit(self, numba):
        @numba.njit
        def f(x):
            return x * 2

        source = capture(f)
        assert source.text == "def f(x):\n    return x * 2\n"
        assert source.function is f.py_func

    def test_njit_with_options_and_lambda(self, numba):
        f = numba.njit(cache=False, fastmath=True)(lambda x: x * 2)
        assert capture(f).text == "lambda x: x * 2"
        assert source_key(f) == source_key(f.py_func)

    def test_vectorize_is_not_its_scalar_function(self, numba):
        @numba.vectorize
        def f(x):
            return x * 2

        assert "DUFunc" in refused(f).what
        assert capture(f.__wrapped__).tree.name == "f"

    def test_anything_with_a_python_function(self):
        assert underlying(SimpleNamespace(py_func=plain)) is plain


def test_a_source_is_immutable():
    with pytest.raises(AttributeError):
        capture(plain).text = ""


def test_numba_is_not_imported():
    tree = ast.parse(inspect.getsource(module))
    froms = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    ours = {name for name in froms + names if name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {"zygote_nb.dataclass", "zygote_nb.errors", "zygote_nb.frontend.files"}
