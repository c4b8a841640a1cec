"""Where a cost comes from: the line that a finding points at, and the parts that carry it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.repositories import git

HEAD = "name: net\ninput: 8x16x16\nbudgets: {macs: 1}\n"  # lines 1 to 3
A, B, C = (f"  - conv: {{name: {name}, cout: 8, kernel: {kernel}}}\n" for name, kernel in (("a", 3), ("b", 3), ("c", 1)))
LONG = "  - conv:\n      name: b\n      cout: 8\n      kernel: 3\n"


@pytest.fixture(name="found")
def _found(repository: Path, run: Run) -> Any:
    """The first finding of a check of what a text became, against what it was; alone where there is no second."""

    def found(before: str, after: str | None = None) -> Any:
        spec = repository / "net.yaml"
        spec.write_text(before, encoding="utf-8")
        if after is not None:
            git(repository, "add", "-A")
            git(repository, "commit", "-qm", "before")
            spec.write_text(after, encoding="utf-8")
        ran = run("check", "net.yaml", *(("--base", "HEAD") if after is not None else ()), "--format", "json")
        assert ran.code == 1
        return json.loads(ran.out)["findings"][0]

    return found


def line(finding: Any) -> int:
    return int(finding["location"]["line"])


def test_of_what_grew_the_most(found: Any) -> None:
    """Two layers grow, the later one more: it is the one to look at, at its first letter."""
    before = HEAD + "layers:\n" + A + B
    finding = found(before, before.replace("name: a, cout: 8", "name: a, cout: 9").replace("name: b, cout: 8", "name: b, cout: 80"))
    assert (line(finding), finding["location"]["column"]) == (6, 3)


def test_the_changed_line_of_a_layer_of_several(found: Any) -> None:
    """The line of b that the change wrote, not that of a, which shrank before it."""
    before = HEAD + "layers:\n" + A + LONG + C
    assert (
        line(
            found(
                before,
                before.replace("name: a, cout: 8, kernel: 3", "name: a, cout: 8, kernel: 1").replace("      cout: 8\n", "      cout: 80\n"),
            )
        )
        == 8
    )


def test_a_parameter_that_all_follow(found: Any) -> None:
    """Limits edited along with a parameter are not what a cost comes from."""
    text = HEAD.replace("budgets: {macs: 1}", "budgets:\n  macs: 1\n  params: 5")
    before = text + "params: {wide: 8}\nlayers:\n" + A.replace("cout: 8", "cout: wide")
    assert line(found(before, before.replace("params: 5", "params: 7").replace("wide: 8", "wide: 9"))) == 6


def test_what_costs_nothing_did_not_grow(found: Any) -> None:
    """A layer shrinks and a relu is new: nothing grew, so it is the first line that the change wrote."""
    before = HEAD + "layers:\n" + A + B + C
    after = before.replace(A, A.replace("kernel: 3", "kernel: 1")) + "  - relu: {name: r}\n"
    assert line(found(before, after)) == 5


def test_a_field_that_grew(found: Any) -> None:
    """What does not add up: the layer in which it grew, though another has a longer line of changes before it."""
    pool = "  - max_pool: {name: p, kernel: 3, stride: 1}\n"
    before = HEAD.replace("macs: 1", "receptive_field: 3") + "layers:\n" + A + pool
    finding = found(before, before.replace("name: a, cout: 8", "name: a, cout: 16").replace("kernel: 3, stride", "kernel: 7, stride"))
    assert (finding["value"], line(finding)) == (9, 6)


def test_a_field_alone(found: Any) -> None:
    """The layer that sees the most; no parts carry what does not add up."""
    finding = found(HEAD.replace("macs: 1", "receptive_field: 3") + "layers:\n" + A + "  - max_pool: {name: p, kernel: 3, stride: 1}\n")
    assert (finding["value"], line(finding), finding["carriers"]) == (5, 6, [])


def test_removed_layers_are_no_growth(found: Any) -> None:
    """A part is gone and another grew; what a removed layer cost is taken from its part."""
    before = HEAD + "layers:\n" + A + B + C
    assert line(found(before, (HEAD + "layers:\n" + A + C).replace("name: c, cout: 8", "name: c, cout: 80"))) == 6
    block = "blocks:\n  t:\n    layers:\n      - conv: {name: z, cout: %d, kernel: 3}\n%s"
    inner = "      - conv: {name: b, cout: 8, kernel: 3}\n"
    rest = "layers:\n  - t: {name: t}\n  - conv: {name: e, cout: %d, kernel: 9}\n"
    finding = found(HEAD + block % (80, inner) + rest % 100, HEAD + block % (90, "") + rest % 200)
    macs = 256 * 81 * (90 * 200 - 8 * 100)
    assert finding["growth"] == [{"path": "e", "value": macs}]


def test_without_a_base_the_dearest(found: Any) -> None:
    """The dearest layer's line, or that of the call of the dearest stage."""
    assert line(found(HEAD + "layers:\n" + A + B.replace("cout: 8", "cout: 80") + C)) == 6
    block = "blocks:\n  s:\n    layers:\n      - conv: {name: z, cout: 80, kernel: 3}\n      - conv: {name: b, cout: 8, kernel: 3}\n"
    dear, cheap = (f"  - conv: {{name: e, cout: {cout}, kernel: {kernel}}}\n" for cout, kernel in ((200, 9), (8, 1)))
    assert line(found(HEAD + block + "layers:\n  - s: {name: t}\n" + dear)) == 11
    finding = found(HEAD + block + "layers:\n  - s: {name: t}\n" + cheap)
    assert (line(finding), finding["carriers"]) == (10, [{"path": "t", "value": 2 * 256 * 72 * 80}, {"path": "e", "value": 256 * 64}])
    finding = found(HEAD + "layers:\n" + A)
    assert (line(finding), "largest: a 100.0%" in finding["message"]) == (5, True)


