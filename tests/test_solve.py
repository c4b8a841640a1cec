"""`convcalc solve`: against brute force over single points, with the neighbour that fails as proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.commands.schema import schema
from convcalc.errors import ConvcalcError
from tests.conftest import Run

BLOCK = ("--set", "cin=256", "--set", "hw=56")


def macs_of(mid: int) -> int:
    """A bottleneck of 256 channels on 56×56, by its formula (He et al. 2015)."""
    return 56 * 56 * (256 * mid + 9 * mid * mid + mid * 256)


def solutions(run: Run, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    ran = run("solve", *arguments, "--format", "json")
    assert ran.code == code, ran.err
    found = json.loads(ran.out)
    jsonschema.validate(found, schema("output"))
    rows = found["solutions"]
    assert isinstance(rows, list)
    return rows


@given(limit=st.integers(macs_of(1), macs_of(3000)), multiple=st.integers(1, 16))
def test_the_largest_is_the_largest(limit: int, multiple: int) -> None:
    """By the formula: the found value meets the limit, its neighbour does not, and no larger one does."""
    report = convcalc.solve("bottleneck", variables="mid", max=f"macs={limit}", set=["cin=256", "hw=56"], multiple_of=multiple)
    meeting = [mid for mid in range(multiple, 3200, multiple) if macs_of(mid) <= limit]
    assert report.exit_code == (0 if meeting else 1)
    if meeting:
        [found] = report.solutions
        assert found.values == {"mid": meeting[-1]}
        assert found.metrics is not None
        assert found.metrics["macs"] == macs_of(meeting[-1])
        [beyond] = found.neighbours
        assert beyond.values == {"mid": meeting[-1] + multiple}
        assert beyond.why == f"macs {macs_of(meeting[-1] + multiple):,} exceed {limit:,}"


def test_a_range_of_decimals(run: Run) -> None:
    """MobileNetV2 within 300 M MACs: 0.95, as its own summary says; at 1 it has 300,774,272 (torchvision)."""
    [found] = solutions(run, "mobilenet_v2", "--for", "width", "--set", "width=0.25:2:0.05", "--max", "macs=300M")
    assert found["values"] == {"width": 0.95}
    assert found["metrics"]["macs"] == convcalc.summary(["mobilenet_v2"], set=["width=0.95"]).models[0].totals["macs"]
    assert found["neighbours"] == [
        {"values": {"width": 1}, "metrics": found["neighbours"][0]["metrics"], "why": "macs 300,774,272 exceed 300,000,000"}
    ]


def test_the_smallest(run: Run) -> None:
    """The first value with a million parameters: 256·mid·2 + 9·mid²."""
    expected = next(mid for mid in range(1, 1000) if 512 * mid + 9 * mid * mid >= 10**6)
    [found] = solutions(run, "bottleneck", "--for", "mid", *BLOCK, "--min", "params=1M", "--smallest")
    assert found["values"] == {"mid": expected}
    assert found["neighbours"][0]["values"] == {"mid": expected - 1}
    assert "below 1,000,000" in found["neighbours"][0]["why"]


def test_several_variables(run: Run) -> None:
    """Of all pairs that meet the limits, one of most MACs; every neighbour fails or ends its range."""
    arguments = ("--set", "cin=256", "--set", "hw=7:112:7", "--set", "mid=8:256:8", "--max", "macs=300M", "--max", "params=100k")
    [found] = solutions(run, "bottleneck", "--for", "mid,hw", *arguments)
    best = max(
        hw * hw * (512 * mid + 9 * mid * mid)
        for hw in range(7, 113, 7)
        for mid in range(8, 257, 8)
        if hw * hw * (512 * mid + 9 * mid * mid) <= 300_000_000 and 512 * mid + 9 * mid * mid <= 100_000
    )
    assert found["metrics"]["macs"] == best
    assert all(neighbour["why"] for neighbour in found["neighbours"])


def test_a_range_in_any_order(run: Run) -> None:
    """The largest is the largest of the range, not the last that was written; words stay in the order written."""
    [found] = solutions(run, "bottleneck", "--for", "mid", *BLOCK, "--set", "mid=8,64,16", "--max", "macs=300M")
    assert (found["values"], found["neighbours"]) == ({"mid": 64}, [])
    assert (
        "the range of mid ends here" in run("solve", "bottleneck", "--for", "mid", *BLOCK, "--set", "mid=8,64,16", "--max", "macs=300M").err
    )
    [found] = solutions(run, "resnet18", "--for", "input", "--set", "input=3x96x96,3x128x128,3x224x224", "--max", "macs=600M")
    assert found["values"] == {"input": [3, 128, 128]}


def test_a_fixed_value_that_one_design_does_not_have(run: Run) -> None:
    """It is said, and the variable is not."""
    ran = run("solve", "bottleneck", "plain", "--break-even", "--for", "mid", *BLOCK, "--set", "reduction=2")
    assert "plain has no parameter reduction: it changes nothing in it" in ran.err
    assert "parameter mid" not in ran.err


def test_impossible_values_are_passed_over(run: Run) -> None:
    """Groups that do not divide are no solution, and as a neighbour they say why."""
    [found] = solutions(run, "bottleneck", "--for", "groups", *BLOCK, "--max", "macs=900M")
    assert found["values"] == {"groups": 64}
    assert found["neighbours"][0]["metrics"] is None
    assert found["neighbours"][0]["why"] == "impossible: groups=65 does not divide cin=64"


def test_break_even(run: Run) -> None:
    """A bottleneck costs less than a 3×3 up to Cmid = 229: 2·256·m + 9·m² ≤ 9·256²."""
    [found] = solutions(run, "bottleneck", "plain", "--break-even", "--for", "mid", *BLOCK)
    last = max(mid for mid in range(1, 1000) if 512 * mid + 9 * mid * mid <= 9 * 256 * 256)
    assert (found["values"], found["neighbours"][0]["values"]) == ({"mid": last}, {"mid": last + 1}) == ({"mid": 229}, {"mid": 230})
    assert found["why"] == f"{56 * 56 * 9 * 256 * 256 - macs_of(229):,} macs fewer than plain"


def test_the_break_even_of_the_other_side(run: Run) -> None:
    """A 3×3 costs more than a bottleneck until Cmid = 229: the crossing is the same, whichever is named first."""
    [found] = solutions(run, "plain", "bottleneck", "--break-even", "--for", "mid", *BLOCK)
    assert (found["values"], found["neighbours"][0]["values"]) == ({"mid": 229}, {"mid": 230})
    assert found["why"] == f"{56 * 56 * 9 * 256 * 256 - macs_of(229):,} macs more than bottleneck"


@pytest.mark.parametrize("block", ["8", "64", "1000"])
def test_the_break_even_of_an_input(run: Run, block: str) -> None:
    """A bottleneck of Cmid m costs less than a 3×3 from the cin on where 2·c·m + 9·m² ≤ 9·c²; at any multiple."""
    mid = int(block)
    arguments = ("--break-even", "--for", "cin", "--set", "hw=7", "--set", f"mid={mid}", "--multiple-of", "3")
    [found] = solutions(run, "bottleneck", "plain", *arguments, "--metric", "params")
    first = next(cin for cin in range(3, 9000, 3) if 2 * cin * mid + 9 * mid * mid <= 9 * cin * cin)
    assert (found["values"], found["neighbours"][0]["values"]) == ({"cin": first - 3}, {"cin": first})


def test_designs_that_cross_more_than_once(run: Run) -> None:
    """By their formulas: 2·c·⌊c/4⌋ + 9·⌊c/4⌋² against 9·c + c² parameters, the first and the last crossing, and how many."""
    arguments = ("bottleneck", "depthwise_separable", "--break-even", "--for", "cin", "--set", "hw=56", "--metric", "params")
    more = [2 * c * (c // 4) + 9 * (c // 4) ** 2 > 9 * c + c * c for c in range(4, 3000)]
    turned = [c for c, (before, after) in enumerate(pairwise(more), 4) if before != after]
    found = solutions(run, *arguments)
    assert [solution["values"]["cin"] for solution in found] == [turned[0], turned[-1]]
    assert [solution["neighbours"][0]["values"]["cin"] for solution in found] == [turned[0] + 1, turned[-1] + 1]
    assert f"cross {len(turned)} times up to" in run("solve", *arguments).err


def test_a_design_that_fixes_the_variable(run: Run, tmp_path: Path) -> None:
    """A family by its width against one MobileNetV2, whose own width stays: 300,774,272 MACs (torchvision)."""
    (tmp_path / "net.yaml").write_text("params: {width: 8}\ninput: 3x224x224\nlayers: [conv: {cout: width, kernel: 3}]\n", encoding="utf-8")
    [found] = solutions(run, str(tmp_path / "net.yaml"), "mobilenet_v2:width=1", "--break-even", "--for", "width")
    assert found["values"]["width"] == max(w for w in range(1, 1000) if 27 * w * 224 * 224 <= 300_774_272)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("plain", "bottleneck", "--set", "kernel=5,7"),
            "plain costs more macs than bottleneck at every kernel up to 7",
        ),
        (
            ("bottleneck", "plain", "--set", "kernel=7,3"),
            "bottleneck costs no more macs than plain at every kernel up to 7",
        ),
        (
            ("bottleneck", "plain", "--set", "groups=3"),
            "no value of kernel is possible in both bottleneck and plain",
        ),
    ],
)
def test_no_break_even(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """Exit 1, and which of the two it is."""
    assert said in (ran := run("solve", *arguments, "--break-even", "--for", "kernel", "--set", "cin=256", "--set", "hw=8")).out
    assert ran.code == 1


def bottleneck(hw: int, mid: int, groups: int) -> dict[str, int] | None:
    """MACs and parameters of a bottleneck of 64 channels, by its formula; None where groups do not divide."""
    if mid % groups:
        return None
    weights = 64 * mid * 2 + 9 * mid * mid // groups
    return {"macs": hw * hw * weights, "params": weights}


@given(data=st.data(), most=st.integers(10**4, 10**7), least=st.integers(1, 10**5))
def test_any_number_of_variables_in_any_order(data: st.DataObject, most: int, least: int) -> None:
    """By brute force over the formula: the best of the goal, of equals the one of last values; none is exit 1."""
    ranges = {
        name: data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True))
        for name, values in (("hw", [4, 7, 14]), ("mid", [8, 12, 24, 30]), ("groups", [1, 2, 3, 4]))
    }
    goal = data.draw(st.sampled_from(["macs", "params"]))
    largest = data.draw(st.booleans())
    report = convcalc.solve(
        "bottleneck",
        variables="hw,mid,groups",
        set={"cin": 64, **ranges},
        max={"macs": most},
        min=f"params={least}",
        **{"maximize" if largest else "minimize": goal},
    )
    sign = 1 if largest else -1
    meeting = [
        (sign * costs[goal], sign * hw, sign * mid, sign * groups)
        for hw in ranges["hw"]
        for mid in ranges["mid"]
        for groups in ranges["groups"]
        if (costs := bottleneck(hw, mid, groups)) and costs["macs"] <= most and costs["params"] >= least
    ]
    assert report.exit_code == (0 if meeting else 1)
    if meeting:
        [found] = report.solutions
        assert tuple(found.values.values()) == tuple(sign * value for value in max(meeting)[1:])
        assert all(neighbour.why for neighbour in found.neighbours)


def test_neighbours_that_meet_the_limits_say_what_they_lack(run: Run) -> None:
    """More groups cost fewer MACs: a neighbour is allowed, and worse; where a range ends it is said."""
    arguments = ("--for", "mid,groups", *BLOCK, "--set", "mid=32,64", "--set", "groups=2,1", "--max", "macs=250M")
    [found] = solutions(run, "bottleneck", *arguments)
    assert found["values"] == {"mid": 64, "groups": 1}
    assert found["why"] == ""
    fewer = 56 * 56 * 9 * 64 * 64 // 2
    assert [neighbour["why"] for neighbour in found["neighbours"]] == [f"meets the limits, with {fewer:,} macs fewer"]


def test_costs_that_fall_or_go_up_and_down(run: Run, tmp_path: Path) -> None:
    """A larger value may meet limits that many smaller ones fail: 10¹² / r · 2 parameters and more; divisors that come late."""
    arguments = ("bottleneck", "--for", "reduction", "--set", "cin=1000000", "--set", "hw=1", "--max", "params=500M", "--smallest")
    [found] = solutions(run, *arguments)
    first = next(r for r in range(1, 10**6) if 2 * 10**6 * (10**6 // r) + 9 * (10**6 // r) ** 2 <= 500_000_000)
    assert found["values"] == {"reduction": first}
    arguments = ("plain", "--for", "groups", "--set", "cin=20014", "--set", "cout=20014", "--set", "hw=1", "--set", "kernel=1")
    [found] = solutions(run, *arguments, "--max", "macs=1M")
    assert found["values"] == {"groups": 20_014}  # whose divisors are 1, 2, 10,007 and itself
    assert "values of groups above 1,048,576 were not looked at" in run("solve", *arguments, "--max", "macs=1T").err
    (tmp_path / "net.yaml").write_text("params: {n: 1}\nlayers: [conv: {cout: 1 + n * 37 % 101, kernel: 1}]\n", encoding="utf-8")
    [found] = solutions(run, str(tmp_path / "net.yaml"), "--for", "n", "--set", "cin=1", "--set", "hw=1", "--max", "params=3")
    assert found["values"] == {"n": max(n for n in range(2**20 + 1) if 1 + n * 37 % 101 <= 3)}


def test_a_plateau_is_no_end(run: Run) -> None:
    """Kernels of 1 to 100 on 2000 at stride 100 give 20 positions, 101 the first with 19: 8·19² of at most 2,900."""
    arguments = ("plain", "--for", "kernel", "--set", "cin=8", "--set", "hw=2000", "--set", "padding=valid", "--set", "stride=100")
    [found] = solutions(run, *arguments, "--max", "activations=2900", "--smallest")
    assert (found["values"], found["metrics"]["activations"]) == ({"kernel": 101}, 8 * 19 * 19)


def test_truths_are_no_numbers(run: Run) -> None:
    """The value after 1 is 3, though `true` equals 1."""
    [found] = solutions(run, "plain", "--for", "kernel", "--set", "cin=8", "--set", "hw=7", "--set", "kernel=true,1,3", "--max", "macs=4k")
    assert (found["values"], found["neighbours"][0]["values"]) == ({"kernel": 1}, {"kernel": 3})


def test_a_saved_solution_of_shapes_is_shown(run: Run, tmp_path: Path) -> None:
    """As it was; what neighbours lack is an empty cell."""
    arguments = ("solve", "plain", "--for", "kernel", "--set", "cin=8", "--set", "hw=7", "--set", "kernel=1x3,3x3", "--max", "macs=10k")
    saved = tmp_path / "saved.json"
    saved.write_text(run(*arguments, "--format", "json").out, encoding="utf-8")
    assert run("render", str(saved)).out == run(*arguments).out
    report = json.loads(saved.read_text(encoding="utf-8"))
    report["solutions"][0]["neighbours"][0]["values"] = {}
    saved.write_text(json.dumps(report), encoding="utf-8")
    assert run("render", str(saved)).code == 0


def test_values_far_away(run: Run) -> None:
    """Between 500,000 and 600,000 parameters of a 1×1 of one channel: 600,000; impossible values before do not end the search."""
    arguments = ("plain", "--for", "cout", "--set", "cin=1", "--set", "hw=1", "--set", "kernel=1")
    [found] = solutions(run, *arguments, "--min", "params=500k", "--max", "params=600k")
    assert found["values"] == {"cout": 600_000}
    arguments = ("plain", "--for", "cin", "--set", "groups=5000", "--set", "hw=1", "--set", "cout=5000", "--max", "params=1M")
    [found] = solutions(run, *arguments)
    assert found["values"] == {"cin": 110_000}  # 9 · cin · 5000 / 5000 parameters, at multiples of 5,000


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("plain", "--for", "cin", "--set", "hw=56", "--max", "macs=1"), 1, "no value of cin meets the limits"),
        (("plain", "--for", "cin", "--set", "hw=56"), 2, "there is no limit"),
        (("plain", "--for", "cin", "--set", "hw=56", "--max", "mac=1"), 2, "did you mean `macs`?"),
        (("plain", "--for", "cin", "--set", "hw=56", "--max", "macs=1GB"), 2, "expected a quantity"),
        (("plain", "--for", "cin", "--set", "hw=56,28", "--max", "macs=1G"), 2, "--set hw: 2 values"),
        (("plain", "--for", "with", "--set", "cin=8", "--set", "hw=8", "--max", "macs=1G"), 2, "has no parameter `with`"),
        (("plain", "--for", "cin", "--max", "macs=1G"), 2, "add --set hw=56"),
        (("plain", "bottleneck", "--for", "cin", *BLOCK, "--max", "macs=1G"), 2, "one design at a time"),
        (("plain", "--break-even", "--for", "cin", *BLOCK), 2, "of two designs"),
        (("plain", "--for", "cin", "--set", "hw=8", "--max", "macs=1G", "--multiple-of", "0"), 2, "--multiple-of"),
        (("plain", "--for", "cout", *BLOCK, "--min", "params=1T"), 2, "no cout up to 1,048,576 meets the limits"),
        (("plain", "--for", "cout", *BLOCK, "--max", "macs=1G", "--multiple-of", "9000000000000000"), 2, "too large"),
        (("plain", "--for", "cout", *BLOCK, "--set", "cout=1:9", "--max", "macs=1G", "--multiple-of", "8"), 2, "ranges of their own"),
        (("plain", "--for", "cout", *BLOCK, "--max", "macs=1G", "--metric", "params"), 2, "--metric is what the break-even compares"),
        (("plain", "bottleneck", "--break-even", "--for", "design", *BLOCK), 2, "the designs are given"),
        (("plain", "--for", "design", *BLOCK, "--min", "params=1T"), 2, "plain has no parameter `design`"),
        (("mobilenet_v2", "--for", "width", "--max", "macs=200M"), 2, "1.0 is a decimal, and there is no range"),
        (("mobilenet_v2", "--for", "activation", "--max", "macs=200M"), 2, "--set activation=relu6,…"),
        (("mobilenet_v2", "--for", "input", "--max", "macs=200M"), 2, "--set input=3x96x96"),
        (("plain", "--for", "cout", *BLOCK, "--min", "params=1k"), 2, "add a --max, or ask for the --smallest"),
        (("plain", "--for", "cout", *BLOCK, "--max", "layer.macs=1k"), 2, "there is no metric `layer.macs`"),
        (("plain", "--for", "groups", *BLOCK, "--set", "groups=3,5", "--max", "macs=1G"), 1, "at groups=3, impossible: groups=3 does not"),
        (("plain", "--for", "cout", *BLOCK, "--max", "params=1k"), 1, "at cout=1, params 2,304 exceed 1,000"),
        (("plain", "--for", "cout", *BLOCK, "--max", "params=1T"), 2, "no cout up to 1,048,576 exceeds the limits"),
        (("plain", "--for", "cout,cout", *BLOCK, "--max", "macs=1G"), 2, "a variable stands twice"),
        (("plain", "--for", "cout,kernel", *BLOCK, "--max", "macs=1G"), 2, "--for cout: there is no range"),
        (("plain", "--for", "cout", *BLOCK, "--max", "macs=1G", "--maximize", "acs"), 2, "did you mean `macs`?"),
        (("plain", "--for", "cout", *BLOCK, "--max", "macs=1G", "--maximize", "macs", "--smallest"), 2, "exclude each other"),
        (("plain", "bottleneck", "--break-even", "--for", "mid", *BLOCK, "--max", "macs=1G"), 2, "the break-even has no limits"),
        (("plain", "bottleneck", "--break-even", "--for", "mid", *BLOCK, "--metric", "flop"), 2, "--metric flop"),
        (("plain", "bottleneck", "--break-even", "--for", "mid,cin", *BLOCK), 2, "of one variable"),
        (("bottleneck", "plain", "--break-even", "--for", "mid", *BLOCK, "--set", "groups=2", "--set", "expansion=2"), 2, "expansion"),
    ],
)
def test_no_solution_and_bad_input(run: Run, arguments: tuple[str, ...], code: int, said: str) -> None:
    """No solution is exit 1, what cannot be used exit 2."""
    ran = run("solve", *arguments)
    assert ran.code == code
    assert said in ran.out + ran.err


def test_solve_as_people_see_it(run: Run, snapshot: Callable[[str, str], None]) -> None:
    """The break-even of the founding example, and a width within a budget."""
    text = run("solve", "bottleneck", "plain", "--break-even", "--for", "mid", *BLOCK).out
    text += run("solve", "mobilenet_v2", "--for", "width", "--set", "width=0.25:2:0.05", "--max", "macs=300M", "--format", "csv").out
    snapshot("solve.txt", text)


def test_tokens_are_no_map(tmp_path: Path) -> None:
    """cin and hw are those of a map: a network of tokens has a whole input instead, and an --input of its own kind."""
    path = tmp_path / "net.yaml"
    path.write_text("input: {tokens: 20x48}\nlayers: [{attention: {heads: 4}}, {linear: 4}]\n")
    with pytest.raises(ConvcalcError, match="runs on tokens"):
        convcalc.solve(str(path), variables="hw", max={"macs": "1M"})
    with pytest.raises(ConvcalcError, match="is declared as tokens"):
        convcalc.summary(str(path), input="8x7x7")
    with pytest.raises(TypeError, match="no option 'columns'"):
        convcalc.sweep(str(path), set={"input": ["20x48"]}, columns=["macs"])
