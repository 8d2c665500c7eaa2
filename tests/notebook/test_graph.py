"""The pullback graph: its nodes, its layout, its exports."""

import importlib.util
import json
import re
import shutil
import xml.etree.ElementTree as ET
import zlib
from base64 import b64decode
from types import SimpleNamespace

import numpy as np
import pytest

import zygote_nb as zg
from tests.notebook import models
from tests.notebook.pages import checked
from zygote_nb.notebook.graph.draw import adjoint_name
from zygote_nb.notebook.graph.layout import SLOTS
from zygote_nb.notebook.graph.model import leaves, walk
from zygote_nb.notebook.graph.thumbnail import png
from zygote_nb.notebook.replay.values import seen

ROLLOUT = zg.call(models.rollout, np.array([0.3, -0.2]), np.array([1.0, 0.5]), 5)
NETWORK = zg.call(models.network, np.ones((4, 3)), np.arange(8.0).reshape(2, 4))
CALLS = {
    "loop": ROLLOUT,
    "array": NETWORK,
    "callee": zg.call(models.norm, np.ones(3)),
    "while": zg.call(models.newton_sqrt, 2.0),
    "trouble": zg.call(models.logarithm, np.array([1.0, 0.0])),
    "identity": zg.call(models.same, 2.0),
}