def test_the_call_of_a_block_that_grew(found: Any) -> None:
    """A layer of a block grew because its call did: the call is what the change wrote."""
    block = "blocks:\n  s:\n    params: {wide: 8}\n    layers:\n"
    block += "      - conv: {name: z, cout: 8, kernel: 1}\n      - conv: {name: b, cout: wide, kernel: 3}\n"
    before = HEAD + block + "layers:\n  - conv: {name: e, cout: 8, kernel: 3}\n  - s: {name: t, wide: 8}\n"
    assert (
        line(
            found(before, before.replace("name: e, cout: 8, kernel: 3", "name: e, cout: 8, kernel: 1").replace("t, wide: 8", "t, wide: 16"))
        )
        == 12
    )


def test_a_limit_on_each_layer(found: Any) -> None:
    """The innermost line of the dearest layer, not the call that leads to it."""
    text = HEAD.replace("macs: 1", "layer.macs: 1")
    block = "blocks:\n  s:\n    layers:\n      - conv: {name: z, cout: 8, kernel: 1}\n      - conv: {name: b, cout: 80, kernel: 3}\n"
    assert line(found(text + block + "layers:\n  - s: {name: t}\n")) == 8
    assert line(found(text + "layers:\n" + B.replace("cout: 8", "cout: 80") + C)) == 5


def test_a_limit_on_what_a_convention_counts(found: Any, repository: Path, run: Run) -> None:
    """layer.counted is by the convention that was asked for: a relu of 8·16·16 compares as often."""
    (repository / "net.yaml").write_text(HEAD.replace("macs: 1", "layer.counted: 1") + "layers: [relu]\n", encoding="utf-8")
    ran = run("check", "net.yaml", "--convention", "full", "--format", "json")
    report = json.loads(ran.out)
    assert (ran.code, report["convention"]["name"], report["findings"][0]["value"]) == (1, "full", 2048)
    (repository / "net.yaml").write_text(HEAD.replace("macs: 1", "layer.macs: 5") + "layers: [relu]\n", encoding="utf-8")
    assert json.loads(run("check", "net.yaml", "--format", "json").out)["findings"][0]["value"] == 0
