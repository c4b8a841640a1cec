"""The write-once promise: the formula that serves an int serves an array, point by point."""

from __future__ import annotations

from itertools import product as grid
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.core.ops import IMPORTED, TRAITS, build
from convcalc.core.ops.sliding_window import taps_inside
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.core.size import always, ceil_div, common_divisor, larger
from convcalc.errors import Refusal

POINTS = 4
sizes = st.lists(st.integers(1, 12), min_size=POINTS, max_size=POINTS)

# Op → attributes and input shapes from a function that gives a fresh size each time it is called.
MAP, TOKENS = "map", "tokens"
CASES: dict[str, Any] = {
    "conv": lambda n: (
        {"cout": n(), "kernel": (n(), n()), "stride": (n(), 1), "padding": ((n(), n()), (n(), 0)), "dilation": (1, n()), "bias": True},
        [MAP],
    ),
    "depthwise_conv": lambda n: (
        {"kernel": (n(), n()), "stride": (n(), n()), "padding": "same", "dilation": (1, 1), "multiplier": n()},
        [MAP],
    ),
    "conv_transpose": lambda n: (
        {"cout": n(), "kernel": (n(), n()), "stride": (n(), n()), "padding": ((0, 0),) * 2, "dilation": (1, 1), "output_padding": (0, 0)},
        [MAP],
    ),
    "linear": lambda n: ({"cout": n()}, [TOKENS]),
    "matmul": lambda n: ({"transpose": True}, [TOKENS, TOKENS]),
    "attention": lambda n: ({"heads": 1}, [TOKENS]),
    "max_pool": lambda n: ({"kernel": (n(), n()), "stride": (n(), n()), "padding": ((9, 9),) * 2, "dilation": (1, 1), "ceil": True}, [MAP]),
    "avg_pool": lambda n: ({"kernel": (n(), n()), "stride": (n(), n()), "padding": ((9, 9),) * 2, "dilation": (1, 1)}, [MAP]),
    "adaptive_avg_pool": lambda n: ({"size": (n(), n())}, [MAP]),
    "adaptive_max_pool": lambda n: ({"size": (n(), n())}, [MAP]),
    "group_norm": lambda n: ({"groups": 1}, [MAP]),
    "local_response_norm": lambda n: ({"size": n()}, [MAP]),
    "add": lambda n: ({}, [MAP, "same"]),
    "mul": lambda n: ({}, [MAP, "one"]),
    "concat": lambda n: ({}, [MAP, "other channels"]),
    "slice": lambda n: ({"start": 0}, [MAP]),
    "select": lambda n: ({"index": 0}, [TOKENS]),
    "crop": lambda n: ({"size": (1, 1)}, [MAP]),
    "pad": lambda n: ({"padding": ((n(), n()), (0, n()))}, [MAP]),
    "channels_first": lambda n: ({}, [TOKENS]),
    "pixel_shuffle": lambda n: ({"factor": 1}, [MAP]),
    "channel_shuffle": lambda n: ({"groups": 1}, [MAP]),
    "upsample": lambda n: ({"factor": (n(), n()), "mode": "bilinear"}, [MAP]),
    "class_token": lambda n: ({}, [TOKENS]),
    "position_embedding": lambda n: ({}, [TOKENS]),
    "custom": lambda n: ({"cout": n(), "macs": n(), "params": n(), "activations": n(), "buffers": n()}, [MAP]),
    "deform_conv": lambda n: (
        {"cout": n(), "kernel": (1, 1), "stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1), "bias": True},
        [MAP, "two channels"],
    ),
    "einsum": lambda n: ({"equation": "nc,mc->nm"}, [TOKENS, TOKENS]),
    **{name: lambda n: ({"hidden": n(), "layers": n(), "bidirectional": True}, [TOKENS]) for name in ("lstm", "gru", "rnn")},
    **{name: lambda n: ({"axes": ("c", "w"), "keep": True}, [MAP]) for name in ("mean", "sum", "max", "min")},
    **{name: lambda n: ({}, [MAP, "same"]) for name in ("sub", "div", "pow")},
    "clip": lambda n: ({"low": 0}, [MAP]),
    "where": lambda n: ({}, [MAP, "same", "one"]),
    "roll": lambda n: ({"shift": (n(), 0)}, [MAP]),
    "untokens": lambda n: ({"size": (1, 1)}, [TOKENS]),
    "reshape": lambda n: ({"sizes": (-1, 1), "to": "features"}, [MAP]),
    "permute": lambda n: ({"order": ("w", "c", "h")}, [MAP]),
    "windows": lambda n: ({"size": (n(), n()), "shift": (1, 0)}, [MAP]),
    "unwindows": lambda n: ({"size": (1, 1), "shift": (0, 0), "grid": False, "to": (1, 1)}, ["windows"]),
    "space_to_depth": lambda n: ({"factor": (n(), n()), "ceil": True}, [MAP]),
    "unfold": lambda n: ({"kernel": (n(), n()), "stride": (n(), 1), "padding": ((9, 9),) * 2, "dilation": (1, 1)}, [MAP]),
    "fold": lambda n: (
        {"size": (1, 1), "kernel": (1, 1), "stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1)},
        [TOKENS],
    ),
    "grid_sample": lambda n: ({}, [MAP, "places"]),
    "learned": lambda n: ({"sizes": (n(), 1, 1), "join": "mul"}, [MAP]),
    "constant": lambda n: ({"sizes": (n(), n())}, []),
    "gather": lambda n: ({"sizes": (n(), n())}, [TOKENS]),
}
PLAIN = [name for name in TRAITS if name not in {*CASES, *IMPORTED}]  # one map, no attributes


def inputs(kinds: list[str], n: Any) -> list[Shape]:
    shapes: list[Shape] = []
    for kind in kinds:
        channels = n()
        if kind == MAP:
            shapes.append(Map(channels, (n(), n())))
        elif kind == TOKENS:
            shapes.append(Features((n(), shapes[0].channels if shapes else channels)))
        elif kind == "same":
            shapes.append(shapes[0])
        elif kind == "windows":
            shapes.append(Tensor((1, 1, channels)))
        elif kind == "places":
            shapes.append(Features((n(), n(), 2)))
        elif kind == "two channels":
            shapes.append(shapes[0]._replace(channels=2))  # type: ignore[call-arg]
        elif kind == "one":
            shapes.append(Map(shapes[0].channels, (1, 1)))
        else:
            first = shapes[0]
            assert isinstance(first, Map)
            shapes.append(Map(channels, first.spatial))
    return shapes


def at(value: Any, point: int) -> Any:
    """The value at one point, of arrays however deep in tuples."""
    if isinstance(value, np.ndarray):
        return int(value[point])
    if isinstance(value, Map):
        return Map(at(value.channels, point), at(value.spatial, point))
    if isinstance(value, Features | Tensor):
        return type(value)(at(value.sizes, point))
    if isinstance(value, tuple):
        return tuple(at(part, point) for part in value)
    return value


@pytest.mark.parametrize("name", [name for name in TRAITS if name not in IMPORTED])
@given(data=st.data())
def test_arrays_agree_with_scalars(name: str, data: st.DataObject) -> None:
    """Shape and cost of an op on arrays are, at each point, those of the op on that point's integers."""

    def fresh() -> Any:
        return np.array(data.draw(sizes), dtype=np.int64)

    attributes, kinds = CASES[name](fresh) if name in CASES else ({}, [MAP])
    op, shapes = build(name, attributes), inputs(kinds, fresh)
    scalars = []
    for point in range(POINTS):
        one = build(name, {key: at(value, point) for key, value in attributes.items()})
        xs = [at(shape, point) for shape in shapes]
        try:
            scalars.append((one.out_shape(*xs), one.cost(*xs)))
        except Refusal:
            with pytest.raises(Refusal):  # what one point refuses, the array refuses
                op.cost(*shapes)
            return
    out, cost = op.out_shape(*shapes), op.cost(*shapes)
    for point, (scalar_out, scalar_cost) in enumerate(scalars):
        assert at(out, point) == scalar_out
        assert at(tuple(cost), point) == tuple(scalar_cost)


@given(sizes, sizes)
def test_helpers_agree_with_scalars(a: list[int], b: list[int]) -> None:
    """larger, ceil_div and common_divisor of arrays are those of their points."""
    for helper in (larger, ceil_div, common_divisor):
        whole = helper(np.array(a), np.array(b))
        assert whole.tolist() == [helper(x, y) for x, y in zip(a, b, strict=True)]


def test_conditions_over_points() -> None:
    """always: at every point."""
    mixed = np.array([1, 2]) > 1
    assert not always(mixed)
    assert always(mixed | True)


def test_taps_of_many_windows_at_once() -> None:
    """Columns of sizes have the taps that loops count of each, also where Euclid's algorithm ends sooner for some than for others."""
    cases = [case for case in grid((1, 4, 9), (1, 3, 4), (1, 2, 3), (0, 2), (1, 2, 3)) if case[0] + 2 * case[3] > (case[1] - 1) * case[4]]
    size, kernel, stride, before, dilation = (np.array(column) for column in zip(*cases, strict=True))
    out = (size + 2 * before - dilation * (kernel - 1) - 1) // stride + 1
    wanted = [
        sum(0 <= place * s + tap * d - b < n for place, tap in grid(range(many), range(k)))
        for (n, k, s, b, d), many in zip(cases, out.tolist(), strict=True)
    ]
    assert taps_inside(size, kernel, stride, before, dilation, out).tolist() == wanted


def test_a_window_on_zeros_alone() -> None:
    """A tap five places before a map of six meets none of it, nor does one that lies behind it."""
    assert taps_inside(6, 1, 1, 5, 1, 1) == taps_inside(3, 1, 5, 0, 1, 2) - 1 == 0


def test_a_size_that_is_left_open_beside_columns() -> None:
    """Where a size is a column of them, only −1 is open: 2 and 4 rows of 3×5 elements are as many of 15."""
    rows = np.array([2, 4])
    found = build("reshape", {"sizes": (rows, -1)}).out_shape(Tensor((rows, 3, 5))).sizes
    assert [np.broadcast_to(size, 2).tolist() for size in found] == [[2, 4], [15, 15]]
