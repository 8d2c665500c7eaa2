"""What a function takes from a module of the user's, or from a function argument's closure, is read at each call."""

import types

import zygote_nb as zg

settings = types.ModuleType("settings")


def triple(x):
    return 3.0 * x


def tenfold(x):
    return 10.0 * x


def scaled(x):
    return settings.rate * settings.g(x)


def test_a_number_and_a_function_of_a_module_that_change() -> None:
    settings.rate, settings.g = 2.0, triple
    assert zg.gradient(scaled, 1.0) == (6.0,)
    settings.rate = 5.0
    assert zg.gradient(scaled, 1.0) == (15.0,)
    settings.g = tenfold
    assert zg.gradient(scaled, 1.0) == (50.0,)
    held = zg.grad(scaled)
    assert held(1.0) == 50.0
    settings.rate = 1.0
    assert held(1.0) == 10.0


def times(k):
    def inner(t):
        return k * t

    return inner


def test_a_closure_as_argument_has_its_own_captures() -> None:
    def apply(h, x):
        return h(x)

    assert zg.gradient(apply, times(2.0), 3.0) == (None, 2.0)
    assert zg.gradient(apply, times(7.0), 3.0) == (None, 7.0)
