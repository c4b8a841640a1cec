"""Shell completion, imported when a shell asks for it."""

from __future__ import annotations

from click.shell_completion import CompletionItem

from convcalc.analysis.metrics import METRICS
from convcalc.cli import COMMANDS
from convcalc.commands.help import topics as pages
from convcalc.errors import ConvcalcError
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE
from convcalc.layout.shipped import shipped_names
from convcalc.layout.vocabulary import OPS
from convcalc.rules.conventions import convention_names
from convcalc.rules.devices import device_names


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


def explained(incomplete: str) -> list[str]:
    """Ops and designs that begin like this."""
    return [*(name for name in OPS if name.startswith(incomplete)), *designs(incomplete)]


def conventions(incomplete: str) -> list[str]:
    """Conventions that begin like this."""
    return [name for name in convention_names() if name.startswith(incomplete)]


def devices(incomplete: str) -> list[CompletionItem]:
    """Devices that begin like this, and files."""
    names = [CompletionItem(name) for name in device_names() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def metrics(incomplete: str) -> list[str]:
    """Metrics that begin like this, the last of several with commas between them."""
    done, comma, last = incomplete.rpartition(",")
    return [f"{done}{comma}{key}" for key in METRICS if key.startswith(last)]


def topics(incomplete: str) -> list[str]:
    """Pages of the manual that begin like this."""
    return [name for names, _ in pages(COMMANDS).values() for name in names if name.startswith(incomplete)]


def limits(incomplete: str) -> list[CompletionItem]:
    """Limits on metrics that begin like this."""
    return [CompletionItem(f"{key}=") for key in METRICS if f"{key}=".startswith(incomplete)]
