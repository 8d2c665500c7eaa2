"""Rules that users write: inlined or called, conditional, opted out of, from packages, and when they are wrong."""

import subprocess
import sys
import warnings
from threading import Event, Thread

import numpy as np
import pytest

import zygote_nb as zg
from zygote_nb.rules import registry

CALLS = []
ALPHA = 2.0
W = np.array([1.0, 2.0])


def squared(x):
    return x * x


@zg.rrule(squared)
def squared_rule(x):
    CALLS.append("forward")

    def squared_pullback(dy):
        CALLS.append("backward")
        return 2.0 * dy * x

    return x * x, squared_pullback


def chained(x):
    total = 0.0
    for i in range(3):
        x = squared(x) + squared(x + i)
        total += np.sum(x)
    return total


def chained_plainly(x):
    total = 0.0
    for i in range(3):
        x = x * x + (x + i) * (x + i)
        total += np.sum(x)
    return total


def test_a_rule_with_effects_is_called_once_for_each_call():
    x = np.array([0.1, 0.2])
    CALLS.clear()
    assert zg.gradient(chained, x)[0] == pytest.approx(zg.gradient(chained_plainly, x)[0])
    assert CALLS == ["forward"] * 6 + ["backward"] * 6
    assert "run_rule(squared_rule, x)" in str(zg.code_adjoint(chained, x))


def relu(x):
    return x if x > 0 else 0.0 * x


@zg.rrule(relu)
def relu_rule(x):
    def relu_pullback(dy):
        if x > 0:
            return 10.0 * dy
        return 0.0

    return relu(x), relu_pullback


@zg.frule(relu)
def relu_forward(tangents, x):
    dx = tangents[0]
    if x > 0:
        return relu(x), 10.0 * dx
    return relu(x), 0.0 * dx


def test_a_rule_with_a_branch_on_a_value():
    assert zg.gradient(lambda x: relu(x) * x, 2.0)[0] == 22.0
    assert zg.gradient(relu, -2.0)[0] == 0.0
    assert zg.jvp(relu, (2.0,), (1.0,)) == (2.0, 10.0)
    assert zg.jvp(relu, (-2.0,), (1.0,)) == (0.0, 0.0)


def both(x, y):
    return x * y, x + y


@zg.rrule(both)
def both_rule(x, y):
    made = {"x": x, "y": y}

    def both_pullback(dy):
        product, total = dy
        return product * made["y"] + total, product * made["x"] + total

    return both(x, y), both_pullback


def test_a_called_rule_of_a_function_that_returns_a_tuple():
    def f(x, y):
        return both(x, y)[0] * 3.0 + both(x, y)[1] ** 2

    assert zg.gradient(f, 2.0, 3.0) == (19.0, 16.0)
    y, back = zg.pullback(both, 2.0, 3.0)
    assert y == (6.0, 5.0)
    assert back((1.0, 0.0)) == (3.0, 2.0)


def solved(fn, a):
    x = a
    for _ in range(50):
        x = x - (fn(x) - a) / (fn(x + 1e-6) - fn(x - 1e-6)) * 2e-6
    return x


@zg.rrule(solved)
def solved_rule(fn, a):
    x = solved(fn, a)

    def solved_pullback(dy):
        return None, dy / zg.gradient(fn, x)[0]

    return x, solved_pullback


def cubic(x):
    return x**3 + x


def test_a_rule_that_takes_derivatives_itself():
    x = solved(cubic, 5.0)
    assert zg.gradient(lambda a: solved(cubic, a), 5.0)[0] == pytest.approx(1 / (3 * x * x + 1))


def weighted(x):
    return np.multiply(x, 1.0)


@zg.rrule(weighted)
def weighted_rule(x):
    return weighted(x), lambda dy: dy * ALPHA * W


def weighted_sum(x):
    return np.sum(weighted(x))


def test_what_a_rule_reads_outside_was_frozen_in_the_generated_code(monkeypatch):
    module = sys.modules[__name__]
    assert zg.gradient(weighted_sum, np.ones(2))[0].tolist() == [2.0, 4.0]
    monkeypatch.setattr(module, "ALPHA", 3.0)
    assert zg.gradient(weighted_sum, np.ones(2))[0].tolist() == [3.0, 6.0]
    monkeypatch.setattr(module, "W", np.array([10.0, 20.0]))
    assert zg.gradient(weighted_sum, np.ones(2))[0].tolist() == [30.0, 60.0]


def tenfold(x):
    return np.multiply(x, 1.0)


def factor():
    return 10.0


zg.scalar_rule(tenfold, lambda y, x: ALPHA * factor())


