"""Exceptions: what completed, the handler that ran, and nothing twice."""

import math
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

import zygote_nb as zg
from tests import oracle
from tests.oracle import fails

check = partial(oracle.check, compiles=False)
X = np.array([0.7, -0.4, 1.3, 0.2])


class TooSmall(Exception):
    pass


class MuchTooSmall(TooSmall):
    pass


def test_the_handler_or_the_body() -> None:
    def f(x, n):
        try:
            y = x / n
            z = y * x
        except ZeroDivisionError:
            z = 3.0 * x
        return z * z

    check(f, 2.0, 0)
    check(f, 2.0, 3)


def test_what_completed_before_the_exception_counts() -> None:
    def f(x, n):
        y = x[0]
        z = x[1]
        try:
            y = y * x[2]
            z = z * y
            y = y + x[n]
            z = z * y
        except IndexError:
            y = y * y
        return y * z

    for n in (3, 9):
        check(f, X, n)


def test_a_store_before_the_exception_stays() -> None:
    def f(x, n):
        a = np.zeros(3)
        try:
            a[0] = x[0] * x[1]
            a[1] = a[0] * x[2]
            a[0] = a[0] * x[n]
            a[2] = a[0] + a[1]
        except IndexError:
            a[1] = a[1] * a[0]
        return a[0] * a[1] + a[2]

    for n in (3, 7):
        check(f, X, n)


def test_a_write_to_an_argument_before_the_exception_is_undone() -> None:
    def f(x, n):
        try:
            x[0] *= x[1]
            x[n] *= x[0]
            x[1] = x[0] * x[0]
        except IndexError:
            x[2] = x[0] * 2.0
        return np.sum(x * x)

    for n in (2, 7):
        check(f, X, n)


