"""Paths of layers as people write them, against each layer of the unrolled network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.analysis.passes import whole
from convcalc.analysis.paths import check_named, concrete, is_named, like, passes_of, with_paths_apart
from convcalc.core.trace import Trace
from convcalc.errors import ConvcalcError
from tests.conftest import Run
from tests.layouts import traced

NESTED = """
input: 8x4x4
layers:
  - conv: {name: stem, cout: 8, kernel: 1}
  - repeat:
      name: r
      times: 13
      layers: [{conv: {name: a, cout: 8, kernel: 1}}, {repeat: {name: q, times: 3, layers: [{conv: {name: a1, cout: 8, kernel: 1}}]}}]
"""
UNROLLED = ["stem", *[path for i in range(13) for path in (f"r.{i}.a", *(f"r.{i}.q.{j}.a1" for j in range(3)))]]
PARTS = st.sampled_from(["r", "q", "a", "a1", "stem", "*", "0", "1", "12", "1*", "*1", "0-2", "3-20", "*2*", "1-1", "r*", "**"])


def as_defined(path: str, wanted: str) -> bool:
    """The rule on one layer of an unrolled network: a regular expression, ranges written out."""
    ranges = re.sub(
        r"(?<![\w*])(\d+)-(\d+)(?![\w*])", lambda span: f"(?:{'|'.join(map(str, range(int(span[1]), int(span[2]) + 1))) or 'x^'})", wanted
    )
    pattern = re.sub(r"\*+", ".*", ranges.replace(".", r"\."))
    return re.fullmatch(rf"{pattern}(\..*)?", path) is not None


def named(trace: Trace, wanted: str) -> list[str]:
    """The layers that a path names, each pass by itself."""
    apart = with_paths_apart(whole(trace), [wanted]).trace
    return sorted(one for row in apart.rows if is_named(row.path, wanted) for one in concrete(row.path))


@given(st.lists(PARTS, min_size=1, max_size=5).map(".".join))
def test_paths_name_what_their_unrolled_form_does(wanted: str) -> None:
    """A path names the passes and layers that its words match one by one, and no others that are held with them."""
    assert named(traced(NESTED), wanted) == sorted(path for path in UNROLLED if as_defined(path, wanted))


@given(st.text("ab", max_size=8), st.text("ab*", max_size=6))
def test_patterns(text: str, pattern: str) -> None:
    """A star stands for anything, and nothing else does."""
    assert like(text, pattern) == (re.fullmatch(pattern.replace("*", ".*"), text) is not None)


def test_a_pass_far_off_makes_few_rows() -> None:
    """Passes that nobody tells apart stay together, and keep their parameters."""
    trace = traced("input: 8x8x8\nlayers: [repeat: {name: s, times: 1000000, layers: [conv: {cout: 8, kernel: 3}]}]\n")
    apart = with_paths_apart(whole(trace), ["s.200000", "s.999999"]).trace
    assert [row.path for row in apart.rows] == ["s.0-199999", "s.200000", "s.200001-999998", "s.999999"]
    assert [row.times for row in apart.rows] == [200_000, 1, 799_998, 1]


def test_many_stars_take_no_time() -> None:
    """Stars do not multiply the ways to match."""
    assert not like("a" * 10_000, "*a" * 200 + "*b")
    assert like("a" * 10_000, "*a" * 200 + "*")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("layer9", "did you mean `layer4`?"),
        ("*x", "one of: stem, max_pool1, layer1, layer2, layer3, layer4, global_avg_pool1, fc"),
        (f"layer1.{'9' * 5000}", "has no such layer"),
    ],
)
def test_paths_that_name_nothing(run: Run, path: str, message: str) -> None:
    """They are refused with the nearest one, or the outermost ones."""
    ran = run("training", "resnet18", "--freeze", path)
    assert ran.code == 2
    assert message in ran.err


def test_borrowed_weights_are_frozen_where_they_are(run: Run, tmp_path: Path) -> None:
    """A layer that uses another's weights cannot be frozen by itself: the other is named."""
    path = tmp_path / "net.yaml"
    layers = "[conv: {name: a, cout: 8, kernel: 3}, conv: {name: b, cout: 8, kernel: 3, weights: a}]"
    path.write_text(f"input: 8x8x8\nlayers: {layers}\n", encoding="utf-8")
    refused = run("training", str(path), "--freeze", "b")
    assert (refused.code, "--freeze b: its weights are those of a" in refused.err) == (2, True)
    assert "584 parameters frozen" in run("training", str(path), "--freeze", "a", "--freeze", "b").out


