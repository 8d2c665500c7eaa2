"""What goes through a library comes back without derivative: it is refused where that would be a silent zero."""

import decimal
import fractions
import io
import json
import operator

import numpy as np
import pytest

import zygote_nb as zg

P = np.array([0.2, 0.5, 0.9])


def through_text(p):
    return float(str(p[0])) * p[1]


def through_a_formatted_string(p):
    label = f"{p[0] * 2.0}"
    return float(label) * p[1]


def through_a_fraction(p):
    return float(fractions.Fraction(p[0])) * p[1]


def through_a_decimal_in_a_loop(p):
    s = 0.0
    for v in p:
        s += float(decimal.Decimal(v))
    return s


def through_an_array(p):
    y = np.zeros(3)
    y[0] = float(str(p[0]))
    return (y * p).sum()


def parsed(text):
    return float(text)


def through_a_callee(p):
    return parsed(str(p[0])) * p[1]


LOSING = [
    through_text, through_a_formatted_string, through_a_fraction, through_a_decimal_in_a_loop, through_an_array,
    through_a_callee,
]  # fmt: skip


@pytest.mark.parametrize("f", LOSING)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_number_that_lost_its_derivative_is_refused(f, mode):
    with pytest.raises(zg.NoRuleError, match="depends on what is differentiated, reaches the result"):
        zg.gradient(f, P) if mode == "reverse" else zg.jvp(f, (P,), (P,))


def test_what_does_not_reach_the_result_is_not_refused(capsys):
    def f(p):
        label = f"loss {p[0] * p[1]:.2f}"
        number = float(str(p[0]))
        print(label, json.dumps([p[0], number]))
        return p[0] * p[1]

    assert np.allclose(zg.gradient(f, P)[0], [0.5, 0.2, 0.0])
    assert capsys.readouterr().out == "loss 0.10 [0.2, 0.2]\n"


def test_a_text_decides_a_branch():
    def f(p):
        if repr(float(p[0])).startswith("0.2"):
            return p[0] * 2.0
        return p[0]

    assert zg.gradient(f, P)[0][0] == 2.0
    assert zg.gradient(f, P + 0.1)[0][0] == 1.0


def test_a_text_that_is_made_of_a_value_is_not_known_beforehand():
    value, _ = zg.withgradient(lambda p: len(repr(float(p[0]))) * p[1], np.array([0.123456, 1.0]))
    assert value == 8.0


def entry_set(p):
    items = [3.0]
    for v in p:
        operator.setitem(items, 0, v * v)
    return items[0] * 2.0


def entry_deleted(p):
    order = [2, 1, 0]
    operator.delitem(order, 0)
    return p[order[0]]


def added(p):
    places = []
    for v in p:
        places.append(v)
    operator.iconcat(places, [0.3])
    return places[-1]


@pytest.mark.parametrize("f", [entry_set, entry_deleted, added])
def test_a_list_that_a_library_changes_is_refused(f):
    with pytest.raises(zg.NoRuleError, match=r"(?s)`\w+` changes a list that it is given.*test_libraries.py"):
        zg.gradient(f, P)


def test_an_array_that_a_library_writes_to_is_refused():
    source = io.BytesIO(b"0" * 80)

    def f(p):
        y = p * p
        source.readinto(y)
        return y.sum()

    with pytest.raises(zg.NoRuleError, match="`readinto` changes an array that it is given"):
        zg.gradient(f, P)


def recursive(p, n):
    return float(str(p[0])) if n == 0 else recursive(p, n - 1) * 2.0


def noted(p):
    return p.sum(), float(f"{p[0]:.1f}")


def test_a_loss_through_recursion_and_one_in_what_is_carried_along():
    with pytest.raises(zg.NoRuleError, match="depends on what is differentiated"):
        zg.gradient(recursive, P, 3)
    (_, note), grads = zg.withgradient(noted, P)
    assert note == 0.2
    assert np.allclose(grads[0], 1.0)
