"""Annotated source: what it says of each line, in text and in HTML."""

import re

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook import models
from tests.notebook.pages import checked
from zygote_nb.display.document import Annotated, Beside, Say, Tabs
from zygote_nb.display.text import to_text
from zygote_nb.notebook.annotate import annotated_document, sparkline

ROLLOUT = zg.call(models.rollout, np.array([0.3, -0.2]), np.array([1.0, 0.5]), 5)
CALLS = {
    "rollout": ROLLOUT,
    "callee": zg.call(models.norm, np.ones(3)),
    "small callee": zg.call(models.through_a_callee, np.ones(3)),
    "network": zg.call(models.network, np.ones((4, 3)), np.ones((2, 4))),
    "trouble": zg.call(models.logarithm, np.array([1.0, 0.0])),
    "no scalar": zg.call(models.double, np.ones(3)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_page_keeps_the_rules(call):
    page = checked(annotated_document(call, "f", code_open=True))
    assert {"details", "summary"} <= {tag for tag, _ in page.elements}


def test_text_and_html_say_the_same_of_the_lines():
    (annotated, *_) = annotated_document(ROLLOUT, "rollout")
    text = to_text((annotated,))
    words = checked((annotated,)).words
    for line in annotated.lines:
        for part in (line.text, line.value, *(m.text for m in line.measures)):
            assert " ".join(part.split()) in " ".join(words)
            assert part in text


def test_each_line_has_its_own_adjoint_code():
    (annotated, *_) = annotated_document(ROLLOUT, "rollout")
    by_number = {line.number: line for line in annotated.lines}
    assert any("np.cos" in code for code in by_number[9].adjoint)
    assert not any("np.cos" in code for code in by_number[8].adjoint)
    assert by_number[5].value.endswith("×5")
    assert by_number[11].value == f"{models.rollout(*ROLLOUT.args):.4g}"


def test_shares_add_up_to_the_whole():
    (annotated, *_) = annotated_document(ROLLOUT, "rollout")
    for column in (1, 2):
        assert sum(line.measures[column].share for line in annotated.lines if line.measures) == pytest.approx(1.0)
    assert max(line.measures[0].share for line in annotated.lines if line.measures) == 1.0


def test_lines_and_code_of_one_origin_have_one_group():
    annotated, *_, tabs = annotated_document(ROLLOUT, "rollout")
    panes = tabs.tabs[0].parts[0]
    assert isinstance(panes, Beside)
    group = next(line.group for line in annotated.lines if line.number == 9)
    assert any("np.cos" in line.text and line.group == group for line in panes.right.lines)
    assert next(line for line in panes.left.lines if line.number == 9).group == group


def test_trouble_is_marked_with_words():
    (annotated, *_) = annotated_document(CALLS["trouble"], "f")
    assert annotated.lines[1].mark == "y is infinite"
    assert "y is infinite" in to_text((annotated,))


def test_the_result_is_not_kept_for_the_way_back():
    (annotated, *_) = annotated_document(CALLS["network"], "f")
    assert [line.measures[2].text for line in annotated.lines] == ["", "48 B", ""]


def test_a_branch_that_is_not_taken_says_so():
    (annotated, *_) = annotated_document(ROLLOUT, "rollout")
    assert next(line for line in annotated.lines if line.text.strip() == "u = 1.0").value == "not run"


def test_a_small_callee_has_lines_of_its_own():
    _first, second, *_ = annotated_document(CALLS["small callee"], "f")
    assert second.title == "double"
    assert second.lines[1].value == "float64[3]"
    assert second.lines[1].measures[0].text == f"{2 * np.sqrt(3) * 2:.4g}"


def test_a_run_that_fails_leaves_source_and_code(monkeypatch):
    monkeypatch.setattr("zygote_nb.notebook.annotate.replay", lambda *_, **__: 1 / 0)
    document = annotated_document(ROLLOUT, "rollout")
    assert any(isinstance(part, Annotated) for part in document)
    assert any(isinstance(part, Say) and "ZeroDivisionError" in part.text for part in document)
    assert isinstance(document[-1], Tabs)


def test_a_long_run_is_said_to_be_cut_short():
    document = annotated_document(zg.call(models.decay, 2.0, 10_000_000), "decay", 0.05)
    assert any(isinstance(part, Say) and "given up" in part.text for part in document)


def test_sparkline_shows_what_is_not_finite():
    assert sparkline([1.0, float("nan"), 2.0]) == "▅!█"
    assert sparkline([0.0, 0.0]) == "▁▁"


def left_early(x):
    for _ in range(10):
        x = x * 1.5
        if x > 4:
            return x**2
    return x


def test_a_return_on_one_of_several_paths_shows_its_value():
    shown = to_text(annotated_document(zg.call(left_early, 1.3), "left_early(1.3)"))
    assert re.search(r"return x\*\*2 +19.25", shown)
    assert re.search(r"return x +not run", shown)