def test_patterns_over_too_many_passes() -> None:
    """A pattern with numbers is tried pass by pass, so far."""
    trace = traced("input: 8x8x8\nlayers: [repeat: {name: s, times: 1000000, layers: [conv: {cout: 8, kernel: 3}]}]\n")
    with pytest.raises(ConvcalcError, match="too many passes"):
        with_paths_apart(whole(trace), ["s.*9"])
    assert named_rows(trace, "s.*") == named_rows(trace, "*") == ["s.0-999999"]


def named_rows(trace: Trace, wanted: str) -> list[str]:
    return [row.path for row in with_paths_apart(whole(trace), [wanted]).trace.rows if is_named(row.path, wanted)]


SHARED = """
input: 8x8x8
layers:
  - conv: {name: a, cout: 8, kernel: 3}
  - conv: {name: b, cout: 8, kernel: 3, weights: a}
  - repeat: {name: g, times: 1, layers: [{conv: {name: p, cout: 8, kernel: 3, weights: a}}, {relu: {name: q}}]}
  - repeat: {name: r, times: 2, layers: [{conv: {name: c, cout: 8, kernel: 3}}]}
"""


@pytest.mark.parametrize(
    ("part", "passes"),
    [
        ("3", (3, 3)), ("0-12", (0, 12)), ("999999999", (999_999_999,) * 2), ("9999999999", None), ("0-9999999999", None),
        ("9999999999-1", None), ("a", None), ("a-1", None), ("1-a", None), ("1-", None), ("-1", None), ("", None), ("1-2-3", None),
    ],
)  # fmt: skip
def test_numbers_of_passes(part: str, passes: tuple[int, int] | None) -> None:
    """A part of a path names passes where it is a number or two of them, of at most nine digits."""
    assert passes_of(part) == passes


