"""Control: the path that was taken, as often as it was taken, each operand evaluated at most once."""

import math
import sys

import numba
import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, check_or_refused, fails

X = np.array([0.7, -1.2, 0.4, 2.1])


# ---- loops


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_zero_or_few_iterations(n: int) -> None:
    def f(x, n):
        s = x
        for i in range(n):
            s = s * x + i
        k = n
        while k > 0:
            s = np.sin(s)
            k -= 1
        return s

    check(f, 0.7, n)


@pytest.mark.parametrize(
    "bounds", [(0, 4, 1), (3, -1, -1), (3, -1, -2), (0, 4, 3), (2, 2, 1), (4, 0, 1), (0, 4, -1), (1, 4, 2)]
)
def test_any_range(bounds: tuple[int, int, int]) -> None:
    def f(x, start, stop, step):
        s = x[0]
        for i in range(start, stop, step):
            s = np.sin(s * x[i] + 0.1 * i)
            x[i] = s * x[i]
        return s + np.sum(x)

    check(f, X, *bounds)


def test_a_step_of_zero_raises_as_in_python() -> None:
    def f(x, step):
        s = 0.0
        for i in range(0, 3, step):
            s += x * i
        return s

    fails(f, 0.7, 0, error=ValueError)


def test_the_loop_variable_after_the_loop() -> None:
    def f(x):
        for i in range(3):
            x = x * x
        return x * i

    check(f, 0.9)


def test_an_element_variable_after_the_loop() -> None:
    def f(x):
        for t in x:
            s = t * t
        return s * t

    (g,) = check(f, X)
    assert np.allclose(g, [0, 0, 0, 3 * X[3] ** 2])


def test_the_loop_variable_before_and_after_an_empty_loop() -> None:
    def f(x, n):
        i = 2.0
        for i in range(n):
            x = x * x
        return x * i

    check_or_refused(f, 0.9, 0)
    check_or_refused(f, 0.9, 3)


def test_the_loop_variable_reassigned() -> None:
    def f(x):
        s = x
        for i in range(4):
            i = i + 2
            s = s * x + i * x
        return s * i

    check(f, 0.7)


def test_an_element_variable_reassigned() -> None:
    def f(x):
        s = 0.0
        for t in x:
            t = t * t
            t += 1.0
            s += t * t
        return s

    check(f, X)


def test_bounds_are_those_at_entry() -> None:
    def f(x, n):
        s = x
        for i in range(n):
            n = n - 1
            s = s * x + n
        return s * (n + 2.0)

    check(f, 0.7, 4)


def test_a_length_read_before_the_list_grows() -> None:
    def f(x):
        items = [x, x * x]
        for i in range(len(items)):
            items.append(items[i] * x)
        return items[-1] + items[2]

    check(f, 0.7)


def test_a_list_that_grows_while_it_is_looped_over() -> None:
    def f(x):
        items = [x]
        s = 0.0
        for t in items:
            s += t * t
            if len(items) < 4:
                items.append(t * x)
        return s

    check_or_refused(f, 0.7)


def test_an_array_written_while_it_is_looped_over() -> None:
    def f(x):
        y = x * 1.0
        s = 0.0
        i = 0
        for t in y:
            i += 1
            if i < 4:
                y[i] *= t
            s += t * t
        return s

    check(f, X)


def test_an_array_rebound_while_it_is_looped_over() -> None:
    def f(x):
        s = 0.0
        for t in x:
            x = x * 2.0
            s += t * x[0]
        return s

    check(f, X)


def test_a_while_loop_driven_by_floats() -> None:
    def f(x, limit):
        n = 0
        while x < limit:
            x = 1.3 * x + 0.1
            n += 1
        return x * n

    check(f, 0.7, 6.0)


def test_a_while_loop_whose_condition_calls() -> None:
    def far(x, a):
        return abs(x * x - a) > 1e-12

    def f(a):
        x = a
        while far(x, a):
            x = 0.5 * (x + a / x)
        return x

    assert check(f, 2.0)[0] == pytest.approx(0.5 / math.sqrt(2))


