"""The explorer: what its sliders change, what its views show."""

import re
import time
import xml.etree.ElementTree as ET
from base64 import b64decode

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook import models
from tests.notebook.pages import checked
from zygote_nb.notebook.explorer.plots import contour, curve, isolines, landscape, ticks


@pytest.fixture
def slope():
    with zg.options(backend="python"):
        yield zg.show(models.line, 2.0, 3.0, np.array([1.0, 2.0]))


def test_a_slider_changes_value_and_gradient(slope):
    assert slope.value == models.line(2.0, 3.0, np.array([1.0, 2.0]))
    slope.sliders["a"].value = 1.0
    assert slope.value == models.line(1.0, 3.0, np.array([1.0, 2.0]))
    assert slope.grads["a"] == pytest.approx(2 * (1 * 4.0 + 2 * 5.0))
    assert "value" in slope.said.value


def test_a_terminal_shows_the_numbers(slope):
    assert repr(slope).startswith("explorer of line; its sliders show in a notebook\nvalue")
    assert "d a" in repr(slope)


def test_a_choice_of_what_to_differentiate_by(slope):
    slope.wrt.value = ("b",)
    assert list(slope.grads) == ["b"]


def test_drawings_of_one_and_of_two_numbers(slope):
    assert "contours over a and b" in slope.plot.value
    slope.axes.value = ("a",)
    assert "curve over a, with the tangent at 2: slope 38" in slope.plot.value
    ET.fromstring(slope.plot.value)


def test_moving_within_a_drawing_is_fast(slope):
    slope.axes.value = ("a", "b")
    start = time.perf_counter()
    slope.sliders["a"].value = 1.5
    assert time.perf_counter() - start < 0.1


def test_stepping_through_both_sweeps():
    with zg.options(backend="python"):
        explorer = zg.show(models.decay, 2.0, 3)
        explorer.tabs.selected_index = 1
        assert "forward sweep" in explorer.view.value
        explorer.step.value = explorer.step.max
        assert "backward sweep" in explorer.view.value
        assert "aria-current" in explorer.view.value
        explorer.iteration.value = 3
        assert "iteration 3 of 3" in explorer.view.value
        assert explorer.steps.before(explorer.step.value)["y"].sample == 0.5
        explorer.sliders["n"].value = 5
        assert explorer.iteration.max == 5


def test_the_lines_follow_the_sliders(slope):
    slope.tabs.selected_index = 2
    assert "r = a * x + b" in slope.lines.value
    slope.sliders["a"].value = 1.0
    assert f"{models.line(1.0, 3.0, np.array([1.0, 2.0])):.4g}" in slope.lines.value


def test_an_error_is_shown_and_the_next_move_mends_it():
    with zg.options(backend="python"):
        explorer = zg.show(models.inverse, 1.0)
        explorer.sliders["x"].value = 0.0
        assert "ZeroDivisionError" in explorer.said.value
        explorer.sliders["x"].value = 2.0
        assert explorer.grads["x"] == -0.25


def test_a_function_of_arrays_alone_has_no_drawing():
    explorer = zg.show(models.root, np.array([1.0, 4.0]))
    assert "needs a float" in explorer.plot.value
    assert explorer.value == 3.0


def test_curves_are_interrupted_where_they_are_not_finite():
    picture = curve("x", [0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0, float("nan"), 1.0, 2.0], 1.0, 2.0, 1.0)
    assert picture.count("stroke='#1f77b4'") == 2


def test_contours():
    xs, ys = np.linspace(-1, 1, 9), np.linspace(-2, 2, 7)
    values = xs[None, :] ** 2 + ys[:, None] ** 2
    for (x0, y0), (x1, y1) in isolines(xs, ys, values, 1.0):
        assert np.hypot(x0, y0) == pytest.approx(1.0, abs=0.15)
        assert np.hypot(x1, y1) == pytest.approx(1.0, abs=0.15)
    drawn = contour(landscape(("x", "y"), xs, ys, values, [(0.5, 0.5, 1.0, 1.0)]), (0.0, 0.0))
    ET.fromstring(drawn)