def test_how_many_passes_a_pattern_is_tried_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern with a number is tried on each layer of each pass up to a limit, and refused for more, with a pass to name."""
    monkeypatch.setattr("convcalc.analysis.paths.MOST_TRIED", 24)
    body = "[conv: {cout: 4, kernel: 1}, repeat: {name: t, times: 2, layers: [relu]}]"  # three layers a pass
    eight, nine = (traced(f"input: 4x1x1\nlayers: [repeat: {{name: s, times: {times}, layers: {body}}}]\n") for times in (8, 9))
    assert [row.times for row in with_paths_apart(whole(eight), ["s.7*"]).trace.rows] == [7, 14, 1, 2]
    with pytest.raises(ConvcalcError, match=r"too many passes of s\.0-8") as caught:
        with_paths_apart(whole(nine), ["s.7*"])
    assert caught.value.diagnostics[0].hint == "name passes: s.1"


# what is named: passes of r, and in each which of its layers, a and the passes of q
NAMED: list[tuple[str, Sequence[int], tuple[str, ...]]] = [
    ("r", range(13), ("a", "0", "1", "2")),
    ("r.0", [0], ("a", "0", "1", "2")),
    ("r.12", [12], ("a", "0", "1", "2")),
    ("r.13", [], ()),
    ("r.0-0", [0], ("a", "0", "1", "2")),
    ("r.0-2", [0, 1, 2], ("a", "0", "1", "2")),
    ("r.3-20", range(3, 13), ("a", "0", "1", "2")),
    ("r.12-20", [12], ("a", "0", "1", "2")),
    ("r.13-20", [], ()),
    ("r.2-1", [], ()),
    ("r.4-5.a", [4, 5], ("a",)),
    ("r.4-5.q", [4, 5], ("0", "1", "2")),
    ("r.1-3.q.1-2", [1, 2, 3], ("1", "2")),
    ("r.11-12.q.2.a1", [11, 12], ("2",)),
    ("r.*.q.0", range(13), ("0",)),
    ("r.1*", [1, 10, 11, 12], ("a", "0", "1", "2")),
    ("r.1*.q.1-2", [1, 10, 11, 12], ("1", "2")),
    ("*1.a", [1, 11], ("a",)),
]


@pytest.mark.parametrize(("wanted", "passes", "layers"), NAMED)
def test_which_passes_a_path_names(wanted: str, passes: Sequence[int], layers: tuple[str, ...]) -> None:
    """Numbers name passes and ranges all from the first to the last, as far as there are such; a star is any text."""
    rows = with_paths_apart(whole(traced(NESTED)), [wanted]).trace.rows
    found = sorted(one for row in rows if is_named(row.path, wanted) for one in concrete(row.path))
    assert found == sorted(f"r.{one}.{'a' if layer == 'a' else f'q.{layer}.a1'}" for one in passes for layer in layers)


def test_ranges_that_overlap() -> None:
    """Passes stand apart where either range begins or ends, and each range names its own; other paths tell none apart."""
    trace = traced("input: 8x4x4\nlayers: [{repeat: {name: r, times: 13, layers: [{conv: {cout: 8, kernel: 1}}]}}]\n")
    rows = with_paths_apart(whole(trace), ["r.0-5", "r.3-8", "q.1-2", "r.20", "1"]).trace.rows
    assert [(row.path, row.times) for row in rows] == [("r.0-2", 3), ("r.3-5", 3), ("r.6-8", 3), ("r.9-12", 4)]
    named = [[is_named(row.path, wanted) for row in rows] for wanted in ("r.0-5", "r.3-8", "r.4-8", "r.9-11", "r.9-20")]
    assert named == [[True, True, False, False], [False, True, True, False], [False, False, True, False], [False] * 4, [False] * 3 + [True]]


WHOLE = ["stem", "r.0-12.a", "r.0-12.q.0-2.a1", "tail"]
TOGETHER = [
    ["r.20.q.1"],
    ["1.2", "0-2.a", "r.a", "r.q.1", "stem.5", "q.1"],
    ["stem*5", "tail*5", "*.7*8"],
]


@pytest.mark.parametrize("wanted", TOGETHER)
def test_passes_that_nobody_names_stay_together(wanted: list[str]) -> None:
    """What names other groups, passes that are not there, or layers without passes tells no passes apart."""
    trace = traced(f"{NESTED}  - conv: {{name: tail, cout: 8, kernel: 1}}\n")
    assert [row.path for row in with_paths_apart(whole(trace), wanted).trace.rows] == WHOLE


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("a", "a*a", False), ("aa", "a*a", True), ("ab", "*b*b", False), ("bb", "*b*b", True), ("a", "*a*a*", False),
        ("aa", "*a*a*", True), ("abab", "a*ba*b", True), ("abb", "a*ba*b", False), ("", "*", True), ("", "**", True), ("a", "b*", False),
    ],
)  # fmt: skip
def test_parts_of_a_pattern_do_not_overlap(text: str, pattern: str, found: bool) -> None:
    """Each part between stars stands for a text of its own, one behind the other."""
    assert like(text, pattern) == found


def test_a_name_is_no_number() -> None:
    """A range names passes alone, and a name no pass."""
    assert [is_named(path, "0-2") for path in ("stem", "0-1", "1.a", "0-3", "r.0-1")] == [False, True, True, False, False]
    assert not is_named("0-1", "stem")


def test_numbers_go_on_behind_a_first_pass() -> None:
    """Where a layout holds the first pass apart, later ones keep their numbers."""
    body = "[{add: {from: [previous, stem]}}]"
    trace = traced(
        f"input: 8x4x4\nlayers: [{{conv: {{name: stem, cout: 8, kernel: 1}}}}, {{repeat: {{name: r, times: 13, layers: {body}}}}}]\n"
    )
    rows = with_paths_apart(whole(trace), ["r.5"]).trace.rows
    assert [(row.path, row.times) for row in rows] == [("stem", 1), ("r.0.add1", 1), ("r.1-4.add1", 4), ("r.5.add1", 1), ("r.6-12.add1", 7)]


def test_how_many_rows_passes_may_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three different passes of two layers are six rows: as many as are allowed are made, and one less is refused."""
    trace = traced("input: 8x4x4\nlayers: [{repeat: {name: r, times: 9, layers: [{conv: {cout: 8, kernel: 1}}, relu]}}]\n")
    monkeypatch.setattr("convcalc.analysis.passes.MOST_ROWS", 6)
    assert [row.times for row in with_paths_apart(whole(trace), ["r.3"]).trace.rows] == [3, 3, 1, 1, 5, 5]
    monkeypatch.setattr("convcalc.analysis.passes.MOST_ROWS", 4)
    with pytest.raises(ConvcalcError, match="more than 4 different passes"):
        with_paths_apart(whole(trace), ["r.3"])