def test_nested_loops_of_varying_length() -> None:
    def f(x):
        s = 0.0
        for i in range(4):
            t = x[i]
            for j in range(i):
                t = np.sin(t * x[j]) + s
                k = j
                while k > 0:
                    t *= 0.9 + 0.1 * x[k]
                    k -= 1
            s += t * t
        return s

    check(f, X, compile=True)


def test_a_loop_over_rows_and_their_elements() -> None:
    def f(A):
        s = 1.0
        for row in A:
            for t in row:
                s = np.sin(s) + t * t * s
        return s

    check(f, X.reshape(2, 2))


def test_zip_stops_at_the_shortest() -> None:
    def f(x, y):
        s = 1.0
        for a, b in zip(x, y):
            s = s * a + b
        return s

    gx, _gy = check(f, X, X[:2] + 1)
    assert np.array_equal(gx[2:], [0, 0])


def test_enumerate_with_a_start() -> None:
    def f(x):
        s = 0.0
        for i, t in enumerate(x, 2):
            s += t**i
        return s

    check(f, X)


def test_enumerate_of_zip() -> None:
    def f(x, y):
        s = 0.0
        for i, (a, b) in enumerate(zip(x, y)):
            s += (i + 1) * a * np.sin(b)
        return s

    check(f, X, X[::-1] * 0.5)


def test_reversed_range_and_array() -> None:
    def f(x):
        s = 0.0
        for i in reversed(range(1, 4)):
            s = s * x[i] + x[0]
        for t in reversed(x):
            s = s * t + 1.0
        return s

    check(f, X)


# ---- leaving


@pytest.mark.parametrize("limit", [-1.0, 0.5, 1.5, 9.0])
def test_break(limit: float) -> None:
    def f(x, limit):
        s = 0.1
        for t in x:
            s += t * t
            if s > limit:
                s *= t
                break
            s = s * 1.1
        return s * s

    check(f, X, limit)


@pytest.mark.parametrize("limit", [-2.0, 0.5, 9.0])
def test_continue(limit: float) -> None:
    def f(x, limit):
        s = 1.0
        for i in range(len(x)):
            if x[i] < limit:
                s *= 1.1
                continue
            s = s * x[i] + i
        return s * x[0]

    check(f, X, limit)


@pytest.mark.parametrize("limit", [-1.0, 0.3, 0.6, 2.0, 99.0])
def test_return_inside_two_loops(limit: float) -> None:
    def f(x, limit):
        s = 0.2
        for i in range(4):
            for j in range(i + 1):
                s += x[i] * x[j] * 0.5
                if abs(s) > limit:
                    return s * x[j]
            s *= 1.1
        return s * s

    check(f, X, limit)


@pytest.mark.parametrize("limit", [-1.0, 0.3, 0.6, 2.0, 99.0])
def test_break_and_continue_in_two_loops(limit: float) -> None:
    def f(x, limit):
        s = 0.2
        i = 0
        while i < 4:
            i += 1
            for j in range(i):
                if j == 1:
                    continue
                s += x[j] * s
                if abs(s) > limit:
                    break
            else:
                s += x[0]
                continue
            s *= 0.5
            if i == 3:
                break
        return s * s

    check(f, X, limit)


@pytest.mark.parametrize("limit", [0.5, 5.0])
def test_for_else(limit: float) -> None:
    def f(x, limit):
        for t in x:
            if t > limit:
                y = t * t
                break
        else:
            y = x[0] * limit
        return y * x[1]

    check(f, X, limit)


@pytest.mark.parametrize("limit", [0.5, 50.0])
def test_while_else(limit: float) -> None:
    def f(x, limit):
        n = 0
        while n < 4:
            x = x * x + 0.5
            n += 1
            if x > limit:
                break
        else:
            x = 3.0 * x
        return x + n

    check(f, 0.7, limit)


def test_else_of_a_loop_that_never_ran() -> None:
    def f(x, n):
        for i in range(n):
            x = x * i
        else:
            x = x * x
        while n > 9:
            break
        else:
            x += 1.0
        return x * x

    check(f, 0.7, 0)


