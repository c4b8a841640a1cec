"""Attention, as exporters write it out: projections, heads, scores, their softmax, values, and the projection back."""

from __future__ import annotations

import re
from math import isqrt

from convcalc.core.ops import build
from convcalc.core.ops.given import Given
from convcalc.core.shape import Features, Shape, Tensor
from convcalc.core.size import product
from convcalc.errors import Refusal
from convcalc.record import NamedTuple
from convcalc.writer.idioms import Readers, behind_of, common
from convcalc.writer.steps import Step, Steps, Value

FEW = 40  # steps between two products


class Scores(NamedTuple):
    """What is added to the scores of an attention on their way to the softmax."""

    product: Step
    masked: bool
    biases: tuple[Step, ...]  # learned ones, each as the step that adds it, or that holds it


def attentions(steps: Steps, readers: Readers) -> None:
    """Replace each attention by the op."""
    fixed = without_input(steps)
    for step in steps:
        if step.kind == "softmax" and step.value in steps.by_value:
            found = attention(steps, readers, step, fixed)
            if found is not None:
                for made in found:
                    steps.put(made)
    steps.order()


def attention(steps: Steps, readers: Readers, softmax: Step, fixed: set[Value]) -> list[Step] | None:
    """The steps that stand for the attention around a softmax; None where it is none."""
    scores = scores_of(steps, softmax, fixed)
    weighed = behind(steps, readers, softmax.value, "matmul")
    if scores is None or weighed is None or origin(steps, weighed.sources[0]) != softmax.value:
        return None
    linears = [steps.by_value.get(origin(steps, source)) for source in (*scores.product.sources, weighed.sources[1])]
    back = behind(steps, readers, weighed.value, "linear")
    if back is None or any(linear is None or linear.kind != "linear" or linear.owner is not None for linear in linears):
        return None
    projections = {linear.value: linear for linear in linears if linear is not None}
    entries = {linear.sources[0] for linear in projections.values()}
    if len(entries) != 1 or back.owner is not None:
        return None
    [entry] = entries
    x = steps.shape(entry)
    queries, width = scores.product.inputs[0].sizes[-2:]
    channels = next(iter(projections.values())).inputs[0].channels
    inner = sum(linear.op.cout for linear in projections.values()) // 3  # type: ignore[attr-defined]
    if inner % width or x.elements % (queries * channels):
        return None
    groups = x.elements // (queries * channels)
    heads = inner // width
    seen: Shape = Features((queries, channels)) if groups == 1 else Tensor((groups, queries, channels))
    window, added = position(scores.biases, heads, queries)
    if window is None and added is None and scores.biases:
        return None
    biased = {linear.op.bias for linear in projections.values()}  # type: ignore[attr-defined]
    attributes = {
        "heads": heads,
        "dim": inner if inner != channels else None,
        "cout": back.op.cout if back.op.cout != channels else None,  # type: ignore[attr-defined]
        "qkv_bias": biased == {True},
        "out_bias": back.op.bias,  # type: ignore[attr-defined]
        "window": window,
        "mask": scores.masked,
        "scores": added is not None,
    }
    op = build("attention", attributes)
    inputs = (seen,) if added is None else (seen, added.output)
    parts = [*projections.values(), scores.product, weighed, back, *scores.biases]
    if len(biased) != 1 or not costs_as(op, inputs, parts, added):
        return None
    module = common([part.module for part in (*projections.values(), back)])
    name = module[-1] if module and back.module[: len(module)] == module else ""
    sources = (entry,) if added is None else (entry, added.value)
    made = Step(back.value, op, sources, inputs, op.out_shape(*inputs), module[:-1] if name else module, name)
    return [made] if added is None else [added._replace(module=made.module), made]


def costs_as(op: object, inputs: tuple[Shape, ...], parts: list[Step], added: Step | None) -> bool:
    """Whether an attention has the MACs and parameters of the steps that it stands for."""
    try:
        cost = op.cost(*inputs)  # type: ignore[attr-defined]
    except Refusal:
        return False
    before = [part.op.cost(*part.inputs) for part in {part.value: part for part in parts}.values()]
    own = cost.params + (product(added.output.sizes) if added is not None else 0)
    return bool(cost.macs == sum(part.macs for part in before) and own == sum(part.params for part in before))


