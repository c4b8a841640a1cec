"""`convcalc solve`: against brute force over single points, with the neighbour that fails as proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.api.schema import schema
from tests.conftest import Ran

Run = Callable[..., Ran]
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
        assert found.here.values == {"mid": meeting[-1]}
        assert found.here.metrics is not None
        assert found.here.metrics["macs"] == macs_of(meeting[-1])
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
    solutions(run, "plain", "bottleneck", "--break-even", "--for", "kernel", *BLOCK, "--set", "kernel=5,7", code=1)


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
