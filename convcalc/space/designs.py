"""What spans a design space: designs, axes, and how a point of them is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any
from zlib import crc32

from convcalc.analysis.metrics import METRICS
from convcalc.analysis.totals import numbers
from convcalc.core.execution import Execution
from convcalc.core.shape import Shape
from convcalc.core.trace import trace
from convcalc.errors import ConvcalcError, Diagnostic, Refusal, usage
from convcalc.inputs.designs import STYLE_IN_FORCE, Design, network_of, read_design, replacements_of, runs_alone
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE
from convcalc.layout.network import check_layout
from convcalc.layout.values import read_shape, whole
from convcalc.space.axes import Axis, read_axis, shown
from convcalc.space.join import TAKEN
from convcalc.space.points import Costing
from convcalc.spelling import nearest

DESIGN = "design"  # the axis of several designs
INPUT = ("cin", "hw", "input", "batch")
ARRAY = ("rows", "cols")  # of a device


class Designs:
    """Designs whose parameters are axes."""

    def __init__(self, texts: Sequence[str], execution: Execution = Execution()) -> None:  # noqa: B008  # it cannot be changed
        self.library, self.execution = Library(), execution
        self.known = {text: read_design(self.library, text) for text in texts}
        self.replacements = replacements_of(self.library, execution)
        for design in self.known.values():
            check_layout(self.library, design.layout)

    @property
    def digest(self) -> str:
        """What tells layouts apart whose texts differ: those of the designs, and of all that they call."""
        read = [layout for layout in (*self.library.files.values(), *self.library.known.values()) if layout is not None]
        texts = {"\n".join(layout.span.source.lines) for layout in read}
        return f"{crc32(chr(0).join(sorted(texts)).encode()):08x}"

    def costing(self, metrics: Sequence[str]) -> Costing:
        """What gives metrics of one point, or of many where values are columns; of several designs `design` says which."""
        return partial(self.cost, metrics)

    def cost(self, metrics: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
        """Some metrics of the network that values make."""
        given = dict(values)
        execution = self.on_array({name: given.pop(name) for name in self.array_axes if name in given})
        if len(self.known) == 1:
            [design] = self.known.values()
        else:
            design = self.known[given.pop(DESIGN)]
        try:
            own = {name: given.pop(name) for name in INPUT if name in given and name not in design.layout.params}
            batch = whole(own.pop("batch", 1), 1)
            if "hw" in own and "cin" not in own:
                own["cin"] = self.own_channels(design, given)
            shape = input_of(own, design.layout.kinds.get(next(iter(design.layout.inputs)), ""))
        except Refusal as refusal:
            raise ConvcalcError(Diagnostic(refusal.code, f"the input: {refusal.message}", None, refusal.hint)) from None
        shapes = None if shape is None else (shape,)
        replacements = self.replacements
        if replacements is not None:  # parameters that the design itself lacks are theirs
            replacements = replacements.given({name: value for name, value in given.items() if name not in design.layout.params})
        network = network_of(self.library, design, shapes, options=given, style=STYLE_IN_FORCE, replacements=replacements)
        try:
            return numbers(trace(network, batch, execution), metrics)
        except Refusal as refusal:
            raise ConvcalcError(Diagnostic(refusal.code, refusal.message, network.span, refusal.hint)) from None

    @property
    def replaced_params(self) -> tuple[str, ...]:
        """Parameters of designs that stand for layers, which may be axes."""
        return self.replacements.params if self.replacements is not None else ()

    @property
    def array_axes(self) -> tuple[str, ...]:
        """The sizes of the device's array, which may be axes."""
        return ARRAY if self.execution.device is not None and self.execution.device.array is not None else ()

    def on_array(self, sizes: Mapping[str, Any]) -> Execution:
        """How networks are run, on an array of other sizes where there are some."""
        device = self.execution.device
        if not sizes or device is None or device.array is None:
            return self.execution
        return self.execution._replace(device=device._replace(array=device.array._replace(**sizes)))

    def own_channels(self, design: Design, given: Mapping[str, Any]) -> Any:
        """The channels of the input that a network has by itself."""
        if fixed_channels(design) is not None:
            return fixed_channels(design)
        return network_of(self.library, design, options=given, style=STYLE_IN_FORCE).inputs[0].channels

    def check(self, names: Sequence[str]) -> None:
        """Refuse names that no design has.

        Raises:
            ConvcalcError: also for a block without an input, and for what a design's name fixes.
        """
        given = {name for name in ("cin", "hw") if name in names and not any(name in d.layout.params for d in self.known.values())}
        shaped = bool(given) or "input" in names
        channels = all(runs_alone(design) or fixed_channels(design) is not None for design in self.known.values())
        if given == {"hw"} and channels and "input" not in names:
            given = set()  # on the channels of their own inputs
        if given and ("input" in names or len(given) == 1):
            hint = "drop one" if "input" in names else f"add --set {'hw=56' if 'cin' in given else 'cin=256'}"
            raise usage(f"--set {', '.join(sorted(given))}: an input is cin and hw, or `input` alone", hint)
        for text, design in self.known.items():
            if not shaped and not runs_alone(design):
                raise usage(f"{text} needs an input", "add --set cin=256 --set hw=56, or --set input=256x56x56")
            kind = design.layout.kinds.get(next(iter(design.layout.inputs)), "")
            if kind and {"cin", "hw"} & set(names) - set(design.layout.params):
                raise usage(f"{text} runs on {kind}, and cin and hw are those of a map", "set its whole `input`")
            if shaped and len(design.layout.inputs) > 1:
                raise usage(f"{text} takes {len(design.layout.inputs)} inputs", "leave them to it, without cin, hw and input")
        for name in names:
            lacking = self.lacking(name)
            fixed = next((text for text, design in self.known.items() if name in design.arguments), None)
            if fixed is not None and len(lacking) == len(self.known):
                raise usage(f"--set {name}: {fixed} says what it is", "write it in one place")
            if name in (*METRICS, *TAKEN):
                raise usage(f"--set {name}: reports have a column of that name", "rename the parameter")
            if len(lacking) == len(self.known):
                choices = [*(key for design in self.known.values() for key in design.layout.params), *self.replaced_params]
                if name in ARRAY:
                    raise usage(f"--set {name}: only the array of a device has it", "name a device that has one: --device ./ours.yaml")
                raise usage(
                    f"--set {name}: {lacking[0]} has no parameter `{name}`", nearest(name, [*choices, *STYLE, *INPUT, *self.array_axes])
                )

    def lacking(self, name: str) -> list[str]:
        """Designs that do not follow a name: it is fixed, or neither a parameter, style word, their input nor the batch."""
        everywhere = (*STYLE, *INPUT, *self.array_axes, *self.replaced_params, *([DESIGN] if len(self.known) > 1 else []))
        return [text for text, design in self.known.items() if name in design.arguments or name not in (*design.layout.params, *everywhere)]

    def own(self, text: str, name: str) -> str:
        return f"{name} fixed" if name in self.known[text].arguments else f"no parameter {name}"

    def unused(self, names: Sequence[str]) -> list[Diagnostic]:
        """A warning for each name that some design lacks."""
        return [
            Diagnostic("option-unused", f"{text} has {self.own(text, name)}: it changes nothing in it", severity="warning")
            for name in names
            for text in self.lacking(name)
        ]