def test_the_value_is_evaluated_before_the_place_is_looked_at() -> None:
    def f(x, n):
        a = np.zeros(2)
        try:
            a[5] = x[0] * (1 // n)
        except ZeroDivisionError:
            return x[0] * 2.0
        except IndexError:
            return x[0] * 3.0
        return a[0]

    check(f, X, 0)
    check(f, X, 1)


def test_raise_in_the_kth_iteration() -> None:
    def f(x, limit):
        total = 0.0
        try:
            for i in range(x.size):
                total = total * 0.5 + x[i] * x[i]
                if i == limit:
                    raise TooSmall
                total = total + x[i]
        except TooSmall:
            total = total * 3.0
        return total * total

    for limit in (0, 2, 3, 99):
        check(f, X, limit)


def test_an_operation_that_raises_in_the_kth_iteration() -> None:
    def f(x, d):
        total = 1.0
        last = 0.0
        try:
            for i in range(4):
                last = x[i] * total
                total = total + last * (2 // int(d[i]))
                total = total * last
        except ZeroDivisionError:
            total = total * last
        return total + last

    check(f, X, np.array([1, 2, 4, 3]))
    check(f, X, np.array([1, 2, 0, 3]))
    check(f, X, np.array([0, 2, 1, 3]))


def test_stores_in_a_loop_that_is_left_half_way() -> None:
    def f(x, limit):
        a = x.copy()
        try:
            for i in range(1, a.size):
                a[i] = a[i] * a[i - 1]
                if i == limit:
                    raise ValueError("here")
                a[i - 1] = a[i] * a[i]
        except ValueError:
            a[0] = a[0] * a[limit]
        return np.sum(a * a)

    for limit in (1, 2, 99):
        check(f, X, limit)


def test_a_while_loop_that_is_left_half_way() -> None:
    def f(x, n):
        y = x
        k = 0
        try:
            while y < 40.0:
                k += 1
                y = y * (1.5 + 1.0 / (n - k))
                y = y + x
        except ZeroDivisionError:
            y = y * y
        return y

    check(f, 1.3, 3, wrt=[0])
    check(f, 1.3, 1, wrt=[0])
    check(f, 1.3, 99, wrt=[0])


def test_a_condition_that_raises() -> None:
    def f(x, n):
        y = x
        k = 0
        try:
            while 1.0 / (n - k) > 0.0:
                k += 1
                y = y * y * 0.7
        except ZeroDivisionError:
            y = y * x
        return y

    check(f, 1.3, 3, wrt=[0])


def test_try_inside_a_loop() -> None:
    def f(x, d):
        total = 0.3
        for i in range(4):
            try:
                total = total * x[i]
                total = total + 1.0 / int(d[i])
                total = total * total
            except ZeroDivisionError:
                total = total - x[i]
        return total

    check(f, X, np.array([1, 0, 2, 0]))


def test_try_inside_a_loop_over_an_array_of_numbers() -> None:
    def f(x, n):
        total = 0.3
        for i in range(4):
            try:
                total = total * x[i + n]
                total = total + x[i]
            except IndexError:
                total = total - x[i] * total
        return total

    for n in (0, 1, 2, 9):
        check(f, X, n)


def test_try_inside_a_while_loop() -> None:
    def f(x, n):
        y = 0.5
        k = 0
        while y < 10.0 and k < 6:
            k += 1
            try:
                y = y * (1.0 + x[k])
                y = y + x[k - 1]
            except IndexError:
                y = y * 2.0 * x[n]
        return y * y

    check(f, np.abs(X), 1)


def test_continue_break_and_return_inside_try() -> None:
    def f(x, how):
        total = 0.5
        for i in range(6):
            try:
                total = total * 0.9 + x[i]
                if i == 1 and how == 1:
                    continue
                if i == 2 and how == 2:
                    break
                if i == 2 and how == 3:
                    return total * x[0]
                total = total * x[i]
            except IndexError:
                total = total + 1.0
                if how == 4:
                    return total * total
                if how == 5:
                    break
                continue
            total = total + 0.1 * x[i]
        return total * 2.0

    for how in range(6):
        check(f, X, how)


def test_jumps_in_finally() -> None:
    def f(x, how):
        total = 0.5
        for i in range(6):
            try:
                total = total * x[i]
            finally:
                total = total + 0.25
                if how == 1 and i == 2:
                    continue
                if how == 2 and i > 1:
                    break
                if how == 3 and i > 2:
                    return total * x[0]
            total = total + x[i]
            if i == 3:
                break
        return total

    for how in range(4):
        check(f, X, how)


def test_a_jump_in_finally_drops_the_exception() -> None:
    def f(x, n):
        y = x[0]
        for _ in range(2):
            try:
                y = y * x[1]
                y = y + x[n]
            finally:
                y = y * 2.0
                break
        return y * y

    for n in (2, 8):
        check(f, X, n)


def test_return_in_finally_wins() -> None:
    def f(x, n):
        y = x[0]
        try:
            y = y * x[1]
            return y * x[n]
        finally:
            return y * y

    for n in (2, 8):
        check(f, X, n)


def test_several_handlers_and_else() -> None:
    def f(x, n):
        y = x[0]
        try:
            y = y * x[n]
            if n == 2:
                raise MuchTooSmall("two")
            if n == 3:
                raise ValueError("three")
            y = y * y
        except TooSmall:
            y = y * 2.0 + x[1]
        except (IndexError, KeyError):
            y = x[1] * y
        except Exception:
            y = y * 3.0
        else:
            y = y * x[2]
        return y * y

    for n in (0, 1, 2, 3, 4):
        check(f, X, n)


def test_what_no_handler_is_for_leaves() -> None:
    def f(x, n):
        try:
            y = x / n
        except ValueError:
            y = x
        return y

    check(f, 2.0, 3)
    fails(f, 2.0, 0, error=ZeroDivisionError)


def test_raise_again_in_a_handler() -> None:
    def f(x, n):
        y = x[0]
        try:
            try:
                y = y * x[1]
                y = y * x[n]
            except IndexError:
                y = y * 3.0
                raise
            y = y * x[2]
        except IndexError:
            y = y * x[3]
        return y * y

    for n in (1, 6):
        check(f, X, n)


def test_another_exception_in_a_handler() -> None:
    def f(x, n):
        y = x[0]
        try:
            try:
                y = y * x[n]
            except IndexError as error:
                y = y * x[1]
                raise ValueError("no such entry") from error
        except ValueError:
            y = y * x[2]
        return y

    for n in (1, 6):
        check(f, X, n)


def test_exceptions_that_leave_from_a_handler() -> None:
    def f(x, n):
        try:
            return x[n] * x[0]
        except IndexError:
            raise ValueError("no such entry") from None

    def again(x, n):
        try:
            return x[n] * x[0]
        except IndexError:
            raise

    check(f, X, 1)
    fails(f, X, 6, error=ValueError, match="no such entry")
    check(again, X, 1)
    fails(again, X, 6, error=IndexError, match="out of bounds")


def test_the_exception_by_name() -> None:
    def f(x, n):
        y = x[0]
        try:
            y = y * x[n]
        except IndexError as error:
            try:
                raise error
            except IndexError as inner:
                y = y * x[1]
                raised = inner
            if n > 7:
                raise
        return y * y

    check(f, X, 1)
    check(f, X, 6)
    fails(f, X, 9, error=IndexError)


def helper(x, n):
    y = x[0] * x[1]
    y = y * x[n]
    return y * y


def test_raise_in_a_callee() -> None:
    def f(x, n):
        y = x[2]
        try:
            y = y * helper(x, 1)
            y = y + helper(x, n)
            y = y * y
        except IndexError:
            y = y * 2.0
        return y * x[3]

    for n in (2, 6):
        check(f, X, n)


def scaled_in_place(a, n):
    a[0] = a[0] * a[1]
    for i in range(3):
        a[i] = a[i] * a[3]
        if i == n:
            raise TooSmall("half-way")
        a[3] = a[3] * 0.5 + a[i]
    return a[0] * a[2]


def test_a_callee_that_writes_and_raises() -> None:
    def f(x, n):
        a = x * 2.0
        y = 1.0
        try:
            a[2] = a[2] * a[1]
            y = scaled_in_place(a, n)
            y = y * a[0]
        except TooSmall:
            y = a[0] * a[1]
        return y + np.sum(a * a)

    for n in (0, 1, 2, 9):
        check(f, X, n)


def test_a_callee_that_writes_to_an_argument_and_raises() -> None:
    def f(x, n):
        try:
            y = scaled_in_place(x, n)
        except TooSmall:
            y = x[3] * x[3]
        return y + np.sum(x * x)

    for n in (0, 2, 9):
        check(f, X, n)


def passes_on(a, n):
    a[1] = a[1] + a[0]
    y = scaled_in_place(a, n)
    a[2] = a[2] * y
    return y * a[1]


def test_a_callee_of_a_callee_that_writes_and_raises() -> None:
    def f(x, n):
        a = x * 2.0
        try:
            y = passes_on(a, n) + passes_on(a, 99)
        except TooSmall:
            y = a[0] * a[1]
        return y + np.sum(a * a)

    for n in (0, 1, 9):
        check(f, X, n, second=False)


def catches_itself(a, n):
    try:
        return scaled_in_place(a, n)
    except TooSmall:
        a[0] = a[0] * 3.0
        if n == 1:
            raise ValueError("one") from None
        return a[0]


def test_a_callee_with_handlers_that_writes_and_raises() -> None:
    def f(x, n):
        a = x * 2.0
        y = 0.5
        try:
            y = y * catches_itself(a, n)
        except ValueError:
            y = y * a[0]
        return y * y + np.sum(a * a)

    for n in (0, 1, 9):
        check(f, X, n, second=False)


def test_lists_that_were_appended_to() -> None:
    def f(x, n):
        xs = [x[0]]
        y = 1.0
        try:
            xs.append(x[1] * x[2])
            xs.append(xs[1] * x[n])
            xs.append(xs[2] * x[0])
            y = xs[3]
        except IndexError:
            y = xs[len(xs) - 1] * x[3]
        return y * xs[0] * len(xs)

    for n in (2, 7):
        check(f, X, n)


def test_popping_from_an_empty_list() -> None:
    def f(x, n):
        xs = [x[0], x[1]]
        y = 1.0
        try:
            for _ in range(n):
                y = y * xs.pop()
                y = y + x[2]
        except IndexError:
            y = y * x[3]
        return y * y

    for n in (1, 2, 5):
        check(f, X, n)


def test_errors_of_mathematics() -> None:
    def f(x, n):
        y = x
        try:
            y = y * math.sqrt(x + n)
            y = y * math.log(x - n)
        except ValueError:
            y = y * 3.0
        return y

    for n in (-5, 0, 5):
        check(f, 1.3, n)


def test_overflow() -> None:
    def f(x, n):
        y = x
        try:
            y = y * x
            y = y + math.exp(n * x)
            y = y * 2.0
        except OverflowError:
            y = y * x
        return y

    check(f, 1.3, 1)
    check(f, 1.3, 10000)


def test_assert_inside_try() -> None:
    def f(x, n):
        y = x
        try:
            y = y * x
            assert n > 0
            y = y * x
            assert y > 1.0, "too small"
            y = y * x
        except AssertionError:
            y = y + x
        return y * y

    for n, x in ((0, 1.5), (1, 1.5), (1, 0.5)):
        check(f, x, n)


def test_finally_on_both_roads() -> None:
    def f(x, n):
        y = x[0]
        try:
            try:
                y = y * x[1]
                y = y * x[n]
            finally:
                y = y * 2.0 + x[2]
            y = y * x[3]
        except IndexError:
            y = y * y
        return y

    for n in (2, 7):
        check(f, X, n)


def test_finally_alone() -> None:
    def f(x, n):
        y = x[0]
        try:
            for i in range(3):
                y = y * x[i]
            y = y * x[n]
        finally:
            y = y * 2.0 + x[2]
        return y

    check(f, X, 1)
    fails(f, X, 8, error=IndexError)


def test_finally_after_a_handler() -> None:
    def f(x, n):
        y = x[0]
        try:
            y = y * x[n]
        except IndexError:
            y = y * x[1]
            if n > 7:
                raise
        else:
            y = y * y
        finally:
            y = y + x[2]
        return y * y

    for n in (2, 7):
        check(f, X, n)
    fails(f, X, 8, error=IndexError)


def test_return_through_finally() -> None:
    def f(x, n):
        a = x * 1.0
        try:
            if n == 0:
                return a[0] * a[1]
            a[0] = a[0] * a[1]
            for i in range(n):
                if i == 2:
                    return a[0] * x[i]
        finally:
            a[0] = 0.0
        return a[0] + a[2] * a[2]

    for n in (0, 1, 3):
        check(f, X, n)


def test_nested_try_in_loops() -> None:
    def f(x, m, n):
        total = 1.0
        for k in range(3):
            try:
                for i in range(4):
                    try:
                        total = total * (0.5 + x[i + k * m])
                        if i == n:
                            raise TooSmall
                        total = total + x[i]
                    except IndexError:
                        total = total * 0.5 + x[0]
                    total = total + 0.1 * x[k]
            except TooSmall:
                total = total * x[1]
        return total

    for m, n in ((0, 9), (1, 9), (1, 2), (0, 1)):
        check(f, X, m, n)


def test_variables_that_the_body_bound_partly() -> None:
    def f(x, n):
        try:
            y = x[0] * x[1]
            z = x[n] * y
        except IndexError:
            z = 2.0 * y
        return z * z

    for n in (2, 8):
        check(f, X, n)


def test_a_variable_that_the_exception_left_unset() -> None:
    def f(x, n):
        try:
            z = x[n] * x[0]
        except IndexError:
            pass
        return z

    check(f, X, 1)
    fails(f, X, 7, error=UnboundLocalError)


def test_arrays_bound_on_one_path() -> None:
    def f(x, n):
        a = x * 2.0
        try:
            a = a * x
            b = a * x[n]
            a = b * a
        except IndexError:
            b = a + x
        return np.sum(a * b)

    for n in (2, 8):
        check(f, X, n)


def test_arrays_of_clashing_shapes() -> None:
    def f(x, n):
        y = x * 1.0
        try:
            y = y * x
            y = y + np.ones(n) * y[0]
            y = y * 2.0
        except ValueError:
            y = y * x[0]
        return np.sum(y * y)

    for n in (4, 3):
        check(f, X, n, backends=("python",))  # compiled, it is not foreseen


def test_linear_algebra_that_fails() -> None:
    def f(A, b, n):
        y = b * 1.0
        try:
            y = y * b
            y = np.linalg.solve(A * n, y)
        except np.linalg.LinAlgError:
            y = y * 2.0
        return np.sum(y * b)

    A = np.array([[2.0, 0.5], [0.3, 1.5]])
    for n in (1, 0):
        check(f, A, np.array([0.5, 1.5]), n, backends=("python",))  # compiled, it is not foreseen


def test_pairs_are_bound_together_or_not_at_all() -> None:
    def f(x, n):
        a, b = x[0], x[1]
        try:
            a, b = a * b, b / n
            a, b = b, a
        except ZeroDivisionError:
            a = a * 3.0
        return a * a * b

    def g(p, q, n):
        a, b = p, q
        try:
            a, b = a * b, b / n
            a, b = b, a
        except ZeroDivisionError:
            a = a * 3.0
        return a * a * b

    check(f, X, 2)
    check(g, 0.7, -0.4, 2)
    check(g, 0.7, -0.4, 0)


def test_effects_happen_once_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x, n):
        y = x[0]
        try:
            print("body", n)
            y = y * x[n]
            print("after")
        except IndexError as error:
            print("handler", error)
            y = y * x[1]
        else:
            print("else")
        finally:
            print("finally")
        return y

    for n in (1, 6):
        f(X, n)
        expected = capsys.readouterr().out
        zg.gradient(f, X, n)
        assert capsys.readouterr().out == expected


def test_finally_prints_where_the_exception_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x, n):
        try:
            print("body")
            return x[0] * x[n]
        finally:
            print("finally")

    with pytest.raises(IndexError):
        zg.gradient(f, X, 6)
    assert capsys.readouterr().out == "body\nfinally\n"


