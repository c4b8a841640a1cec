"""Tables at the widths of terminals: no command drops what it is for, and no two figures look equal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcalc.formats.figures import figure_texts, settled_grid
from convcalc.formats.parts import Column, Figure, Grid
from convcalc.formats.table import text
from convcalc.formats.text import display_width, shortened
from tests.conftest import Run

BLOCK = ("--set", "cin=64:256:64", "--set", "hw=56")
SHOWN = {
    "summary": ("summary", "lenet5"),
    "explain": ("explain", "conv", "--cin", "64", "--cout", "64", "--kernel", "3", "--hw", "56"),
    "conventions": ("conventions", "lenet5"),
    "compare": ("compare", "--cin", "256", "--hw", "56"),
    "diff": ("diff", "resnet50_v1", "resnet50"),
    "sweep": ("sweep", "plain", "bottleneck", *BLOCK, "--pareto", "macs:max,activations"),
    "solve": ("solve", "bottleneck", "--for", "mid", "--set", "cin=256", "--set", "hw=56", "--max", "macs=300M"),
    "check": ("check", "resnet50", "mobilenet_v2", "--max", "macs=4G", "--max", "params=26M"),
    "list": ("list", "blocks"),
}
# What must be read at any width, whatever else has no room.
KEPT = {
    "summary": ("c3", "240,000"),
    "compare": ("1,849,688,064", "218,365,952", "8.47×"),
    "diff": ("layer4.0.conv1", "25,690,112", "102,760,448", "+77,070,336", "resnet.yaml:65:15"),
    "sweep": ("macs", "activations"),
    "solve": ("296,954,112", "302,990,912"),
    "check": ("4,089,184,256", "4,000,000,000", "102.2%", "25,557,032", "26,000,000", "98.3%"),
    "list": ("bottleneck_residual_v1", "reduction=4", "groups=1"),
}


@pytest.mark.parametrize("width", [120, 80, 60, 40])
@pytest.mark.parametrize("command", SHOWN)
def test_at_widths(run: Run, monkeypatch: pytest.MonkeyPatch, snapshot: Callable[[str, str], None], command: str, width: int) -> None:
    """To the letter; no line is wider, and what the command is for is there."""
    monkeypatch.setenv("COLUMNS", str(width))
    ran = run(*SHOWN[command])
    assert ran.code == (1 if command == "check" else 0)
    assert [figure for figure in KEPT.get(command, ()) if figure not in ran.out.replace("\n", "")] == []
    assert [line for line in ran.out.splitlines() if display_width(line) > width and "--" not in line] == []  # commands to copy are whole
    snapshot(f"widths/{command}-{width}.txt", ran.out + ran.err)


# Units

figures = st.builds(Figure, st.integers(-(10**12), 10**19), st.sampled_from(["count", "bytes"]), st.booleans(), st.just(""))


@given(st.lists(figures, min_size=1, max_size=30), st.sampled_from(["exact", "auto", "k", "M", "G"]))
@example([Figure(9_984_997_251_220_930_556), Figure(9_975_000_000_000_000_000, signed=True)], "auto")
def test_figures_that_differ_never_look_equal(found: list[Figure], units: str) -> None:
    """Not two of a table, and none that is not zero like zero; equal ones look equal."""
    texts = figure_texts(found, units)
    for a in found:
        for b in found:
            if a.unit == b.unit:
                assert (a.value == b.value) == (texts[a].lstrip("+") == texts[b].lstrip("+"))
        assert (a.value == 0) == (not any(digit in texts[a] for digit in "123456789"))


@given(st.lists(figures, min_size=1, max_size=30), st.sampled_from(["auto", "k", "M", "G"]))
def test_figures_in_units_are_what_they_round_to(found: list[Figure], units: str) -> None:
    """A text read back is the figure, to half of its last digit."""
    powers = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6, "B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5, "EiB": 6}
    for one, shown in figure_texts(found, units).items():
        digits, _, prefix = shown.replace(",", "").partition(" ")
        scale = (1024 if one.unit == "bytes" else 1000) ** powers[prefix]
        decimals = len(digits.partition(".")[2])
        number = int(digits.replace(".", "")) * scale  # times 10^decimals
        assert 2 * abs(number - one.value * 10**decimals) <= scale


@pytest.mark.parametrize(
    ("value", "units", "unit", "expected"),
    [
        (4_089_184_256, "auto", "count", "4.09 G"),
        (4_089_184_256, "exact", "count", "4,089,184,256"),
        (4_089_184_256, "M", "count", "4,089.18 M"),
        (4_089_184_256, "k", "count", "4,089,184.26 k"),
        (999_999, "auto", "count", "1.00 M"),
        (999, "auto", "count", "999"),
        (1_280, "G", "count", "0.000001 G"),
        (3, "G", "count", "0.000000003 G"),
        (0, "M", "count", "0"),
        (102_228_128, "auto", "bytes", "97.49 MiB"),
        (102_228_128, "G", "bytes", "0.10 GiB"),
    ],
)
def test_units(value: int, units: str, unit: str, expected: str) -> None:
    """By hand: decimal prefixes of counts, binary ones of bytes."""
    figure = Figure(value, unit)
    assert figure_texts([figure], units)[figure] == expected


def test_units_are_on_every_table(run: Run) -> None:
    """Each command with figures takes --units, and shows fewer digits with it; JSON and CSV never change."""
    for command, arguments in SHOWN.items():
        if command != "list":
            assert run(*arguments, "--units", "auto").out != run(*arguments).out, command
            if command != "explain":
                assert run(*arguments, "--units", "M", "--format", "markdown").out != run(*arguments, "--format", "markdown").out
            for format_ in ("json", "csv"):
                assert run(*arguments, "--units", "G", "--format", format_).out == run(*arguments, "--format", format_).out


# Layout


def test_the_narrow_form_is_chosen_by_width() -> None:
    """A grid's other form stands where it is wider than its own limit, or than the output."""
    narrow = Grid([Column("b", ["1"])])
    grid = Grid([Column("a" * 50, ["1"])], narrow=narrow, widest=60)
    assert settled_grid(grid, "exact", None).columns[0].header == "a" * 50
    assert settled_grid(grid, "exact", 49).columns[0].header == "b"
    assert settled_grid(grid._replace(widest=49), "exact", None).columns[0].header == "b"


def test_records_name_their_row() -> None:
    """Below each other: what names a row, then a line a cell, numbers to the right, empty ones left out."""
    grid = Grid([
        Column("", ["~", "+"], right=False),
        Column("Layer", ["stem", "head"], right=False, path=True),
        Column("before", [Figure(1_000_000), ""]),
        Column("after", [Figure(5), Figure(70)]),
        Column("Where", ["a/very/long/path/of/a/file.yaml:1:1", ""], right=False, path=True),
    ])  # fmt: skip
    shown, dropped = text([[grid]], 30, False)
    assert dropped == []
    assert shown.splitlines() == [
        "~ stem", "  before  1,000,000", "  after           5", "  Where", "a/very/long/path/of/a/file.yam", "l:1:1",
        "+ head", "  after          70",
    ]  # fmt: skip


@given(st.text("ab/.:1", min_size=0, max_size=60), st.integers(8, 40))
def test_shortened_paths_fit(path: str, most: int) -> None:
    """A path is cut to what was asked for, in the middle, and not at all where it fits; it ends as it did."""
    found = shortened(path, most)
    assert display_width(found) <= max(most, 1)
    assert (found == path) == (len(path) <= most)
    assert path.endswith(found.rpartition("…")[2])
