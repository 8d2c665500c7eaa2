"""How generated variables are spoken of: by what they stand for in the user's text."""

from __future__ import annotations

import ast
from collections.abc import Callable

from zygote_nb.frontend.syntax import walk
from zygote_nb.notebook.replay.inside import Opener
from zygote_nb.notebook.replay.record import Record, is_kept, walk_functions

__all__ = ["spoken"]

LONG = 40  # characters of an expression that stands for a name


def spoken(record: Record) -> Callable[[str, str], str]:
    """A function of the generated function and a name in it; a name of the user's stays as it is.

    `l` in `l = np.log(x)` is `np.log(x)`, `d_l` the gradient of it, `value` the result.
    """
    parts = {f.name: _parts(f, record.users) for f in walk_functions(ast.parse(record.text))}

    def say(function: str, name: str) -> str:
        if name.startswith("d_"):
            inner = say(function, name[2:])
            return name if inner == name[2:] else f"the gradient of {inner}"
        if name not in record.users:
            if name == "value":
                return "the result"
            if is_kept(name):
                return f"{name.removeprefix('old_')} as kept"
        part = parts.get(function, {}).get(name)
        text = ast.unparse(part) if part is not None else name
        return text if len(text) <= LONG else name

    return say


def _parts(function: ast.FunctionDef, users: frozenset[str]) -> dict[str, ast.expr]:
    """The expression that each variable stands for that only generated code has, if it stands for one."""
    opener = Opener(users)
    counts: dict[str, int] = {}
    for node in walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if not name.startswith("d_"):
                counts[name] = counts.get(name, 0) + 1
                if opener.user_name(name) is None:
                    opener.parts[name] = opener.written_out(value)
            case _:
                pass
    return {name: part for name, part in opener.parts.items() if counts[name] == 1}
