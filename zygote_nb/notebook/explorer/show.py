"""`zg.show(f, *args)`: the explorer."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from html import escape
from time import perf_counter
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import display

import zygote_nb as zg
from zygote_nb.api import Call, request
from zygote_nb.display.document import Document, Part, Picture, Tab, Tabs
from zygote_nb.display.html import to_html
from zygote_nb.display.shown import Shown
from zygote_nb.display.text import to_text
from zygote_nb.driver.derived import derive
from zygote_nb.driver.restoring import as_before
from zygote_nb.notebook.annotate import annotated_document
from zygote_nb.notebook.explorer.plots import Landscape, contour, curve, landscape, standalone
from zygote_nb.notebook.explorer.steps import Steps
from zygote_nb.notebook.replay.effects import refuse_lasting
from zygote_nb.notebook.replay.run import looked_at, replay
from zygote_nb.notebook.results import Gradients
from zygote_nb.trees import is_whole

__all__ = ["Explorer", "show"]

POINTS, GRID, ARROWS = 61, 21, 7
SLOW = 0.4  # seconds for one drawing; a function that takes longer is drawn with fewer points
OBSERVED = 0.5  # seconds of a run that is looked at step by step, again wherever a slider is moved to


class Explorer(widgets.VBox):
    """Sliders for the numbers among the arguments, and views that follow them.

    `value` and `grads` are those at the sliders' place.
    """

    def __init__(self, call: Call) -> None:
        self.call = call
        self.restores = _restores(call)
        names = request(call, (), {}).bound.names[: len(call.args)]
        self.names = tuple(names)
        self.args = list(call.args)
        self.sliders = {name: _slider(name, v) for name, v in zip(names, call.args, strict=True) if _is_number(v)}
        self.boxes = {name: _box(slider) for name, slider in self.sliders.items()}
        floats = [name for name, v in zip(names, call.args, strict=True) if not isinstance(v, bool) and _has_float(v)]
        whole = {n for n, v in zip(names, call.args, strict=True) if is_whole(v)}
        asked = [n for n in (call.wrt or floats) if n in floats and (call.wrt or n not in whole)] or floats
        self.wrt = widgets.SelectMultiple(
            options=floats, value=asked, description="by", rows=min(4, max(2, len(floats))), layout={"width": "260px"}
        )
        numbers = [n for n in self.sliders if isinstance(call.args[self.names.index(n)], float | np.floating)]
        self.axes = widgets.Dropdown(options=_axes(numbers), description="draw", layout={"width": "260px"})
        self.said = widgets.HTML()
        self.plot = widgets.HTML()
        self.step = widgets.IntSlider(
            min=0, max=0, description="step", continuous_update=True, layout={"width": "480px"}
        )
        self.player = widgets.Play(interval=400, min=0, max=0, description="play")
        self.loop = widgets.Dropdown(options=[], description="loop", layout={"width": "380px"})
        self.iteration = widgets.IntSlider(min=1, max=1, description="iteration", layout={"width": "480px"})
        self.view = widgets.HTML()
        self.lines = widgets.HTML()
        widgets.jslink((self.player, "value"), (self.step, "value"))
        stepping = widgets.VBox(
            [widgets.HBox([self.step, self.player]), widgets.HBox([self.loop, self.iteration]), self.view]
        )
        drawing = widgets.VBox([self.axes, self.plot] if numbers else [self.plot])
        self.tabs = widgets.Tab([drawing, stepping, self.lines], titles=("drawing", "step by step", "lines"))
        self.steps: Steps | None = None
        self.drawn: tuple[Any, Any] = (None, None)  # for which axes, ranges and other values, and the drawing
        rows = [widgets.HBox([slider, self.boxes[name]]) for name, slider in self.sliders.items()]
        choice = [self.wrt] if len(floats) > 1 else []
        super().__init__([widgets.HBox([widgets.VBox(rows), *choice]), self.said, self.tabs])
        for slider in self.sliders.values():
            slider.observe(self._moved, "value")
        self.wrt.observe(self._moved, "value")
        self.axes.observe(lambda _: self._draw(), "value")
        self.tabs.observe(lambda _: self._look(), "selected_index")
        self.step.observe(lambda _: self._show_step(), "value")
        self.loop.observe(lambda _: self._choose_loop(), "value")
        self.iteration.observe(lambda _: self._go_to_iteration(), "value")
        self._moved()

    def __repr__(self) -> str:
        """Value and gradients, where no widgets are shown."""
        if not hasattr(self, "value"):
            return f"explorer of {self.call.function.__name__}"
        numbers = to_text(Gradients(self.grads, self.value, "value").document())
        return f"explorer of {self.call.function.__name__}; its sliders show in a notebook\n{numbers}"

    def saved(self) -> Document:
        """Numbers and drawing as they are now: what is left of an explorer in a notebook without its kernel."""
        if not hasattr(self, "value"):
            return ()
        shown: tuple[Part, ...] = Gradients(self.grads, self.value, "value").document()
        if self.plot.value.startswith("<svg"):
            shown = (*shown, Picture(standalone(self.plot.value), f"drawing of {self.call.function.__name__}", ""))
        return (Tabs((Tab("as it was when the cell ran", shown),)),)

    def _ipython_display_(self) -> None:
        """The widget, and below it what stays when a notebook is saved; numbers only where no widgets are shown."""
        if getattr(get_ipython(), "kernel", None) is None:
            print(repr(self))
            return
        display(self._repr_mimebundle_(), raw=True)
        display(Shown(self.saved()))

    @property
    def current(self) -> Call:
        """The call at the sliders' place."""
        args = [self._typed(name, v) for name, v in zip(self.names, self.args, strict=True)]
        return zg.call(self.call.function, *args, wrt=self.wrt.value or None, **self.call.kwargs)

    def _typed(self, name: str, value: Any) -> Any:
        return type(value)(self.sliders[name].value) if name in self.sliders else value

    def _moved(self, _: Any = None) -> None:
        """A slider was moved: the numbers and the drawing follow at once, the observed run when it is looked at."""
        self.steps = None
        try:
            self.value, grads = self._run(self.current)
        except Exception as error:
            self.said.value = f"<pre>{escape(f'{type(error).__name__}: {error}')}</pre>"
            return
        self.grads = dict(zip(self.current.wrt or self.names, grads, strict=True))
        self.said.value = to_html(Gradients(self.grads, self.value, "value").document())
        self._look()

    def _run(self, call: Call) -> Any:
        """Value and gradients; nothing is printed, and what the function changes outside is as before."""
        with as_before(call.function) if self.restores else nullcontext():
            return zg.withgradient(call)

    def _look(self) -> None:
        """Bring the open view up to date; where the function fails, say so in it."""
        try:
            self._update()
        except Exception as error:
            failed = f"<pre>{escape(f'{type(error).__name__}: {error}')}</pre>"
            views = (self.plot, self.view, self.lines)
            views[self.tabs.selected_index or 0].value = failed

    def _update(self) -> None:
        match self.tabs.selected_index:
            case 0 | None:
                self._draw()
            case 1:
                self._observe()
            case _:
                self.lines.value = to_html(annotated_document(self.current, self.call.function.__name__, OBSERVED))

    # The drawing

    def _draw(self) -> None:
        chosen = self.axes.value
        if not chosen:
            self.plot.value = "<p>A drawing needs a float among the arguments.</p>"
            return
        grads = [self._gradient(name) for name in chosen]
        at = [self.sliders[name].value for name in chosen]
        ends = tuple((self.sliders[name].min, self.sliders[name].max) for name in chosen)
        fixed = (chosen, ends, tuple(s.value for n, s in self.sliders.items() if n not in chosen))
        if self.drawn[0] != fixed:
            self.drawn = (fixed, self._curve(chosen[0]) if len(chosen) == 1 else self._surface(chosen))
        shape = self.drawn[1]
        if len(chosen) == 1:
            self.plot.value = curve(chosen[0], *shape, at[0], float(_loss(self.value)), grads[0])
        else:
            self.plot.value = contour(shape, (at[0], at[1]))

    def _gradient(self, name: str) -> float:
        if self.grads.get(name) is not None:
            return float(self.grads[name])
        return self._value({}, (name,))[1][0]

    def _at(self, places: dict[str, float], wrt: tuple[str, ...]) -> Call:
        args = [places.get(n, self._typed(n, v)) for n, v in zip(self.names, self.args, strict=True)]
        return zg.call(self.call.function, *args, wrt=self._with(wrt), **self.call.kwargs)

    def _with(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """What gradients are taken by: the same for all views where that is possible, for it is compiled code."""
        return tuple(dict.fromkeys([*self.wrt.value, *wanted]))

    def _curve(self, name: str) -> tuple[list[float], list[float]]:
        slider = self.sliders[name]
        count = _affordable(lambda: self._value({name: slider.value}, (name,)), POINTS)
        xs = np.linspace(slider.min, slider.max, count).tolist()
        return xs, [self._value({name: x}, (name,))[0] for x in xs]

    def _surface(self, names: tuple[str, str]) -> Landscape:
        (first, second), sliders = names, [self.sliders[n] for n in names]
        place = {n: s.value for n, s in zip(names, sliders, strict=True)}
        side = math.isqrt(_affordable(lambda: self._value(place, names), GRID * GRID))
        xs, ys = (np.linspace(s.min, s.max, max(side, 5)) for s in sliders)
        found = [[self._value({first: float(x), second: float(y)}, names) for x in xs] for y in ys]
        values = np.array([[value for value, _ in row] for row in found])
        skip = max(1, len(xs) // ARROWS)
        arrows = [
            (float(xs[j]), float(ys[i]), *found[i][j][1])
            for i in range(skip // 2, len(ys), skip)
            for j in range(skip // 2, len(xs), skip)
        ]
        return landscape(names, xs, ys, values, arrows)

    def _value(self, places: dict[str, float], wrt: tuple[str, ...]) -> tuple[float, tuple[float, ...]]:
        try:
            value, grads = self._run(self._at(places, wrt))
        except ArithmeticError:
            return math.nan, (math.nan,) * len(wrt)
        by_name = dict(zip(self._with(wrt), grads, strict=True))
        return float(_loss(value)), tuple(float(by_name[n] or 0.0) for n in wrt)

    # Step by step

    def _observe(self) -> None:
        if self.steps is None:
            call = self.current
            req = request(call, (), {})
            instances = looked_at(req)[0].program.instances.values()
            sources = list({(i.source.filename, i.source.first_line): i.source for i in instances}.values())
            self.steps = Steps.of(replay(call, OBSERVED), sources)
            last = max(0, len(self.steps) - 1)
            self.step.max = self.player.max = last
            self.loops = self.steps.loops()
            self.loop.options = list(self.loops)
            self.loop.value = next(iter(self.loops), None)
            self._choose_loop()
        self._show_step()

    def _show_step(self) -> None:
        if self.steps is not None and len(self.steps):
            self.view.value = self.steps.html(min(self.step.value, len(self.steps) - 1))

    def _choose_loop(self) -> None:
        steps = self.loops.get(self.loop.value, ()) if self.loop.value else ()
        self.iteration.max = max(1, len(steps))
        self.iteration.disabled = not steps

    def _go_to_iteration(self) -> None:
        steps = self.loops.get(self.loop.value, ())
        if steps:
            self.step.value = steps[min(self.iteration.value, len(steps)) - 1]


def show(f: Any, *args: Any, kwargs: dict[str, Any] | None = None) -> Explorer:
    """An explorer for a function: sliders for its numbers, value and gradient, drawings, the sweeps step by step.

    Args:
        f, args, kwargs: as for :func:`zygote_nb.gradient`; ``f`` may be a frozen call. Numbers get sliders.

    Returns:
        A widget. Its ``value`` and ``grads`` are those at the sliders' place.

    Example:
        >>> explorer = show(lambda x: x * x, 3.0)
        >>> explorer.value, explorer.grads["x"]
        (9.0, 6.0)
        >>> explorer.sliders["x"].value = 1.0
        >>> explorer.grads["x"]
        2.0
    """
    return Explorer(f if isinstance(f, Call) else zg.call(f, *args, **(kwargs or {})))


def _restores(call: Call) -> bool:
    """Whether there is anything to restore when the function has run; one that may run only once is refused."""
    req = request(call, (), {})
    derived = derive(req.bound, req.wrt, True, loss_only=True)
    refuse_lasting(derived.program)
    facts = derived.facts
    return bool(facts.has_effects or facts.outside or facts.captured)


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _has_float(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f"
    return isinstance(value, int | float | np.number) or (
        isinstance(value, tuple | list) and any(map(_has_float, value))
    )


def _slider(name: str, value: Any) -> Any:
    if isinstance(value, int | np.integer):
        return widgets.IntSlider(
            value=int(value), min=min(0, int(value)), max=max(10, 3 * int(value)), description=name, readout=False
        )
    size = abs(float(value))
    reach = 1.0 if size == 0.0 or 0.05 <= size <= 0.5 else 2 * size
    return widgets.FloatSlider(
        value=float(value), min=float(value) - reach, max=float(value) + reach, step=reach / 200, description=name,
        readout=False,
    )  # fmt: skip


def _box(slider: Any) -> Any:
    """A field for a slider's number: what is typed beyond the slider's ends moves these."""
    kind = widgets.IntText if isinstance(slider, widgets.IntSlider) else widgets.FloatText
    kind_of = int if kind is widgets.IntText else float
    box = kind(value=slider.value, step=slider.step, layout={"width": "110px"})

    def typed(change: Any) -> None:
        value = change["new"]
        if not math.isfinite(value):
            return
        if value > slider.max:
            slider.max = value + (value - slider.min) // 4
        elif value < slider.min:
            slider.min = value - (slider.max - value) // 4
        slider.value = value

    def moved(change: Any) -> None:
        box.value = kind_of(f"{change['new']:.12g}")  # a slider's steps are no round numbers

    box.observe(typed, "value")
    slider.observe(moved, "value")
    return box


def _axes(names: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """One variable, or a pair of them."""
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return [*((f"{a} and {b}", (a, b)) for a, b in pairs[:6]), *((n, (n,)) for n in names)]


def _affordable(run: Callable[[], Any], wanted: int) -> int:
    """How many evaluations fit into the time for a drawing."""
    run()
    start = perf_counter()
    run()
    return int(max(9, min(wanted, SLOW / max(perf_counter() - start, 1e-7))))


def _loss(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value
