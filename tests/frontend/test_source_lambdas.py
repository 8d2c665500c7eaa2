"""Lambdas: several on a line, one in another, over several lines."""

import ast
import functools

import pytest

from tests.frontend import sources
from tests.frontend.sources import refused, stands_where_it_says, written
from zygote_nb.frontend import source as module
from zygote_nb.frontend.source import capture, free_names


@pytest.fixture
def load(tmp_path):
    """Imports a file of the given text."""
    return functools.partial(sources.load, tmp_path)


def identity(f):
    return f


class TestLambdas:
    def test_alone(self):
        f = lambda x: x * 2
        source = capture(f)
        assert isinstance(source.tree, ast.Lambda)
        assert source.text == "lambda x: x * 2"
        assert stands_where_it_says(source)

    def test_several_on_a_line(self):
        fs = [lambda x: x * 2, lambda x: x * 3, lambda x: x * 2, lambda x, y: x]
        sources = list(map(capture, fs))
        assert [s.text for s in sources] == ["lambda x: x * 2", "lambda x: x * 3", "lambda x: x * 2", "lambda x, y: x"]
        assert len({s.tree.col_offset for s in sources}) == 4

    def test_constants_of_several_types_on_a_line(self):
        # fmt: off
        fs = [lambda: 1, lambda: 1.0, lambda: True, lambda: None, lambda: -0.0, lambda: 0.0, lambda: (1, 2), lambda: (1.0, 2)]  # noqa: E501
        # fmt: on
        expected = ["1", "1.0", "True", "None", "-0.0", "0.0", "(1, 2)", "(1.0, 2)"]
        assert [capture(f).text for f in fs] == [f"lambda: {e}" for e in expected]

    def test_one_in_another(self):
        f = lambda x: lambda y: lambda z: x * y * z
        assert capture(f).text == "lambda x: lambda y: lambda z: x * y * z"
        assert capture(f(1)).text == "lambda y: lambda z: x * y * z"
        assert capture(f(1)(2)).text == "lambda z: x * y * z"

    def test_one_called_in_another(self):
        f = lambda x: (lambda x: x + 1)(x) * (lambda x: x + 2)(x)
        assert capture(f).text == "lambda x: (lambda x: x + 1)(x) * (lambda x: x + 2)(x)"

    def test_one_as_the_default_of_another(self):
        f = lambda x, g=lambda x: x: g(x)
        assert capture(f).text == "lambda x, g=lambda x: x: g(x)"
        assert capture(f.__defaults__[0]).text == "lambda x: x"

    def test_over_several_lines(self):
        f = identity(
            lambda x: (
                x
                + 1
            )
        )  # fmt: skip
        source = capture(f)
        assert source.text == "lambda x: (\n    x\n    + 1\n)"
        assert stands_where_it_says(source)

    def test_body_begins_on_the_next_line(self):
        fs = [
            lambda x:
                x + 1, lambda x:
                x + 2,
        ]  # fmt: skip
        assert written(fs[0]) == "lambda x: x + 1"
        assert written(fs[1]) == "lambda x: x + 2"

    def test_among_the_arguments_of_a_call(self):
        f, g = sorted([lambda x: x.real, lambda x: x.imag], key=lambda f: f(1 + 2j))
        assert (capture(f).text, capture(g).text) == ("lambda x: x.real", "lambda x: x.imag")

    def test_with_a_branch(self):
        fs = [lambda x: 1 if x else 2, lambda x: (x and None) or 3, lambda x: [i for i in x], lambda x: (yield)]
        assert [capture(f).tree.col_offset for f in fs] == sorted({capture(f).tree.col_offset for f in fs})
        assert capture(fs[1]).text == "lambda x: (x and None) or 3"
        assert capture(fs[2]).text == "lambda x: [i for i in x]"

    def test_in_a_comprehension(self):
        fs = [lambda x: x * i for i in range(3)]
        assert {capture(f).text for f in fs} == {"lambda x: x * i"}
        assert free_names(capture(fs[0])).cells == ("i",)

    def test_beside_a_def(self, load):
        loaded = load("def f(x): return (lambda x: x)\ng = lambda x: f(x)\n")
        assert capture(loaded.f).tree.name == "f"
        assert capture(loaded.f(1)).text == "lambda x: x"


class TestWithoutColumns:
    @pytest.fixture
    def loaded(self, load, monkeypatch):
        """Lambdas that carry no columns, as under PYTHONNODEBUGRANGES."""
        monkeypatch.setattr(module, "_spans", lambda code: [])
        return load("""\
            fs = [lambda x: x + 1, lambda x: x + 2]
            gs = [(lambda x: x + c) for c in [1]] + [(lambda x: x - c) for c in [1]]
            """)

    def test_told_apart_by_what_they_do(self, loaded):
        assert [capture(f).text for f in loaded.fs] == ["lambda x: x + 1", "lambda x: x + 2"]

    def test_refused_otherwise(self, loaded):
        error = refused(loaded.gs[0])
        assert "several lambdas" in error.what
        assert (error.lineno, error.hint) == (2, "Write one lambda a line, or use def.")
