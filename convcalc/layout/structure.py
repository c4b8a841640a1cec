"""Joins of named paths, and repeats: the layers that hold lists of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.core.network import Group
from convcalc.core.ops import build
from convcalc.core.shape import same_shape
from convcalc.errors import ConvcalcError, Diagnostic, Refusal
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import Expression
from convcalc.layout.model import Item, first_differs
from convcalc.layout.scope import Frame, Result, Unknown
from convcalc.layout.values import whole
from convcalc.layout.vocabulary import FLEXIBLE, STRUCTURES

if TYPE_CHECKING:
    from convcalc.layout.build import Builder
    from convcalc.layout.place import Place

MOST_PASSES = 10_000  # of a repeat that does not settle


def join(builder: Builder, item: Item, frame: Frame, start: Result, place: Place) -> Result:
    """Named paths from one layer, joined. The body of a residual adds no level to the report's paths."""
    paths = item.paths or ()
    if item.name is not None:
        row = place.named(item.name)
        inner = builder.group(row, item.key, place, item.span)
    else:
        row, inner = "", place
    results: list[Result] = []
    failed = False
    for path in paths:
        if path.when is not None and not builder.condition(path.when, frame):
            continue
        transparent = item.key == "residual" and path.name == "body"
        target = inner
        if not transparent and path.layers:
            target = builder.group(inner.named(path.name), "path", inner, path.span)
        frame.scopes.append({})
        frame.previous = start
        builder.items(path.layers, frame, target)
        frame.scopes.pop()
        if target is not inner and not target.children:
            inner.children.pop()
        if frame.previous is None:
            failed = True
        else:
            results.append(frame.previous)
    if item.key == "residual" and not any(path.name == "shortcut" for path in paths):
        results.append(start)
    if failed:
        raise Unknown
    if not results:
        raise Refusal("missing-value", f"no path of this {item.key} is left", "one `when` must hold")
    if len(results) == 1:
        return results[0]._replace(taps={}, off=False)
    key = "add" if item.key == "residual" else item.key
    tensors = tuple(result.tensor for result in results)
    name = "" if row else inner.automatic(key)
    return Result({"output": builder.layer(name, build(key, {}), tensors, item, frame, inner)})


def repeat(builder: Builder, item: Item, frame: Frame, start: Result, place: Place) -> Result:
    """Passes of a body: the first, then others until one gives back its own input shape, which then stands for the rest."""
    written = item.arguments["times"]
    assert isinstance(written, Expression)
    with builder.located(frame, written.span, (written,)):
        times = whole(evaluate(written, frame), 0)
    if times == 0:
        return start
    if item.name is not None:
        place = builder.group(place.named(item.name), "repeat", place, item.span)
    kind = item.layers[0].key if len(item.layers) == 1 else "repeat"
    alone = len(item.layers) == 1 and item.layers[0].name is None and kind not in (*STRUCTURES, *FLEXIBLE)
    result, done, offset = start, 0, place.passes
    while done < times:
        if done == MOST_PASSES:
            hint = "let the body give back the shape that it takes"
            message = f"a repeat that changes its shape in each of {MOST_PASSES:,} passes"
            raise ConvcalcError(Diagnostic("repeat-limit", message, item.span, hint))
        index = offset + done
        inner = builder.group(str(index), kind, place, item.span, result.tensor.number)
        frame.scopes.append({})
        frame.first.append(done == 0)
        frame.previous = result
        builder.items(item.layers, frame, inner, "" if alone else None)
        frame.first.pop()
        frame.scopes.pop()
        if frame.previous is None:
            raise Unknown
        alike = done > 0 or not first_differs(item.layers)  # whether the next pass does as this one, on the same shape
        settled = alike and same_shape(frame.previous.tensor.shape, result.tensor.shape)
        result, done = frame.previous._replace(taps={}, off=False), done + 1
        if not inner.children:
            place.children.pop()
        if settled:
            last = place.children[-1] if inner.children else None
            if isinstance(last, Group) and (not isinstance(times, int) or done < times):
                place.children[-1] = last._replace(name=f"{index}-{offset + times - 1}", times=times - done + 1)
            break
    place.passes = offset + times
    return result