def test_a_function_with_a_few_large_values_isnt_drawn_in_one_colour():
    xs = ys = np.linspace(0.0, 1.0, 21)
    values = np.exp(12.0 * xs[None, :] * ys[:, None])
    drawn = landscape(("x", "y"), xs, ys, values, [])
    assert drawn.ground.count("stroke-opacity='0.45'") == 9
    assert drawn.ground.count("paint-order") > 3
    ET.fromstring(contour(drawn, (0.5, 0.5)))


def test_the_tangent_ends_at_the_frame():
    drawn = curve("x", [0.0, 1.0], [0.0, 1.0], 0.5, 0.5, 100.0)
    way = re.search(r"d='M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)' fill='none' stroke='#d2691e'", drawn)
    assert all(14.0 <= float(way[i]) <= 266.5 for i in (2, 4))


def test_counts_are_not_differentiated_by_unless_asked_for():
    with zg.options(backend="python"):
        assert list(zg.show(models.decay, 2.0, 3).grads) == ["x"]
        assert list(zg.show(zg.call(models.decay, 2.0, 3, wrt=("x", "n"))).grads) == ["x", "n"]


def test_ticks_are_round():
    assert ticks(-0.3, 1.2) == [-0.0, 0.5, 1.0] or ticks(-0.3, 1.2) == [0.0, 0.5, 1.0]
    assert ticks(1.0, 1.0) == []


def test_what_is_typed_beyond_the_ends_of_a_slider_moves_these(slope):
    slope.boxes["a"].value = 40.0
    assert slope.value == models.line(40.0, 3.0, np.array([1.0, 2.0]))
    assert slope.sliders["a"].max > 40.0
    slope.boxes["a"].value = -50.0
    assert slope.sliders["a"].value == -50.0
    assert slope.sliders["a"].min < -50.0
    slope.sliders["a"].value = 2.0
    assert slope.boxes["a"].value == 2.0
    assert "contours over a and b" in slope.plot.value


def test_a_whole_number_has_a_box_of_whole_numbers():
    with zg.options(backend="python"):
        explorer = zg.show(models.decay, 2.0, 3)
        explorer.boxes["n"].value = 70
        assert explorer.value == models.decay(2.0, 70)


def test_what_is_no_number_is_not_taken(slope):
    slope.boxes["a"].value = float("nan")
    assert slope.sliders["a"].value == 2.0


def test_what_is_saved_has_the_numbers_and_the_drawing(slope):
    page = checked(slope.saved())
    assert "d" in page.words
    image = next(attributes for tag, attributes in page.elements if tag == "img")
    drawn = ET.fromstring(b64decode(image["src"].split(",")[1]))
    assert any(e.get("data-paper") for e in drawn.iter())


def test_a_terminal_prints_the_numbers_once(slope, capsys):
    slope._ipython_display_()
    assert capsys.readouterr().out.count("d a") == 1


def moved(x):
    y = x.copy()
    for _ in range(3):
        y[0] += y[1]
    return y[0]


def test_an_array_that_was_written_into_is_not_shown_as_it_was():
    explorer = zg.show(moved, np.array([1.0, 2.0]))
    explorer.tabs.selected_index = 1
    last = next(i for i in range(len(explorer.steps)) if "value" in explorer.steps.made(i))
    known = explorer.steps.before(last)
    assert "y" not in known
    assert known["y[0]"].sample == 7.0


def inverse(x):
    return 1.0 / x


@pytest.mark.parametrize("tab", [0, 1, 2])
def test_every_view_says_that_the_function_fails(tab):
    explorer = zg.show(inverse, 1.0)
    explorer.tabs.selected_index = tab
    explorer.sliders["x"].value = 0.0
    assert "ZeroDivisionError" in explorer.said.value
    explorer.tabs.selected_index = (tab + 1) % 3
    explorer.sliders["x"].value = 1.0
    assert explorer.grads["x"] == -1.0


def test_numbers_of_every_kind(slope):
    assert zg.show(models.same, np.float32(2.0)).axes.options
    assert list(zg.show(models.same, np.inf).sliders) == []
    tiny = zg.show(models.same, 1e-9).sliders["x"]
    assert (tiny.min, tiny.max) == pytest.approx((-1e-9, 3e-9))
