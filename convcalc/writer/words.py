"""An imported network in the words of the language, as far as those go: attention, windows and biases as one layer each."""

from __future__ import annotations

from convcalc.core.network import Layer, Network
from convcalc.errors import ConvcalcError
from convcalc.writer.language import Translation, simplified
from convcalc.writer.steps import steps_of


def in_words(network: Network) -> Network:
    """The same network with idioms as the ops that they are, its layers under the paths of their modules; one on a batch as it is."""
    try:
        steps = steps_of(network)
    except ConvcalcError:
        return network
    simplified(steps)
    steps = Translation(steps).run()
    taken: set[str] = set()
    layers: list[Layer] = []
    for step in steps:
        path = ".".join((*step.module, step.name or step.kind))
        name = path if path not in taken else next(text for number in range(2, 1_000_000) if (text := f"{path}_{number}") not in taken)
        taken.add(name)
        layers.append(Layer(name, step.op, step.sources, step.inputs, step.output, None, None, step.owner))
    return Network(network.name, network.inputs, list(layers), tuple(steps.outputs), network.span)
