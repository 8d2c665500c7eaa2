"""``and`` and ``or`` as values, where an operand is a truth value and another is a number."""

import pytest

from tests.oracle import check


def negated_or(x, y):
    return (not x or y) * 1.5


def comparison_or(x, y):
    return (x > 5.0 or y) * x


def comparison_and(x, y):
    return (x < 5.0 and y) * 2.0


def several(x, y):
    return (x > 5.0 or y < 0.0 or x * y) + (x < 5.0 and y > 0.0 and y * y)


def constant_operand(x, y):
    return (x > 5.0 or 3.0) * y + (x < 5.0 and 2.0) * x


def of_logic_alone(x, y):
    flag = x > 5.0 or y > 1.0
    return flag * x + (not flag) * y


@pytest.mark.parametrize("f", [negated_or, comparison_or, comparison_and, several, constant_operand, of_logic_alone])
def test_the_operand_that_is_chosen_has_the_gradient(f):
    check(f, 0.7, 1.3)
    check(f, 6.0, -0.4, flat=True)
