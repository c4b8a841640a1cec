"""Did you mean …: the word that was meant, of those that there are."""

from __future__ import annotations

MOST_CHOICES = 400  # that are looked through
MOST_LISTED = 100  # where none is near


def closest(word: str, choices: list[str], likeness: float = 0.6) -> str | None:
    """The choice most like a word; None where none is like it. Of very many, those are looked at that begin like it."""
    if len(choices) > MOST_CHOICES:
        choices = ([name for name in choices if name[:2] == word[:2]] or choices)[:MOST_CHOICES]
    from difflib import get_close_matches  # paid only by those who made a mistake

    return next(iter(get_close_matches(word.lower(), choices, n=1, cutoff=likeness)), None)


def nearest(word: str, possibilities: list[str], verb: str = "did you mean") -> str:
    """A hint that names the nearest possibility, or all of them where nothing is near.

    >>> nearest("kernal", ["kernel", "stride"])
    'did you mean `kernel`?'
    """
    choices = list(dict.fromkeys(possibilities))
    if close := closest(word, choices):
        return f"{verb} `{close}`?"
    if not choices:
        return "there is none to choose from"
    more = f" and {len(choices) - MOST_LISTED} more" if len(choices) > MOST_LISTED else ""
    return f"one of: {', '.join(choices[:MOST_LISTED])}{more}"