def test_code_after_return_is_dead() -> None:
    def f(x):
        return x * x
        x = 5.0
        return x

    assert check(f, 0.7)[0] == pytest.approx(1.4)


@pytest.mark.parametrize("x", [-0.7, 0.2, 1.7])
def test_early_returns_on_several_paths(x: float) -> None:
    def f(x, y):
        if x < 0.0:
            return y * x
        y = y * y
        if x > 1.0:
            y += x
            if y > 3.0:
                return y
            return x * x * y
        return np.sin(x) * y

    check(f, x, 1.3)


def test_returns_of_different_kinds() -> None:
    def f(x):
        if x > 0.0:
            return x * x
        return 0

    check(f, 0.7, compiles=False)
    assert zg.gradient(f, -0.7)[0] == 0.0


# ---- conditions


@pytest.mark.parametrize("x", [-0.3, 0.3, 1.3])
def test_chained_comparison(x: float) -> None:
    def f(x):
        if 0.0 < x < 1.0:
            return x * x
        return 3.0 * x

    check(f, x)


def counted(counter, value):
    counter[0] += 1.0
    return value


@pytest.mark.parametrize("x", [-0.3, 0.3, 1.3])
def test_each_comparand_is_evaluated_at_most_once(x: float) -> None:
    def f(x):
        counter = np.zeros(1)
        y = x * x if 0.0 < counted(counter, x) < counted(counter, 1.0) else np.sin(x)
        return y + 100.0 * counter[0] * x

    (g,) = check(f, x)
    calls = 1 if x < 0 else 2
    assert g == pytest.approx((2 * x if 0 < x < 1 else math.cos(x)) + 100 * calls)


@pytest.mark.parametrize(("a", "b"), [(0.0, 0.7), (0.5, 0.7), (0.5, 0.0)])
def test_and_or_give_the_chosen_operand(a: float, b: float) -> None:
    def f(a, b):
        return (a and b * b) + 2.0 * (a or b * 3.0) + (not a)

    ga, gb = zg.gradient(f, a, b)
    chosen_a = 0.0 if a else 1.0
    assert ga == pytest.approx(chosen_a + 2.0 * (1.0 if a else 0.0))
    assert gb == pytest.approx((2 * b if a else 0.0) + (0.0 if a else 6.0))


def test_and_or_evaluate_at_most_once_and_stop_early() -> None:
    def f(x):
        counter = np.zeros(1)
        y = counted(counter, x) > 5.0 and counted(counter, x) > 0.0
        z = counted(counter, x) > 0.0 or counted(counter, x) > 1.0
        s = counter[0] * x
        if y or not z:
            s *= 2.0
        return s

    assert check(f, 0.7)[0] == pytest.approx(2.0)


@pytest.mark.parametrize("x", [-0.7, 0.7])
def test_ternary_evaluates_the_chosen_side_only(x: float) -> None:
    def f(x):
        counter = np.zeros(1)
        y = counted(counter, x * x) if x > 0.0 else math.exp(x)
        return y + counter[0] * x

    check(f, x)


def test_nested_ternary_and_not() -> None:
    def f(x, y):
        return (x if not x > y else y) * (x * x if x > 1.0 else y * y if y > 1.0 else x * y)

    check(f, 0.3, 0.8)
    check(f, 0.3, 1.8)
    check(f, 1.3, 0.8)


def test_a_branch_that_would_fail_is_not_taken() -> None:
    def f(x):
        return math.log(x) if x > 0.0 else 2.0 * x

    assert check(f, -0.7)[0] == 2.0


def test_a_condition_on_the_counter_and_one_on_data() -> None:
    def f(x):
        s = 0.5
        for i in range(6):
            if (i % 2 == 0 and s < 1.0) or i == 5:
                s += x * s
            elif i % 3 == 0:
                s = np.sin(s)
            else:
                s -= 0.3 * x
        return s

    check(f, 0.7)