def test_an_inner_function_that_raises() -> None:
    def f(x, n):
        def part(k):
            if k > 2:
                raise TooSmall
            return x[k] * x[0]

        y = 1.0
        try:
            for k in range(n):
                y = y * (1.0 + part(k))
        except TooSmall:
            y = y * x[3]
        return y

    for n in (2, 4):
        check(f, X, n)


def test_lookups_until_one_succeeds() -> None:
    def f(x, n):
        y = 0.0
        while True:
            try:
                y = y + x[n] * x[n]
                break
            except IndexError:
                y = y + x[0]
                n = n - 1
        return y * y

    for n in (2, 5):
        check(f, X, n)


def test_recursion_that_ends_with_an_exception() -> None:
    def f(x, n):
        try:
            return descend(x, x[0], 0, n)
        except TooSmall:
            return x[1] * x[1]

    for n in (2, 9):
        check(f, X, n)


def descend(x, y, k, n):
    if k > 3:
        raise TooSmall
    if k == n:
        return y * x[k]
    try:
        return descend(x, y * x[k], k + 1, n) * 0.5
    except TooSmall:
        if k > 1:
            raise
        return y * 2.0


def test_recursion_that_writes_and_ends_with_an_exception() -> None:
    def f(x, n):
        a = x * 1.5
        try:
            y = write_down(a, 0, n)
        except TooSmall:
            y = a[1] * a[1]
        return y + np.sum(a * a)

    for n in (2, 9):
        check(f, X, n)


