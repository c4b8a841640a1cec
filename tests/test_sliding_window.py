"""Windows along one axis against windows that are really laid down, one after another."""

from __future__ import annotations

from itertools import product as every
from typing import Any

import pytest

from convcalc.core.ops.sliding_window import covered, same_padding, slide, transposed_out, window_out
from convcalc.core.shape import Map
from convcalc.errors import Refusal

AXES = [
    (size, kernel, stride, before, after, dilation)
    for size, kernel, stride, dilation in every((1, 4, 5, 8, 11), (1, 2, 3, 5), (1, 2, 3, 4), (1, 2))
    for before, after in ((0, 0), (1, 1), (0, 1), (1, 0), (2, 2))
    if max(before, after) <= kernel // 2 and dilation * (kernel - 1) + 1 <= size + before + after
]


@pytest.mark.parametrize("ceil", [False, True])
def test_windows_that_slide(ceil: bool) -> None:
    """Each that lies within the padded axis; with `ceil` also one that reaches beyond its end, if it begins before the end padding."""
    for size, kernel, stride, before, after, dilation in AXES:
        extent, padded = dilation * (kernel - 1) + 1, before + size + after
        starts = [start for start in range(0, padded, stride) if start + extent <= padded]
        beyond = starts[-1] + stride
        if ceil and starts[-1] + extent < padded and beyond < before + size:
            starts.append(beyond)
        assert slide(size, kernel, stride, (before, after), dilation, ceil) == len(starts), (size, kernel, stride, before, after, dilation)


def test_a_transposed_window_reaches_as_far_as_its_last_tap() -> None:
    """Each input position spreads its taps from where the stride puts it; the padding is cut away."""
    for size, kernel, stride, before, after, dilation in AXES:
        taps = {place * stride + tap * dilation for place in range(size) for tap in range(kernel)}
        assert transposed_out(size, kernel, stride, (before, after), dilation, 1) == max(taps) + 1 - before - after + 1


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_padding_that_keeps_the_size(dilation: int) -> None:
    """As many outputs as strides begin in the axis; of an odd extent the same zeros on both sides, else the fewest, the odd one last."""
    for size, kernel, stride in every((4, 5, 8, 11), (1, 2, 3, 4, 6), (1, 2, 3, 4, 5)):
        extent = dilation * (kernel - 1) + 1
        if extent % 2:
            assert same_padding(size, kernel, stride, dilation) == (extent // 2, extent // 2)
            continue
        wanted = len(range(0, size, stride))
        fewest = next(zeros for zeros in range(size + extent) if len(range(0, size + zeros - extent + 1, stride)) >= wanted)
        assert same_padding(size, kernel, stride, dilation) == (fewest // 2, fewest - fewest // 2)


def test_what_adaptive_pooling_reads() -> None:
    """Window i of n goes from ⌊i·size / n⌋ to ⌈(i + 1)·size / n⌉; elements of two windows are read twice."""
    for size, out, divisor in ((7, 7, 7), (8, 4, 4), (7, 3, 1), (10, 4, 2), (9, 6, 3), (3, 7, 1), (4, 6, 2), (5, 1, 1)):
        windows = [range(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]
        assert covered(size, out, divisor) == sum(len(window) for window in windows)


MAP = Map(3, (8, 5))
NONE = ((0, 0), (0, 0))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation", "sizes"),
    [
        ((3, 2), (3, 2), "same", (1, 1), (3, 3)),  # 8 / 3 and 5 / 2, rounded up
        ((3, 2), (2, 1), NONE, (1, 1), (3, 4)),
        ((3, 2), (2, 1), ((1, 1), (0, 2)), (1, 3), (4, 4)),
        ((8, 5), (1, 1), NONE, (1, 1), (1, 1)),  # the whole map
        ((8, 1), (9, 9), NONE, (1, 1), (1, 1)),
    ],
)
def test_a_map_of_windows(kernel: Any, stride: Any, padding: Any, dilation: Any, sizes: Any) -> None:
    """Each axis has its own kernel, stride, padding and dilation."""
    assert window_out("conv", MAP, kernel, stride, padding, dilation) == sizes


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation", "said"),
    [
        ((9, 1), (1, 1), NONE, (1, 1), "a 9×1 window does not fit the 8×5 map"),
        ((3, 3), (1, 1), ((1, 0), (0, 1)), (1, 3), "a 3×7 window does not fit the 9×6 map"),
        ((3,), (1, 1), NONE, (1, 1), "conv has a 1-axis kernel on a map with 2 spatial axes"),
        ((3, 3), (1, 1, 1), NONE, (1, 1), "conv has a 3-axis stride on a map with 2 spatial axes"),
        ((3, 3), (1, 1), ((0, 0),), (1, 1), "conv has a 1-axis padding on a map with 2 spatial axes"),
        ((3, 3), (1, 1), "same", (1,), "conv has a 1-axis dilation on a map with 2 spatial axes"),
    ],
)
def test_windows_that_are_refused(kernel: Any, stride: Any, padding: Any, dilation: Any, said: str) -> None:
    """What does not fit the padded map on every axis, and what has other axes than the map."""
    with pytest.raises(Refusal, match=said):
        window_out("conv", MAP, kernel, stride, padding, dilation)
