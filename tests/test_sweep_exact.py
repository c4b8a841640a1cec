"""A sweep's points equal what each would be alone, to the integer: random layouts' parameters, structural ones included."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.analysis.metrics import METRICS, additive
from convcalc.analysis.totals import totals
from convcalc.core.device import Array, Device
from convcalc.core.execution import Execution
from convcalc.core.shape import Map
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError
from convcalc.inputs.designs import runs_alone
from convcalc.layout.build import Argument
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.rules.devices import read_device
from convcalc.space.axes import shown
from convcalc.space.designs import Designs
from convcalc.space.partition import Space
from convcalc.space.ratio import reduced

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
WINDOW = (1, 4)
ON_ARRAY = Execution(device=Device("array", "", {"fp32": 10**12}, 10**9, array=Array(8, 16, "ws"), clock=10**9))
SUMMED = (*(key for key in additive() if METRICS[key].exact), "peak_bytes", "training_bytes")  # what a point has as one number
# Layers over parameters; each parameter's range has values that are impossible for some points.
LAYOUTS: dict[str, tuple[str, dict[str, tuple[int, int]]]] = {
    "conv": (
        "- conv: {cout: a, kernel: b, stride: c, padding: d, dilation: e, groups: f, bias: true}",
        {"a": (1, 12), "b": (1, 5), "c": (0, 3), "d": (0, 2), "e": (1, 3), "f": (1, 6)},
    ),
    "same": ("- conv: {cout: a, kernel: b, stride: c, norm: batch_norm, activation: silu}", {"a": (0, 9), "b": WINDOW, "c": WINDOW}),
    "depthwise": ("- depthwise_conv: {kernel: a, multiplier: b, stride: c}", {"a": WINDOW, "b": (0, 3), "c": WINDOW}),
    "transposed": (
        "- conv_transpose: {cout: a, kernel: b, stride: c, padding: d, output_padding: e}",
        {"a": WINDOW, "b": WINDOW, "c": WINDOW, "d": (0, 3), "e": (0, 1)},
    ),
    "pools": ("- max_pool: {kernel: a, stride: b, padding: c, ceil: true}\n- avg_pool: {kernel: d}", dict.fromkeys("abcd", (0, 3))),
    "shortcut": (
        "- residual:\n    body: [{conv: {cout: a, kernel: 3, stride: b}}]\n"
        "    shortcut: [{conv: {cout: a, kernel: 1, stride: b, when: b != 1 or cin != a}}]",
        {"a": (4, 12), "b": (1, 3)},
    ),
    "repeats": (
        "- repeat: {times: a, layers: [{conv: {cout: b, kernel: 3, stride: 2 if first else 1}}]}\n"
        "- repeat: {times: c, layers: [{conv: {cout: b, kernel: 1}}]}",
        {"a": (0, 4), "b": (1, 9), "c": (0, 3)},
    ),
    "dense": (
        "- repeat: {times: a, layers: [{concat: {paths: {x: [], y: [conv: {cout: b, kernel: 3}]}}}]}",
        {"a": (0, 4), "b": (1, 3)},
    ),
    "divisible": (
        '- conv: {cout: "make_divisible(a * 1.3 * cin / 4, 8)", kernel: 3}\n- conv: {cout: "make_divisible(a * b, c)", kernel: 1}',
        {"a": (1, 40), "b": (1, 9), "c": (0, 9)},
    ),
    "rounding": (
        "- conv: {cout: round(a / b), kernel: 1}\n- conv: {cout: ceil(a * 0.7) + floor(a / 3), kernel: 1}",
        {"a": (0, 40), "b": (0, 6)},
    ),
    "exact": ("- conv: {cout: a / b, kernel: 1}", {"a": (1, 30), "b": (1, 6)}),
    "choices": (
        '- conv: {cout: "min(a, 8) + max(a, b, 3) if a % 3 == 1 and b > 2 or not a < 9 else a // b", kernel: 1}',
        {"a": (0, 14), "b": (0, 5)},
    ),
    "classifier": ("- global_avg_pool\n- flatten\n- linear: {cout: a, bias: true}\n- linear: b", {"a": (0, 9), "b": (1, 9)}),
    "rearranged": (
        "- conv: {cout: a, kernel: 1}\n- pixel_shuffle: b\n- channel_shuffle: {groups: c}\n- upsample: 2",
        {"a": (4, 24), "b": (1, 3), "c": (1, 4)},
    ),
    "normed": (
        "- conv: {cout: a, kernel: 3}\n- group_norm: {groups: b}\n- gelu\n- slice: {start: c, stop: a}",
        {"a": (2, 12), "b": (1, 5), "c": (0, 4)},
    ),
    "joined": (
        "- concat: {paths: {x: [conv: {cout: a, kernel: 1}], y: {when: b > 2, layers: [conv: {cout: b, kernel: 3}]}, z: []}}\n"
        "- squeeze_excite: {reduction: c}",
        {"a": (1, 9), "b": (1, 5), "c": (1, 8)},
    ),
}


def costing_of(name: str, scale: int = 1) -> Any:
    """What a layout costs, for parameters and the sizes of its input; parameters over `scale` are decimals."""
    layers, ranges = LAYOUTS[name]
    library = Library()
    indented = "\n".join(f"  {line}" for line in layers.splitlines())
    layout = library.text(f"params: {{{', '.join(f'{key}: 1' for key in ranges)}}}\nlayers:\n{indented}\n", "sweep.yaml")

    def cost(values: Sequence[Any]) -> dict[str, Any]:
        cin, hw, *given = values
        arguments = {key: Argument(over(value, scale)) for key, value in zip(ranges, given, strict=True)}
        return totals(trace(build_network(library, layout, arguments, (Map(cin, (hw, hw)),)), 1, ON_ARRAY), asked=SUMMED)

    return cost


def over(value: Any, scale: int) -> Any:
    if isinstance(value, int):
        found = Fraction(value, scale)
        return found.numerator if found.denominator == 1 else found
    return reduced(value, scale)


def alone(cost: Any, point: tuple[int, ...]) -> tuple[int, ...] | None:
    """A point on its own; None where it is impossible."""
    try:
        found = cost(point)
    except ConvcalcError:
        return None
    return tuple(found[name] for name in SUMMED)


def swept(cost: Any, columns: list[list[int]], width: int | None = None) -> list[tuple[int, ...] | None]:
    """The points of columns, all together."""
    arrays = [np.array(column, dtype=np.int64) for column in columns]
    space = Space(cost, SUMMED, [(int(array.min()), int(array.max())) for array in arrays])
    found: list[tuple[int, ...] | None] = [None] * len(arrays[0])
    for start in range(0, len(arrays[0]), width or len(arrays[0])):
        chunk = [array[start : start + (width or len(array))] for array in arrays]
        for one, chosen in space.classes(chunk):
            places = np.arange(len(chunk[0])) if chosen is None else chosen
            if one.program is None:
                continue
            here = [column[places] for column in chunk]
            values = [np.broadcast_to(value, len(places)) for value in one.program.run(here)]
            for number, place in enumerate(places):
                found[start + place] = tuple(int(value[number]) for value in values)
    return found


@given(data=st.data())
@pytest.mark.parametrize("name", LAYOUTS)
def test_points_equal_what_they_are_alone(name: str, data: st.DataObject) -> None:
    """Valid points to the integer, impossible ones impossible, whatever the chunks."""
    ranges = [(1, 9), (1, 12), *LAYOUTS[name][1].values()]
    count = data.draw(st.integers(1, 12))
    columns = [data.draw(st.lists(st.integers(low, high), min_size=count, max_size=count)) for low, high in ranges]
    scale = data.draw(st.sampled_from([1, 1, 4])) if name in ("divisible", "rounding") else 1
    cost = costing_of(name, scale)
    expected = [alone(cost, point) for point in zip(*columns, strict=True)]
    assert swept(cost, columns, data.draw(st.sampled_from([None, 5]))) == expected


def test_conditions_are_numbers_beyond_64_bits_too() -> None:
    """Two truths are two, and a truth times 2⁴⁰ twice over is 2⁸⁰."""
    library = Library()
    layout = library.text("params: {a: 1}\nlayers: [conv: {cout: 1 + (a < 3) + (a < 5), kernel: 1}]\n", "sweep.yaml")

    def cost(values: Sequence[Any]) -> dict[str, Any]:
        a, hw = values
        return totals(trace(build_network(library, layout, {"a": Argument(a)}, (Map(2**31, (hw, hw)),)), 1, ON_ARRAY), asked=SUMMED)

    points = [(1, 1), (4, 2), (9, 2**20), (1, 2**20)]
    found = swept(cost, [list(column) for column in zip(*points, strict=True)])
    assert found == [alone(cost, point) for point in points]


@given(sizes=st.lists(st.integers(2**16, 2**31), min_size=1, max_size=6))
def test_beyond_64_bits_nothing_wraps(sizes: list[int]) -> None:
    """MACs of 3·3·c·c·h·w on both sides of 2⁶³, in one sweep: Python's integers where 64 bits end."""
    cost = costing_of("same")
    columns = [sizes, [64] * len(sizes), sizes, [3] * len(sizes), [1] * len(sizes)]
    expected = [alone(cost, point) for point in zip(*columns, strict=True)]
    assert swept(cost, columns) == expected
    macs = [point[SUMMED.index("macs")] for point in expected if point is not None]
    assert macs == [9 * size * size * 64 * 64 for size in sizes]