def write_down(a, k, n):
    a[k % 4] = a[k % 4] * a[(k + 1) % 4]
    if k > 5:
        raise TooSmall
    if k == n:
        return a[0]
    return write_down(a, k + 1, n) * a[k % 4]


def test_the_names_of_exceptions_are_not_variables() -> None:
    def f(x):
        error = 2.0 * x
        try:
            y = 1.0 / x
        except ZeroDivisionError as error:
            y = x
        return error * y

    with pytest.raises(zg.UnsupportedSyntaxError, match="`error` is a variable"):
        zg.gradient(f, 1.5)


def test_interrupts_are_not_caught() -> None:
    def f(x):
        try:
            y = 1.0 / x
        except KeyboardInterrupt:
            y = x
        return y

    with pytest.raises(zg.UnsupportedSyntaxError, match="interrupt"):
        zg.gradient(f, 1.5)


def test_everything_else_is_caught() -> None:
    def f(x, n):
        y = x[0]
        try:
            y = y * x[n]
        except:
            y = y * x[1]
        return y

    for n in (2, 9):
        check(f, X, n)
    assert "except (KeyboardInterrupt, NameError):" in zg.code_adjoint(f, X, 1).source


def test_raise_by_name_needs_no_try() -> None:
    def f(x, n):
        total = 0.0
        try:
            for i in range(x.size):
                if i == n:
                    raise TooSmall
                total += x[i] * x[i]
        except TooSmall:
            total = total * 2.0
        return total

    assert "try" not in zg.code_adjoint(f, X, 2).source.replace("entry", "")


