"""Every convolution and linear layer of 22 torchvision networks, as PyTorch measured it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from convcalc.core.ops import build
from convcalc.core.shape import Features, Map, Shape
from tests.conftest import FACTS

CSVS = sorted((FACTS / "layers").glob("*.csv"))


def sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("x"))


def shape(text: str, like_linear: bool) -> Shape:
    numbers = sizes(text)
    return Features(numbers) if like_linear else Map(numbers[0], numbers[1:])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["type"] in ("Conv2d", "Linear")]


def test_there_are_facts() -> None:
    """The tests below run over 22 networks and over a thousand layers."""
    assert len(CSVS) == 22
    assert sum(len(rows(path)) for path in CSVS) == 1285


@pytest.mark.parametrize("path", CSVS, ids=lambda path: path.stem)
def test_layers_agree_to_the_integer(path: Path) -> None:
    """Parameters, MACs and output shape of each layer are those that PyTorch gives."""
    for row in rows(path):
        linear = row["type"] == "Linear"
        bias = row["bias"] == "True"
        x, out = shape(row["input"], linear), shape(row["output"], linear)
        if linear:
            op = build("linear", {"cout": out.channels, "bias": bias})
        else:
            padding = tuple((side, side) for side in sizes(row["padding"]))
            window = {key: sizes(row[key]) for key in ("kernel", "stride", "dilation")}
            op = build("conv", {"cout": out.channels, **window, "padding": padding, "groups": int(row["groups"]), "bias": bias})
        cost = op.cost(x)
        assert (cost.params, cost.macs, op.out_shape(x)) == (int(row["params"]), int(row["macs"]), out), row["name"]
