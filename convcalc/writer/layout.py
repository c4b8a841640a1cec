"""A network as the text of a layout, read back and held against the network before anybody sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count
from textwrap import wrap

from convcalc.core.network import Network
from convcalc.core.ops import TRAITS, Op
from convcalc.core.shape import Shape
from convcalc.core.trace import Trace, trace
from convcalc.errors import ConvcalcError, Diagnostic
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE_DEFAULTS
from convcalc.layout.network import build_network
from convcalc.layout.shipped import shipped_names
from convcalc.layout.vocabulary import OPS
from convcalc.record import NamedTuple
from convcalc.writer.blocks import Block, Blocks
from convcalc.writer.items import NAME, Item, Items, every, within
from convcalc.writer.language import Apart, Translation, parameters, simplified
from convcalc.writer.steps import Steps, Value, steps_of
from convcalc.writer.structure import TAILED, rows, structured, with_tails
from convcalc.writer.text import WIDTH, Document, document_text, printable

UNNAMED = ("gemm", "mat_mul", "input", "previous", "first", "stage", "block")  # names that say nothing, or are taken


class Written(NamedTuple):
    """The text of a layout, and what to tell of it: the layers it stands for, those that are custom, and those that name what they read."""

    text: str
    layers: int
    custom: int
    named: int
    notes: list[str]


def layout_of(
    network: Network, name: str, inputs: tuple[str, ...] = (), source: str = "", notes: Sequence[str] = (), unused: int = 0
) -> Written:
    """The layout of a network; parameters that nothing uses are left out.

    Args:
        network: an imported one, on one sample.
        name: the layout's.
        inputs: names of the network's inputs, where it has several.
        source: where the network is from, for what the layout expects to cost.
        notes: comments at the top of the text.
        unused: how many of the network's parameters nothing uses.

    Raises:
        ConvcalcError: for a network on a batch, and where what was written does not agree with it.
    """
    numbers = range(1, len(network.inputs) + 1)
    fitting = len(set(inputs)) == len(numbers) and all(NAME.fullmatch(label) for label in inputs)
    inputs = inputs if fitting else tuple(f"input{number}" for number in numbers)
    steps = steps_of(network)
    whole_count = len(steps.by_value)
    macs, whole = sum(step.op.cost(*step.inputs).macs for step in steps), parameters(steps)
    apart = simplified(steps)
    wanted = {"params": whole - unused - apart.masks + apart.repeated, "macs": macs}
    notes = [*notes, *told(apart)]
    steps = Translation(steps).run()
    with_tails(steps)
    expect = {**wanted, **({"source": source} if source else {})}
    for arrange in (folded, nested, rowed):
        try:
            layers, blocks = arrange(steps)
            document = document_of(steps, layers, blocks, network, name, inputs)
            text = document_text(document._replace(comments=comments(source, notes), expect=expect))
            agreed(text, network, name, wanted, costly((step.op, step.inputs, 1) for step in steps))
        except (ConvcalcError, RecursionError):  # or nested deeper than anybody reads
            if arrange is rowed:
                raise
        else:
            break
    named = sum(bool(item.sources) for items in document.lists for item in every(items))
    return Written(text, whole_count, sum(step.kind == "custom" for step in steps), named, notes)


def told(apart: Apart) -> list[str]:
    """What parameters a layout has otherwise than its model."""
    masks = f"{apart.masks:,} parameters that make masks are left out"
    repeated = f"{apart.repeated:,} parameters more: equal vectors that the file stores once stand in each layer that has them"
    return [*([masks] if apart.masks else []), *([repeated] if apart.repeated else [])]


def folded(steps: Steps) -> tuple[Items, tuple[Block, ...]]:
    """Layers with blocks for what recurs."""
    blocks = Blocks(frozenset(shipped_names(("blocks",))))
    layers = blocks.fold(structured(steps))
    return layers, tuple(blocks.found.values())


def nested(steps: Steps) -> tuple[Items, tuple[Block, ...]]:
    """Layers with paths, without blocks."""
    return structured(steps), ()


def rowed(steps: Steps) -> tuple[Items, tuple[Block, ...]]:
    """Layers in a row that say what they read."""
    return rows(steps), ()


def comments(source: str, notes: Sequence[str]) -> list[str]:
    lines = [f"From {source}" if source else "", *notes]
    return [part for line in lines if line for part in wrap(printable(line), WIDTH)]


def document_of(steps: Steps, layers: Items, blocks: tuple[Block, ...], network: Network, name: str, inputs: tuple[str, ...]) -> Document:
    """What is to be written.

    Raises:
        ConvcalcError: where layers refer to what has no name in their list.
    """
    layers = labelled(layers)
    blocks = tuple(block._replace(layers=labelled(block.layers)) for block in blocks)
    lists = [layers, *(block.layers for block in blocks)]
    outputs = steps.outputs if steps.outputs != [layers[-1].value] else []
    names = named(lists, read_inputs(steps), outputs, inputs)
    for items in lists:
        if any(source not in names for item in every(items) for source in item.sources):
            raise unwritten(name, "a layer reads what its block does not see")
    style = styles([item for items in lists for item in every(items)])
    read = read_inputs(steps)
    entries = tuple((inputs[value], network.inputs[value]) for value in read)
    return Document(name, entries, style, blocks, layers, tuple(names[value] for value in outputs if value in names), names)


def styles(items: list[Item]) -> dict[str, str]:
    """The norm and activation that most layers have."""
    found: dict[str, str] = {}
    tailed = [item for item in items if item.key in TAILED and item.key != "linear"]
    for key in ("norm", "activation"):
        words = Counter(item.args[key] for item in tailed if isinstance(item.args.get(key), str))
        if words and words.most_common(1)[0][0] != STYLE_DEFAULTS[key]:
            found[key] = words.most_common(1)[0][0]
    return found


def labelled(items: Items) -> Items:
    """The same layers with the names that only one of them has; what is called like its op needs none."""
    counts = Counter(item.name for item in every(items))

    def change(items: Items) -> Items:
        return tuple(
            within(item, change)._replace(name=item.name if counts[item.name] == 1 and item.name not in (*OPS, *UNNAMED) else "")
            for item in items
        )

    return change(items)


def read_inputs(steps: Steps) -> list[Value]:
    """The inputs that something reads; a layout has no others."""
    readers = steps.readers()
    return [value for value in range(len(steps.inputs)) if readers[value]] or [0]


def named(lists: list[Items], read: list[Value], outputs: list[Value], inputs: tuple[str, ...]) -> dict[Value, str]:
    """Names for what others read, each once in its list."""
    several = len(read) > 1
    found: dict[Value, str] = {-1: "input"}
    found |= {value: inputs[value] if several else "input" for value in read}
    for scope in lists:
        items = list(every(scope))
        wanted = {source for item in items for source in item.sources} | {item.owner for item in items}
        wanted |= set(outputs) if scope is lists[0] else set()
        taken = {"input", "previous", "first", *inputs}
        for item in items:
            if item.value in wanted and item.value not in found:
                found[item.value] = unique(item.name or (item.layers[0].key if item.layers else item.key), taken)
    return found


def unique(name: str, taken: set[str]) -> str:
    """A name that nothing else has, by a letter behind it: automatic names have numbers."""
    chosen = name if name not in taken else next(text for number in count(1) if (text := f"{name}_{number}") not in taken)
    taken.add(chosen)
    return chosen


def agreed(text: str, network: Network, name: str, wanted: dict[str, int], convolutions: Counter[int]) -> None:
    """Refuse a text that is no layout, or not that of the network.

    Raises:
        ConvcalcError: with what differs.
    """
    library = Library()
    try:
        layout = library.text(text, f"{name}.yaml")
        if library.diagnostics:
            raise ConvcalcError(*library.diagnostics)
        again = trace(build_network(library, layout, {}))
    except ConvcalcError as error:
        first = error.diagnostics[0]
        raise unwritten(name, f"what was written is no layout: {first.message}") from error
    model = trace(network)
    found = [
        ("parameters", wanted["params"], again.total.params),
        ("MACs", wanted["macs"], again.total.macs),
        ("outputs", *(sorted(sizes(whole, number) for number in whole.outputs) for whole in (model, again))),
        ("convolutions by MACs", convolutions, costly((row.op, row.inputs, row.times) for row in again.rows)),
    ]
    for what, before, after in found:
        if before != after:
            raise unwritten(name, f"{what} would be {after}, and {before} in the model")


def costly(layers: Iterable[tuple[Op, tuple[Shape, ...], int]]) -> Counter[int]:
    """How many convolutions there are of each number of MACs."""
    found: Counter[int] = Counter()
    for op, inputs, times in layers:
        if TRAITS[op.name].field == "window" and (macs := op.cost(*inputs).macs):
            found[macs] += times
    return found


def sizes(trace_: Trace, number: int) -> tuple[int, ...]:
    return tuple(size for size in trace_.value(number).sizes if size != 1)


def unwritten(name: str, reason: str) -> ConvcalcError:
    return ConvcalcError(Diagnostic("not-written", f"{name}: {reason}", None, "report the model: nothing was written"))
