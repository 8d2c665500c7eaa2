"""Gradients along lines and iterations."""

import xml.etree.ElementTree as ET
from base64 import b64decode

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook import models
from tests.notebook.pages import checked
from zygote_nb.display.document import Picture, Tabs
from zygote_nb.notebook.annotate import annotated_document
from zygote_nb.notebook.flow import Course, flow_picture, log_curve


def picture_of(document):
    tabs = next(part for part in document if isinstance(part, Tabs))
    return next(t.parts[0] for t in tabs.tabs if t.title == "gradient flow")


def test_along_lines_and_iterations():
    call = zg.call(models.rollout, np.array([0.3, -0.2]), np.array([1.0, 0.5]), 20)
    document = annotated_document(call, "rollout")
    picture = picture_of(document)
    drawn = ET.fromstring(picture.svg)
    words = [e.text for e in drawn.iter() if e.tag.endswith("text")]
    assert {"line 8", "line 9", "line 5", "1", "20"} <= set(words)
    assert "x[1] += 0.1 * (u - np.sin(x[0]))" in picture.text
    page = checked(document)
    images = [a for tag, a in page.elements if tag == "img"]
    assert any(a["alt"].startswith("Norms of the gradient") for a in images)
    assert ET.fromstring(b64decode(images[0]["src"].split(",")[1])) is not None


def test_what_vanishes_is_said_and_drawn(cell):
    trace = cell(
        "import numpy as np\ndef shrink(x, n):\n    for _ in range(n):\n        x = 0.01 * np.sin(x)\n    return x\n"
        "%nantrace shrink(0.4, 30)"
    )
    assert "vanishes along the iterations, from 1 in the last" in repr(trace)
    assert any(isinstance(part, Picture) for part in trace.document())


def test_a_network_that_is_a_list_of_matrices_shows_its_depth():
    Ws = [np.eye(3) * 1e-3] * 4
    picture = picture_of(annotated_document(zg.call(models.deep, Ws, np.ones(3)), "deep"))
    assert "h = np.tanh(z)" in picture.text
    assert "vanishes" in picture.text


@pytest.mark.parametrize(
    "norms", [(0.0, 1.0, 2.0), (1.0, float("nan"), 1.0), (float("inf"), 1.0, 1.0), (1e-300, 1e300)]
)
def test_zeros_and_what_is_not_finite_are_drawn(norms):
    picture = flow_picture([Course("f", 1, "x = x", norms)] * 3)
    values = [
        v for e in ET.fromstring(picture.svg).iter() for k, v in e.attrib.items() if k in ("d", "cx", "cy", "x", "y")
    ]
    assert values
    assert not any("nan" in v or "inf" in v for v in values)


def test_too_little_is_not_drawn():
    assert flow_picture([Course("f", 1, "x = x", (1.0,))]) is None
    assert flow_picture([Course("f", 1, "x = x", (0.0, 0.0))] * 3) is None


def test_a_long_course_is_thinned():
    assert len(log_curve([10.0**-i for i in range(100)])) == 16
