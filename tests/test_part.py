"""A part of a network by its path, and one pass of a repeat by its number."""

from __future__ import annotations

import pytest

from convcalc.analysis.part import below, only
from convcalc.core.cost import Cost
from convcalc.core.ops import build
from convcalc.core.shape import Features
from convcalc.core.trace import Row, Scope, Trace
from convcalc.errors import ConvcalcError

SHAPE = Features((5,))


def row(path: str, times: int = 1) -> Row:
    return Row(path, build("view", {"out": SHAPE, "of": "Flatten"}), (0,), (SHAPE,), SHAPE, Cost(), times, copies=times)


@pytest.mark.parametrize(
    ("path", "times", "layer", "expected"),
    [
        ("a.b", 1, "a", 1),
        ("a.b", 1, "a.b", 1),
        ("a.b", 1, "a.b.c", None),
        ("a.b", 1, "b", None),
        ("ab", 1, "a", None),
        ("s.1-4.c", 4, "s", 4),
        ("s.1-4.c", 4, "s.1-4", 4),
        ("s.1-4.c", 4, "s.1", 1),
        ("s.1-4.c", 4, "s.4.c", 1),
        ("s.1-4.c", 4, "s.0", None),
        ("s.1-4.c", 4, "s.5", None),
        ("s.1-4.c", 4, "s.1-2", None),
        ("s.1-4.c", 4, "s.x", None),
        ("s.2-4.t.0-1.c", 6, "s.3", 2),  # one of three passes of two each
        ("s.2-4.t.0-1.c", 6, "s.2-4.t.1", 3),
        ("s.2-4.t.0-1.c", 6, "s.4.t.0", 1),
        ("a-b.c", 1, "1", None),
        ("a-3.c", 1, "2", None),
        ("1-b.c", 1, "2", None),
        ("s.1.c", 1, "s.1", 1),
    ],
)
def test_a_layer_below_a_path(path: str, times: int, layer: str, expected: int | None) -> None:
    """A row of that name or below it; of the passes that it stands for those that are asked for."""
    found = below(row(path, times), layer)
    assert (found.times if found is not None else None) == expected


def test_a_part_of_a_network() -> None:
    """Its rows and no scopes; where there are none the nearest path is named, of layers and of what they are in."""
    rows = [row("stem.conv"), row("stage.0-2.conv", 3), row("stage.0-2.norm", 3), row("head")]
    whole = Trace("net", (SHAPE,), rows, [Scope("stage", "repeat", 1, 3, 3)], (4,))
    part = only(whole, "stage.1")
    assert ([(one.path, one.times) for one in part.rows], part.scopes) == ([("stage.0-2.conv", 1), ("stage.0-2.norm", 1)], [])
    for slip, meant in (("stagee", "`stage`"), ("stem.con", "`stem.conv`"), ("heat", "`head`")):
        with pytest.raises(ConvcalcError, match=f"net has no layer `{slip}`") as refused:
            only(whole, slip)
        assert meant in str(refused.value.diagnostics[0].hint)