@pytest.mark.parametrize("width", [None, 1])
def test_each_side_of_the_border(width: int | None) -> None:
    """Of c·c MACs of a 1×1 on one position, 3,037,000,499² is the last below 2⁶³: in one space, together and apart."""
    sizes = [3_037_000_498, 3_037_000_499, 3_037_000_500, 3_037_000_501]
    found = swept(costing_of("exact"), [sizes, [1] * 4, sizes, [1] * 4], width)
    assert [point and point[SUMMED.index("macs")] for point in found] == [size * size for size in sizes]
    assert [size * size < 2**63 for size in sizes] == [True, True, False, False]


def test_columns_are_of_64_bits_as_far_as_they_reach() -> None:
    """NumPy's integers below 2⁶³, Python's where one point is beyond it; never a wrapped number."""
    for last, kind in ((3_037_000_499, np.dtype(np.int64)), (3_037_000_500, np.dtype(object))):
        sizes = [3_037_000_498, last]
        found = convcalc.sweep("plain", set={"cin": sizes, "cout": sizes, "hw": 1, "kernel": 1}, metrics="macs").columns["macs"]
        assert found.dtype == kind
        assert found.tolist() == [a * b for a in sizes for b in sizes]


SHIPPED = sorted(path.stem for path in [*CONFIGS.glob("blocks/*.yaml"), *CONFIGS.glob("networks/*.yaml")])
WORDS = {"norm": ["none", "batch_norm", "layer_norm"], "activation": ["none", "relu", "silu"], "padding": ["same", "valid"]}


