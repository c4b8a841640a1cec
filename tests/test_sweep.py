"""`convcalc sweep`: axes, conditions, fronts and formats; exactness has a file of its own."""

from __future__ import annotations

import csv
import io
import json
import pickle
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.commands.schema import schema
from convcalc.commands.sweep.request import read_request
from convcalc.commands.sweep.run import chunks, cost_points
from convcalc.errors import ConvcalcError
from convcalc.space.axes import read_axis
from convcalc.space.pareto import front
from tests.conftest import Run

BLOCK = ("bottleneck", "--set", "cin=256", "--set", "hw=56")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=2,4,8", (2, 4, 8)),
        ("a=64:256:64", (64, 128, 192, 256)),
        ("a=64:200:64", (64, 128, 192)),
        ("a=32:512:x2", (32, 64, 128, 256, 512)),
        ("a=1:3", (1, 2, 3)),
        ("a=1,8:16:4,100", (1, 8, 12, 16, 100)),
        ("a=0.25:1:0.25", (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), 1)),
        ("a=0.1:0.3:0.1", (Fraction(1, 10), Fraction(1, 5), Fraction(3, 10))),
        ("a=1:8:x1.5", (1, Fraction(3, 2), Fraction(9, 4), Fraction(27, 8), Fraction(81, 16), Fraction(243, 32))),
        ("a=relu,silu", ("relu", "silu")),
        ("a=true,false", (True, False)),
        ("a=3x224x224,3x192x192", ((3, 224, 224), (3, 192, 192))),
        (" a = 5 ", (5,)),
        ("a=true,1", (True, 1)),
    ],
)
def test_axes(text: str, values: tuple[Any, ...]) -> None:
    """Lists, ranges with their end, factors, decimals exactly, words, truths, shapes."""
    assert read_axis(text) == ("a", values)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a=", "=3", "a=1:", "a=3:1", "a=1:9:0", "a=1:9:-1", "a=1:9:x1", "a=0:9:x2", "a=1:2:3:4", "a=1,1", "a=1:5,3", "a=x"),
        *(
            "a=1e3",
            "a=relu:silu",
            "a=0x10",
            "a=" + "9" * 30,
            "a=1:100000000",
            "a=1:1000000000000:0.5",
            "a=nan",
            "a=1x" + "9" * 5000,
            "a=true,true",
            "a=1:60000,60000",
            "a=1,,2",
            "a=1:8:x1.1",
            "a=1:1000:x1.00001",
        ),
    ],
)
def test_what_is_no_axis(text: str) -> None:
    """Empty, endless, absurd or doubled: an error that names the axis."""
    with pytest.raises(ConvcalcError, match="--set"):
        read_axis(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no design is given"),
        (("bottlenek", "--set", "cin=8"), "did you mean `bottleneck`?"),
        (("bottleneck",), "there is no axis"),
        (("bottleneck", "--set", "reduction=2,4"), "bottleneck needs an input"),
        ((*BLOCK, "--set", "reduktion=2"), "did you mean `reduction`?"),
        ((*BLOCK, "--set", "cin=8"), "--set cin: given twice"),
        ((*BLOCK, "--where", "mac < 3"), "did you mean `macs`?"),
        ((*BLOCK, "--where", "macs <"), "not a condition"),
        ((*BLOCK, "--where", "cin = 256"), "equal is written =="),
        ((*BLOCK, "--where", "cin == 256 # or not"), "not a condition"),
        ((*BLOCK, "--set", "activation=relu,silu", "--where", "activation == macs"), "words are compared with macs"),
        ((*BLOCK, "--set", "design=1,2"), "has no parameter `design`"),
        ((*BLOCK, "--set", "reduction=2x2"), "expected a number, got"),
        (("pan_neck", "--set", "input=3x32x32"), "takes 3 inputs"),
        (("pan_neck", "--set", "hw=32"), "takes 3 inputs"),
        (("mobilenet_v2", "--set", "width=1,1.0000000000000001"), "more digits than a report holds"),
        ((*BLOCK, "--where", "__import__('os')"), "expected comparisons"),
        ((*BLOCK, "--where", "macs * 2 < 3"), "a side is a metric"),
        ((*BLOCK, "--pareto", "mac"), "did you mean `macs`?"),
        ((*BLOCK, "--pareto", "macs:most"), "the direction is min or max"),
        ((*BLOCK, "--sort", "depth"), "there is no metric or axis `depth`"),
        ((*BLOCK, "--top", "0"), "--top 0"),
        ((*BLOCK, "--shard", "3/2"), "expected I/N"),
        ((*BLOCK, "--shard", "1/" + "9" * 5000), "expected I/N"),
        ((*BLOCK, "--pareto", ""), "there is no metric or axis ``"),
        ((*BLOCK, "--sort", ""), "there is no metric or axis ``"),
        ((*BLOCK, "--set", "groups=1:30000000", "--sample", "20000000"), "more than 10,000,000 values"),
        (("plain", "--set", "cin=1:9999", "--set", "hw=1:9999", "--set", "cout=8", "--sample", "20000000"), "more than 10,000,000 points"),
        ((*BLOCK, "--columns", "mac"), "did you mean `macs`?"),
        (("bottleneck", "--set", "cin=1:1000000", "--set", "hw=1:1000000", "--set", "reduction=1:1000"), "1,000,000,000,000,000 points"),
        (
            ("bottleneck", "--set", "cin=255", "--set", "hw=8", "--set", "groups=2,4"),
            "2 points impossible (not-divisible), such as cin=255, hw=8, groups=2: "
            "groups=2 does not divide cin=63 (configs/blocks/bottleneck.yaml",
        ),
        (("bottleneck", "bottleneck", "--set", "cin=8"), "a design is given twice"),
        (("bottleneck:reduction=8", *BLOCK[1:], "--set", "reduction=2,4"), "bottleneck:reduction=8 says what it is"),
    ],
)
def test_bad_input(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """Each exit 2, with nothing on stdout and what to do."""
    ran = run("sweep", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def points(run: Run, *arguments: str) -> list[dict[str, Any]]:
    ran = run("sweep", *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    jsonschema.validate(found, schema("output"))
    rows = found["points"]
    assert isinstance(rows, list)
    return rows


def test_points_are_what_compare_says(run: Run) -> None:
    """The founding example is a point of a sweep: the paper's 69,632 and 218,365,952."""
    rows = points(run, *BLOCK, "--set", "reduction=2,4,8")
    assert [row["reduction"] for row in rows] == [2, 4, 8]
    assert (rows[1]["params"], rows[1]["macs"], rows[1]["activations"]) == (69_632, 218_365_952, 1_204_224)


def test_several_designs_words_shapes_and_decimals(run: Run) -> None:
    """Each against its own summary or comparison."""
    rows = points(run, "plain", "bottleneck", "--set", "cin=64,256", "--set", "hw=56", "--set", "activation=relu,none")
    report = convcalc.compare(["plain", "bottleneck"], cin=256, hw=56)
    last = [row for row in rows if row["cin"] == 256 and row["activation"] == "relu"]
    assert [row["macs"] for row in last] == [model.totals["macs"] for model in report.models]
    assert [row["nonlinearities"] for row in rows if row["activation"] == "none"] == [0] * 4
    rows = points(run, "resnet50", "--set", "input=3x224x224,3x288x288")
    assert [row["macs"] for row in rows] == [4_089_184_256, convcalc.summary(["resnet50"], input="3x288x288").models[0].totals["macs"]]
    rows = points(run, "mobilenet_v2", "--set", "width=0.5,1.4")
    assert [row["macs"] for row in rows] == [
        convcalc.summary(["mobilenet_v2"], set=[f"width={width}"]).models[0].totals["macs"] for width in ("0.5", "1.4")
    ]


def test_a_network_keeps_its_channels(run: Run) -> None:
    """`hw` alone is a resolution: ResNet-50 has 4,089,184,256 MACs at 224 (torchvision)."""
    rows = points(run, "resnet50", "--set", "hw=160:224:32")
    assert [row["macs"] for row in rows] == [
        *(convcalc.summary(["resnet50"], input=f"3x{hw}x{hw}").models[0].totals["macs"] for hw in (160, 192)),
        4_089_184_256,
    ]


def test_a_design_that_fixes_a_parameter_keeps_it(run: Run) -> None:
    """Beside one that follows the axis; the warning says so."""
    arguments = ("bottleneck", "bottleneck:reduction=4", "--set", "cin=256", "--set", "hw=56", "--set", "reduction=2,4")
    assert [row["params"] for row in points(run, *arguments)] == [212_992, 69_632, 69_632, 69_632]
    assert "bottleneck:reduction=4 has reduction fixed: it changes nothing in it" in run("sweep", *arguments).err


def test_parameters_win_over_the_names_of_inputs(run: Run, tmp_path: Path) -> None:
    """A network with parameters `batch`, `hw` and `cout`: what `summary --set` says of them."""
    spec = tmp_path / "net.yaml"
    layers = "layers: [conv: {cout: cout, kernel: 3}, conv: {cout: batch, kernel: 1}]"
    spec.write_text(f"params: {{cout: 64, batch: 4, hw: 32}}\ninput: [3, hw, hw]\n{layers}\n", encoding="utf-8")
    for name, value in (("batch", 8), ("hw", 16), ("cout", 32)):
        [row] = points(run, str(spec), "--set", f"{name}={value}")
        totals = convcalc.summary([str(spec)], set=[f"{name}={value}"]).models[0].totals
        assert (row["params"], row["macs"]) == (totals["params"], totals["macs"])


def test_constants_are_no_names(run: Run, tmp_path: Path) -> None:
    """A parameter may be called `_0_`."""
    spec = tmp_path / "net.yaml"
    spec.write_text("params: {_0_: 4}\nlayers: [conv: {cout: _0_, kernel: 1}]\n", encoding="utf-8")
    arguments = (str(spec), "--set", "cin=8", "--set", "hw=7", "--set", "_0_=1:4", "--where", "_0_ == 2")
    assert [row["_0_"] for row in points(run, *arguments)] == [2]


def test_columns_of_reports_are_no_axes(run: Run, tmp_path: Path) -> None:
    """`convention` is the last column of a CSV."""
    spec = tmp_path / "net.yaml"
    spec.write_text("params: {convention: 4}\nlayers: [conv: {cout: convention, kernel: 1}]\n", encoding="utf-8")
    ran = run("sweep", str(spec), "--set", "cin=8", "--set", "hw=7", "--set", "convention=1,2")
    assert (ran.code, "reports have a column of that name" in ran.err) == (2, True)


def test_what_is_too_wide_alone_is_too_wide_among_others(run: Run, tmp_path: Path) -> None:
    """An intermediate result of more than 4,096 bits: for two of four points, and for each of them."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "params: {a: 3, p: a*a*a*a, q: p*p*p*p, r: q*q*q*q, s: r*r*r, t: s*s}\n"
        "input: 3x8x8\nlayers: [conv: {cout: t % 7 + 1, kernel: 1}]\n",
        encoding="utf-8",
    )
    found = json.loads(run("sweep", str(spec), "--set", "a=2,3,1099511627775,1099511627776", "--format", "json").out)
    assert [row["a"] for row in found["points"]] == [2, 3]
    assert [(reason["reason"], reason["count"]) for reason in found["invalid"]] == [("expression-limit", 2)]
    assert run("sweep", str(spec), "--set", "a=1099511627776").code == 2


def test_an_axis_that_changes_nothing_is_told(run: Run) -> None:
    """A reduction beside the width that it would give; and one that does change something is not."""
    arguments = ("bottleneck", "--set", "cin=256", "--set", "hw=8,16", "--set", "reduction=2,4")
    for format_ in ("table", "csv", "json"):
        ran = run("sweep", *arguments, "--set", "mid=64,96", "--format", format_)
        assert ("reduction changes nothing in params," in ran.out + ran.err) is True
        assert "hw changes nothing" not in ran.out + ran.err
    assert run("sweep", *arguments).err == ""


def test_several_designs_are_an_axis(run: Run) -> None:
    """Without any other."""
    assert [row["design"] for row in points(run, "resnet18", "resnet34")] == ["resnet18", "resnet34"]


def test_impossible_points_are_counted_and_explained(run: Run) -> None:
    """By reason, with one of them; never in the rows."""
    ran = run("sweep", *BLOCK, "--set", "groups=1:8", "--format", "json")
    found = json.loads(ran.out)
    assert [row["groups"] for row in found["points"]] == [1, 2, 4, 8]
    [reason] = found["invalid"]
    assert (reason["reason"], reason["count"]) == ("not-divisible", 4)
    assert reason["message"] == "groups=3 does not divide cin=64"
    assert reason["location"].startswith("configs/blocks/bottleneck.yaml:")
    assert reason["example"] == {"cin": "256", "hw": "56", "groups": "3"}
    assert "4 points impossible (not-divisible), such as" in run("sweep", *BLOCK, "--set", "groups=1:8").out


@pytest.mark.parametrize(
    ("where", "widths"),
    [
        ("macs < 300M", ["0.25", "0.5", "0.75"]),
        ("macs < 300M and params >= 2M", ["0.75"]),
        ("not macs < 300M or width == 0.25", ["0.25", "1"]),
        ("0.5 <= width < 1", ["0.5", "0.75"]),
        ("300.774272M <= macs", ["1"]),
        ("macs == 300774272 MACs", ["1"]),
        ("macs != 300_774_272", ["0.25", "0.5", "0.75"]),
        ("activation == 'relu6'", ["0.25", "0.5", "0.75", "1"]),
        ("activation == relu6", ["0.25", "0.5", "0.75", "1"]),
    ],
)
def test_where(run: Run, where: str, widths: list[str]) -> None:
    """MobileNetV2 by width, 300,774,272 MACs at 1 (torchvision): quantities, chains, words, exactly."""
    axes = ("--set", "width=0.25:1:0.25", "--set", "activation=relu6")
    assert [f"{row['width']:g}" for row in points(run, "mobilenet_v2", *axes, "--where", where)] == widths


@given(data=st.data(), count=st.integers(1, 200), metrics=st.integers(1, 6))
def test_fronts(data: st.DataObject, count: int, metrics: int) -> None:
    """Against every pair of points: nobody on the front is beaten, and who is not on it is; equal points share their fate."""
    low, high = data.draw(
        st.sampled_from([(0, 3), (-40, 40), (0, 2**62), (2**63 - 4, 2**63 - 1), (-(2**62), 2**62), (1 - 2**63, 2**63 - 1)])
    )
    columns = [
        np.array(data.draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), dtype=np.int64) for _ in range(metrics)
    ]
    table = [tuple(int(column[place]) for column in columns) for place in range(count)]
    expected = [place for place, point in enumerate(table) if not any(beats(other, point) for other in table)]
    assert front(columns).tolist() == expected
    assert front([column.astype(object) for column in columns]).tolist() == expected


@pytest.mark.parametrize(
    ("where", "sizes"),
    [
        ("input == 3x224x224", [[3, 224, 224]]),
        ("input != 3x224x224 and macs > 2G", [[3, 288, 224]]),
        ("bias == false or input == 3x64x64", [[3, 64, 64], [3, 224, 224], [3, 288, 224]]),
    ],
)
def test_where_compares_shapes_and_truths(run: Run, where: str, sizes: list[list[int]]) -> None:
    """As the axis writes them; ResNet-18 has 1.81 GMACs at 224 (torchvision), 9/7 of that at 288×224."""
    rows = points(run, "resnet18", "--set", "input=3x64x64,3x224x224,3x288x224", "--set", "bias=false", "--where", where)
    assert [row["input"] for row in rows] == sizes


def test_the_last_line_says_what_was_asked(run: Run) -> None:
    """How many points, of how many that meet what, of how many: a table can be pasted alone."""
    arguments = ("mobilenet_v2", "--set", "width=0.25:1:0.25", "--set", "input=3x224x224,3x192x192")
    for more, said in (
        ((), "8 points of 8"),
        (("--where", "macs < 300M"), "7 points that meet macs < 300M, of 8"),
        (("--pareto", "macs,params:max"), "4 points on the front of macs,params:max, of 8"),
        (("--top", "2", "--sort", "macs", "--where", "macs > 1"), "2 points, the first by macs, of 8 that meet macs > 1, of 8"),
        (("--top", "1"), "1 point, the first, of 8"),
    ):
        assert run("sweep", *arguments, *more).out.splitlines()[-1] == f"{said} · counted by mac"


def test_where_compares_numbers_among_shapes(run: Run) -> None:
    """An axis of sizes and shapes is one of words: equal, or not."""
    rows = points(run, "plain", "--set", "cin=8", "--set", "hw=8,8x4,4", "--where", "hw == 8 or hw == 8x4")
    assert [row["hw"] for row in rows] == [8, [8, 4]]


def test_columns_are_those_asked_for(run: Run) -> None:
    """What a condition needs is computed and not shown; what points are chosen by is."""
    arguments = (*BLOCK, "--set", "reduction=1:8", "--columns", "macs")
    for more, header in (
        (("--where", "params < 100k and activations > 1"), "cin,hw,reduction,macs,convention"),
        (("--where", "params < 100k", "--pareto", "activations"), "cin,hw,reduction,macs,activations,convention"),
    ):
        assert run("sweep", *arguments, *more, "--format", "csv").out.partition("\n")[0] == header
    found = convcalc.sweep("bottleneck", set=["cin=256", "hw=56"], metrics="macs", where="params < 100k")
    assert list(found.columns) == ["cin", "hw", "macs"]


@pytest.mark.parametrize("metrics", [2, 3, 4, 5])
@pytest.mark.parametrize("count", [1, 2, 3, 64, 65, 1000, 1025])
def test_fronts_of_everything(metrics: int, count: int) -> None:
    """Where the first two metrics oppose each other, every point is on the front, in whatever order; and the best of all beats all."""
    order = np.random.default_rng(count).permutation(count)
    columns = [order, count - order, *(order * (7 + number) % count for number in range(metrics - 2))]
    assert front(columns).tolist() == list(range(count))
    best = [np.append(column, -1) for column in columns]
    assert front(best).tolist() == [count]
    twice = [np.append(column, column) for column in columns]
    assert front(twice).tolist() == list(range(2 * count))


def test_columns_of_ones_own() -> None:
    """`cost_columns`: a column a metric, by the formula of a 3×3 of c·c channels; on both sides of 2⁶³."""
    sizes = [2**31 - 1] * 3
    for hw in ([1, 2, 3], [4000, 4001, 4002], [1, 4000, 2]):
        found = convcalc.cost_columns("plain", {"cin": sizes, "cout": sizes, "hw": hw}, "macs,params,activations")
        assert found["macs"].tolist() == [9 * c * c * h * h for c, h in zip(sizes, hw, strict=True)]
        assert found["params"].tolist() == [9 * c * c for c in sizes]
        assert found["activations"].tolist() == [c * h * h for c, h in zip(sizes, hw, strict=True)]
    found = convcalc.cost_columns("bottleneck", {"cin": np.array([64, 64]), "hw": np.array([8, 8]), "groups": np.array([1, 2])}, ["macs"])
    assert found["macs"].tolist() == [64 * (2 * 64 * 16 + 9 * 16 * 16 // groups) for groups in (1, 2)]


@pytest.mark.parametrize(
    ("columns", "metrics", "said"),
    [
        ({"cin": [8], "hw": [8, 9]}, "macs", "1 of cin, 2 of hw"),
        ({"cin": [], "hw": []}, "macs", "the column cin: expected whole numbers"),
        ({"cin": 8, "hw": 8}, "macs", "the column cin: expected whole numbers"),
        ({"cin": [8.5], "hw": [8]}, "macs", "the column cin: expected whole numbers"),
        ({"cin": [2**63], "hw": [8]}, "macs", "the column cin: expected whole numbers"),
        ({"cin": [True], "hw": [8]}, "macs", "the column cin: expected whole numbers"),
        ({"cin": [8], "hw": [8]}, "mac", "there is no such metric"),
        ({"cin": [8, 8], "hw": [8, 8], "groups": [1, 3]}, "macs", "groups=3 does not divide cin=8"),
        ({"cin": [8, 8], "hw": [8, 8], "gruops": [1, 3]}, "macs", "has no parameter `gruops`"),
    ],
)
def test_columns_that_are_none(columns: dict[str, Any], metrics: str, said: str) -> None:
    """One kind of error, which says what is expected."""
    with pytest.raises(ConvcalcError, match=said):
        convcalc.cost_columns("plain", columns, metrics)


def test_a_chunk_costs_the_same_whenever_it_is_computed() -> None:
    """Reasons and examples too: after another chunk, and after none."""
    plans = [read_request("bottleneck", ["cin=64", "hw=8", "groups=1:40"], seed=seed) for seed in (1, 2)]
    late, early = np.arange(20, 40), np.arange(20)
    cost_points(plans[0], late)
    after = cost_points(plans[0], early).points.invalid
    alone = cost_points(plans[1], early).points.invalid
    assert after == alone
    assert [(reason.message, reason.example["groups"]) for reason in alone] == [("groups=3 does not divide cin=16", "3")]


def test_a_layout_that_was_edited_is_read_again(tmp_path: Path) -> None:
    """The second sweep of a process is of what the file says now: 9 and 1 parameters a channel."""
    spec = tmp_path / "net.yaml"
    for kernel in (3, 1):
        spec.write_text(f"params: {{cout: required}}\nlayers: [conv: {{cout: cout, kernel: {kernel}}}]\n", encoding="utf-8")
        assert convcalc.sweep(str(spec), set=["cin=2", "hw=8", "cout=1,2"]).columns["params"].tolist() == [2 * kernel**2, 4 * kernel**2]


def beats(a: Sequence[int], b: Sequence[int]) -> bool:
    return all(x <= y for x, y in zip(a, b, strict=True)) and tuple(a) != tuple(b)


def test_pareto_and_top_are_of_all_chunks(run: Run) -> None:
    """A front of 40,000 points, in chunks, is the front of all of them; so are the largest and the smallest."""
    axes = ["cin=8:808:8", "hw=7:27", "reduction=1:20"]
    every = convcalc.sweep("bottleneck", set=axes, metrics="macs,activations,params")
    kept = convcalc.sweep("bottleneck", set=axes, metrics="macs,activations", pareto="macs:max,activations")
    columns = every.columns
    pairs = list(zip(columns["macs"].tolist(), columns["activations"].tolist(), strict=True))
    fewest: dict[int, int] = {}  # of each number of MACs
    for macs, activations in pairs:
        fewest[macs] = min(activations, fewest.get(macs, activations))
    best, expected = 10**18, []
    for macs in sorted(fewest, reverse=True):
        if fewest[macs] < best:
            best = fewest[macs]
            expected += [(macs, best)] * pairs.count((macs, best))
    assert sorted(zip(kept.columns["macs"].tolist(), kept.columns["activations"].tolist(), strict=True)) == sorted(expected)
    top = convcalc.sweep("bottleneck", set=axes, sort="macs:desc", top=3)
    assert top.columns["macs"].tolist() == sorted(columns["macs"].tolist(), reverse=True)[:3]
    assert every.done == 101 * 21 * 20


def test_shards_make_the_whole() -> None:
    """Parts of the grid, in any number, are the grid in order."""
    axes = ["cin=8:64:8", "hw=7:16", "groups=1:6"]
    whole = convcalc.sweep("bottleneck", set=axes).columns["macs"].tolist()
    parts = [convcalc.sweep("bottleneck", set=axes, shard=f"{part}/7").columns["macs"].tolist() for part in range(1, 8)]
    assert [value for part in parts for value in part] == whole


@pytest.mark.slow
def test_a_sample_is_of_its_seed() -> None:
    """As many different points, the same for the same seed, from a grid that nobody could walk."""
    axes = ["cin=1:1000000", "hw=1:1000000", "reduction=1:1000"]
    one, again, other = (convcalc.sweep("bottleneck", set=axes, sample=100, seed=seed, metrics="macs") for seed in (1, 1, 2))
    assert one.columns["cin"].tolist() == again.columns["cin"].tolist() != other.columns["cin"].tolist()
    assert one.done == 100
    assert len(set(zip(one.columns["cin"].tolist(), one.columns["hw"].tolist(), strict=True))) == one.points.size


def test_csv_and_json_lines_are_streamed(run: Run) -> None:
    """The same points as JSON has, in two chunks; `head` ends it in silence."""
    arguments = (*BLOCK[:1], "--set", "cin=8:800:8", "--set", "hw=1:20", "--set", "reduction=1:20")
    rows = points(run, *arguments)
    assert len(rows) > 32_768
    lines = [json.loads(line) for line in run("sweep", *arguments, "--format", "jsonl").out.splitlines()]
    assert lines == [{**row, "convention": "mac"} for row in rows]
    found = list(csv.DictReader(io.StringIO(run("sweep", *arguments, "--format", "csv").out)))
    assert [int(row["macs"]) for row in found] == [row["macs"] for row in rows]
    assert list(found[0]) == [*rows[0], "convention"]


def test_a_chunk_is_a_plain_function_of_plain_data() -> None:
    """A plan survives pickling, and its chunks cost the same wherever they are computed."""
    plan = read_request("bottleneck", ["cin=8:64:8", "hw=7"], metrics="macs")
    copy = pickle.loads(pickle.dumps(plan))
    assert copy == plan
    [chunk] = chunks(plan)
    assert cost_points(copy, np.arange(plan.size)).points.metrics["macs"].tolist() == chunk.points.metrics["macs"].tolist()


def test_inputs_that_are_none(run: Run) -> None:
    """Half an input, or two, are refused; sizes that no map has are impossible points, and so are batches."""
    for axes in (("cin=8",), ("hw=8", "input=3x8x8"), ("input=3x8x8", "cin=8", "hw=8")):
        ran = run("sweep", "resnet18", *(part for axis in axes for part in ("--set", axis)))
        assert (ran.code, ran.out) == (2, "")
    found = convcalc.sweep("plain", set=["cin=8", "hw=0,-3,0.5,8", "batch=-1,1"])
    assert found.points.size == 1
    assert sum(reason.points for reason in found.invalid) == 7


def test_a_front_is_cut_when_all_is_seen() -> None:
    """Of 202,000 points in descending order: what is beaten late does not displace what is not."""
    axes = {"cin": list(range(808, 0, -8)), "hw": list(range(100, 0, -1)), "reduction": list(range(20, 0, -1))}
    whole = convcalc.sweep("bottleneck", set=axes, metrics="macs,activations", pareto="activations,macs:max", sort="hw:desc")
    top = convcalc.sweep("bottleneck", set=axes, metrics="macs,activations", pareto="activations,macs:max", sort="hw:desc", top=3)
    assert top.columns["macs"].tolist() == whole.columns["macs"].tolist()[:3]


def test_an_axis_that_is_constant_in_a_chunk() -> None:
    """Beyond 64 bits, in chunks of which each has one value of the slow axes: exact, as alone."""
    found = convcalc.sweep("plain", set=["cin=2147483647,8", "cout=2147483647,8", "hw=1:40000"], metrics="macs")
    assert found.columns["macs"].tolist() == [9 * a * b * h * h for a in (2**31 - 1, 8) for b in (2**31 - 1, 8) for h in range(1, 40_001)]


@pytest.mark.parametrize(
    "where",
    [
        "_5_ < 3",
        "activation < 5",
        "activation < silu",
        "activation == sliu",
        "params < 5 MMACs",
        "activation == 3x8",
        "cin == 3x8",
        "macs == 8x8",
        "activation == true",
        "cin == relu",
    ],
)
def test_conditions_that_mean_nothing(run: Run, where: str) -> None:
    """Words have no order, a mistyped one is no word, and a unit fits one metric."""
    ran = run("sweep", "plain", "--set", "cin=8", "--set", "hw=8", "--set", "activation=relu,silu", "--where", where)
    assert (ran.code, ran.out) == (2, "")


def test_beyond_64_bits(run: Run) -> None:
    """Exact in JSON, on both sides of 2⁶³, beside points that fit."""
    rows = points(run, "plain", "--set", "cin=8,2147483647", "--set", "cout=8,2147483647", "--set", "hw=1,4096")
    assert [row["macs"] for row in rows] == [9 * a * b * h * h for a in (8, 2**31 - 1) for b in (8, 2**31 - 1) for h in (1, 4096)]


def test_every_point_is_computed_or_refused_by_name() -> None:
    """A size that no map can have is a reason, not a wrapped number."""
    found = convcalc.sweep("plain", set=["cin=8", "hw=8", "cout=8,999999999999999999", "kernel=3,999999999"])
    assert found.points.size + sum(reason.points for reason in found.invalid) == 4
    with pytest.raises(ConvcalcError, match="no number or word"):
        convcalc.sweep("plain", set=["cin=8", "hw=8", "cout=9999999999999999999"])


def test_a_sweep_of_a_broken_layout_is_located(run: Run, tmp_path: Any) -> None:
    """The file's own error, at its place."""
    (tmp_path / "broken.yaml").write_text("params: {n: 3}\nlayers: [conv: {cout: n, kernal: 3}]\n", encoding="utf-8")
    ran = run("sweep", str(tmp_path / "broken.yaml"), "--set", "cin=8", "--set", "hw=8", "--set", "n=1,2")
    assert ran.code == 2
    assert "broken.yaml:2:26: error[unknown-key]" in ran.err


def test_sweep_as_people_see_it(run: Run, snapshot: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Three designs and their front, at any width and at 40 columns, and as Markdown."""
    arguments = ("sweep", "plain", "bottleneck", "--set", "cin=64:256:64", "--set", "hw=56", "--set", "groups=1,3")
    snapshot("sweep.txt", run(*arguments).out)
    snapshot("sweep.md", run(*arguments, "--pareto", "macs:max,activations", "--format", "markdown").out)
    monkeypatch.setenv("COLUMNS", "40")
    ran = run(*arguments)
    snapshot("sweep-40.txt", ran.out + ran.err)


@pytest.mark.parametrize("width", [1, 20, 33, 40, 50, 80])
def test_no_number_is_cut(run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """A terminal too narrow for the axes gets whole numbers, in lines below each other where they do not fit side by side."""
    arguments = (*BLOCK, "--set", "reduction=2,4,8", "--set", "groups=1,2")
    wide = run("sweep", *arguments).out.splitlines()
    monkeypatch.setenv("COLUMNS", str(width))
    shown = run("sweep", *arguments).out
    axes = [["256", "56", str(r), str(g)] for r in (2, 4, 8) for g in (1, 2)]
    if width >= 40:
        lines = shown.splitlines()[2:8]
        assert {cell for line in lines for cell in line.split()} <= {cell for line in wide[2:8] for cell in line.split()}
        assert [line.split()[:4] for line in lines] == axes
    else:
        cells = dict.fromkeys(("cin", "hw", "reduction", "groups"))
        rows = shown.replace("cin", "\n\ncin").split("\n\n")[1:7]
        assert [[row.split()[row.split().index(name) + 1] for name in cells] for row in rows] == axes


def test_points_that_all_lack_a_metric(run: Run, tmp_path: Path) -> None:
    """Other values would not help, other metrics do."""
    path = tmp_path / "net.yaml"
    path.write_text("params: {c: 4}\ninput: 6\nlayers: [linear: {cout: c}]\n")
    ran = run("sweep", str(path), "--set", "c=2,3", "--columns", "receptive_field")
    assert (ran.code, "fix: ask for other metrics" in ran.err) == (2, True)