def test_a_condition_whose_operands_change_in_the_branch() -> None:
    def f(x, y):
        for _ in range(4):
            if x > y:
                x, y = y, x * 0.9
            else:
                y = y - 0.4 * x
        return x * y

    check(f, 0.7, 1.3)


def test_a_condition_that_its_own_branch_changes() -> None:
    """The way back once took the branch by the value that the branch had left."""

    def f(x):
        s, before = 0.0, True
        for v in x:
            if before:
                before = v < 1
            if not before:
                s += v * v
        return s

    check(f, np.array([0.7, -1.2, 0.4, 2.1, 0.3]))


# ---- bound or not


def test_a_name_bound_on_one_path_only() -> None:
    def f(x):
        if x > 1.0:
            y = x * x
        return y * x

    check(f, 1.7)
    fails(f, 0.7, error=UnboundLocalError)


def test_a_name_bound_in_a_loop_that_did_not_run() -> None:
    def f(x, n):
        for _ in range(n):
            y = x * x
        return y

    check(f, 1.7, 2)
    fails(f, 0.7, 0, error=UnboundLocalError)


def test_a_loop_variable_never_bound() -> None:
    def f(x, n):
        for i in range(n):
            x = x * x
        return x * i

    fails(f, 0.7, 0, error=UnboundLocalError)


# ---- known to be wrong in other tools


def test_a_product_with_a_zero_factor() -> None:
    def f(x):
        p = 1.0
        for i in range(len(x)):
            p *= x[i]
        return p

    (g,) = check(f, np.array([0.5, 0.0, 2.0]))
    assert np.array_equal(g, [0.0, 1.0, 0.0])


def test_a_quotient_by_a_sum_from_a_loop() -> None:
    def f(x):
        norm = 0.0
        for t in x:
            norm += t * t
        s = 0.0
        for i in range(len(x)):
            s += i * x[i] / norm
        return s / norm + norm

    check(f, X)


def test_a_value_from_before_a_loop_used_after_it() -> None:
    def f(x):
        first = x * x
        y = x
        for _ in range(3):
            y = y * x
            x = np.sin(y)
        return first * x + y

    check(f, 0.7)


def test_a_value_of_the_previous_iteration() -> None:
    def f(x):
        last = 1.0
        s = 0.0
        for t in x:
            s += t * last
            last = t * t
        return s * last

    check(f, X)


# ---- functions


def test_arguments_by_position_keyword_and_default() -> None:
    def g(x, y=2.0, *, z=3.0):
        return x * y + z * z * x

    def f(x, y):
        return g(x) + g(x, y) * g(y=x, x=y) + g(x, z=y)

    check(f, 0.7, 1.3)


def test_keyword_arguments_of_the_call() -> None:
    def f(x, k=2, scale=1.0):
        return scale * x**k

    assert check(f, 0.7, kwargs={"k": 3, "scale": 2.0})[0] == pytest.approx(6 * 0.49)


def test_a_result_computed_and_thrown_away() -> None:
    def g(x):
        return x * 3.0

    def f(x):
        g(x)
        y = g(x * x)
        y = g(x)
        return y

    assert check(f, 0.7)[0] == pytest.approx(3.0)


def test_a_callee_with_an_early_return_in_a_loop() -> None:
    def first(x, limit):
        for i in range(len(x)):
            if x[i] > limit:
                return x[i] * limit
        return limit * limit

    def f(x):
        s = 0.0
        for k in range(4):
            s += first(x, 0.5 * k) * x[k]
        return s

    check(f, X)


def test_a_callee_with_loops_called_in_a_loop() -> None:
    def step(x, n):
        for _ in range(n):
            x = np.sin(x) + 0.1 * x * x
        return x

    def f(x):
        for n in range(4):
            x = step(x, n) * step(x, 2)
        return x

    check(f, 0.7, compile=True)


def test_a_callee_that_returns_several_values() -> None:
    def g(x, y):
        return x * y, (x + y, x / y)

    def f(x, y):
        p, (q, r) = g(x, y)
        t = g(p, q)
        return t[0] * t[1][1] + r

    check(f, 0.7, 1.3)


