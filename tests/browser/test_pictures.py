"""The pictures in a real browser: two front ends, light and dark, trusted and not, with and without a kernel."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import zygote_nb as zg
from tests.browser import server as jupyter
from tests.notebook.models import rollout
from zygote_nb.display.html import to_html
from zygote_nb.notebook.adjoint import adjoint_document

SETUP = """%load_ext zygote_nb
import numpy as np, zygote_nb as zg
def rollout(theta, x0, n):
    x = x0.copy()
    cost = 0.0
    for t in range(n):
        u = theta[0] * x[0] + theta[1] * x[1]
        if u > 1.0:
            u = 1.0
        x[0] += 0.1 * x[1]
        x[1] += 0.1 * (u - np.sin(x[0]))
        cost += x[0] ** 2 + 0.1 * u * u
    return cost
theta, x0 = np.array([0.3, -0.2]), np.array([1.0, 0.5])
zg.options(backend="python");"""
TANGLED = "".join(
    f"    x{i + 1} = np.tanh(1.{i % 10} * x{i} + 0.{i % 7} * x{i * i % 97 % (i + 1)})\n" for i in range(150)
)
LONG = f"def long(x0):\n{TANGLED}    return x150\n%gradgraph long(0.5)"
CELLS = (
    SETUP,
    "%adjoint rollout(theta, x0, 20)",
    "%gradgraph rollout(theta, x0, 20)",
    "%%grad theta\nu = theta[0] * x0[0] + theta[1] * x0[1]\nloss = u * u",
    LONG,
)
EXPLORER = (
    "import zygote_nb as zg\ndef f(a, b):\n    y = a\n    for i in range(8):\n        y = y * b\n    return y + a * a",
    "zg.show(f, 2.0, 0.5)",
)


@pytest.fixture(scope="module")
def finished(server, browser):
    """A notebook that ran, saved with its outputs."""
    jupyter.write_notebook(server.folder / "finished.ipynb", *CELLS)
    page = browser.new_page(viewport={"width": 1300, "height": 1800})
    jupyter.open_notebook(page, server.lab("finished.ipynb"))
    jupyter.run_all(page)
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=20_000)
    yield page
    page.close()


def outputs(page, selector):
    """In the notebook that shows; JupyterLab keeps others open behind it."""
    return page.locator(f".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output {selector}")


def test_nothing_failed(finished):
    assert finished.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert finished.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0


def test_pointing_at_a_line_marks_its_partners(finished):
    output = outputs(finished, "[data-zg]").first
    line = output.locator("[data-annotated] [data-group]").filter(has_text="(u - np.sin(x[0]))").first
    line.hover()
    marked = output.locator("[data-panes] [data-group]").evaluate_all(
        "rows => rows.filter((r) => r.style.outline !== '').map((r) => r.textContent)"
    )
    assert any("np.cos" in text for text in marked)
    assert not any("d_theta[0]" in text for text in marked)


def test_the_keyboard_does_what_the_pointer_does(finished):
    output = outputs(finished, "[data-zg]").first
    line = output.locator("[data-annotated] [data-group]").filter(has_text="u = theta[0]").first
    line.focus()
    marked = output.locator("[data-panes] [data-group]").evaluate_all(
        "rows => rows.filter((r) => r.style.outline !== '').map((r) => r.textContent)"
    )
    assert any("d_theta[0]" in text for text in marked)


def test_a_click_unfolds_the_adjoint_code_of_a_line(finished):
    output = outputs(finished, "[data-zg]").first
    details = output.locator("[data-annotated] details").filter(has_text="(u - np.sin(x[0]))").first
    assert details.evaluate("d => d.open") is False
    details.locator("summary").click()
    assert details.evaluate("d => d.open") is True
    details.locator("div").filter(has_text="np.cos").first.wait_for(timeout=5_000)


def test_the_shade_is_switched(finished):
    output = outputs(finished, "[data-zg]").first
    source = (
        output.locator("[data-annotated] [data-shares]").filter(has_text="u = theta[0]").first.locator("[data-source]")
    )
    by_gradient = source.evaluate("e => e.style.background")
    output.get_by_role("button", name="time").first.click()
    assert source.evaluate("e => e.style.background") != by_gradient


def test_tabs_show_one_view_at_a_time(finished):
    output = outputs(finished, "[data-zg]").first
    output.get_by_role("tab", name="IR").click()
    assert output.get_by_text("before differentiation").is_visible()
    assert not output.get_by_text("backward pass", exact=True).last.is_visible()
    output.get_by_role("tab", name="source and backward pass").click()


def test_the_graph_answers(finished):
    graph = outputs(finished, "[data-picture=live]").first
    graph.scroll_into_view_if_needed()
    loop = graph.locator("g[data-lane='forward']").filter(has_text="for t in range(n)").first
    folded = loop.get_attribute("aria-expanded")
    loop.locator("rect").first.click(position={"x": 12, "y": 12})
    again = graph.locator("g[data-lane='forward']").filter(has_text="for t in range(n)").first
    assert again.get_attribute("aria-expanded") != folded
    again.focus()
    finished.keyboard.press("Enter")
    assert (
        graph.locator("g[data-lane='forward']")
        .filter(has_text="for t in range(n)")
        .first.get_attribute("aria-expanded")
        == folded
    )
    graph.locator("g[data-lane='forward']").filter(has_text="x = x0.copy()").first.hover()
    assert "line 2: x = x0.copy()" in graph.locator("[aria-live]").inner_text()


def test_what_is_searched_in_a_large_graph_comes_into_view(finished):
    graph = outputs(finished, "[data-picture=live]").last
    graph.scroll_into_view_if_needed()
    graph.get_by_label("find a node").fill("x149 =")
    hit = graph.locator("g[data-found][data-lane='forward']").first
    assert hit.evaluate(
        """g => { const box = g.getBoundingClientRect(), stage = g.closest("div").getBoundingClientRect();
                 return box.top >= stage.top && box.bottom <= stage.bottom; }"""
    )
    graph.get_by_label("find a node").fill("")


def test_the_graph_is_searched(finished):
    graph = outputs(finished, "[data-picture=live]").first
    graph.get_by_label("find a node").fill("np.sin")
    faded = graph.locator("g[data-node][opacity='0.25']").count()
    assert faded > 0
    assert graph.locator("g[data-node]").count() > faded
    graph.get_by_label("find a node").fill("")


def test_paths_that_are_not_drawn_are_shown_for_the_node_that_is_pointed_at(finished):
    graph = outputs(finished, "[data-picture=live]").last
    graph.scroll_into_view_if_needed()
    node = graph.locator("g[data-lane='forward']").filter(has_text="lines 2 to").first
    finished.mouse.move(0, 0)  # it may have come to lie on a node, whose paths are shown
    count = graph.locator("path[data-ends]").count()
    node.focus()
    assert graph.locator("path[data-ends]").count() > count
    node.evaluate("node => node.blur()")
    assert graph.locator("path[data-ends]").count() == count


def test_a_large_graph_answers(finished):
    graph = outputs(finished, "[data-picture=live]").last
    graph.scroll_into_view_if_needed()
    folded = graph.locator("g[data-lane='forward'][aria-expanded='false']").filter(has_text="lines").first
    count = graph.locator("g[data-node]").count()
    folded.locator("rect").first.click(position={"x": 12, "y": 12})
    assert graph.locator("g[data-node]").count() > count + 10


@pytest.mark.parametrize(("kind", "start"), [("SVG", b"<svg"), ("PNG", b"\x89PNG")])
def test_the_picture_is_saved_as_it_is_seen(finished, tmp_path, kind, start):
    graph = outputs(finished, "[data-picture=live]").first
    with finished.expect_download() as saved_:
        graph.get_by_role("button", name=f"save {kind}").click()
    assert saved_.value.suggested_filename == f"rollout.{kind.lower()}"
    saved_.value.save_as(tmp_path / "picture")
    data = (tmp_path / "picture").read_bytes()
    assert data.startswith(start)
    assert len(data) > 5_000
    assert b"var(--" not in data


def test_the_gradient_flow_is_drawn_in_the_colours_of_the_page(finished):
    output = outputs(finished, "[data-zg]").first
    output.get_by_role("tab", name="gradient flow").click()
    drawing = output.locator("[data-picture=drawn] svg")
    assert drawing.is_visible()
    assert drawing.locator("text").filter(has_text="line 9").count() == 1
    assert drawing.locator("[data-paper]").count() == 0
    output.get_by_role("tab", name="source and backward pass").click()


def test_tabs_are_walked_by_arrow_keys(finished):
    output = outputs(finished, "[data-zg]").first
    first = output.get_by_role("tab", name="source and backward pass")
    first.focus()
    finished.keyboard.press("ArrowRight")
    assert output.get_by_role("tab", name="gradient flow").get_attribute("aria-selected") == "true"
    finished.keyboard.press("ArrowLeft")
    assert first.get_attribute("aria-selected") == "true"


def test_gradients_inside_a_line_are_shown(finished):
    graph = outputs(finished, "[data-picture=live]").first
    graph.get_by_role("button", name="unfold all").click()
    inner = graph.locator("g[data-lane='backward']").filter(has_text="d np.sin").first
    inner.hover()
    assert "gradient" in graph.locator("[aria-live]").inner_text()
    graph.get_by_role("button", name="fold all", exact=True).click()


def readable(page, ground=".jp-Notebook"):
    """The least contrast of text of ours, in tables, rows and graphs, against the page's ground."""
    return page.evaluate(
        """(where) => {
          const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
          const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
          const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
          const ground = numbers(getComputedStyle(document.querySelector(where)).backgroundColor);
          let least = 21;
          const look = (colour) => {
            const a = light(numbers(colour)), b = light(ground);
            least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
          };
          document.querySelectorAll('[data-annotated] span, [data-zg] td, [data-zg] p')
            .forEach((e) => look(getComputedStyle(e).color));
          document.querySelectorAll('[data-picture]').forEach((p) =>
            p.shadowRoot.querySelectorAll('text').forEach((e) => look(getComputedStyle(e).fill)));
          return least; }""",
        ground,
    )


