"""Whatever the input: a result or located errors, in bounded time and memory; never a traceback, never a crash."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from convcalc.analysis.tree import lines, tree
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.formats.diagnostics import diagnostics_text
from convcalc.layout.library import Library
from convcalc.layout.network import build_network
from convcalc.layout.source import decode
from convcalc.layout.vocabulary import OPS
from convcalc.report.from_trace import model_report
from tests.conftest import ROOT, environment
from tests.fuzz.campaign import KINDS, run

SHIPPED = sorted(path for path in (ROOT / "configs").rglob("*.yaml") if path.parent.name != "conventions")
patient = settings(suppress_health_check=[HealthCheck.too_slow])


def outcome(data: bytes) -> list[Diagnostic]:
    """Load, build, trace and report a file; its errors, which must have places in it."""
    library = Library()
    try:
        layout = library.text(decode(data, "fuzz.yaml"), "fuzz.yaml")
        for variant in (layout, *(layout.with_preset(name) for name in layout.presets)):
            model = model_report(trace(build_network(library, variant, {})), variant.name, {})
            assert sum(entry.node.metrics["macs"] for entry in lines(tree(model), 1)) == model.totals["macs"]
    except ConvcalcError as error:
        return check(error.diagnostics)
    return []


def check(diagnostics: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """There are some, each with its place, and none brings a control character to the terminal."""
    assert diagnostics
    for diagnostic in diagnostics:
        check_place(diagnostic)
    assert "\x1b" not in diagnostics_text(diagnostics)
    return list(diagnostics)


def check_place(diagnostic: Diagnostic) -> None:
    if diagnostic.span is None:
        assert diagnostic.code == "file-too-large", diagnostic
        return
    span = diagnostic.span
    assert 1 <= span.line <= max(len(span.source.lines), 1) or not span.source.lines
    assert span.column >= 1
    assert span.length >= 1


# Bytes


@patient
@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff\xfe")
@example(b"layers: [\x00]")
@example(b"\xef\xbb\xbflayers: [relu]")
@example(b"layers: [&a [*a]]")
@example(b"? [a]\n: b")
@example(b"- - - -")
@example(b"!!python/object/apply:os.system ['true']")
@example(b"%YAML 1.1\n---\nlayers: [relu]\n...\n")
def test_bytes(data: bytes) -> None:
    """Random bytes."""
    outcome(data)


@patient
@given(st.text(alphabet="layers:[]{}\n -,conv=0123456789x.*&!?|>'\"#%@`é→\t\r", max_size=120))
def test_text(text: str) -> None:
    """Random text of the letters that YAML cares about."""
    outcome(("layers:\n" + text).encode())


# Structure

names = st.sampled_from(["a", "b", "c", "input", "previous", "first", "a.b", "x-y"])
values = st.one_of(
    st.integers(-2, 70),
    st.sampled_from(
        [
            "cin",
            "cin // 2",
            "w",
            "true",
            "false",
            "relu",
            "none",
            "1x3",
            "0.5",
            "2 * cin",
            "previous.c",
            "a.h",
            "1 // 0",
            "first",
            "not first",
            2**63,
            "valid",
            "9 ** 9",
        ]
    ),
)
attributes = sorted({key for spec in OPS.values() for key in spec.attributes})


def mapping_of(keys: st.SearchStrategy[str], items: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(keys, items, max_size=most)


common = st.fixed_dictionaries(
    {}, optional={"name": names, "from": st.one_of(names, st.lists(names, max_size=3)), "when": values, "as": st.just("function")}
)
simple = st.builds(
    lambda op, own, shared: {op: {**own, **shared}},
    st.sampled_from([*OPS, "plain", "bottleneck", "a", "b", "resnet18"]),
    mapping_of(st.sampled_from([*attributes, "times", "layers"]), st.one_of(values, st.lists(values, max_size=3)), 4),
    common,
)
plausible = st.sampled_from(
    [
        "relu",
        "batch_norm",
        {"conv": {"cout": 8, "kernel": 3}},
        {"conv": {"name": "a", "cout": "cin", "kernel": 1}},
        {"depthwise_conv": 3},
        {"max_pool": 2},
        {"linear": 10},
        "flatten",
        "global_avg_pool",
        {"upsample": 2},
        {"a": {}},
        {"b": {"n": 3}},
        {"add": {"from": ["a", "previous"]}},
    ]
)
layers: st.SearchStrategy[Any] = st.recursive(
    st.one_of(plausible, simple, st.sampled_from(["a", "relu", 3, None, []])),
    lambda inner: st.one_of(
        st.builds(lambda t, ls: {"repeat": {"times": t, "layers": ls}}, st.one_of(st.integers(-1, 5), values), st.lists(inner, max_size=3)),
        st.builds(lambda b, s: {"residual": {"body": b, "shortcut": s}}, st.lists(inner, max_size=3), st.lists(inner, max_size=2)),
        st.builds(
            lambda op, p: {op: {"paths": p}}, st.sampled_from(["add", "concat", "mul"]), mapping_of(names, st.lists(inner, max_size=2), 3)
        ),
    ),
    max_leaves=8,
)
layouts = st.fixed_dictionaries(
    {"layers": st.lists(layers, max_size=5)},
    optional={
        "input": st.sampled_from(["8x8x8", "16x4", "4x4x4x4", 12, "0x3x3", "1x2x3x4x5", [3, "n", "n"]]),
        "inputs": st.sampled_from([["a", "b"], {"a": "8x8x8", "b": "8x8x8"}, []]),
        "outputs": st.lists(names, max_size=2),
        "params": mapping_of(st.sampled_from(["n", "m", "norm", "activation", "cin"]), values, 3),
        "blocks": mapping_of(
            names, st.fixed_dictionaries({"layers": st.lists(layers, max_size=3)}, optional={"params": st.just({"n": 2})}), 2
        ),
        "presets": mapping_of(
            names, st.fixed_dictionaries({}, optional={"params": mapping_of(st.just("n"), values, 1), "input": st.just("4x9x9")}), 2
        ),
        "expect": st.just({"macs": 1}),
        "include": st.sampled_from(["fuzz.yaml", "../x.yaml", "missing.yaml"]),
    },
)


@settings(patient, max_examples=400)
@given(layouts)
def test_structure(layout: dict[str, Any]) -> None:
    """Random layouts, half of them almost right."""
    outcome(yaml.safe_dump(layout, sort_keys=False).encode())


# Mutations of what is shipped


@settings(patient, max_examples=40)
@given(st.data())
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_mutations(path: Path, data: st.DataObject) -> None:
    """Lines dropped, doubled, swapped, indented; words replaced by words of other places."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        other = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "double", "swap", "indent", "word", "cut"]))
        if kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(other, lines[at])
        elif kind == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "indent":
            lines[at] = " " * data.draw(st.integers(0, 9)) + lines[at].lstrip()
        elif kind == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        else:
            words = lines[at].split(" ")
            words[data.draw(st.integers(0, len(words) - 1))] = data.draw(
                st.sampled_from([*lines[other].split(" "), "0", "-1", "true", "relu", "1.5", "[", "}"])
            )
            lines[at] = " ".join(words)
        if not lines:
            return
    outcome("\n".join(lines).encode())


