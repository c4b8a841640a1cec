"""Patterns of several steps that the language has one op for, as exporters write them out."""

from __future__ import annotations

import re

from convcalc.core.cost import Cost
from convcalc.core.ops import IMPORTED, NORMS, TRAITS, Op, build, weights_of
from convcalc.core.ops.given import Given
from convcalc.core.shape import Features, Map, Shape, Tensor
from convcalc.core.size import product
from convcalc.writer.steps import Step, Steps, Value

GATED = {"sigmoid": "silu", "hardsigmoid": "hardswish"}  # x · f(x)
Readers = dict[Value, list[Value]]


def home(steps: Steps, readers: Readers) -> None:
    """A view without a module stands in the module that its readers share."""
    for step in reversed(list(steps)):
        if not step.module and step.kind in IMPORTED:
            around = [steps.by_value[reader].module for reader in readers[step.value] if reader >= 0]
            if around:
                steps.put(step._replace(module=common(around)))


def own(steps: Steps, readers: Readers) -> None:
    """Weights that are put together for a layer are its own; a factor a channel in them is a scale behind it.

    Where they have other parameters than the layer, no op of the language says so. Vectors that an exporter stores once
    for several layers are each layer's own.
    """
    for step in steps:
        held = steps.by_value.get(step.owner) if step.owner is not None else None
        if held is not None and step.kind == held.kind == "learned" and step.sources and not held.sources:
            sources = (step.sources[0], held.value)
            join = build(step.op.join, {})  # type: ignore[attr-defined]
            steps.put(step._replace(op=join, sources=sources, inputs=(step.inputs[0], held.output), owner=None, needs=()))
    for step in steps:
        if is_merged(steps, step):
            steps.put(step._replace(owner=None, needs=()))
    following = max(steps.by_value, default=0) + 1
    made_of = {step.value: stored_in(steps, step) for step in steps if step.owner is not None and not is_shared(steps, step)}
    for value, made in made_of.items():
        step = steps.by_value[value]
        apart = made - step.op.cost(*step.inputs).params
        alone = step._replace(owner=None, needs=())
        if apart and apart == step.output.channels and TRAITS[step.kind].family == "conv":
            scaled = Step(following, build("scale", {}), (step.value,), (step.output,), step.output, step.module, "")
            following += 1
            for reader in readers[step.value]:
                if reader >= 0:
                    one = steps.by_value[reader]
                    steps.put(one._replace(sources=tuple(scaled.value if source == step.value else source for source in one.sources)))
            steps.outputs = [scaled.value if value == step.value else value for value in steps.outputs]
            steps.put(scaled)
        elif apart:
            note = f"{step.kind} with weights of other sizes"
            seen = (step.output, *step.inputs[1:])  # of as many axes as it states
            alone = alone._replace(note=note, inputs=seen, op=stated(step, step.op.cost(*step.inputs)._replace(params=made)))
        steps.put(alone)
    steps.order()


def is_shared(steps: Steps, step: Step) -> bool:
    """Whether a step uses the weights of another of its kind, and none besides."""
    return step.owner is not None and set(step.needs) <= {step.owner} and steps.by_value[step.owner].kind == step.kind


def is_merged(steps: Steps, step: Step) -> bool:
    """Whether a step only shares vectors with a layer of another module: exporters store equal ones once, such as biases of zeros."""
    if step.owner is None:
        return False
    owner = steps.by_value[step.owner]
    if not has_weights(owner) or is_called_again(owner, step):
        return False
    if is_shared(steps, step):
        return step.kind in NORMS or (step.kind == "learned" and one_axis(step.op) > 0)
    missing = step.op.cost(*step.inputs).params - stored_in(steps, step)
    return bool(0 < missing <= 2 * step.output.channels)


def is_called_again(owner: Step, step: Step) -> bool:
    """Whether a step is a later call of a module: exporters put a number behind the names of those, `head.1_1` behind `head.1`."""
    pairs = zip((*owner.module, owner.name), (*step.module, step.name), strict=False)
    return all(b == a or re.fullmatch(r"_\d+", b.removeprefix(a)) for a, b in pairs)


