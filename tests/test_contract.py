"""The JSON contract is one: what its schema accepts `render` reads, and nothing else."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convcalc
from convcalc.cli import main
from convcalc.commands.schema import schema
from convcalc.report.envelope import render
from convcalc.report.saved import load_report
from tests.test_render import SAVED, leaves

VALIDATOR = jsonschema.Draft202012Validator(schema("output"))
PLACES = [(number, place) for number, report in enumerate(SAVED) for place in leaves(report)[1:]]
ESCAPE = "\x1b[31mRED"
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 3.0, 2.5, 1e308, 10**400, -(10**400), 2**4096, 2**4096 + 1, float("inf"), "", "x", "MAC", "fail"),
    *([], [1], [[1, 2]], [[1]], [[[1]]], [None], {}, {"value": 1}, {"path": "a", "line": 1, "column": 1}),
    {"path": None, "line": None, "column": None},
    *(ESCAPE, "1.0", "a\nb", "compare", 130),
]  # fmt: skip
ANY = st.sampled_from(VALUES) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def holder_of(report: Any, place: tuple[Any, ...]) -> Any:
    for key in place[:-1]:
        report = report[key]
    return report


def kinds_of_places(report: Any) -> list[tuple[Any, ...]]:
    """A place of each kind in a report: those that differ in nothing but numbers of rows are one."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for place in leaves(report)[1:]:
        found.setdefault(tuple("row" if isinstance(key, int) else key for key in place), place)
    return list(found.values())


def shown(path: Path, report: Any, format_: str) -> tuple[int, str]:
    """What `render` says of a document."""
    path.write_text(json.dumps(report).replace("Infinity", "1e999"), encoding="utf-8")
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        code = main(["render", str(path), "--format", format_])
    return code, output.getvalue()


@settings(max_examples=200)
@given(data=st.data())
def test_the_schema_accepts_what_render_does(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Values of a real report replaced, dropped or added, one or a few: both take the document, or neither."""
    number = data.draw(st.integers(0, len(SAVED) - 1))
    report = deepcopy(SAVED[number])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(leaves(report)[1:] or [()]))
        if not place:
            break
        holder = holder_of(report, place)
        change = data.draw(st.sampled_from(["replace", "drop", "add"]))
        if change == "replace":
            holder[place[-1]] = deepcopy(data.draw(ANY))
        elif change == "drop":
            del holder[place[-1]]
        elif isinstance(holder, dict):
            holder[data.draw(st.sampled_from(["extra", "sentence", "inputs", "times", "layers", "sources", "baseline"]))] = deepcopy(
                data.draw(ANY)
            )
        else:
            holder.append(deepcopy(data.draw(ANY)))
    path = tmp_path_factory.getbasetemp() / "contract.json"
    code, text = shown(path, report, data.draw(st.sampled_from(["table", "json"])))
    assert code in (0, 2), text
    assert (code == 0) is VALIDATOR.is_valid(report), text


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SAVED)), ids=lambda number: SAVED[number]["command"])
def test_every_value_replaced_by_each(number: int) -> None:
    """Every value of a report, replaced by each of a few: the reader takes what the schema does."""
    report = SAVED[number]
    for place in kinds_of_places(report):
        for value in (None, -1, 3.0, ESCAPE, [[1]], {}):
            changed = deepcopy(report)
            holder_of(changed, place)[place[-1]] = value
            try:
                load_report(json.dumps(changed).replace("Infinity", "1e999"), "report.json")
                accepted = True
            except convcalc.ConvcalcError:
                accepted = False
            assert accepted is VALIDATOR.is_valid(changed), (place, value)


@pytest.mark.parametrize("number", range(len(SAVED)), ids=lambda number: SAVED[number]["command"])
def test_no_escape_reaches_csv(number: int, tmp_path: Path) -> None:
    """An escape character in any place of a report, keys and parts of lists among them, is neutralised in CSV."""
    report = SAVED[number]
    for place in kinds_of_places(report):
        changed = deepcopy(report)
        holder = holder_of(changed, place)
        holder[place[-1]] = ESCAPE
        if isinstance(holder, dict):
            holder[ESCAPE] = ESCAPE
        code, text = shown(tmp_path / "report.json", changed, "csv")
        assert code in (0, 2)
        assert "\x1b" not in text, place


@pytest.mark.parametrize("number", range(len(SAVED)), ids=lambda number: SAVED[number]["command"])
def test_what_is_read_is_written_again(number: int) -> None:
    """A report read and written is the same document."""
    text = json.dumps(SAVED[number])
    assert json.loads(render(load_report(text, "report.json"))) == SAVED[number]


def test_layers_say_what_they_read() -> None:
    """`sources` are numbers of values, the input first: so a saved report holds the graph, joins among it."""
    [model] = convcalc.compare(["basic_residual"], cin=8, hw=8).models
    by_path = {layer.path: layer.sources for layer in model.layers}
    order = ["input", *(layer.path for layer in model.layers)]
    assert [order[number] for number in by_path["conv1"]] == ["input"]
    assert [order[number] for number in by_path["add1"]] == [model.layers[[*by_path].index("add1") - 1].path, "input"]
    document = json.loads(render(convcalc.summary("resnet18")))
    joins = [layer for layer in document["models"][0]["layers"] if layer["op"] == "add"]
    assert joins
    assert all(len(layer["sources"]) == 2 for layer in joins)
    assert all(source <= number for number, layer in enumerate(document["models"][0]["layers"]) for source in layer["sources"])