def test_numbers_and_functions_that_an_inlined_rule_reads_may_change(monkeypatch):
    def f(x):
        return np.sum(tenfold(x))

    module = sys.modules[__name__]
    assert zg.gradient(f, np.ones(1))[0].tolist() == [20.0]
    monkeypatch.setattr(module, "ALPHA", 3.0)
    assert zg.gradient(f, np.ones(1))[0].tolist() == [30.0]
    assert zg.jvp(f, (np.ones(1),), (np.ones(1),))[1] == 30.0
    monkeypatch.setattr(module, "factor", lambda: 100.0)
    assert zg.gradient(f, np.ones(1))[0].tolist() == [300.0]
    assert zg.jvp(f, (np.ones(1),), (np.ones(1),))[1] == 300.0


# Conditions


def power(x, n=2):
    return x**n


@zg.rrule(power, when=lambda x, n=2: isinstance(x, np.ndarray) and x.ndim == 2)
def power_of_matrix(x, n=2):
    return power(x, n), lambda dy: (100.0 * dy, None)


@zg.rrule(power, when=lambda x, n=2: n == 3)
def power_three(x, n=2):
    return power(x, n), lambda dy: (7.0 * dy, None)


def test_a_rule_under_a_condition():
    assert zg.gradient(lambda x: np.sum(power(x)), np.ones((1, 1)))[0].tolist() == [[100.0]]
    assert zg.gradient(lambda x: np.sum(power(x)), np.ones(1))[0].tolist() == [2.0]
    assert zg.gradient(lambda x: power(x, n=3) + power(x), 1.0) == (9.0,)
    assert zg.gradient(power, 1.0, n=3) == (7.0,)


def test_a_condition_on_a_built_in_function():
    def total(x):
        return np.sum(np.nan_to_num(x, nan=5.0)) + np.sum(np.nan_to_num(x))

    zg.scalar_rule(np.nan_to_num, lambda y, x, nan=0.0: (3.0, None), when=lambda x, nan=0.0: nan == 5.0)
    assert zg.gradient(total, np.ones(2))[0].tolist() == [4.0, 4.0]
    # An argument that the condition doesn't take: the rule isn't meant for such a call.
    assert zg.gradient(lambda x: np.sum(np.nan_to_num(x, nan=5.0, posinf=1.0)), np.ones(2))[0].tolist() == [1.0, 1.0]


def test_a_condition_that_asks_for_a_value():
    def f(x):
        return x * x

    @zg.rrule(f, when=lambda x: x > 0)
    def f_rule(x):
        return f(x), lambda dy: dy

    with pytest.raises(zg.UnsupportedSyntaxError, match="can't be told before it runs") as caught:
        zg.gradient(lambda x: f(x), 2.0)
    assert "not for values" in caught.value.hint


def test_opting_out():
    def f(x):
        return x * x

    zg.scalar_rule(f, lambda y, x: 100.0)
    zg.opt_out(f, when=lambda x: isinstance(x, np.ndarray))
    assert zg.gradient(lambda x: f(x), 3.0) == (100.0,)
    assert zg.gradient(lambda x: np.sum(f(x)), np.array([3.0]))[0].tolist() == [6.0]
    assert zg.gradient(zg.opt_out(f), 3.0) == (6.0,)
    with pytest.raises(TypeError, match="sin has no source"):
        zg.opt_out(np.sin)


def test_two_rules_of_one_name_for_one_function():
    def f(x, k):
        return x * k

    def condition(n):
        return lambda x, k: k == n

    for n, slope in ((2, 50.0), (3, 60.0)):

        @zg.rrule(f, when=condition(n))
        def rule(x, k, slope=slope):
            return f(x, k), lambda dy: (slope * dy, None)

    assert zg.gradient(lambda x: f(x, 3), 1.0) == (60.0,)


def test_a_cell_that_is_run_again_replaces_its_rule():
    def cell(slope):
        def f_rule(x):
            return f(x), lambda dy: slope * dy

        return f_rule

    def f(x):
        return x * x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zg.rrule(f, when=lambda x: True)(cell(3.0))
        zg.rrule(f)(cell(4.0))
        zg.rrule(f)(cell(5.0))
    assert zg.gradient(lambda x: f(x), 1.0) == (3.0,)
    zg.opt_out(f)
    zg.rrule(f)(cell(6.0))
    assert zg.gradient(lambda x: f(x), 1.0) == (6.0,)