def test_light_and_dark(finished):
    assert readable(finished) >= 4.5
    change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
    finished.evaluate(change, "JupyterLab Dark")
    finished.wait_for_function("document.body.dataset.jpThemeLight === 'false'", timeout=20_000)
    finished.wait_for_timeout(500)
    assert readable(finished) >= 4.5
    finished.evaluate(change, "JupyterLab Light")
    finished.wait_for_function("document.body.dataset.jpThemeLight === 'true'", timeout=20_000)


VSCODE = {
    "dark": "background:#1f1f1f;color:#cccccc;--vscode-editor-foreground:#cccccc;--vscode-editor-background:#1f1f1f;"
    "--vscode-descriptionForeground:#9d9d9d;--vscode-panel-border:#2b2b2b;--vscode-sideBar-background:#181818",
    "light": "background:#ffffff;color:#3b3b3b;--vscode-editor-foreground:#3b3b3b;--vscode-editor-background:#ffffff;"
    "--vscode-descriptionForeground:#5f5f5f;--vscode-panel-border:#e5e5e5;--vscode-sideBar-background:#f8f8f8",
    "high contrast": "background:#000000;color:#ffffff;--vscode-editor-foreground:#ffffff;"
    "--vscode-editor-background:#000000;--vscode-descriptionForeground:rgba(255,255,255,0.7);"
    "--vscode-panel-border:#6fc3df;--vscode-sideBar-background:#000000;--vscode-focusBorder:#f38518",
}
OTHERS = {"dark without variables": "background:#202124;color:#e8eaed", "light without variables": "background:#fff"}


