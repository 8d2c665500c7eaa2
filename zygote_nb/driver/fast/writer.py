"""What is written for a call, twice in step: a function of Python's, and a program of machine code that does the same.

The program is the one that is taken, where it can be had and has a step for everything that the function does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from zygote_nb.backend import allocation
from zygote_nb.backend import program as programs
from zygote_nb.backend.program import Program
from zygote_nb.dataclass import dataclass, field
from zygote_nb.driver.fast.sizes import Unknown, made_array
from zygote_nb.options import current, held
from zygote_nb.rules import registry
from zygote_nb.runtime.depth import stack_room

Fast = Callable[..., Any]
HELD = "_zg_"
"""No variable of the user's begins like the names in what is written here."""


class TooVaried(Exception):
    """The call is of a form for which no function is written."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the call: an expression of Python's, and the register of the program that holds it.

    A register less than zero is one that is filled when it is needed: ``how`` is a step, the place that it begins at,
    and what it is of. ``axes`` are those of an array that was looked at, or was made; ``entry`` is a dict that is known
    and a key, if the value is found there.
    """

    text: str
    at: int = -1
    axes: int = 0
    how: tuple[Any, ...] = ()
    entry: tuple[Any, Any] | None = None


@dataclass(slots=True)
class Writer:
    """Lines of a function, the conditions under which it goes on, the values that these name, and the same program.

    ``program`` is None where only a function is written; ``read`` are the registers of what was read, ``locals`` those
    of variables, and ``arguments`` is how many the call has.
    """

    program: Program | None = field(default_factory=lambda: None if programs.runner() is None else Program(3))
    values: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    objects: list[Place] = field(default_factory=list)
    made: set[int] = field(default_factory=set)
    read: dict[str, int] = field(default_factory=dict)
    locals: dict[str, Place] = field(default_factory=dict)
    arguments: int = -1

    function: Place = Place(f"{HELD}f", 0)
    args: Place = Place(f"{HELD}args", 1)
    out: Place = Place(f"{HELD}out", 2)

    def name(self, value: Any) -> str:
        """A name for a constant."""
        for known, other in self.values.items():
            if other is value:
                return known
        made = f"{HELD}{len(self.values)}"
        self.values[made] = value
        return made

    def do(self, step: str, *operands: int) -> None:
        if self.program is not None:
            self.program.do(step, *operands)

    def constant(self, value: Any) -> int:
        """The word for an object."""
        return 0 if self.program is None else self.program.constant(value)

    def register(self) -> int:
        return -1 if self.program is None else self.program.register()

    def in_python(self) -> None:
        """There is no step for something: a function alone is written."""
        self.program = None

    # What is asked.

    def of_type(self, at: Place, value: Any) -> None:
        self.tests.append(f"{self.name(type)}({at.text}) is {self.name(type(value))}")
        self.do("type", self.at(at), self.constant(type(value)))

    def of_length(self, at: Place, value: Any) -> None:
        self.tests.append(f"{self.name(len)}({at.text}) == {len(value)}")
        self.do("size", self.at(at), len(value))

    def of_shape(self, at: Place, value: Any) -> None:
        """A tuple, list or dict of the same class and length."""
        if type(value) is dict:
            self.of_type(at, value)
            self.of_length(at, value)
            return
        self.tests.append(f"{self.name(type)}({at.text}) is {self.name(type(value))}")
        self.tests.append(f"{self.name(len)}({at.text}) == {len(value)}")
        self.do("sequence", self.at(at), self.constant(type(value)), len(value))

    def made_of(self, at: Place, function: FunctionType) -> None:
        """A function with the same code and globals."""
        self.tests += [
            f"{self.name(type)}({at.text}) is {self.name(FunctionType)}",
            f"{at.text}.__code__ is {self.name(function.__code__)}",
            f"{at.text}.__globals__ is {self.name(function.__globals__)}",
        ]
        own = (FunctionType, function.__code__, function.__globals__)
        self.do("function", self.at(at), *map(self.constant, own))

    def same(self, at: Place, value: Any) -> None:
        self.tests.append(f"{at.text} is {self.name(value)}")
        if at.entry is None or at.text in self.read:
            self.do("same", self.at(at), self.constant(value))
        else:
            self.do("entry", *map(self.constant, (*at.entry, value)))

    def lacks(self, at: Place, key: str) -> None:
        """The dict has no such key."""
        self.tests.append(f"{key!r} not in {at.text}")
        self.do("lacks", self.at(at), self.constant(key))

    def equal(self, at: Place, value: Any) -> None:
        """The value is equal, and of the same type, which was asked before."""
        self.tests.append(f"{at.text} == {self.name(value)}")
        self.do("equal", self.at(at), self.constant(value))

    def keys(self, at: Place, keys: list[Any]) -> None:
        """The dict at the place has these keys in this order; its length was asked before."""
        self.tests.append(f"[*{at.text}] == {self.name(keys)}")
        self.do("keys", self.at(at), len(keys), *map(self.constant, keys))

    def different(self, places: Sequence[Place]) -> None:
        """The objects at these places are several."""
        ids = ", ".join(f"{self.name(id)}({place.text})" for place in places)
        self.tests.append(f"{self.name(len)}({{{ids}}}) == {len(places)}")
        self.do("different", len(places), *map(self.at, places))

    def holds(self, question: Callable[[Any], bool], at: Place) -> None:
        self.tests.append(f"{self.name(question)}({at.text})")
        self.do("holds", self.constant(question), self.at(at))

    def settings(self) -> None:
        """The settings in force, and the rules that there are, are those of now."""
        scope, process = held()
        rules = registry.held()
        self.tests.append(f"{self.name(current)}() is {self.name(current())}")
        self.tests.append(f"{self.name(rules)}[0] is {self.name(rules[0])}")
        self.do("context", self.constant(scope), self.constant(scope.get()))
        for known in (process, rules):
            self.do("list entry", self.constant(known), 0, self.constant(known[0]))

    def check(self) -> None:
        """Return if one of the conditions gathered so far does not hold."""
        if self.tests:
            self.lines.append(f"if not ({' and '.join(self.tests)}): return None")
            self.tests.clear()

    # What is read.

    def at(self, place: Place) -> int:
        """The register of a value, which the program reads where it is asked for it first."""
        if place.at >= 0 or self.program is None:
            return place.at
        if place.text not in self.read:
            step, of, *operands = place.how
            before = () if of is None else (self.at(of),)
            self.read[place.text] = to = self.register()
            numbers = step in ("tuple item", "list item")
            self.do(step, to, *before, *(o if numbers else self.constant(o) for o in operands))
        return self.read[place.text]

    def known(self, value: Any) -> Place:
        return Place(self.name(value), how=("known", None, value))

    def code(self, of: Place) -> Place:
        return Place(f"{of.text}.__code__", how=("code", of))

    def globals(self, of: Place) -> Place:
        return Place(f"{of.text}.__globals__", how=("globals", of))

    def closure(self, of: Place, number: int) -> Place:
        return self.item(Place(f"{of.text}.__closure__", how=("closure", of)), number, tuple)

    def cell(self, of: Place) -> Place:
        return Place(f"{of.text}.cell_contents", how=("cell", of))

    def attribute(self, of: Place, name: str) -> Place:
        return Place(f"{of.text}.{name}", how=("attribute", of, name))

    def item(self, of: Place, key: Any, cls: type | None = None) -> Place:
        """An entry of a tuple, list or dict, or of an object of an unknown class."""
        kind = f"{cls.__name__} item" if cls in (tuple, list, dict) else "item"  # type: ignore[union-attr]
        entry = (of.how[2], key) if cls is dict and of.how[:1] == ("known",) else None
        return Place(f"{of.text}[{key!r}]", how=(kind, of, key), entry=entry)

    def let(self, name: str, value: Place) -> Place:
        self.lines.append(f"{name} = {value.text}")
        self.locals[name] = Place(name, self.at(value), value.axes)
        return self.locals[name]

    # What is made.

    def array(self, name: str, source: str, missing: bool) -> None:
        """A new array, by the source of the expression that makes it; the function has one unless it is missing."""
        if missing:
            self.lines.append(f"{name} = {source}")
        if self.program is None:
            return
        try:
            at, axes = made_array(self.program, source, {n: (v.at, v.axes) for n, v in self.locals.items()})
        except (Unknown, SyntaxError):
            self.in_python()
            return
        self.locals[name] = Place(name, at, axes)

    def call(self, function: Callable[..., Any], given: Sequence[str], results: Sequence[str]) -> None:
        """Call the compiled function with variables, and name the results."""
        call = f"{self.name(function)}({', '.join(given)})"
        self.lines.append(f"{', '.join(results)} = {call}" if results else call)
        if self.program is None:
            return
        to = self.register()
        self.do("called", to, self.constant(function), self.given(given))
        one = Place("", to)
        for i, name in enumerate(results):
            self.locals[name] = Place(name, to if len(results) == 1 else self.register())
            if len(results) > 1:
                self.do("tuple item", self.locals[name].at, one.at, i)

    def given(self, names: Sequence[str]) -> int:
        """The register of a tuple of variables: that of the call's own arguments, if these are they."""
        own = [self.read.get(f"{self.args.text}[{i}]") for i in range(len(names))]
        same = len(names) == self.arguments and own == [self.locals[n].at for n in names]
        return self.args.at if same else self.at(self.tuple([self.locals[n] for n in names]))

    def converted(self, make: Callable[[Any], Any], value: Place) -> Place:
        to = self.register()
        self.do("made by", to, self.constant(make), self.at(value))
        return Place(f"{self.name(make)}({value.text})", to)

    def nothing(self) -> Place:
        return Place("None", how=("known", None, None))

    def tuple(self, items: Sequence[Place]) -> Place:
        to = self.register()
        self.do("tuple", to, len(items), *map(self.at, items))
        return Place(f"({''.join(f'{item.text}, ' for item in items)})", to)

    def list(self, items: Sequence[Place]) -> Place:
        to = self.register()
        self.do("list", to, len(items), *map(self.at, items))
        return Place(f"[{', '.join(item.text for item in items)}]", to)

    def dict(self, items: dict[Any, Place]) -> Place:
        to = self.register()
        pairs = [word for key, item in items.items() for word in (self.constant(key), self.at(item))]
        self.do("dict", to, len(items), *pairs)
        return Place(f"{{{', '.join(f'{key!r}: {item.text}' for key, item in items.items())}}}", to)

    def give(self, result: Place) -> Fast:
        """The function or program, which returns the result."""
        self.lines.append(f"return {result.text}")
        self.do("return", self.at(result))
        made = None if self.program is None else self.program.made()
        return self.in_lines() if made is None else made

    def in_lines(self) -> Fast:
        text = f"def fast({HELD}f, {HELD}args, {HELD}out=None):\n    " + "\n    ".join(self.lines) + "\n"
        scope: dict[str, Any] = {**self.values, "stack_room": stack_room}
        if " np." in text:
            scope["np"] = allocation.makers()
        exec(compile(text, "<zygote_nb call>", "exec"), scope)
        function: Fast = scope["fast"]
        return function
