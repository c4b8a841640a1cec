"""HTML and SVG as text: what a page is put together of, escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from convcalc.errors import usage
from convcalc.formats.page.colors import dark_rules, fill
from convcalc.formats.text import display_width, shortened, visible
from convcalc.record import NamedTuple

FONT = 'font-family="system-ui,-apple-system,\'Segoe UI\',sans-serif" font-size="12"'
LETTER, WIDE_LETTER = 6.8, 12.0  # pixels of a letter, on average, and of a wide one
WIDE_LETTERS = frozenset("MWmw@%")
# Pixels that a picture is wide on a phone, a tablet and a desk; a label that needs more than the first is hidden on what is narrower.
ROOMS = (("", 340), ("wide", 700), ("widest", 1100))
# Pixels of a picture that is a file of its own: its width, what is left free around it, its title, a heading.
PICTURE_WIDTH, MARGIN, TITLE, HEADING = 900, 10, 24, 18
LONGEST_TITLE = 100  # letters
INNER_WIDTH = PICTURE_WIDTH - 2 * MARGIN


class Section(NamedTuple):
    """A part of a page with a heading."""

    title: str
    body: str


class Page(NamedTuple):
    """What a command shows: a title, a line that says what was counted and how, and sections."""

    title: str
    lead: str
    sections: list[Section]


class Picture(NamedTuple):
    """What is drawn: so high, as wide as there is room (x in per cent), and what it says in words.

    `caption` explains it to those who see it; `role` names it to the script of the page.
    """

    height: int
    content: str
    text: str
    caption: str = ""
    role: str = ""


def safe(text: str) -> str:
    """A text as it stands in a page, in an attribute too: no markup, and nothing that is not printed."""
    return escape(visible(text))


def percent(share: float) -> str:
    """`12.34%`: a place or width in a picture."""
    return f"{100 * share:.4f}".rstrip("0").rstrip(".") + "%"


def width_of(text: str) -> float:
    """Pixels that a text takes."""
    shown = visible(text)
    wide = sum(letter in WIDE_LETTERS for letter in shown)
    return LETTER * (display_width(shown) - wide) + WIDE_LETTER * wide


def room_for(pixels: float, share: float, fixed: int | None = None) -> str | None:
    """The class of a label of so many pixels that has a share of a picture's width; None where it never fits.

    A picture of a `fixed` width needs no class.
    """
    if fixed is not None:
        return "" if pixels <= share * fixed else None
    return next((name for name, wide in ROOMS if pixels <= share * wide), None)


def drawn(picture: Picture) -> str:
    """A picture in a page, with its caption."""
    role = f' data-picture="{picture.role}"' if picture.role else ""
    caption = f"<figcaption>{safe(picture.caption)}</figcaption>" if picture.caption else ""
    return (
        f'<figure><svg role="img" aria-label="{safe(picture.text)}" width="100%" height="{picture.height}" {FONT}{role}>'
        f"{picture.content}</svg>{caption}</figure>"
    )


def folded(what: str, body: str) -> str:
    """What a page shows once it is opened."""
    return f"<details><summary>{safe(what)}</summary>\n{body}</details>"


def standalone(title: str, pictures: Sequence[tuple[str, Picture | None]]) -> str:
    """Pictures below each other as a file of its own, of a fixed width, light or dark as the screen is; each with its heading, if any.

    Raises:
        ConvcalcError: where there is nothing to draw.
    """
    shown = [(heading, picture) for heading, picture in pictures if picture is not None]
    if not any(picture.text for _, picture in shown):
        raise usage("there is nothing to draw", "look at the table: --format table")
    content, y = [], MARGIN + TITLE
    for heading, picture in shown:
        if heading:
            content.append(words(str(MARGIN), y + 12, heading, more='font-weight="600"'))
            y += HEADING
        content.append(f'<svg x="{MARGIN}" y="{y}" width="{INNER_WIDTH}" height="{picture.height}">{picture.content}</svg>')
        y += picture.height + MARGIN
    name = words(str(MARGIN), MARGIN + 14, shortened(title, LONGEST_TITLE), more='font-size="14" font-weight="600"')
    said = " ".join(picture.text for _, picture in shown if picture.text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{PICTURE_WIDTH}" height="{y}" '
        f'viewBox="0 0 {PICTURE_WIDTH} {y}" {FONT}>\n<title>{safe(f"{title}. {said}")}</title>\n<style>{dark_rules()}</style>\n'
        f'<rect width="100%" height="100%" {fill("ground")}/>\n'
        f"{name}\n" + "\n".join(content) + "\n</svg>\n"
    )


def words(x: str, y: float, text: str, color: str = "text", more: str = "", room: str = "") -> str:
    """A text in a picture; `room` is the class of one that is hidden where the picture is narrow."""
    filled = fill(color).replace(f'"{color}"', f'"{color} {room}"', 1) if room else fill(color)
    return f'<text x="{x}" y="{y:g}" {filled}{f" {more}" if more else ""}>{safe(text)}</text>'


def id_of(title: str) -> str:
    """The id of a heading: its letters and digits."""
    return "-".join("".join(letter if letter.isalnum() and letter.isascii() else " " for letter in title.lower()).split())


def unique(names: Sequence[str], mark: str) -> list[str]:
    """Names of which no two are the same: a later one has a number behind it, and a mark before that."""
    found: list[str] = []
    for name in names:
        number, one = 1, name
        while one in found:
            number += 1
            one = f"{name}{mark}{number}"
        found.append(one)
    return found
