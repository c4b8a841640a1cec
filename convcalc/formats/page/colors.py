"""The colours of pages and pictures, each for light and dark. Attributes of SVG have the light ones, style sheets the dark."""

from __future__ import annotations

from convcalc.record import NamedTuple


class Color(NamedTuple):
    """A colour on a light ground, and on a dark one."""

    light: str
    dark: str


# Of the kinds of layers: text of either ground is legible on its own.
KINDS = {
    "window": Color("#9cc2f7", "#2c5ba8"),
    "pointwise": Color("#92dab9", "#1b6b4a"),
    "grouped": Color("#d0bcf5", "#6546ab"),
    "product": Color("#f7c678", "#8a5708"),
    "other": Color("#d5d9e0", "#4a5160"),
}
GROUND = {
    "ground": Color("#ffffff", "#0f141b"),
    "panel": Color("#f3f5f8", "#1a212c"),
    "line": Color("#cfd5de", "#343d4b"),
    "text": Color("#14181f", "#eef2f7"),
    "quiet": Color("#555e6b", "#a3adbb"),
    "accent": Color("#1f5fc4", "#7eb0ff"),
    "group": Color("#e6eaf0", "#242d3a"),
    "good": Color("#1a7f42", "#4cc27c"),
    "bad": Color("#b3261e", "#ff8a80"),
    "warn": Color("#8a5a00", "#f0b84a"),
}
# Of marks: lines and dots, which stand out from the ground.
MARKS = {
    "mark0": Color("#1f5fc4", "#7eb0ff"),
    "mark1": Color("#c2410c", "#fb923c"),
    "mark2": Color("#1b7a4b", "#4cc27c"),
    "mark3": Color("#7c3aed", "#b794f6"),
    "mark4": Color("#a16207", "#eab308"),
    "mark5": Color("#be185d", "#f472b6"),
    "mark6": Color("#0e7490", "#22d3ee"),
    "mark7": Color("#44403c", "#d6d3d1"),
    "mark8": Color("#4d7c0f", "#a3e635"),
    "mark9": Color("#7f1d1d", "#fca5a5"),
}
COLORS = {**KINDS, **GROUND, **MARKS}


def fill(name: str, outline: str = "") -> str:
    """The attributes that fill a shape, and draw its outline: its class, and its colours where no style sheet is read."""
    if outline:
        return f'class="{name} s-{outline}" fill="{COLORS[name].light}" stroke="{COLORS[outline].light}"'
    return f'class="{name}" fill="{COLORS[name].light}"'


def stroke(name: str) -> str:
    """The attributes that draw a line."""
    return f'class="s-{name}" stroke="{COLORS[name].light}"'


def mark(number: int) -> str:
    """The colour of a series."""
    return f"mark{number % len(MARKS)}"


def dark_rules() -> str:
    """A style sheet that turns pictures dark on screens that are."""
    fills = "".join(f".{name}{{fill:{color.dark}}}.s-{name}{{stroke:{color.dark}}}" for name, color in COLORS.items())
    return f"@media screen and (prefers-color-scheme:dark){{{fills}}}"


def variables() -> str:
    """The colours of the ground as variables of a style sheet."""
    light, dark = ("".join(f"--{name}:{getattr(color, side)};" for name, color in GROUND.items()) for side in ("light", "dark"))
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