def scores_of(steps: Steps, softmax: Step, fixed: set[Value]) -> Scores | None:
    """The product whose scores a softmax takes, and what is added to them on the way."""
    value, masked, biases = softmax.sources[0], False, list[Step]()
    for _ in range(FEW):
        step = steps.by_value.get(value)
        if step is None:
            return None
        if step.kind == "matmul":
            return Scores(step, masked, tuple(biases))
        if step.kind == "learned" and step.sources and step.op.join == "add":  # type: ignore[attr-defined]
            biases.append(step)
        elif step.kind == "add" and len(step.sources) == 2:
            others = [source for source in step.sources if source in fixed]
            if len(others) != 1:
                return None
            held = table_of(steps, others[0])
            if held is None and not is_mask(steps, others[0]):
                return None
            biases += [held] if held is not None else []
            masked = masked or held is None
            value = next(source for source in step.sources if source not in fixed)
            continue
        elif not is_passed(step):
            return None
        value = step.sources[0]
    return None


def table_of(steps: Steps, value: Value) -> Step | None:
    """The learned tensor that a value is taken from, through nothing but moves."""
    for _ in range(FEW):
        step = steps.by_value.get(value)
        if step is None or step.kind == "learned":
            return step
        if step.kind not in ("view", "copy"):
            return None
        value = step.sources[0] if step.sources else -1
    return None


def is_mask(steps: Steps, value: Value) -> bool:
    """Whether what is added to scores has no MACs, nor parameters but those that an exporter made of constants."""
    parts = behind_of(steps, value)
    stored = [part for part in parts if part.kind == "learned"]
    readers = {source: part for part in parts for source in part.sources}
    made_up = all(part.value in readers and is_made_up(part, readers[part.value]) for part in stored)
    return made_up and not any(part.op.cost(*part.inputs).macs for part in parts)


def is_made_up(stored: Step, reader: Step) -> bool:
    """Whether a stored tensor has no name but that of the op that reads it: an exporter's."""
    kind = reader.op.of if isinstance(reader.op, Given) else reader.kind
    return re.sub(r"_\d+$", "", stored.name) == re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()


def position(biases: tuple[Step, ...], heads: int, tokens: int) -> tuple[tuple[int, int] | None, Step | None]:
    """A learned bias as a window whose table it is, or as a tensor of its own that is added to the scores."""
    if len(biases) != 1:
        return None, None
    [bias] = biases
    side = isqrt(tokens)
    sizes = tuple(bias.op.sizes)  # type: ignore[attr-defined]
    if not bias.sources and side * side == tokens and sizes == ((2 * side - 1) ** 2, heads):
        return (side, side), None
    own = tuple(size for size in sizes if size != 1)
    if own != tuple(size for size in (heads, tokens, tokens) if size != 1) or not bias.sources:
        return None, None
    kept = build("learned", {"sizes": (heads, tokens, tokens), "join": "none"})
    return None, Step(bias.value, kept, (), (), Tensor((heads, tokens, tokens)), bias.module, "")


def behind(steps: Steps, readers: Readers, value: Value, kind: str) -> Step | None:
    """The first step of a kind that a value flows into, through moves that it alone reads."""
    for _ in range(FEW):
        if len(set(readers.get(value, ()))) != 1 or readers[value][0] not in steps.by_value:
            return None
        step = steps.by_value[readers[value][0]]
        if step.kind == kind:
            return step
        if not is_passed(step):
            return None
        value = step.value
    return None


def origin(steps: Steps, value: Value) -> Value:
    """Where a value comes from, through moves and numbers that it is multiplied with."""
    for _ in range(FEW):
        step = steps.by_value.get(value)
        if step is None or not is_passed(step):
            return value
        value = step.sources[0]
    return value


def is_passed(step: Step) -> bool:
    """Whether a step moves elements, or scales them all alike."""
    return bool(step.sources) and (isinstance(step.op, Given) or (step.kind in ("mul", "div") and getattr(step.op, "by", None) is not None))


def without_input(steps: Steps) -> set[Value]:
    """The values that no input reaches."""
    found: set[Value] = set()
    for step in steps:
        if all(source in found for source in step.sources):
            found.add(step.value)
    return found