def twice(g, x):
    return g(g(x))


def test_a_function_as_argument() -> None:
    check(lambda x, g: twice(np.sin, x) * twice(counted_square, x) + twice(g, x), 0.7, counted_square)


def counted_square(x):
    return x * x * 0.5


def test_a_lambda_as_argument() -> None:
    def f(x):
        return twice(lambda t: t * x, x)

    check_or_refused(f, 0.7)


def fib(n, x):
    if n < 2:
        return x**n
    return fib(n - 1, x) + x * fib(n - 2, x)


def even(n, x):
    if n == 0:
        return x
    return odd(n - 1, np.sin(x))


def odd(n, x):
    if n == 0:
        return x * x
    return even(n - 1, x * 1.1)


def halves(x):
    if len(x) == 1:
        return x[0] * x[0]
    m = len(x) // 2
    return halves(x[:m]) * x[-1] + halves(x[m:])


def depth(x, n):
    if n == 0:
        return x
    return 0.5 * depth(x, n - 1) + x


def test_double_recursion() -> None:
    check(lambda x: fib(7, x), 0.7)


@pytest.mark.parametrize("n", [0, 3, 4])
def test_mutual_recursion(n: int) -> None:
    check(lambda x: even(n, x), 0.7)


def test_recursion_in_a_loop() -> None:
    def f(x):
        s = 0.0
        for n in range(5):
            s += fib(n, x) * x
        return s

    check(f, 0.7)


def test_recursion_on_slices() -> None:
    check(halves, np.arange(1.0, 8.0) / 4)


def fill(x, i, a):
    if i < len(x):
        x[i] = x[i - 1] * a
        fill(x, i + 1, a * a)


def test_recursion_that_writes() -> None:
    def f(x, a):
        y = x * x
        fill(y, 1, a)
        return np.sum(y * y)

    check(f, X, 0.9)


def test_recursion_as_deep_as_the_plain_call() -> None:
    deep = sys.getrecursionlimit() // 3
    (g,) = zg.gradient(lambda x: depth(x, deep), 0.7)
    assert g == pytest.approx(2.0)


def test_recursion_without_end_is_a_recursion_error() -> None:
    fails(lambda x: depth(x, -1), 0.7, error=RecursionError)


# ---- closures and globals

SCALE = 2.0
TABLE = np.array([1.0, 2.0, 3.0, 4.0])


def test_globals_are_read_anew_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        return SCALE * x * x + np.sum(TABLE * x)

    assert check(f, 0.5)[0] == pytest.approx(12.0)
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 5.0)
    assert check(f, 0.5)[0] == pytest.approx(15.0)
    monkeypatch.setitem(globals(), "TABLE", np.ones(2))
    assert check(f, 0.5)[0] == pytest.approx(7.0)


def test_a_global_that_changes_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        return np.sum(SCALE * x)

    assert zg.gradient(f, 0.5) == (2.0,)
    monkeypatch.setitem(globals(), "SCALE", np.array([1.0, 2.0]))
    assert zg.gradient(f, 0.5) == (3.0,)
    monkeypatch.setitem(globals(), "SCALE", 4)
    assert zg.gradient(f, 0.5) == (4.0,)


def test_a_callee_that_is_redefined(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x):
        return fib(2, x)

    before = zg.gradient(f, 0.5)
    monkeypatch.setitem(globals(), "fib", lambda n, x: 7.0 * x)
    assert zg.gradient(f, 0.5) == (7.0,) != before


def test_a_closure_reads_its_cell_when_called() -> None:
    a = 2.0

    def f(x):
        return a * x * x

    assert zg.gradient(f, 0.5) == (2.0,)
    a = 3.0
    assert zg.gradient(f, 0.5) == (3.0,)


def test_a_captured_array_that_changes_later() -> None:
    w = np.array([1.0, 2.0])

    def f(x):
        return np.sum(w * x)

    assert zg.gradient(f, 0.5) == (3.0,)
    w[0] = 9.0
    assert zg.gradient(f, 0.5) == (11.0,)


