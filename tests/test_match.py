"""Which layer was which before a change: by name and content, by content, by name, by the name within a stage."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.analysis.match import matched, pairs
from convcalc.analysis.metrics import additive
from convcalc.report.contract import LayerReport


def layers(text: str) -> list[LayerReport]:
    """Convolutions as `path:kernel`, another op as `path:kernel:op`; what they cost is left out."""
    found = []
    for word in text.split():
        path, kernel, *op = word.split(":")
        costs = dict.fromkeys(additive(), 0)
        found.append(LayerReport(path, *op or ["conv"], 1, [4, 8, 8], [4, 8, 8], {"kernel": int(kernel)}, costs, None))
    return found


def paths(found: Any) -> list[str]:
    """Pairs as `old=new`, nothing where a side has none."""
    return [f"{old.path if old else ''}={new.path if new else ''}" for old, new in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("a:1", "a:1", "a=a"),
        ("", "a:1 b:2", "=a =b"),
        ("a:1 b:2", "", "a= b="),
        ("a:1 b:2 c:3", "a:1 x:9 b:2 c:3", "a=a =x b=b c=c"),
        ("a:1 b:2 c:3", "a:1 c:3", "a=a b= c=c"),
        # an insertion renumbers what follows it: content tells
        ("0:1 1:2 2:3", "0:1 1:9 2:2 3:3", "0=0 =1 1=2 2=3"),
        ("0:1 1:2 2:3 3:4", "0:1 1:3 2:4", "0=0 1= 2=1 3=2"),
        ("a:1", "b:1", "a=b"),
        # of equal ones in turn
        ("a:1 b:1", "c:1 d:1", "a=c b=d"),
        ("a:1 b:1 c:1", "a:1 d:1 c:1", "a=a b=d c=c"),
        # name where content changed
        ("a:1 b:2", "a:5 b:6", "a=a b=b"),
        ("a:1 b:2", "b:5 a:6", "b=b a=a"),
        # a layer of another op is another layer
        ("a:1", "a:1:pool", "a= =a"),
        ("a:1 b:1:pool", "b:2 a:2:pool", "a=b b=a"),
        # a run of repeats is known by where it begins
        ("s.1-2.a:1", "s.1-5.a:2", "s.1-2.a=s.1-5.a"),
        ("s.1-2.a:1 t.3-4.a:2", "t.3-9.a:5 s.1-9.a:6", "t.3-4.a=t.3-9.a s.1-2.a=s.1-9.a"),
        ("s.1-2.a:1", "s.2-2.a:2", "s.1-2.a= =s.2-2.a"),
        ("s.1-2.a:1 s.3-4.a:1", "s.3-6.a:2 s.7-8.a:2", "s.1-2.a= s.3-4.a=s.3-6.a =s.7-8.a"),
        # a stage that was renamed and changed at once
        ("x.a:1 x.b:2", "y.a:5 y.b:6", "x.a=y.a x.b=y.b"),
        ("x.a:1 x.b:2", "y.b:5 y.a:6", "x.b=y.b x.a=y.a"),
        ("x.a:1 z.a:2", "y.a:5 w.a:6", "x.a=y.a z.a=w.a"),
        ("x.0-1.a:1", "y.0-3.a:5", "x.0-1.a=y.0-3.a"),
        ("x.a:1", "y.b:5", "x.a= =y.b"),
        ("x.a.c:1", "x.b.c:5", "x.a.c= =x.b.c"),
        # the name goes before the name within a stage
        ("x.a:1 y.a:2", "z.a:5 x.a:6", "y.a=z.a x.a=x.a"),
        ("x.a:1", "z.a:5 x.a:6", "=z.a x.a=x.a"),
        # layers that are in no stage, by op
        ("a:1", "b:5", "a=b"),
        ("a:1 b:2:pool", "c:5:pool d:6", "b=c a=d"),
        # what is gone stands before what is new
        ("x.a:1 x.b:2", "x.c:3 x.b:4 x.d:5", "x.a= =x.c x.b=x.b =x.d"),
    ],
)
def test_what_a_layer_was(old: str, new: str, expected: str) -> None:
    """Name and content together, then content in order, then name and op, then name within the stage and op."""
    assert paths(pairs(layers(old), layers(new))) == expected.split()


def test_content_goes_before_the_name() -> None:
    """Within a gap a layer that is elsewhere as it was is that layer, though another now has its name."""
    assert paths(matched(layers("a:1 b:2"), layers("b:1 a:2"))) == ["a=b", "b=a"]
    assert paths(matched(layers("a:1 b:2"), layers("b:1 a:3"))) == ["a=b", "b=a"]


@pytest.mark.parametrize(
    ("fields", "alike"),
    [
        ({}, True),
        ({"op": "pool"}, False),
        ({"times": 2}, False),
        ({"attributes": {"kernel": 5}}, False),
        ({"input": [4, 9, 9]}, False),
        ({"inputs": ([4, 8, 8], [4, 8, 8])}, False),
        ({"output": [4, 9, 9]}, False),
        ({"params": 1}, False),
        ({"macs": 1}, True),  # it follows from the rest
        ({"copies": 1, "sources": (3,)}, True),
    ],
)
def test_what_a_layer_is(fields: dict[str, Any], alike: bool) -> None:
    """Its op, times, attributes, shapes and parameters; in another stage, under another name, it is found by them."""
    [old] = layers("x.a:3")
    costs = {key: fields.pop(key) for key in ("params", "macs") if key in fields}
    new = old._replace(path="y.b", metrics={**old.metrics, **costs})._replace(**fields)
    assert paths(pairs([old], [new])) == (["x.a=y.b"] if alike else ["x.a=", "=y.b"])


def test_long_models_are_matched_whole() -> None:
    """Of 1,200 layers a stage is inserted that is like the rest: nothing else is new."""
    old = layers(" ".join(f"a{number}:{number % 2 + 1}" for number in range(1200)))
    new = [*old[:600], *layers("x:1 y:2"), *old[600:]]
    found = pairs(old, new)
    assert paths([pair for pair in found if pair[0] is None or pair[1] is None or pair[0].path != pair[1].path]) == ["=x", "=y"]


@pytest.mark.parametrize("number", [100, 300, 1000])
def test_models_of_a_thousand_layers_are_matched_exactly(number: int) -> None:
    """A stage of equal layers is renamed and loses its first two: those two are gone, though others are like them."""
    rest = [f"{place}:{place % 2 + 1}" for place in range(number - 2)]
    old, new = layers(" ".join(["x.p:1 x.q:5", *(f"x.{one}" for one in rest)])), layers(" ".join(f"y.{one}" for one in rest))
    assert paths(pairs(old, new)) == ["x.p=", "x.q=", *(f"x.{place}=y.{place}" for place in range(number - 2))]