def axis_of(name: str, default: object, chooser: random.Random) -> list[Any]:
    """Values of a parameter: its own, and some that it might have."""
    if isinstance(default, bool):
        return [True, False]
    if isinstance(default, str):
        return chooser.sample(WORDS.get(name, [default]), 1)
    own = default if isinstance(default, int | Fraction) else 1
    others = {1, 2, 3, 4, 5, 7, 8, 16, 24, 96}
    if isinstance(default, Fraction) or name in ("width", "expand", "ratio"):
        others = {Fraction(1, 2), 1, Fraction(5, 4), Fraction(7, 5), 2, 3}
    return [own, *chooser.sample(sorted(others - {own}), 2)]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_designs_equal_what_they_are_alone(name: str) -> None:
    """Every parameter of every shipped block and network as an axis, three at a time, with the input and the batch."""
    designs = Designs([name], Execution(dtype="int8", device=read_device("t4")))
    metrics = [key for key in SUMMED if key != "cycles"]
    design = designs.known[name]
    chooser = random.Random(name)
    parameters = {key: parameter.default.constant if parameter.default else None for key, parameter in design.layout.params.items()}
    inputs = {"cin": [8, 24], "hw": [8, 7]} if not runs_alone(design) else {}
    valid = 0
    for _ in range(3):
        chosen = chooser.sample(sorted(parameters), min(3, len(parameters)))
        axes = {**inputs, **{key: axis_of(key, parameters[key], chooser) for key in chosen}, "batch": [1, 3]}
        if "cout" in parameters:
            axes["cout"] = [8, 24, 64]
        points = list(product(*axes.values()))
        expected = []
        for values in points:
            with suppress(ConvcalcError):
                costs = designs.costing(metrics)(dict(zip(axes, values, strict=True)))
                expected.append((*values, *(costs[metric] for metric in metrics)))
        valid += len(expected)
        try:
            texts = {key: [shown(value) for value in values] for key, values in axes.items()}
            found = convcalc.sweep(name, set=texts, metrics=metrics, device="t4", dtype="int8")
        except ConvcalcError:
            assert expected == []
            continue
        columns = [[*found.points.values(key)] for key in axes] + [found.columns[metric].tolist() for metric in metrics]
        assert list(zip(*columns, strict=True)) == expected
        assert sum(reason.points for reason in found.invalid) == len(points) - len(expected)
    assert valid