class Counter:
    def __init__(self, start):
        self.total = start
        self.steps = 0

    def add(self, x, n):
        self.total = self.total * 0.5 + x[0]
        self.steps += 1
        self.total = self.total + x[n]
        self.steps += 1
        return self.total * x[1]


def test_attributes_that_were_written_before_the_exception() -> None:
    def f(x, n):
        c = Counter(x[2])
        y = 0.5
        try:
            y = c.add(x, 1)
            c.total = c.total * y
            y = y + c.add(x, n)
        except IndexError:
            y = y * c.total
        return y * y + c.total * c.steps

    for n in (3, 8):
        check(f, X, n)


def adds_to(c, x, n):
    c.total = c.total + x[0] * x[1]
    for k in range(n):
        c.total = c.total * x[k]
        c.steps = c.steps + 1
    return c.total


def test_a_callee_that_changes_an_object_and_raises() -> None:
    def f(x, n):
        c = Counter(x[2])
        try:
            y = adds_to(c, x, 2)
            y = y + adds_to(c, x, n)
        except IndexError:
            y = c.total * 2.0
        return y * y + c.total * c.steps

    for n in (3, 8):
        check(f, X, n)


def test_entries_of_a_dict_that_were_written_before_the_exception() -> None:
    def f(x, n):
        state = {"a": x[0], "b": 1.0}
        for k in range(3):
            try:
                state["a"] = state["a"] * x[1]
                state["b"] = state["b"] + state["a"] * x[n + k]
                state["a"] = state["a"] + state["b"]
            except IndexError:
                state["b"] = state["b"] * state["a"]
        return state["a"] * state["b"]

    for n in (0, 2, 9):
        check(f, X, n)