@patient
@given(st.data())
def test_syntax_errors_have_a_place_and_a_fix(data: st.DataObject) -> None:
    """Wherever a parser stops in a shipped file with a sign too many or too few."""
    text = data.draw(st.sampled_from(SHIPPED)).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from(list("{}[]:\"'-\n\t&*!|>%@#,\\"))) + text[place + data.draw(st.integers(0, 1)) :]
    for diagnostic in outcome(text.encode()):
        assert diagnostic.code != "yaml-syntax" or (diagnostic.hint and diagnostic.span), diagnostic


# Campaigns of the command line


@pytest.mark.parametrize("kind", KINDS)
def test_campaigns(kind: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Exit 0, 1 or 2, no traceback, an answer in time; what `validate` passes, `summary` can do."""
    found = run(kind, pytestconfig.getoption("--fuzz-cases"), pytestconfig.getoption("--fuzz-seed"), tmp_path)
    assert not found.bad
    assert found.codes[0] > 0
    assert found.codes[2] > 0


# Bombs, as processes with bounded memory

MEMORY = 1 << 30


def hostile() -> dict[str, bytes]:
    """Files made to be slow, large or deep."""
    chain = "".join(f"  b{i}: {{layers: [b{i + 1}, b{i + 1}]}}\n" for i in range(60))
    doubling = "".join(f"k{i}: &{'abcdefghijklmnop'[i + 1]} [*{'abcdefghijklmnop'[i]}, *{'abcdefghijklmnop'[i]}]\n" for i in range(14))
    return {
        "brackets": b"layers: " + b"[" * 1_000_000,
        "braces": b"{" * 1_000_000,
        "dashes": b"- " * 1_000_000,
        "questions": b"? " * 500_000,
        "indents": b"".join(b" " * i + b"a:\n" for i in range(2000)),
        "blocks": b"input: 3x8x8\nblocks:\n" + chain.encode() + b"  b60: {layers: [relu]}\nlayers: [b0]\n",
        "aliases": ("a0: &a [" + ", ".join(["x"] * 1000) + "]\n" + doubling).encode(),
        "long line": b"layers: [" + b"relu, " * 1_000_000 + b"relu]",
        "long word": b"name: " + b"a" * 8_000_000,
        "many keys": b"params: {" + b", ".join(b"p%d: 1" % i for i in range(100_000)) + b"}\nlayers: [relu]\ninput: 3x8x8\n",
        "same key": b"params: {" + b"p: 1, " * 100_000 + b"}\n",
        "growing": b"input: 1x8x8\nlayers: [{repeat: {times: 9999999, layers: [{concat: {paths: {a: [], b: []}}}]}}]\n",
        "nested repeats": b"input: 1x8x8\nlayers: [" + b"{repeat: {times: 1000000000, layers: [" * 20 + b"relu" + b"]}}" * 20 + b"]\n",
        "unsettled repeats": b"input: 1x1x1\nlayers: ["
        + (b"{repeat: {times: 10000, layers: [" * 2 + b"{conv: {cout: previous.c + 1, kernel: 1}}" + b"]}}" * 2)
        + b"]\n",
        "empty blocks": b"input: 3x8x8\nblocks:\n" + chain.encode() + b"  b60: {layers: []}\nlayers: [b0, relu]\n",
        "parameters": b"input: 3\nblocks:\n  b: {params: {" + b", ".join(b"p%d: 1" % i for i in range(2_000)) + b"}, layers: [relu]}\n"
        b"layers:\n" + b"- b\n" * 20_000,
        "passes": b"input: 1x9999999\nlayers: [repeat: {times: 9800, layers: [" + b"relu, " * 100 + b"linear: {cout: previous.c + 1}]}]\n",
        "directives": b"".join(b"%%TAG !a%d! tag:x,2000:\n" % i for i in range(100_000)) + b"---\nlayers: [relu]\n",
        "nul": b"layers: [relu]\x00",
        "deep expression": b'layers: [{conv: {cout: "' + b"(" * 400 + b"1" + b")" * 400 + b'", kernel: 1}}]',
        "unary": b'layers: [{conv: {cout: "' + b"-" * 900 + b'1", kernel: 1}}]',
        "digits": b"layers: [{conv: {cout: " + b"9" * 5000 + b", kernel: 1}}]",
        "large product": b"params: {a: 9223372036854775807}\ninput: [a, a, a]\nlayers: [{conv: {cout: a, kernel: 1}}]\n",
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile())
def test_bombs(name: str, tmp_path: Path) -> None:
    """A process of at most 1 GiB answers within a minute, with exit code 0 or 2, and prints no traceback."""
    path = tmp_path / "bomb.yaml"
    path.write_bytes(hostile()[name])
    done = subprocess.run(
        [sys.executable, "-m", "convcalc", "summary", str(path), "--format", "json"],
        capture_output=True,
        env=environment(),
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert done.returncode == (0 if name in ("large product", "many keys", "nested repeats") else 2), done.stderr[-500:]
    assert done.stderr == b""
    assert len(done.stdout) < 20_000
