"""Files and cells: what is parsed of them, and whether the code that runs is what is written there."""

from __future__ import annotations
import __future__

import ast
import warnings
from collections.abc import Iterator
from types import CodeType
from typing import TypeAlias

from zygote_nb.caches import remembered
from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.syntax import walk

__all__ = ["File", "FunctionNode", "around", "compiles_to", "file_of", "with_nested"]

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Compiled: TypeAlias = dict[tuple[int, str], list[CodeType]]


@dataclass(slots=True)
class File:
    """A file or cell. Of its statements those are parsed that are asked for; what is asked of it once is kept."""

    filename: str
    lines: list[str]
    body: list[ast.stmt] | None = None
    parts: dict[int, list[ast.stmt]] = field(default_factory=dict)
    functions: dict[int, dict[tuple[int, str], list[FunctionNode]]] = field(default_factory=dict)
    compiled: dict[tuple[int, ...], Compiled] = field(default_factory=dict)
    found: dict[int, tuple[CodeType, FunctionNode]] = field(default_factory=dict)

    def whole(self) -> list[ast.stmt]:
        if self.body is None:
            self.body = parsed("".join(self.lines), self.filename) or []
        return self.body

    def part(self, line: int) -> list[ast.stmt]:
        """The outermost statement that holds the line, if the lines at the margin around it tell where it ends."""
        start = min(line, len(self.lines)) - 1
        while start > 0 and not is_at_margin(self.lines[start]):
            start -= 1
        if start not in self.parts:
            self.parts[start] = self.from_(start, line)
        return self.parts[start]

    def from_(self, start: int, end: int) -> list[ast.stmt]:
        for _ in range(MOST_ENDS):
            while end < len(self.lines) and not is_at_margin(self.lines[end]):
                end += 1
            found = parsed("\n" * start + "".join(self.lines[start:end]), self.filename)
            if found is not None:
                return found
            end += 1
        return []

    def named(self, code: CodeType, body: list[ast.stmt]) -> list[FunctionNode]:
        """The functions in these statements that begin where the code does, and have its name."""
        found: list[FunctionNode] = []
        for stmt in around(body, code.co_firstlineno, code.co_firstlineno):
            if id(stmt) not in self.functions:
                self.functions[id(stmt)] = functions_in(stmt)
            found += self.functions[id(stmt)].get((code.co_firstlineno, code.co_name), [])
        return found

    def has(self, code: CodeType, body: list[ast.stmt]) -> bool:
        """Whether the code is what the statements are compiled to, with the future features of the code."""
        key = (code.co_flags & FUTURE, *map(id, body))
        if key not in self.compiled:
            self.compiled[key] = compiled_code(body, code)
        return is_among(self.compiled[key], code)


MOST_ENDS = 3
"""A statement may have lines at the margin, as decorators are: so many of these are tried before all is parsed."""


def is_at_margin(line: str) -> bool:
    return line[:1] not in " \t\f\r\n)]}#"


def parsed(text: str, filename: str) -> list[ast.stmt] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the user has seen them when the file was imported
            return ast.parse(text, filename).body
    except (SyntaxError, ValueError):
        return None


def around(body: list[ast.stmt], first: int, last: int) -> list[ast.stmt]:
    """The outermost statements that hold these lines."""
    return [s for s in body if start_of(s) <= first and last <= (s.end_lineno or 0)]


files: dict[str, File] = remembered({})


def file_of(filename: str, lines: list[str]) -> File:
    known = files.get(filename)
    if known is None or (known.lines is not lines and known.lines != lines):
        known = files[filename] = File(filename, lines)
    return known


def functions_in(stmt: ast.stmt) -> dict[tuple[int, str], list[FunctionNode]]:
    functions: dict[tuple[int, str], list[FunctionNode]] = {}
    for node in walk(stmt):
        if isinstance(node, FunctionNode):
            name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
            functions.setdefault((start_of(node), name), []).append(node)
    return functions


def start_of(node: ast.stmt | ast.expr) -> int:
    """The line that a code object calls its first: that of the first decorator, if there is one."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


FUTURE = sum(getattr(__future__, name).compiler_flag for name in set(__future__.all_feature_names))


def compiled_code(body: list[ast.stmt], code: CodeType) -> Compiled:
    """The code objects in these statements by first line and name, compiled with the future features of `code`."""
    flags = code.co_flags & FUTURE | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = compile(ast.Module(body, []), code.co_filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError):
        return {}
    compiled: Compiled = {}
    for inner in with_nested(module):
        compiled.setdefault((inner.co_firstlineno, inner.co_name), []).append(inner)
    return compiled


def compiles_to(body: list[ast.stmt], code: CodeType) -> bool:
    return is_among(compiled_code(body, code), code)


def is_among(compiled: Compiled, code: CodeType) -> bool:
    candidates = compiled.get((code.co_firstlineno, code.co_name), [])
    return fingerprint(code) in map(fingerprint, candidates)


def with_nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from with_nested(constant)


def fingerprint(constant: object) -> object:
    """Equal where two code objects do the same; by types too, since 1 == 1.0 == True."""
    match constant:
        case CodeType() as code:
            names = (code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars)
            return code.co_name, code.co_code, names, fingerprint(code.co_consts)
        case tuple():
            return tuple(map(fingerprint, constant))
        case frozenset():
            return frozenset(map(fingerprint, constant))
    return type(constant), repr(constant)