def test_a_missing_key() -> None:
    def f(x, n):
        table = {"a": x[0], "b": x[1]}
        try:
            y = table["c"]
        except KeyError:
            y = table["b"] * x[n]
        return y * y

    check(f, X, 2)


def test_entries_of_an_argument_that_were_written_before_the_exception() -> None:
    def f(p, n):
        try:
            p["w"] = p["w"] * p["b"]
            p["b"] = p["b"] + p["x"][n]
            p["w"] = p["w"] * 2.0
        except IndexError:
            p["b"] = p["b"] * p["w"]
        return p["w"] * p["b"]

    for n in (1, 7):
        check(f, {"w": 0.7, "b": 1.3, "x": X}, n)


def test_a_variable_that_an_inner_function_writes_before_it_raises() -> None:
    def f(x, n):
        total = x[0]

        def step(k):
            nonlocal total
            total = total * x[1]
            total = total + x[k]
            return total

        y = 1.0
        try:
            y = y * step(2)
            y = y * step(n)
        except IndexError:
            y = y * total
        return y * total

    for n in (3, 8):
        check(f, X, n)


def test_lists_of_fixed_structure() -> None:
    def f(x, n):
        parts = [x[0], x[1]]
        try:
            parts[0] = parts[0] * parts[1]
            parts[1] = parts[1] * x[n]
            parts[0] = parts[0] + 1.0
        except IndexError:
            parts[1] = parts[0] * 3.0
        return parts[0] * parts[1]

    for n in (2, 7):
        check(f, X, n)


