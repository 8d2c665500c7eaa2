"""What loading the extension adds to a shell, and unloading takes away without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from zygote_nb.notebook.completion import completions
from zygote_nb.notebook.magics import ZygoteMagics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["enter", "leave"]


def enter(shell: InteractiveShell) -> None:
    """Register magics and completion, once."""
    leave(shell)
    shell.register_magics(ZygoteMagics(shell))
    shell.Completer.custom_matchers.append(_matcher(shell))


def leave(shell: InteractiveShell) -> None:
    """Take away every magic, setting and completion that is ours."""
    for magics in shell.magics_manager.magics.values():
        for name, function in list(magics.items()):
            if isinstance(getattr(function, "__self__", None), ZygoteMagics):
                del magics[name]
    shell.magics_manager.registry.pop(ZygoteMagics.__name__, None)
    shell.configurables[:] = [c for c in shell.configurables if not isinstance(c, ZygoteMagics)]
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "zygote_nb", None) is None]


def _matcher(shell: InteractiveShell) -> Any:
    @context_matcher()
    def zygote_matcher(context: CompletionContext) -> SimpleMatcherResult:
        found = completions(context.line_with_cursor[: context.cursor_position], shell.user_ns)
        return {
            "completions": [SimpleCompletion(text, type="magic option") for text in found],
            "suppress": bool(found),
        }

    zygote_matcher.zygote_nb = True
    return zygote_matcher