def stored_in(steps: Steps, step: Step) -> int:
    """The parameters from which the weights of a step are worked out."""
    roots = [value for value in (step.owner, *step.needs) if value is not None and not has_weights(steps.by_value[value])]
    parts = {part.value: part for value in roots for part in behind_of(steps, value)}
    return sum(part.op.cost(*part.inputs).params for part in parts.values() if part.owner is None)


def stated(step: Step, cost: Cost) -> Op:
    """An op that states figures, for a step that gives what it gives."""
    out = step.output
    inner = out.spatial if isinstance(out, Map) else out.sizes[:-1]
    figures = {"macs": cost.macs, "params": cost.params, "activations": cost.activations, "buffers": cost.buffers}
    return build("custom", {"cout": out.channels, "size": inner or None, **figures})


def behind_of(steps: Steps, value: Value) -> list[Step]:
    """All steps that a value depends on, itself among them."""
    found: dict[Value, Step] = {}
    left = [value]
    while left:
        step = steps.by_value.get(left.pop())
        if step is not None and step.value not in found:
            found[step.value] = step
            left += [*step.sources, *(value for value in step.needs if not has_weights(steps.by_value[value]))]
    return list(found.values())


def has_weights(step: Step) -> bool:
    """Whether a step is a layer with parameters, which others may share; not what only holds them, or puts them together."""
    return bool(step.sources) and bool(weights_of(step.op, step.inputs))


def class_tokens(steps: Steps, readers: Readers) -> None:
    """A learned vector before tokens is a class token."""
    for step in steps:
        if step.kind != "concat" or len(step.sources) != 2 or len(step.output.sizes) != 2:
            continue
        held = behind_of(steps, step.sources[0])
        alone = all(readers[part.value] in ([step.value], [other.value for other in held if part.value in other.sources]) for part in held)
        tokens_, x = step.output.sizes, steps.shape(step.sources[1])
        kept = [part for part in held if not part.sources]
        single = alone and len(kept) == 1 and kept[0].kind == "learned" and product(kept[0].output.sizes) == tokens_[1]
        if single and isinstance(x, Features) and x.sizes == (tokens_[0] - 1, tokens_[1]):
            steps.put(step._replace(op=build("class_token", {}), sources=step.sources[1:], inputs=(x,)))


def positions(steps: Steps, readers: Readers) -> None:
    """A learned tensor that is added to tokens is an embedding of their positions."""
    for step in steps:
        if step.kind == "learned" and step.sources and step.op.join == "add":  # type: ignore[attr-defined]
            x = steps.shape(step.sources[0])
            sizes = tuple(size for size in step.op.sizes if size != 1)  # type: ignore[attr-defined]
            if isinstance(x, Features) and len(x.sizes) == 2 and x.sizes == sizes:
                steps.put(step._replace(op=build("position_embedding", {}), inputs=(x,)))


def gates(steps: Steps, readers: Readers) -> None:
    """x · sigmoid(x) is silu(x), x · hardsigmoid(x) is hardswish(x)."""
    for step in steps:
        if step.kind != "mul" or len(step.sources) != 2:
            continue
        for x, gate in (step.sources, step.sources[::-1]):
            function = steps.by_value.get(gate)
            if function is not None and function.kind in GATED and function.sources == (x,) and readers[gate] == [step.value]:
                steps.put(step._replace(op=build(GATED[function.kind], {}), sources=(x,), inputs=function.inputs))
                break


