"""What can't be done is refused with the user's line, never answered with a number."""

import asyncio
import inspect
import linecache
import os

import numpy as np
import pytest

import zygote_nb as zg

X = np.array([0.7, -1.2, 0.4])


def refusal(f, *args, error: type[zg.ZygoteError] = zg.ZygoteError) -> zg.ZygoteError:
    """The error, which must tell file, line and caret, and leave the next call working."""
    with pytest.raises(error) as caught:
        zg.gradient(f, *args)
    assert zg.gradient(lambda x: x * x, 0.5) == (1.0,)
    return caught.value


def points_at(error: zg.ZygoteError, f, text: str) -> None:
    """The error names this file and the line of `f` that holds `text`, and shows it with a caret."""
    lines, first = inspect.getsourcelines(f)
    offset = next(i for i, line in enumerate(lines) if text in line)
    assert os.path.samefile(error.filename, __file__)
    assert error.lineno == first + offset
    assert error.col_offset is not None
    assert error.col_offset >= 0
    message = str(error)
    assert text in message
    assert "^" in message
    assert str(first + offset) in message


def test_a_vector_result_names_its_type_and_shape_and_the_way_out() -> None:
    error = refusal(lambda x: x * 2.0, X, error=zg.ScalarOutputError)
    assert "(3,)" in str(error)
    assert "pullback" in str(error)
    error = refusal(lambda x: x[:1], X, error=zg.ScalarOutputError)
    assert "1-d float64 array" in str(error)
    error = refusal(lambda x: (x[0], 1.0), X, error=zg.ScalarOutputError)
    assert "tuple" in str(error)


def test_a_complex_result() -> None:
    refusal(lambda x: x * 1j, 0.5)


def test_a_function_without_rule_and_without_source() -> None:
    def f(x):
        y = x * x
        return np.sum(np.busday_count("2011-01", "2011-02") * np.asmatrix(y))

    points_at(refusal(f, X, error=zg.NoRuleError), f, "np.asmatrix")


def test_a_builtin_itself() -> None:
    with pytest.raises(zg.ZygoteError):
        zg.gradient(np.roots, X)


def test_a_function_typed_where_no_source_is_kept() -> None:
    names: dict = {}
    exec("def f(x):\n    return x * x\n", names)
    error = refusal(names["f"], 0.5, error=zg.SourceNotFoundError)
    assert "f" in str(error)


def test_a_callee_without_source() -> None:
    names: dict = {}
    exec("def g(x):\n    return x * x\n", names)
    g = names["g"]

    def f(x):
        return 2.0 * g(x)

    refusal(f, 0.5)


def test_source_known_to_linecache_only() -> None:
    source = "def f(x):\n    return x * x\n"
    linecache.cache["<typed>"] = (len(source), None, source.splitlines(keepends=True), "<typed>")
    names: dict = {}
    exec(compile(source, "<typed>", "exec"), names)
    assert zg.gradient(names["f"], 0.5) == (1.0,)


def test_async_functions() -> None:
    async def f(x):
        await asyncio.sleep(0)
        return x * x

    refusal(f, 0.5)


def test_code_run_from_text() -> None:
    def f(x):
        exec("x = x * 2.0")
        return x * x

    refusal(f, 0.5)


def test_generators_as_results() -> None:
    def f(x):
        yield x * x

    refusal(f, 0.5)


def test_object_and_structured_arrays() -> None:
    with pytest.raises(zg.ZygoteError):
        zg.gradient(lambda x: x[0] * x[1], np.array([0.5, 2], dtype=object))
    with pytest.raises(zg.ZygoteError):
        zg.gradient(lambda x: np.sum(x), np.ma.array([0.5, 2.0], mask=[True, False]))


def test_the_wrong_number_of_arguments_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        zg.gradient(lambda x, y: x * y, 0.5)


def test_a_refused_argument_is_unchanged() -> None:
    def f(x):
        x *= 2.0
        return np.sum(np.roots(x))

    x = X.copy()
    with pytest.raises(zg.ZygoteError):
        zg.gradient(f, x)
    assert np.array_equal(x, X)


def test_what_cannot_be_compiled_is_a_compile_error_with_the_reason() -> None:
    def f(x):
        return np.sum(x * x)

    half = X.astype(np.float16)
    with zg.options(backend="numba"), pytest.raises(zg.CompileError, match="float16"):
        zg.gradient(f, half)
    with zg.options(backend="auto"):
        (g,) = zg.gradient(f, half)
    assert g.dtype == np.float16
    assert np.allclose(g, 2 * half)


def test_all_errors_are_of_the_family() -> None:
    for name in (
        "UnsupportedSyntaxError",
        "NoRuleError",
        "ScalarOutputError",
        "SourceNotFoundError",
        "CompileError",
        "GradientCheckError",
    ):
        assert issubclass(getattr(zg, name), zg.ZygoteError)


def test_check_grads_notices_a_wrong_rule() -> None:
    def cube(x):
        return x**3

    @zg.rrule(cube)
    def rule(x):
        return x**3, lambda dy: 2.0 * x * x * dy

    with pytest.raises(zg.GradientCheckError):
        zg.check_grads(lambda x: cube(x) * x, 0.7, modes=("reverse",))
    zg.check_grads(lambda x: np.sin(x) * x, 0.7, modes=("reverse",))


def test_an_operation_that_fails_for_all_values_says_how() -> None:
    def by_text(x, y):
        return np.sin(x) * y

    error = refusal(by_text, 0.5, "a")
    points_at(error, by_text, "np.sin(x) * y")
    assert "str" in str(error)


def test_a_lambda_is_called_a_lambda() -> None:
    with pytest.raises(zg.ScalarOutputError, match="the lambda returns a 1-d float64 array"):
        zg.gradient(lambda x: x * 2.0, X)


def test_a_division_by_zero_is_that_of_the_plain_call() -> None:
    def by_zero(x):
        return x / 0

    with pytest.raises(ZeroDivisionError):
        zg.gradient(by_zero, 0.5)


def test_a_sum_that_may_be_of_no_arrays() -> None:
    def f(x, n):
        return np.sum(sum(x * k for k in range(n)))

    error = refusal(f, X, 3)
    points_at(error, f, "sum(x * k")
    assert "np.zeros" in error.hint