@pytest.mark.parametrize("theme", [*VSCODE, *OTHERS])
def test_on_pages_of_other_front_ends(page, tmp_path, theme):
    """What VS Code and Colab put around an output: their variables, or none."""
    call = zg.call(rollout, np.array([0.3, -0.2]), np.array([1.0, 0.5]), 20)
    parts = (*adjoint_document(call, "rollout"), *zg.graph(call).document(), *zg.explain(call).document())
    style = (VSCODE | OTHERS)[theme]
    text = f"<!doctype html><meta charset='utf-8'><body style='{style}'>{to_html(parts)}</body>"
    (tmp_path / "page.html").write_text(text, "utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    graph = page.locator("[data-picture=live]")
    assert graph.locator("g[data-node]").count() > 10
    assert readable(page, "body") >= 4.5
    page.locator("[data-annotated] [data-group]").filter(has_text="x[1] += 0.1").first.hover()
    assert page.locator("[data-panes] [data-group]").evaluate_all("rows => rows.some((r) => r.style.outline !== '')")


def saved(server, name, trusted):
    """The saved notebook under another name; touched by another program, it is not trusted."""
    import nbformat

    book = nbformat.read(server.folder / "finished.ipynb", as_version=4)
    if not trusted:
        for cell in book.cells:
            cell.source += "  # touched"
            cell.metadata.pop("trusted", None)
    nbformat.write(book, server.folder / name)


@pytest.mark.usefixtures("finished")
def test_untrusted_and_without_a_kernel_the_pictures_are_there(server, page):
    saved(server, "untrusted.ipynb", trusted=False)
    jupyter.open_notebook(page, server.lab("untrusted.ipynb"))
    image = outputs(page, "img[alt^='Pullback graph']").first
    image.wait_for(state="attached", timeout=20_000)
    image.scroll_into_view_if_needed()
    image.wait_for(timeout=5_000)
    assert image.evaluate("i => i.complete && i.naturalWidth") > 300
    assert outputs(page, "script").count() == 0
    row = outputs(page, "summary").filter(has_text="(u - np.sin(x[0]))").first
    assert row.is_visible()
    row.click()
    assert outputs(page, "details[open]").filter(has_text="np.cos").first.is_visible()


@pytest.mark.usefixtures("finished")
def test_in_notebook_7_the_saved_pictures_are_there(server, page):
    jupyter.open_notebook(page, server.notebook("finished.ipynb"))
    graph = outputs(page, "[data-picture=live]").first
    graph.wait_for(state="attached", timeout=20_000)
    graph.scroll_into_view_if_needed()
    graph.locator("g[data-node]").first.wait_for(timeout=10_000)
    assert outputs(page, "[data-annotated]").first.is_visible()


@pytest.mark.usefixtures("finished")
def test_nbconvert_keeps_the_pictures(server, page):
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "finished.ipynb"]
    subprocess.run(command, cwd=server.folder, env=jupyter.environment(server.folder), check=True, capture_output=True)
    page.context.set_offline(True)
    page.goto((server.folder / "finished.html").as_uri(), wait_until="domcontentloaded")
    graph = page.locator("[data-picture=live]").first
    assert graph.locator("g[data-node]").first.is_visible()
    page.locator("[data-annotated] [data-group]").filter(has_text="x[1] += 0.1").first.hover()
    assert page.locator("[data-annotated]").first.is_visible()


