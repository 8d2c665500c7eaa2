"""A name for each live range."""

from tests.lowered import stages
from zygote_nb.ir.text import show_function
from zygote_nb.ir.walk import all_bound, statements


def bound_names(f, *args):
    return all_bound(stages(f, *args).renamed.body)


def test_an_overwritten_name_is_several_variables() -> None:
    def f(x):
        x = x * x
        x = x + 1.0
        return x

    renamed = stages(f, 0.3).renamed
    assert [s.target for s in statements(renamed.body)] == ["x1", "x2"]
    assert [p.name for p in renamed.params] == ["x"]


def test_definitions_that_meet_in_a_use_stay_one_variable() -> None:
    def f(x):
        if x > 0.0:
            y = x
        else:
            y = -x
        return y

    assert bound_names(f, 0.3) == {"y"}


def test_a_variable_carried_by_a_loop_stays_one_variable() -> None:
    def f(x):
        y = 1.0
        for i in range(3):
            y = y * x
        return y

    assert bound_names(f, 0.3) == {"y", "i"}


def test_what_each_iteration_makes_anew_is_apart_from_what_came_before() -> None:
    def f(x):
        t = x * x
        s = t
        for i in range(3):
            t = x * i
            s += t
        return s

    assert bound_names(f, 0.3) == {"t", "t1", "s", "i"}


def test_two_loops_over_one_index() -> None:
    def f(x):
        s = 0.0
        for k in range(3):
            s += x * k
        for k in range(2):
            s -= x * x * k
        return s

    renamed = stages(f, 0.3).renamed
    indices = [s.var for s in statements(renamed.body) if hasattr(s, "var")]
    assert len(set(indices)) == 2


def test_a_new_name_is_none_of_the_users() -> None:
    def f(x, x1):
        x = x * x1
        x = x * x1
        return x

    names = {p.name for p in stages(f, 0.3, 0.4).renamed.params} | bound_names(f, 0.3, 0.4)
    assert names == {"x", "x1", "x2", "x3"}


def test_a_name_of_generated_code_is_given_up() -> None:
    def f(x):
        unbroadcast = x * x
        sum = unbroadcast + x
        return sum * unbroadcast

    assert not {"unbroadcast", "sum"} & bound_names(f, 0.3)


def test_kinds_and_lines_stay() -> None:
    def f(v):
        v = 2.0 * v
        v = v * v
        return v[0]

    import numpy as np

    made = stages(f, np.ones(3))
    before, after = made.lowered, made.renamed
    assert [s.span for s in statements(before.body)] == [s.span for s in statements(after.body)]
    assert [s.value.kind for s in statements(before.body)] == [s.value.kind for s in statements(after.body)]
    assert "v: float64" in show_function(after)