def test_a_thunk_is_made_only_where_it_is_needed():
    def product(a, b):
        return np.multiply(a, b)

    @zg.rrule(product)
    def product_rule(a, b):
        def product_pullback(dy):
            return zg.thunk(lambda: dy * b), zg.thunk(lambda: dy * np.exp(a))

        return product(a, b), product_pullback

    def f(a, b):
        return np.sum(product(a, b))

    call = zg.call(f, np.ones(2), np.full(2, 3.0), wrt="a")
    assert zg.gradient(call)[0].tolist() == [3.0, 3.0]
    assert "exp" not in str(zg.code_adjoint(call))
    assert zg.thunk(lambda: 2.0) == 2.0


# Wrong rules


def wrong(pullback):
    def fn(x):
        return np.multiply(x, 2.0)

    @zg.rrule(fn)
    def fn_rule(x):
        return fn(x), pullback

    return fn


@pytest.mark.parametrize(
    ("pullback", "said"),
    [
        (lambda dy: np.sum(dy), "the cotangent of argument 1 is a number, where an array of shape (3,) belongs"),
        (lambda dy: dy[:2], "is an array of shape (2,), where an array of shape (3,) belongs"),
        (lambda dy: dy[:1], "is an array of shape (1,), where an array of shape (3,) belongs"),
        (lambda dy: (dy, dy), "its pullback returns 2 cotangents for 1 arguments"),
        (lambda dy: {}["a"], "its pullback raised KeyError: 'a'"),
        (lambda dy: dy * 1j, "is complex, and what it belongs to is real"),
    ],
)
def test_a_wrong_cotangent_is_reported_with_both_places(pullback, said):
    fn = wrong(pullback)

    def loss(x):
        y = fn(x)
        return np.sum(y)

    with pytest.raises(zg.NoRuleError) as caught:
        zg.gradient(loss, np.ones(3))
    assert said in caught.value.what
    assert "fn_rule" in caught.value.what
    assert caught.value.filename == __file__
    assert "test_user_rules.py:" in caught.value.hint


def test_an_exception_in_a_rule_is_the_functions_own():
    def root(x):
        if x < 0:
            raise ValueError("negative")
        return np.sqrt(x)

    @zg.rrule(root)
    def root_rule(x):
        if x < 0:
            raise ValueError("negative")
        y = root(x)
        return y, lambda dy: dy / (2.0 * y)

    def f(x):
        try:
            return root(x)
        except ValueError:
            return 5.0 * x

    with pytest.raises(ValueError, match="negative"):
        zg.gradient(root, -1.0)
    assert zg.gradient(f, -1.0) == (5.0,)
    assert zg.gradient(f, 4.0) == (0.25,)


def test_packages_bring_rules_along(tmp_path):
    info = tmp_path / "brought-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zygote_nb.rules]\nbrought = brought:register\nbroken = brought:absent\n")
    (tmp_path / "brought.py").write_text(
        "import zygote_nb as zg\ndef f(x): return x * x\ndef register(): zg.scalar_rule(f, lambda y, x: 42.0)\n"
    )
    code = f"""
import sys, warnings
sys.path.insert(0, {str(tmp_path)!r})
import zygote_nb as zg, brought
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(zg.gradient(brought.f, 1.0), [str(w.message)[:45] for w in caught])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "(42.0,) ['the rules of brought:absent are not used: Att']\n"


def test_which_names_the_rules_for_some_calls_only():
    def clipped(x):
        return x

    zg.rrule(clipped, when=lambda x: np.ndim(x) == 1)(lambda x: (x, lambda dy: dy))
    zg.opt_out(clipped, when=lambda x: np.ndim(x) == 2)
    first, second, third = zg.which(clipped).splitlines()
    assert "holds: its source is transformed" in first
    assert f"holds: reverse rule at {__file__}" in second
    assert third.startswith(f"clipped: its source is transformed, {__file__}")
    assert "reverse rule" in zg.which(clipped, np.ones(2))
    assert zg.which(clipped, np.ones((2, 2))) == "clipped: its source is transformed"
    assert zg.which(clipped, 1.0) == third


def test_threads_that_load_rules_at_the_same_time_leave_those_of_users_alone():
    """One of them begins before the other one has ended, and ends after it."""
    begun, ended = Event(), Event()

    def load():
        with registry.building():
            begun.set()
            ended.wait(10.0)

    thread = Thread(target=load)
    with registry.building():
        thread.start()
        begun.wait(10.0)
    ended.set()
    thread.join()

    def cube(t):
        return t * t * t

    def f(x):
        return cube(x) + cube(x)

    assert zg.gradient(f, 2.0)[0] == 24.0
    before = registry.version()
    zg.scalar_rule(cube, lambda y, t: 100.0)
    assert registry.version() == before + 1
    assert zg.gradient(f, 2.0)[0] == 200.0
