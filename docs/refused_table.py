"""Writes docs/reference/refused.md, all that has no derivative and why: ``python docs/refused_table.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType

from scipy import special

from zygote_nb.rules import library, registry

PAGE = Path(__file__).parent / "reference" / "refused.md"
HEAD = """# What is refused, and why

All that the rules know of and do not differentiate: whole functions, the derivative by some of their arguments, and
some of their settings. A function that isn't named here or in {doc}`functions` is read like your own, or refused
because it has no source. This page is written by `docs/refused_table.py` from the registry of rules.

"""
Row = tuple[str, str]


def rules() -> list[registry.Rule]:
    for module in library.OF_MODULE:
        import_module(module)
    library.load()
    return [r for r in registry.registered() if r.built_in and not is_helper(r)]


def is_helper(rule: registry.Rule) -> bool:
    return str(getattr(rule.fn, "__module__", "")).startswith("zygote_nb.")


def called(rule: registry.Rule) -> str:
    """The name with its module: ``scipy.linalg.funm``."""
    name, module = registry.name_of(rule.fn), str(getattr(rule.fn, "__module__", "") or "")
    if getattr(special, name, None) is rule.fn:
        return f"scipy.special.{name}"
    public = ".".join(part for part in module.split(".") if not part.startswith("_"))
    if name.startswith("<"):
        return f"{public}.test"
    return f"{public}.{name}" if public.startswith("scipy") and "." not in name else name


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from codes(inner)


def reasons(definition: Callable[..., object], marker: str) -> list[str]:
    """The texts with which a rule says that something is not known."""
    found: list[str] = []
    for code in codes(definition.__code__):
        if marker in code.co_names:
            texts = [c for c in code.co_consts if isinstance(c, str) and " " in c]
            texts += [v for n in code.co_names if isinstance(v := definition.__globals__.get(n), str) and " " in v]
            found += texts
    return list(dict.fromkeys(found))


def whole() -> list[Row]:
    return [(called(r), r.reason) for r in rules() if r.reason]


def partly(marker: str) -> list[Row]:
    known = [r for r in rules() if r.definition is not None and r.form != "lowered"]
    return [(called(r), reason) for r in known for reason in reasons(r.definition, marker)]  # type: ignore[arg-type]


def table(title: str, rows: list[Row]) -> str:
    """One line for each reason."""
    by_reason: dict[str, set[str]] = {}
    for name, reason in rows:
        by_reason.setdefault(reason, set()).add(f"`{name}`")
    lines = [f"| {', '.join(sorted(names))} | {reason} |" for reason, names in sorted(by_reason.items())]
    return "\n".join([f"## {title}", "", "| function | because |", "|---|---|", *lines, ""])


def page() -> str:
    parts = [
        table("Functions", whole()),
        table("Derivatives by some of the arguments", partly("not_implemented")),
        table("Settings", partly("NotImplementedError")),
    ]
    return HEAD + "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