def fixed_channels(design: Design) -> int | None:
    """The channels that a model fixes where it leaves other sizes open."""
    return design.layout.graph.channels if design.layout.graph is not None else None


def input_of(given: dict[str, Any], kind: str) -> Shape | None:
    """The shape that axes give, taken out of them; None where the design keeps its own. `kind` is what the design declares."""
    sizes, cin, hw = given.pop("input", None), given.pop("cin", None), given.pop("hw", None)
    if sizes is not None:
        return read_shape(sizes, kind)
    if cin is None or hw is None:
        return None
    spatial = hw if isinstance(hw, tuple) else (hw, hw)
    return read_shape((cin, *spatial))


def read_axes(designs: Sequence[str], texts: Sequence[str]) -> tuple[Axis, ...]:
    """The axes of --set, each once, behind that of several designs.

    Raises:
        ConvcalcError: for texts that are no axes, and for none.
    """
    axes = [Axis(DESIGN, tuple(designs))] if len(designs) > 1 else []
    axes += [read_axis(text) for text in texts]
    if not axes:
        raise usage("there is no axis", "name one: --set cout=64:512:64")
    names = [axis.name for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise usage(f"--set {name}: given twice", f"write all values behind one: --set {name}=2,4,8")
    return tuple(axes)


def axis_texts(settings: Mapping[str, Any] | Sequence[str]) -> list[str]:
    """The texts of --set, from those or from values by name."""
    return [f"{name}={value_text(value)}" for name, value in settings.items()] if isinstance(settings, Mapping) else list(settings)


def value_text(value: Any) -> str:
    value = value.tolist() if hasattr(value, "tolist") else value  # of NumPy
    if isinstance(value, Fraction):
        return shown(value)
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(value_text, value)) if isinstance(value, list | tuple | range) else str(value)
