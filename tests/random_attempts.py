"""Random try statements: what may raise between other statements, handlers that catch all of it, else and finally."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.random_expressions import Expressions

HANDLERS = (
    ("Exception",),
    ("Early", "(IndexError, ZeroDivisionError, ValueError)"),
    ("Late", "ArithmeticError", "Exception"),
    ("LookupError", "Exception"),
)


@dataclass
class Attempts(Expressions):
    """`tries` counts the bodies of try statements around here."""

    tries: int = 0

    def indented(self) -> AbstractContextManager[None]: ...

    def block(self) -> None: ...

    def statement(self) -> None: ...

    def attempt(self) -> None:
        """try, except, perhaps else and finally."""
        self.emit("try:")
        self.tries += 1
        with self.indented():
            self.statement()
            self.hazard()
            self.block()
            if self.pick(2):
                self.hazard()
                self.statement()
        self.tries -= 1
        for classes in self.choose(HANDLERS):
            self.handler(classes)
        if self.pick(3) == 0:
            self.emit("else:")
            with self.indented():
                self.statement()
        if self.pick(4) == 0:
            self.emit("finally:")
            with self.indented():
                self.statement()

    def handler(self, classes: str) -> None:
        name = f" as {self.fresh('problem')}" if self.pick(4) == 0 else ""
        self.emit(f"except {classes}{name}:")
        with self.indented():
            self.statement()
            if self.tries and self.pick(5) == 0:
                self.emit(f"if {self.condition()}:")
                self.emit(f"    {self.choose(('raise', 'raise Late()'))}")
                self.statement()

    def hazard(self) -> None:
        """What may raise: a raise statement, an index, a division, a call."""
        name = self.choose(self.having("scalar"))
        ints = self.having("int")
        raising = [h for h in self.helpers if h.raises and all(self.having("array", k.shape) for k in h.takes[:1])]
        match self.pick(4):
            case 0 if ints:
                array = self.choose([n for n in self.having("array") if len(self.names[n].shape) == 1])
                self.emit(f"{name} = {name} * 0.5 + {array}[{self.choose(ints)} + {self.choose(('0', '1', '2'))}]")
            case 1 if ints:
                self.emit(f"{name} = np.sin({name}) + 0.3 * (2 // ({self.choose(ints)} - {self.choose(('1', '0'))}))")
            case 2 if raising:
                helper = self.choose(raising)
                self.emit(f"{name} = {helper.name}({', '.join(self.argument(k) for k in helper.takes)})")
            case _:
                self.emit(f"if {self.condition()}:")
                self.emit(f"    raise {self.choose(('Early()', 'Late', 'ValueError'))}")