@pytest.fixture(scope="module", params=["lab", pytest.param("notebook", marks=pytest.mark.full)])
def explorer(server, browser, request):
    """A page with an explorer, in JupyterLab, and under ZYGOTE_NB_FULL=1 in Notebook 7."""
    name = f"explorer-{request.param}.ipynb"
    jupyter.write_notebook(server.folder / name, *EXPLORER)
    page = browser.new_page(viewport={"width": 1300, "height": 1800})
    jupyter.open_notebook(page, getattr(server, request.param)(name))
    jupyter.run_all(page)
    outputs(page, "svg[aria-label^='contours over a and b']").wait_for(timeout=60_000)
    yield page
    page.close()


def click_slider(page, name, part):
    """Click a slider's track at a part of its length; it is animated, and takes no other click meanwhile."""
    track = outputs(page, ".widget-slider").filter(has_text=name).first.locator(".slider, .noUi-target").first
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_timeout(400)


def changed(page, locator, before):
    """The text of an element, when it is no longer what it was."""
    for _ in range(200):
        if locator.inner_text() != before:
            return locator.inner_text()
        page.wait_for_timeout(50)
    raise AssertionError(f"nothing changed: {before}")


def test_a_slider_moves_value_and_gradient(explorer):
    numbers = outputs(explorer, "[data-zg]").first
    before = numbers.inner_text()
    click_slider(explorer, "a", 0.8)
    assert "d a" in changed(explorer, numbers, before)


