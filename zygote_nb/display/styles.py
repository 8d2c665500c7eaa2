"""Inline styles, on the theme's own variables where the front end has them."""

from __future__ import annotations

__all__ = ["CELL", "FADED", "FONT", "HEAD", "LARGEST", "RULE", "SHADES", "bar", "tint"]

LARGEST = 150_000  # characters of one listing
# An untrusted notebook loses what refers to a variable: the plain font stands before it.
FONT = (
    "font-family:monospace;font-family:var(--jp-code-font-family,var(--vscode-editor-font-family,monospace));"
    "font-size:0.9em"
)
RULE = "1px solid var(--jp-border-color2,var(--vscode-panel-border,#9e9e9e))"
FADED = "color:var(--jp-ui-font-color2,var(--vscode-descriptionForeground,inherit))"
HEAD = f"{FADED};border-bottom:{RULE};margin:6px 0 4px"
CELL = "text-align:left;vertical-align:top;padding:1px 12px 1px 0;white-space:pre;line-height:1.4"
TINTS = (
    "56,132,255", "255,152,0", "76,175,80", "171,71,188", "229,57,53", "0,172,193", "192,160,0", "255,105,160",
    "120,110,255", "0,150,120", "160,110,70",
)  # fmt: skip
SHADES = ("255,140,0", "56,132,255", "76,175,80")  # gradient, time, memory


def tint(group: int, strength: float = 0.16) -> str:
    """The background of the lines of one group."""
    return f"background:rgba({TINTS[group % len(TINTS)]},{strength})"


def bar(share: float, column: int) -> str:
    """A line under a cell, as long as its share; nothing for nothing."""
    if not share > 0.004:
        return ""
    colour = f"rgba({SHADES[column % len(SHADES)]},0.8)"
    width = f"{100 * min(share, 1.0):.0f}%"
    return f"background:linear-gradient(to right,{colour} {width},transparent {width}) 0 100%/100% 3px no-repeat"