REFUSED = [
    # options, and the fix
    ([("--freeze", "a,b")], "write --freeze a --freeze b"),
    ([("--freeze", "r.1.d")], "did you mean `r.0-1.c`?"),
    ([("--freeze", "r.0_1")], "did you mean `r.0-1`?"),
    ([("--checkpoint", "x")], "one of: a, b, g, r"),
    ([("--freeze", "b")], "write --freeze a"),
    ([("--freeze", "b"), ("--checkpoint", "a")], "write --freeze a"),
    ([("--freeze", "g")], "write --freeze a"),  # its ReLU has no weights
]


@pytest.mark.parametrize(("options", "hint"), REFUSED)
def test_the_fix_of_a_path(options: list[tuple[str, str]], hint: str) -> None:
    """Several paths in one are taken apart, a near one is named, or else the outermost ones; weights are frozen where they are."""
    with pytest.raises(ConvcalcError) as caught:
        check_named(traced(SHARED), options)
    assert caught.value.diagnostics[0].hint == hint


@pytest.mark.parametrize(
    "options",
    [
        [("--freeze", "b"), ("--freeze", "a")],
        [("--freeze", "a"), ("--freeze", "b"), ("--freeze", "g")],
        [("--checkpoint", "b"), ("--checkpoint", "g")],
        [("--freeze", "*")],
        [("--freeze", "g.0.q"), ("--freeze", "r")],
    ],
)
def test_paths_that_are_taken(options: list[tuple[str, str]]) -> None:
    """Borrowed weights are frozen with their owner, and checkpointed anywhere; what has no weights is frozen in vain."""
    check_named(traced(SHARED), options)


@pytest.mark.parametrize(
    ("path", "wanted", "named"),
    [
        ("a.r.5.conv", "*.0-999999999.conv", True),
        ("a.r.5-999999999.conv", "*.0-7.*", True),
        ("a.r.8.conv", "*.0-7.conv", False),
        ("a.12.b", "*.1-2.b", False),  # a pass is a whole part
        ("a.1-2x.b", "*1-2x*", True),  # and so are passes: this is a name
        ("a.3.b", "*.5-1.b", False),
        ("0-9.0-9.0-9.0-9.b", "*" + ".0-9" * 4 + ".c", False),
    ],
)
def test_patterns_with_passes(path: str, wanted: str, named: bool) -> None:
    """`1-3` in a pattern stands for whole parts that are one of these passes, however many it names."""
    assert is_named(path, wanted) == named
