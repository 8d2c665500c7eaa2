"""What calls need of a derivative: found in memory, on disk, or derived."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.backend.beside import GIVEN_UP, Build
from zygote_nb.backend.executable import Executable
from zygote_nb.backend.module import Module
from zygote_nb.backend.signature import Signature
from zygote_nb.caches import remembered
from zygote_nb.dataclass import dataclass, field
from zygote_nb.driver.bound import Bound, is_unchanged, key_of
from zygote_nb.driver.contest import Contest
from zygote_nb.driver.facts import Facts, Question
from zygote_nb.frontend.layout import Dependency
from zygote_nb.options import current

if TYPE_CHECKING:
    from zygote_nb.driver.derived import Derived


@dataclass(frozen=True, slots=True)
class Building:
    """A process that compiles, the text with ``calls`` to Python, or the one without."""

    build: Build
    calls: bool

    def is_over(self) -> bool:
        """Whether nothing more is to be expected: where Numba gives up, there is another text to try."""
        if self.build.is_running():
            return False
        return self.calls or self.build.result() != GIVEN_UP


@dataclass(slots=True)
class Ready:
    """A derivative, ready to be called; the derivation itself is made only when somebody asks for it.

    ``obstacle`` says why it can't be compiled; then ``mixed`` is the function that the interpreter runs. ``careful``
    are types of arguments for which compiled code has given up where the interpreter has not. ``building`` is what is
    compiled in other processes; where there are no loops, the ``contest`` decides whether it is called. ``text`` is
    what the interpreter runs, if it was read from the disk; ``is_kept`` says that it is there.
    """

    question: Question
    facts: Facts
    dependencies: tuple[Dependency, ...]
    obstacle: str | None = None
    executables: dict[Signature, Executable] = field(default_factory=dict)
    careful: set[Signature] = field(default_factory=set)
    mixed: Callable[..., Any] | None = None
    building: dict[Signature, Building] = field(default_factory=dict)
    contest: Contest = field(default_factory=Contest)
    text: Module | None = None
    is_kept: bool = False

    def derived(self, bound: Bound) -> Derived:
        """The derivation in full."""
        return derived_now(bound, self.question)

    def module(self, bound: Bound) -> Module:
        """What the interpreter runs."""
        return self.derived(bound).module if self.text is None else self.text


_ready: dict[Any, list[Ready]] = remembered({})


def ready(bound: Bound, question: Question) -> Ready:
    """The answer to the question, for the kinds of the arguments and the options in force."""
    if question.params is not None:
        return derived_ready(bound, question)
    return known(bound, question) or remember(bound, question, derived_for_all(bound, question))


def known(bound: Bound, question: Question) -> Ready | None:
    """The answer, if it was given before, in this process or in an earlier one."""
    for found in _ready.get((*key_of(bound, current()), question), ()):
        if is_unchanged(found.facts.free, found.facts.ways, found.dependencies, bound):
            return found
    kept = recalled(bound, question)
    return kept and remember(bound, question, kept)


def remember(bound: Bound, question: Question, made: Ready) -> Ready:
    key = (*key_of(bound, current()), question)
    _ready[key] = [made, *_ready.get(key, ())][:4]
    return made


def recalled(bound: Bound, question: Question) -> Ready | None:
    """What an earlier process left: machine code, or else the text."""
    from zygote_nb.driver import store, texts

    return store.recall(bound, question) or texts.recall(bound, question)


def derived_for_all(bound: Bound, question: Question) -> Ready:
    """What is derived now. Of derivatives along a direction only the facts may be asked, and are kept for others."""
    from zygote_nb.driver.adopted import expect

    expect(bound)
    made = derived_ready(bound, question)
    if question.forward:
        from zygote_nb.driver import texts

        texts.keep(bound, made, has_run=False)
    return made


def derived_ready(bound: Bound, question: Question) -> Ready:
    derived = derived_now(bound, question)
    dependencies = {d.path: d for d in derived.program.dependencies}
    return Ready(question, derived.facts, tuple(dependencies.values()), derived.module.obstacle)


def derived_now(bound: Bound, question: Question) -> Derived:
    """The derivation that answers the question, made now or before in this process."""
    if question.moved is not None:
        from zygote_nb.driver.again import derive_hvp

        return derive_hvp(bound, question.wrt, question.moved, question.width)
    if question.forward:
        from zygote_nb.driver.forward import derive_forward

        return derive_forward(bound, question.wrt, question.value, question.width, question.sizes)
    from zygote_nb.driver.derived import derive

    return derive(bound, question.wrt, question.value, question.loss_only, question.into, question.params)


def is_compiled(bound: Bound) -> bool:
    """Whether a derivative of the function was compiled, or loaded, for arguments of these kinds."""
    key = key_of(bound, current())
    return any(known.executables for k, found in _ready.items() if k[: len(key)] == key for known in found)
