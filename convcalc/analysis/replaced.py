"""What stands in a network for layers that were replaced, and what those cost before."""

from __future__ import annotations

from typing import Any

from convcalc.analysis.totals import summed
from convcalc.core.trace import is_in
from convcalc.record import NamedTuple
from convcalc.report.contract import GroupReport, ModelReport


class Stand(NamedTuple):
    """A design in the place of a layer or call: how often it is there, its metrics, and those of what was there, where it is known."""

    path: str
    design: str
    times: int
    before: dict[str, Any] | None
    after: dict[str, Any]

    def saved(self, metric: str) -> Any:
        return self.before[metric] - self.after[metric] if self.before is not None else 0


def stands(model: ModelReport, base: ModelReport | None = None) -> list[Stand]:
    """All that stands for something else in a network, in order; `base` is the network as it was."""
    found = []
    for group in model.groups:
        if group.replaces:
            before = [layer for layer in base.layers if is_in(layer.path, group.path)] if base is not None else []
            after = summed([layer.metrics for layer in model.layers[group.start : group.stop]])
            known = summed([layer.metrics for layer in before]) if before else None
            found.append(Stand(group.path, group.kind, times_of(group, model.groups), known, after))
    return found


def times_of(group: GroupReport, groups: tuple[GroupReport, ...]) -> int:
    """How often a group is in its network: its passes times those of what is around it."""
    times = 1
    for other in groups:
        around = is_in(group.path, other.path)  # a pass has the path of what it calls
        if around and other.start <= group.start and group.stop <= other.stop:
            times *= other.times
    return times


def counted(found: list[Stand]) -> str:
    """`16 bottlenecks and 2 ghosts`."""
    counts: dict[str, int] = {}
    for stand in found:
        counts[stand.design] = counts.get(stand.design, 0) + stand.times
    return " and ".join(f"{count} {design}{'s' * (count != 1)}" for design, count in counts.items())
