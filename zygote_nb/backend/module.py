"""Generated modules: text, line map, and the functions made from it, interpreted and compiled."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass, field

if TYPE_CHECKING:
    from zygote_nb.backend.emit import Line
    from zygote_nb.backend.plan import Text
    from zygote_nb.backend.signature import Signature
    from zygote_nb.ir.generated import Generated


@dataclass(slots=True)
class Module:
    """The text of a derivative and what runs it.

    ``obstacle`` says why it can't be compiled. ``shapes`` names for each result the parameter whose shape it has, if it
    is the gradient of an array, and ``unit`` says that all seeds are one. ``may_be_unset`` says that a variable of
    the user's may be read before it is set. ``has_loops`` says that it may take long:
    there are loops, or functions that call themselves. ``iterations`` is how many iterations and such calls the
    interpreter has run, ``counted`` the function that counts them. ``compiled`` are generators by the types of their
    arguments. ``mixed`` is the function that the interpreter runs where ``callees`` of its own may be compiled,
    if these ``may_mix``. ``recursive`` are the functions that call themselves, ``count`` is how many results the last
    one has. ``look`` sees to it that another process compiles it, where that can be done, and says whether
    it has. ``texts`` are those that were compiled, by what was asked of them.
    """

    name: str
    functions: tuple[Generated, ...]
    lines: tuple[Line, ...]
    source: str
    namespace: dict[str, Any]
    obstacle: str | None = None
    interpreted: Callable[..., Any] | None = None
    has_loops: bool = False
    linemap: tuple[tuple[int, int], ...] = ()
    shapes: tuple[str | None, ...] = ()
    unit: bool = False
    iterations: int = 0
    counted: Callable[..., Any] | None = None
    may_be_unset: bool = False
    compiled: dict[Signature, Callable[..., Any]] = field(default_factory=dict)
    mixed: Callable[..., Any] | None = None
    callees: list[Any] = field(default_factory=list)
    may_mix: bool = True
    recursive: frozenset[str] = frozenset()
    count: int = 0
    look: Callable[[], bool | None] | None = None
    texts: dict[Any, Text] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        return f"<zygote_nb {self.name} {digest(self.source)}>"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def announce(module: Module) -> None:
    """The source shows in tracebacks and to inspect."""
    linecache.cache[module.filename] = (len(module.source), None, module.source.splitlines(True), module.filename)


def interpreted(module: Module) -> Callable[..., Any]:
    """The function that the interpreter runs; its source shows in tracebacks and to inspect."""
    if module.interpreted is None:
        announce(module)
        scope = dict(module.namespace)
        scope["__name__"] = "zygote_nb.generated"
        exec(compile(module.source, module.filename, "exec"), scope)
        module.interpreted = scope[module.name]
    return module.interpreted