def appends(xs, x, n):
    for i in range(4):
        xs.append(x[i] * x[0])
        if i == n:
            raise TooSmall
    return xs[1]


def test_a_callee_that_appends_and_raises() -> None:
    def f(x, n):
        xs = [x[0]]
        xs.append(x[1])
        try:
            y = appends(xs, x, n)
        except TooSmall:
            y = 2.0
        for v in xs:
            y = y * 0.5 + v * v
        return y

    for n in (0, 2, 9):
        oracle.check_or_refused(f, X, n, compiles=False)


def test_a_sure_exception_is_the_one_that_leaves() -> None:
    """It was reported as a function that never returns."""

    def f(x):
        table = {"a": x}
        return table["b"] * x

    fails(f, 3.0, error=KeyError, match="b", compiles=False)


def never(x):
    raise KeyError(f"{x:.1f} is refused")


def test_a_callee_that_always_raises() -> None:
    def f(x, n):
        if n > 0:
            y = never(x) * 2.0
        else:
            y = x
        return y * x

    check(f, 3.0, 0)
    fails(f, 3.0, 1, error=KeyError, match="3.0 is refused", compiles=False)


def spoil(v):
    v[0] = 5.0
    raise ValueError("spoilt")


def test_a_callee_that_writes_and_always_raises() -> None:
    def f(x):
        v = x * 2.0
        try:
            w = spoil(v) * 2.0
        except ValueError:
            w = v[0] * v[1]
        return w * v[1]

    check(f, X)


def test_the_message_of_an_exception_after_an_effect(capsys) -> None:
    """It was the source of the f-string."""

    def f(x):
        print("once")
        if x > 2.0:
            raise ValueError(f"{x:.2f} is too much")
        return x * x

    with pytest.raises(ValueError, match=r"^3\.00 is too much$"):
        zg.gradient(f, 3.0)
    assert capsys.readouterr().out == "once\n"


class Box:
    def __init__(self, x):
        self.x = x


def test_a_message_that_shows_an_object_after_an_effect() -> None:
    def f(x):
        box = Box(x)
        print("once")
        if x > 2.0:
            raise ValueError(f"{box}")
        return x * x

    with pytest.raises(zg.UnsupportedSyntaxError, match="a Box object is shown as text"):
        zg.gradient(f, 1.0)


def test_a_division_by_a_constant_zero_is_caught():
    def f(x):
        total = 0.0
        for d in (1.0, 0.0, 2.0):
            try:
                total += x / d
            except ZeroDivisionError:
                total += x * x
        return total

    check(f, 2.0, compiles=False)


def test_one_name_for_the_exceptions_of_nested_handlers():
    def f(x):
        try:
            try:
                raise ValueError("a")
            except ValueError as e:
                y = x * len(str(e))
                raise KeyError("bcd") from e
        except KeyError as e:
            return y * y * len(str(e))

    check(f, 3.0, compiles=False)


def test_what_is_returned_is_what_it_was_before_finally() -> None:
    def one_way(x, s):
        try:
            s = s * x[0]
            return s
        finally:
            s = s * 100.0

    def several_ways(x, s):
        try:
            if s > 0.5:
                return s
            s = s * 2
            return s
        except ValueError:
            return s
        finally:
            s = x[0]

    for s in (0.8, 0.3):
        check(one_way, X, s)
        check(several_ways, X, s)


def test_what_is_returned_is_what_it_was_before_the_exit() -> None:
    def f(x, s):
        @contextmanager
        def scope(k):
            nonlocal s
            yield k
            s = s * 10.0

        with scope(x[0]) as q:
            s = s * q
            return s

    check(f, X, 0.8)
