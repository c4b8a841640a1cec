"""Shortcuts that some copies of a block have and others lack: one block with a condition for all."""

from __future__ import annotations

from typing import Any

from convcalc.errors import Source, Span
from convcalc.layout.evaluate import evaluate
from convcalc.layout.expression import parse
from convcalc.writer.items import Expr, Item, Items
from convcalc.writer.unify import ANY, Unifier, leaves, rebuilt, skeleton


def residual_of(layers: Items) -> int | None:
    """The place of the one residual among layers."""
    places = [place for place, item in enumerate(layers) if item.key == "residual"]
    return places[0] if len(places) == 1 else None


def optional_key(layers: Items) -> tuple[Any, ...]:
    """What copies share that differ in their shortcut alone, or in whether they have one."""
    place = residual_of(layers)
    if place is None:
        return (), skeleton(layers), ()
    return skeleton(layers[:place]), skeleton(layers[place].paths[0][1]), skeleton(layers[place + 1 :])


def form_of(layers: Items) -> tuple[str, Any]:
    """Whether there is no residual, one with the identity, or one with layers on its shortcut, and which."""
    place = residual_of(layers)
    if place is None:
        return "plain", ()
    shortcut = layers[place].paths[1:]
    return ("layers", skeleton(shortcut[0][1])) if shortcut else ("identity", ())


def by_form(cluster: list[Item]) -> list[list[Item]]:
    """Copies that one block can be for: those with a shortcut or the identity, with the identity or no residual, or all alike."""
    forms: dict[Any, list[Item]] = {}
    for item in cluster:
        forms.setdefault(form_of(item.layers), []).append(item)
    kinds = {kind for kind, _ in forms}
    if len(forms) == 2 and "identity" in kinds and (kinds == {"identity", "layers"} or kinds == {"identity", "plain"}):
        return [cluster]
    return list(forms.values())


def template(unifier: Unifier, copies: list[Item]) -> Items:
    """One list of layers for all copies, a shortcut with the condition under which it has layers or is there."""
    kinds = [form_of(copy.layers)[0] for copy in copies]
    if len(set(kinds)) == 1:
        return unifier.template([copy.layers for copy in copies])
    bodies = [
        copy.layers if kind == "plain" else copy.layers[residual_of(copy.layers) or 0].paths[0][1]
        for copy, kind in zip(copies, kinds, strict=True)
    ]
    model = copies[next(place for place, kind in enumerate(kinds) if kind == ("layers" if "layers" in kinds else "identity"))]
    at = residual_of(model.layers)
    assert at is not None
    residual = model.layers[at]
    before = unifier.template([copy.layers[:at] for copy in copies])
    body = unifier.template(bodies)
    after = unifier.template([copy.layers[at + 1 :] if kind != "plain" else () for copy, kind in zip(copies, kinds, strict=True)])
    if "layers" not in kinds:
        text = condition(
            unifier, body, [kind == "identity" for kind in kinds], "stride == 1 and cin == {}", "cin == {}", "stride == 1", key="skip"
        )
        return (*before, residual._replace(paths=(("body", body), ("shortcut", ())), args={"when": Expr(text)}), *after)
    found = [copy.layers[at].paths[1][1] if kind == "layers" else None for copy, kind in zip(copies, kinds, strict=True)]
    given = [layers for layers in found if layers is not None]
    filler = rebuilt(given[0], iter([ANY] * len(list(leaves(given[0])))))
    shortcut = unifier.template([layers if layers is not None else filler for layers in found])
    text = condition(
        unifier, shortcut, [kind == "layers" for kind in kinds], "stride != 1 or cin != {}", "cin != {}", "stride != 1", key="project"
    )
    shortcut = tuple(item._replace(args={**item.args, "when": Expr(text)}) for item in shortcut)
    return (*before, residual._replace(paths=(("body", body), ("shortcut", shortcut))), *after)


def condition(unifier: Unifier, layers: Items, wanted: list[bool], *texts: str, key: str) -> str:
    """An expression that is true in the copies where it is wanted; a parameter of its own where none is."""
    cout = next((item.args["cout"] for item in reversed(layers) if item.args.get("cout") is not None), "cin")
    params = {param.name: param.values for param in unifier.params}
    shown = cout.text if isinstance(cout, Expr) else str(cout)
    for text in texts:
        if "stride" in text and "stride" not in params:
            continue
        whole = text.format(shown)
        if all(
            truth(whole, {name: values[place] for name, values in params.items()}, unifier.given["cin"][place]) == want
            for place, want in enumerate(wanted)
        ):
            return whole
    return unifier.param(key, tuple(wanted)).text.text  # type: ignore[no-any-return]


class Names:
    """What an expression in a block sees: its parameters, and the channels that come in."""

    def __init__(self, params: dict[str, Any], cin: Any) -> None:
        self.values = {**params, "cin": cin}

    def lookup(self, name: str) -> Any:
        return self.values[name]

    def size(self, name: str, field: str) -> int:
        raise KeyError(name)


def truth(text: str, params: dict[str, Any], cin: Any) -> bool:
    """Whether a condition holds for a copy."""
    return bool(evaluate(parse(text, Span(Source("", ()), 1, 1)), Names(params, cin)))