def test_late_and_early_binding_of_a_loop_variable() -> None:
    def f(x):
        late, early = [], []
        for k in range(1, 4):
            late.append(lambda t: t * k)
            early.append(lambda t, k=k: t * k)
        return late[0](x) * early[0](x)

    check_or_refused(f, 0.7)


def test_functions_made_with_a_late_loop_variable_outside() -> None:
    late = [lambda t: t * k for k in (1.0, 2.0, 3.0)]
    early = [lambda t, k=k: t * k for k in (1.0, 2.0, 3.0)]
    assert [zg.gradient(g, 0.5)[0] for g in late] == [3.0, 3.0, 3.0]
    assert [zg.gradient(g, 0.5)[0] for g in early] == [1.0, 2.0, 3.0]


def test_an_inner_function_over_a_name_that_changes() -> None:
    def f(x):
        k = x

        def g(t):
            return t * k

        y = g(2.0)
        k = x * x
        return y + g(3.0)

    grads = check_or_refused(f, 0.5)
    assert grads is None or grads[0] == pytest.approx(5.0)


def test_a_returned_closure() -> None:
    def make(a):
        def g(t):
            return a * t * t

        return g

    def f(x):
        g = make(x)
        h = make(3.0)
        return g(x) + h(x)

    check_or_refused(f, 0.7)


def test_an_inner_recursive_function() -> None:
    def f(x):
        def g(n):
            if n == 0:
                return x
            return x * g(n - 1)

        return g(3)

    check_or_refused(f, 0.7)


def test_an_inner_function_that_writes_to_a_captured_array() -> None:
    def f(x):
        y = np.zeros(4)

        def put(i, v):
            y[i] = v * v

        for i in range(4):
            put(i, x[i] * 2.0)
        return np.sum(y * x)

    check_or_refused(f, X)


@pytest.mark.parametrize("jit", [numba.njit, numba.njit(cache=False), numba.jit(nopython=True)])
def test_functions_compiled_by_the_user(jit) -> None:
    @jit
    def g(x, n):
        for _ in range(n):
            x = x * x + 0.1
        return x

    def f(x):
        return g(x, 3) * x

    check(f, 0.7)
    check(g, 0.7, 2)


def test_several_lambdas_on_one_line() -> None:
    f, g, h = (lambda x: x * x), (lambda x: 3.0 * x), lambda x: x**3
    assert (zg.gradient(f, 0.5), zg.gradient(g, 0.5), zg.gradient(h, 0.5)) == ((1.0,), (3.0,), (0.75,))


class Model:
    """With a method."""

    def __init__(self, w):
        self.w = w

    def loss(self, x):
        return np.sum(self.w * x * x)


def test_a_bound_method() -> None:
    check_or_refused(Model(np.array([1.0, 2.0])).loss, np.array([0.3, 0.4]))


# ---- comprehensions and generators: as the loop that they stand for


def test_comprehensions_and_sums() -> None:
    def f(x):
        squares = [t * t for t in x if t > 0.0]
        table = [[a * b for a in squares] for b in x]
        return sum(squares) + sum(t * x[0] for t in x) + table[1][0] + max(t for t in x)

    check_or_refused(f, X)


def test_a_comprehension_has_its_own_scope() -> None:
    def f(x):
        t = x[0]
        items = [t * 2.0 for t in x]
        return t * items[1]

    check_or_refused(f, X)


# ---- effects and exceptions


def test_printing_happens_once_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x):
        for i in range(3):
            print("step", i)
            x = x * x
        return x

    for backend in ("python", "auto"):
        try:
            with zg.options(backend=backend):
                assert zg.gradient(f, 0.7)[0] == pytest.approx(8 * 0.7**7)
        except zg.ZygoteError:
            continue
        assert capsys.readouterr().out == "step 0\nstep 1\nstep 2\n"