@pytest.fixture(scope="module")
def long_function(tmp_path_factory):
    """A function of 400 lines with five operations each."""
    lines = ["import numpy as np", "def long(x):", "    y0 = x"]
    lines += [f"    y{i + 1} = np.sin(y{i}) * 0.5 + y{max(i - 3, 0)} * y{i} - 0.1" for i in range(400)]
    path = tmp_path_factory.mktemp("long") / "long_function.py"
    path.write_text("\n".join([*lines, "    return y400", ""]))
    spec = importlib.util.spec_from_file_location("long_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.long


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_page_keeps_the_rules_and_the_exports_are_well_formed(call):
    graph = zg.graph(call)
    checked(graph.document())
    ET.fromstring(graph.svg())
    assert graph.dot().count("{") == graph.dot().count("}")
    assert graph.html().startswith("<!doctype html>")
    ET.fromstring(graph.expanded().svg())


def test_nodes_say_what_is_known():
    graph = zg.graph(NETWORK)
    line = next(n for n in walk(graph.model.root) if n.title.startswith("h ="))
    assert (line.kind, line.line, line.value, line.kept) == ("line", 2, "float64[2,3]", "48 B")
    assert float(line.norm.strip("‖")) == pytest.approx(
        2 * np.linalg.norm(np.tanh(NETWORK.args[1] @ NETWORK.args[0])), rel=1e-3
    )
    assert [c.title for c in line.children] == ["@", "np.tanh"]
    assert line.thumb.startswith("data:image/png;base64,")


def test_edges_follow_the_values():
    graph = zg.graph(NETWORK)
    by_title = {n.title: n.number for n in walk(graph.model.root)}
    edges = {(e.source, e.target) for n in walk(graph.model.root) for e in n.edges}
    assert (by_title["W"], by_title["@"]) in edges
    assert (by_title["@"], by_title["np.tanh"]) in edges
    assert (by_title["np.tanh"], by_title["×"]) in edges


def test_a_loop_is_a_group_with_its_count_and_carries_values():
    graph = zg.graph(ROLLOUT)
    loop = next(n for n in walk(graph.model.root) if n.kind == "loop")
    assert loop.value == "×5"
    assert {e.name for n in walk(loop) for e in n.edges if e.carried} >= {"x", "cost"}
    branch = next(n for n in walk(loop) if n.kind == "branch")
    assert branch.children[1].title == "u = 1.0"


def test_a_call_is_a_group_of_the_callees_lines():
    graph = zg.graph(CALLS["callee"])
    call = next(n for n in walk(graph.model.root) if n.kind == "call")
    assert any(n.title == "x = 0.5 * (x + a / x)" for n in walk(call))


def test_trouble_is_marked():
    graph = zg.graph(CALLS["trouble"])
    nodes = {n.title: n for n in walk(graph.model.root)}
    assert (nodes["y = np.log(x)"].bad, nodes["y = np.log(x)"].state) == (True, "")
    assert nodes["x"].state == "nan"
    assert "NaN or inf" in repr(graph)


def test_no_two_boxes_overlap():
    graph = zg.graph(ROLLOUT).expanded()
    boxes = [b for b in graph.scene.boxes.values() if not b.opened]
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            assert apart, (a.node.title, b.node.title)


def test_every_box_lies_in_its_group():
    scene = zg.graph(CALLS["callee"]).expanded().scene
    for group in scene.boxes.values():
        for child in group.node.children if group.opened else ():
            inner = scene.boxes[child.number]
            assert group.x <= inner.x
            assert inner.x + inner.width <= group.x + group.width
            assert group.y <= inner.y
            assert inner.y + inner.height <= group.y + group.height


def test_2000_nodes_are_folded_into_a_page_that_can_be_read(long_function):
    graph = zg.graph(long_function, 0.5)
    assert sum(1 for _ in leaves(graph.model.root)) > 500
    assert len(graph.scene.boxes) <= 60
    page = checked(graph.document())
    assert sum(len(word) for word in page.words) < 60_000
    assert graph.scene.height < 4000


def test_operations_inside_a_line_have_values():
    def f(x, W):
        x = np.tanh(x * 2.0)
        x = x - np.max(x @ W, axis=0, keepdims=True)
        y = x[0:2] * 3.0
        y[0] += np.sin(y[1]) * 0.5
        return np.sum(x[1:] * y)

    x, W = np.arange(9.0).reshape(3, 3) / 9, np.eye(3)
    first = np.tanh(2 * x)
    second = first - np.max(first, axis=0, keepdims=True)
    found = {n.detail: n for n in walk(zg.graph(f, x, W).model.root) if n.kind == "operation"}
    for text, value in {
        "x * 2.0": 2 * x,
        "np.tanh(x * 2.0)": first,
        "np.max(x @ W, axis=0, keepdims=True)": np.max(first, axis=0, keepdims=True),
        "x - np.max(x @ W, axis=0, keepdims=True)": second,
        "x[0:2]": second[0:2],
        "np.sin(y[1])": np.sin(3.0 * second[1]),
    }.items():
        assert f"{text}\n{seen(value)}" in found
    assert found[f"x * 2.0\n{seen(2 * x)}"].thumb


def test_operations_inside_a_line_have_gradients():
    W, X = np.ones((4, 3)), np.arange(8.0).reshape(2, 4)
    found = {n.detail.split("\n")[0]: n for n in walk(zg.graph(NETWORK).model.root) if n.kind == "operation"}
    before = 2 * np.tanh(X @ W) / np.cosh(X @ W) ** 2
    assert float(found["X @ W"].norm.strip("‖")) == pytest.approx(np.linalg.norm(before), rel=1e-3)
    assert found["X @ W"].gradient_thumb
    assert found["np.sum(h * h)"].norm == "1"


def test_an_operation_that_stands_twice_in_a_line_has_the_gradient_of_each():
    def f(x):
        return 3.0 * (x + 1.0) + 5.0 * (x + 1.0) * zg.ignore_derivatives(x - 1.0)

    found = [n for n in walk(zg.graph(f, 2.0).model.root) if n.detail.startswith("x + 1.0\n")]
    assert [n.norm for n in found] == ["3", "5"]
    ignored = next(n for n in walk(zg.graph(f, 2.0).model.root) if n.detail.startswith("x - 1.0\n"))
    assert not ignored.has_gradient


def test_a_program_that_cannot_be_watched_has_a_graph_without_inner_gradients(monkeypatch):
    monkeypatch.setattr("zygote_nb.notebook.replay.cotangents.make", lambda *_, **__: 1 / 0)
    found = {n.detail.split("\n")[0]: n for n in walk(zg.graph(NETWORK).model.root) if n.kind == "operation"}
    assert found["X @ W"].norm == ""


def test_the_lines_of_a_small_callee_have_values_and_gradients():
    def layer(x):
        h = 2.0 * x
        return h

    call = next(n for n in walk(zg.graph(lambda x: layer(x) ** 2, 3.0).model.root) if n.title == "h = 2.0 * x")
    assert (call.value, call.norm) == ("6", "12")


def test_what_is_joined_stands_in_one_column():
    def f(x):
        y = np.sin(x)
        z = np.cos(y)
        return z * 2.0

    boxes = [b for b in zg.graph(f, 0.5).scene.boxes.values() if not b.opened]
    assert len({b.x + b.width / 2 for b in boxes}) == 1


def test_a_large_graph_answers_too(long_function):
    model = live_model(zg.graph(long_function, 0.5))
    assert sum(1 for _ in nodes_of(model["root"])) > 500


@pytest.mark.parametrize("call", ["ROLLOUT", "NETWORK"])
def test_the_live_model_is_whole(call):
    graph = zg.graph(globals()[call])
    model = live_model(graph)
    assert set(model["open"]) == graph.model.opened
    assert sum(1 for _ in nodes_of(model["root"])) == len(graph) + 1


def live_model(graph):
    """What the script gets: plain, or deflated if it is large."""
    kind, text = re.search(r"<script type='application/(\w+)'>(.*?)</script>", graph._live()).groups()
    return json.loads(zlib.decompress(b64decode(text)) if kind == "zlib" else text)


def nodes_of(node):
    yield node
    for child in node.get("c", []):
        yield from nodes_of(child)


def test_png_where_it_can_be_made(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setitem(__import__("sys").modules, "cairosvg", None)
    with pytest.raises(zg.ZygoteError, match="nothing that draws PNG"):
        zg.graph(NETWORK).png()


def test_to_graphviz_needs_no_program_to_be_made():
    assert "digraph" in zg.graph(NETWORK).to_graphviz().source


def test_the_thumbnails_are_png_files():
    data = png(np.zeros((2, 3, 3), np.uint8))
    assert data.startswith(b"\x89PNG")
    assert data.endswith(b"IEND\xaeB`\x82")


def test_the_magic_returns_and_keeps_the_graph(cell, shell):
    cell("def f(x):\n    y = x * x\n    return 3.0 * y")
    graph = cell("%gradgraph -o kept f(2.0)")
    assert shell.user_ns["kept"] is graph
    assert "y = x * x" in repr(graph)
    cell("k = 2.0")
    assert "pullback graph of cell" in repr(cell("%%grad -g k\ny = k * k\ny + k"))


def test_a_loop_that_is_written_out_is_one_group():
    """A network given as a list of matrices: the gradient along its depth, and one node for the list."""
    Ws = [np.eye(3) * s for s in (0.1, 0.2, 0.3, 0.4, 0.5)]
    graph = zg.graph(models.deep, Ws, np.ones(3))
    nodes = {n.title: n for n in walk(graph.model.root)}
    assert (nodes["Ws"].kind, nodes["Ws"].value, len(nodes["Ws"].children)) == ("arguments", "5 values", 5)
    loop = nodes["for W in Ws:"]
    assert (loop.kind, loop.value) == ("loop", "×5")
    assert [c.title for c in loop.children] == ["for W in Ws", "z = W @ h", "h = np.tanh(z)"]
    assert nodes["h = np.tanh(z)"].value == "float64[3] ×5"
    assert "…" in nodes["z = W @ h"].norm
    edges = {(e.source, e.target) for n in walk(graph.model.root) for e in n.edges}
    heads = {nodes[f"Ws[{i}]"].number for i in range(5)}
    assert heads == {a for a, b in edges if b == loop.children[0].number}
    checked(graph.document())


def test_loops_that_are_written_out_within_each_other():
    def f(Ws, x):
        for W in Ws:
            for V in (W, W.T):
                x = np.tanh(V @ x)
            if x[0] > 100.0:
                x = 2.0 * x
        return np.sum(x)

    graph = zg.graph(f, [np.eye(2), 2 * np.eye(2), np.eye(2)], np.ones(2))
    loops = [n.value for n in walk(graph.model.root) if n.kind == "loop"]
    assert loops == ["×3", "×2"]
    checked(graph.document())


def test_a_gradient_passes_names_and_the_heads_of_loops():
    nodes = {n.title: n for n in walk(zg.graph(models.deep, [np.eye(3)] * 4, np.ones(3)).model.root)}
    assert nodes["h = x"].has_gradient
    assert nodes["for W in Ws"].has_gradient
    assert adjoint_name(nodes["for W in Ws"]) == "d W"
    nodes = {n.title: n for n in walk(zg.graph(ROLLOUT).model.root)}
    assert not nodes["for t in range(n)"].has_gradient
    nodes = {n.title: n for n in walk(zg.graph(models.norm, np.ones(3)).model.root)}
    assert nodes["for t in v"].has_gradient


def test_a_value_that_is_not_finite_is_marked_on_the_way_forward():
    graph = zg.graph(CALLS["trouble"])
    nodes = {n.title: n for n in walk(graph.model.root)}
    assert nodes["y = np.log(x)"].bad
    assert not nodes["x"].bad
    drawn = graph.svg()
    assert "float64[2] NaN or inf" in drawn
    assert drawn.count("#cf222e") > 2


def test_leaves_of_arguments_are_named_as_they_are_written():
    def f(model, p, pair, x):
        return model.W[0] * p["c"] + pair[1] * x + model.layers[0] * p["d"][0]

    model = SimpleNamespace(W=np.ones(2), layers=[2.0, 3.0])
    graph = zg.graph(f, model, {"c": 1.0, "d": (2.0, 3.0)}, (1.0, 2.0), 0.5)
    titles = [n.title for n in graph.model.root.children if n.kind == "input"]
    assert titles == [
        "model.W", "model.layers", "p['c']", "p['d'][0]", "p['d'][1]", "pair[0]", "pair[1]", "x",
    ]  # fmt: skip
    assert "d p['c']" in graph.dot()


def tangled(count):
    """A function in which values are used far below where they are made."""
    lines = ["def tangled(x):", "    v0 = x"]
    for i in range(1, count):
        lines.append(f"    v{i} = np.tanh(0.{1 + i % 9} * v{i - 1}) + 0.01 * v{i * i % i if i % 3 else i // 2}")
    return "\n".join([*lines, f"    return v{count - 1}"])


@pytest.mark.parametrize("count", [39, 500])
def test_a_tangle_stays_readable(tmp_path, monkeypatch, count):
    """Only so many long edges are drawn, the others for one node at a time; an output has its limit."""
    (tmp_path / f"tangled{count}.py").write_text(f"import numpy as np\n{tangled(count)}")
    monkeypatch.syspath_prepend(tmp_path)
    graph = zg.graph(__import__(f"tangled{count}").tangled, 0.5)
    layering = graph.layerings[graph.model.root.number]
    slots = sum(not isinstance(item, int) for layer in layering.layers for item in layer)
    assert slots <= SLOTS
    assert len(layering.far) > 0
    assert f"{len(layering.far)} paths that pass many nodes are not drawn" in repr(graph.document())
    forms = graph._repr_mimebundle_()
    assert sum(map(len, forms.values())) <= 200_000
    assert "application/" in forms["text/html"]