def test_a_move_arrives_at_once(explorer):
    """From the click to the new numbers, through the kernel and back.

    About 80 ms on two free cores; the bound allows for busy ones, and `pytest -s` shows the times.
    """
    times = []
    watch = """e => { const start = performance.now(); window.moved = null;
      new MutationObserver((_, o) => { window.moved = performance.now() - start; o.disconnect(); })
        .observe(e.parentElement, { childList: true, subtree: true, characterData: true }); }"""
    for part in (0.3, 0.7, 0.4, 0.6, 0.35):
        outputs(explorer, "[data-zg]").first.evaluate(watch)
        click_slider(explorer, "a", part)
        explorer.wait_for_function("window.moved !== null", timeout=10_000)
        times.append(explorer.evaluate("window.moved"))
    print(f"{min(times):.0f} to {max(times):.0f} ms")
    assert min(times) < 1000


def test_what_is_typed_beyond_a_slider_counts(explorer):
    numbers = outputs(explorer, "[data-zg]").first
    before = numbers.inner_text()
    box = outputs(explorer, ".widget-text input").first
    box.fill("17")
    box.press("Enter")
    assert "289" in changed(explorer, numbers, before)
    box.fill("2")
    box.press("Enter")
    explorer.wait_for_timeout(300)


def test_stepping_and_the_iterations_of_a_loop(explorer):
    outputs(explorer, ".lm-TabBar-tab").filter(has_text="step by step").first.click()
    current = outputs(explorer, "[aria-current='step']").first
    current.wait_for(timeout=10_000)
    before = current.inner_text()
    click_slider(explorer, "step", 0.98)
    assert "backward sweep" in outputs(explorer, "div").filter(has_text="sweep").last.inner_text()
    assert changed(explorer, current, before)
    before = outputs(explorer, "[aria-current='step']").first.inner_text()
    click_slider(explorer, "iteration", 0.5)
    assert "for i in range(8)" in changed(explorer, outputs(explorer, "[aria-current='step']").first, before)
    assert outputs(explorer, "div").filter(has_text=re.compile("forward sweep, iteration [3-6] of 8")).count()
    outputs(explorer, ".lm-TabBar-tab").filter(has_text="drawing").first.click()


def test_the_lines_are_annotated_in_the_explorer(explorer):
    outputs(explorer, ".lm-TabBar-tab").filter(has_text="lines").first.click()
    outputs(explorer, "[data-annotated]").filter(has_text="y = y * b").first.wait_for(timeout=10_000)
    outputs(explorer, ".lm-TabBar-tab").filter(has_text="drawing").first.click()


def test_another_drawing_is_chosen(explorer):
    outputs(explorer, ".widget-dropdown select").first.select_option(label="b")
    outputs(explorer, "svg[aria-label^='curve over b']").wait_for(timeout=10_000)