def test_an_exception_of_the_program_passes_through() -> None:
    def f(x, n):
        s = 0.0
        for i in range(n):
            s += x[i]
        return math.sqrt(s - 100.0)

    fails(f, X, 3, error=ValueError)
    fails(f, X, 9, error=IndexError)
    with pytest.raises(ZeroDivisionError):
        zg.gradient(lambda x: 1.0 / x, 0.0)


def test_an_index_error_in_a_store_is_raised_and_nothing_is_written() -> None:
    def f(x, i):
        x[i] = 3.0
        return np.sum(x)

    fails(f, X, 4, error=IndexError)
    fails(f, X, -5, error=IndexError)


def test_pop_from_an_empty_list() -> None:
    def f(x, n):
        items = [x, x * x]
        s = 0.0
        for _ in range(n):
            s += items.pop()
        return s

    check(f, 0.7, 2)
    fails(f, 0.7, 3, error=IndexError)


def test_after_an_error_the_next_call_works() -> None:
    def f(x, i):
        return x[i] * x[0]

    with pytest.raises(IndexError):
        zg.gradient(f, X, 7)
    assert np.allclose(zg.gradient(f, X, 1)[0], [X[1], X[0], 0, 0])


def test_negative_indices_and_len() -> None:
    def f(x):
        s = 0.0
        for i in range(-len(x), 0):
            s += x[i] * x[-i - 1]
        return s * x[-1]

    check(f, X)


def test_a_bound_of_a_broken_loop_that_is_called_count() -> None:
    """The number of iterations is noted under a name of its own."""

    def f(x, count):
        s = 0.0
        for i in range(count):
            if x[i] > 1.0:
                break
            s += x[i] * x[i]
        return s

    check(f, np.array([0.7, -0.4, 1.3, 0.2]), 4)


def even_steps(n, v):
    if n == 0:
        return v
    return odd_steps(n - 1, v * 1.1)


def odd_steps(n, v):
    if n == 0:
        return v * v
    return even_steps(n - 1, v + 0.1)


@pytest.mark.parametrize("swapped", [False, True])
def test_functions_that_call_each_other_whichever_comes_first(swapped: bool) -> None:
    def f(x):
        return even_steps(5, x) * odd_steps(4, x)

    def g(x):
        return odd_steps(5, x) * even_steps(4, x)

    check(g if swapped else f, 3.0, second=True)


def test_a_variable_of_an_inner_loop_that_may_not_run_keeps_its_older_value():
    """What was kept of it in each iteration was kept within the inner loop only, and garbage was read elsewhere."""

    def f(x):
        s, j, k = 0.3, 7, 1
        for i in range(1, 5):
            for j in range(k % 3):
                k = (k + 1) % 5
                s += x[j]
            s += x[j] * x[i] * s
        return s

    def g(x):
        s, w, k = 0.3, 0.5, 1
        for i in range(1, 6):
            for j in range(k % 3):
                w = x[j] * x[i]
            k = (k + 1) % 4
            s += np.sin(w * s) * w
        return s

    check(f, np.array([0.3, -0.7, 1.1, 0.4, -0.2, 0.9, 0.6, -1.3]))
    check(g, np.array([0.3, -0.7, 1.1, 0.4, -0.2, 0.9, 0.6, -1.3]))


@pytest.mark.parametrize("n", [2, 4])
def test_an_inner_loop_has_the_variable_of_the_outer_one(n):
    """It was refused, as read before it was bound."""

    def f(x, n):
        s = 0.0
        for i in range(1, n):
            for i in range(1, n - 1):
                s += x[i] * x[i - 1]
            s += np.sin(x[i]) * s
        return s + np.sum(x * x)

    def g(x, n):
        s = 0.0
        for i in range(1, n):
            s += x[i]
            for i in [0, 2]:
                s *= 1.0 + x[i]
            s += np.sin(x[i + 1]) * s
        return s + x[i]

    check(f, np.array([0.3, -0.7, 1.1, 0.4, -0.2]), n)
    check(g, np.array([0.3, -0.7, 1.1, 0.4, -0.2]), n)
