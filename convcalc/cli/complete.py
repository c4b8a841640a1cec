"""Shell completion of designs and their parameters."""

from __future__ import annotations

from click.shell_completion import CompletionItem

from convcalc.errors import ConvcalcError
from convcalc.layout.library import Library, shipped_names
from convcalc.layout.model import STYLE


def specs(incomplete: str) -> list[CompletionItem]:
    """Networks that begin like this, and files."""
    names = [CompletionItem(name) for name in shipped_names(("networks",)) if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def designs(incomplete: str) -> list[str]:
    """Names that begin like this; after `name:`, the parameters that are not yet given."""
    name, colon, given = incomplete.partition(":")
    if not colon:
        return [known for known in shipped_names() if known.startswith(incomplete)]
    try:
        layout = Library().design(name)
    except ConvcalcError:
        return []
    done, comma, last = given.rpartition(",")
    taken = {part.partition("=")[0] for part in done.split(",")}
    start = f"{name}:{done}{comma}"
    return [f"{start}{key}=" for key in (*layout.params, *STYLE) if key.startswith(last) and key not in taken]