def gelus(steps: Steps, readers: Readers) -> None:
    """x / 2 · (1 + erf(x / √2)), the half before or behind, is gelu(x)."""
    for step in steps:
        if step.kind != "mul" or len(step.sources) != 2:
            continue
        for first, gate in (step.sources, step.sources[::-1]):
            scaled = chain_of(steps, readers, gate, ("add", "erf", ("div", "mul")))
            if scaled is None:
                continue
            half = steps.by_value.get(first)
            behind = [steps.by_value[reader] for reader in readers[step.value] if reader >= 0]
            if half is not None and by_number(half, ("mul", "div")) and half.sources == (scaled,):
                steps.put(step._replace(op=build("gelu", {}), sources=(scaled,), inputs=(step.output,)))
            elif first == scaled and len(behind) == len(readers[step.value]) == 1 and by_number(behind[0], ("mul", "div")):
                steps.put(behind[0]._replace(op=build("gelu", {}), sources=(scaled,), inputs=(step.output,)))
            break


def layer_norms(steps: Steps, readers: Readers) -> None:
    """(x − mean) / √(mean of its squares + ε), times a learned vector and with another added, is layer_norm(x)."""
    for step in steps:
        centred = steps.by_value.get(step.sources[0]) if step.kind == "div" and len(step.sources) == 2 else None
        if centred is None or centred.kind != "sub" or len(centred.sources) != 2:
            continue
        x, mean = centred.sources
        spread = chain_of(steps, readers, step.sources[1], ("sqrt", "add", "mean", ("pow", "mul")))
        gain = next_alone(steps, readers, step.value)
        shift = next_alone(steps, readers, gain.value) if gain is not None else None
        if spread != centred.value or chain_of(steps, readers, mean, ("mean",)) != x or gain is None or shift is None:
            continue
        joins = [(part.kind, getattr(part.op, "join", ""), one_axis(part.op) if part.kind == "learned" else 0) for part in (gain, shift)]
        length = joins[0][2]
        if joins == [("learned", "mul", length), ("learned", "add", length)] and length == steps.shape(x).sizes[-1]:
            entry = Tensor((steps.shape(x).elements // length, length))
            steps.put(shift._replace(op=build("layer_norm", {}), sources=(x,), inputs=(entry,)))


def next_alone(steps: Steps, readers: Readers, value: Value) -> Step | None:
    """The step that alone reads a value."""
    return steps.by_value.get(readers[value][0]) if len(readers[value]) == 1 else None


def chain_of(steps: Steps, readers: Readers, value: Value, kinds: tuple[str | tuple[str, ...], ...]) -> Value | None:
    """The value at the beginning of some steps in a row, from the last on, that nobody else reads."""
    for kind in kinds:
        step = steps.by_value.get(value)
        allowed = (kind,) if isinstance(kind, str) else kind
        if step is None or step.kind not in allowed or len(step.sources) != 1 or len(readers[value]) != 1:
            return None
        value = step.sources[0]
    return value


def by_number(step: Step, kinds: tuple[str, ...]) -> bool:
    return step.kind in kinds and len(step.sources) == 1


def shuffles(steps: Steps, readers: Readers) -> None:
    """C → g×(C/g) → (C/g)×g → C shuffles channels in g groups."""
    for step in steps:
        split, turn = regrouped(steps, readers, step)
        if split is None or turn[:3] != (0, 2, 1):
            continue
        if turn[3:] == tuple(range(3, len(turn))) and split.inputs[0] == step.output and isinstance(step.output, Map):
            groups = split.output.sizes[0] if split.output.sizes[2:] == step.output.spatial else 0
            if groups and split.output.sizes[0] * split.output.sizes[1] == step.output.channels:
                steps.put(step._replace(op=build("channel_shuffle", {"groups": groups}), sources=split.sources, inputs=split.inputs))


def regrouped(steps: Steps, readers: Readers, step: Step) -> tuple[Step | None, tuple[int, ...]]:
    """Of a reshape behind a turn of axes behind a reshape: that first one, and the order of the turn."""
    turn = before(steps, readers, step)
    cut = before(steps, readers, turn) if turn is not None else None
    if turn is None or cut is None or not is_reshape(step) or not is_reshape(cut):
        return None, ()
    return cut, order(turn)


def tokens(steps: Steps, readers: Readers) -> None:
    """C×H×W → C×(H·W) → (H·W)×C are tokens."""
    for step in steps:
        flat = before(steps, readers, step)
        if flat is None or not is_reshape(flat) or order(step) != (0, 2, 1):
            continue
        x = flat.inputs[0]
        if isinstance(x, Map) and len(x.spatial) > 1 and flat.output.sizes == (x.channels, x.elements // x.channels):
            steps.put(step._replace(op=build("tokens", {}), sources=flat.sources, inputs=flat.inputs))


def biases(steps: Steps, readers: Readers) -> None:
    """A product with a learned vector added to its output is a linear layer with a bias."""
    for step in steps:
        product = before(steps, readers, step)
        if product is None or product.kind != "linear" or product.op.bias or product.owner is not None or step.owner is not None:  # type: ignore[attr-defined]
            continue
        if step.kind == "learned" and step.op.join == "add" and step.op.sizes[-1] == step.output.sizes[-1] == one_axis(step.op):  # type: ignore[attr-defined]
            op = build("linear", {"cout": product.op.cout, "bias": True})  # type: ignore[attr-defined]
            steps.put(product._replace(op=op, value=step.value, output=step.output))
            steps.drop(product.value, step.value)


def scales(steps: Steps, readers: Readers) -> None:
    """A learned factor a channel is a scale."""
    for step in steps:
        if step.kind == "learned" and step.sources and step.op.join == "mul":  # type: ignore[attr-defined]
            x, sizes = steps.shape(step.sources[0]), step.op.sizes  # type: ignore[attr-defined]
            place = len(sizes) - 1 - (len(x.spatial) if isinstance(x, Map) else 0)
            if one_axis(step.op) == x.channels == sizes[place]:
                steps.put(step._replace(op=build("scale", {}), inputs=(x,)))


def growing(steps: Steps, readers: Readers) -> None:
    """concat(a, b, c), where there is concat(a, b), is that one with c behind it."""
    known: dict[tuple[Value, ...], Value] = {}
    for step in steps:
        if step.kind != "concat":
            continue
        if len(step.sources) == 1:
            steps.drop(step.value, step.sources[0])
            continue
        if step.inputs[0] != steps.shape(step.sources[0]):
            continue
        sources, whole = step.sources, step.sources
        for length in range(len(sources) - 1, 1, -1):
            if sources[:length] in known:
                shorter = known[sources[:length]]
                sources = (shorter, *sources[length:])
                steps.put(step._replace(sources=sources, inputs=tuple(map(steps.shape, sources))))
                break
        known.setdefault(whole, step.value)


def before(steps: Steps, readers: Readers, step: Step) -> Step | None:
    """The step whose value this one reads, if nobody else does."""
    source = steps.by_value.get(step.sources[0]) if len(step.sources) == 1 else None
    return source if source is not None and readers[source.value] == [step.value] else None


def is_reshape(step: Step) -> bool:
    """Whether it gives the same elements in the same order."""
    return (
        isinstance(step.op, Given)
        and step.kind == "view"
        and not step.op.order
        and not step.op.start
        and same_size(step.output, step.inputs[0])
    )


def same_size(a: Shape, b: Shape) -> bool:
    return bool(a.elements == b.elements)


def order(step: Step) -> tuple[int, ...]:
    """The order into which axes are turned, the batch's among them; nothing for another step."""
    return step.op.order if isinstance(step.op, Given) else ()


def one_axis(op: Op) -> int:
    """The size of the one axis along which a learned tensor differs; 0 where there are several."""
    sizes = [size for size in op.sizes if size != 1]  # type: ignore[attr-defined]
    return sizes[0] if len(sizes) == 1 else 0


def common(modules: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The module that all stand in."""
    found = modules[0]
    for module in modules[1:]:
        length = next((place for place, (a, b) in enumerate(zip(found, module, strict=False)) if a != b), min(len(found), len(module)))
        found = found[:length]
    return found
