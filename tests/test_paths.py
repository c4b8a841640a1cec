"""Paths of layers as people write them, against each layer of the unrolled network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.analysis.passes import whole
from convcalc.analysis.paths import concrete, is_named, like, with_paths_apart
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
