"""Designs and specs as people name them, and a design on an input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from convcalc.analysis.metrics import dear
from convcalc.core.execution import Execution
from convcalc.core.network import Network
from convcalc.core.shape import Map, Shape, kind_of
from convcalc.core.trace import Trace, trace
from convcalc.errors import Diagnostic, usage
from convcalc.inputs.execution import Running, read_execution
from convcalc.inputs.settings import read_arguments, settings_of, split_design
from convcalc.inputs.sizes import read_shape, read_size
from convcalc.layout.build import Argument
from convcalc.layout.library import STDIN, Library, is_path, stem_of
from convcalc.layout.model import STYLE
from convcalc.layout.network import build_network
from convcalc.layout.source import LARGEST_FILE, decode
from convcalc.record import NamedTuple
from convcalc.report.from_trace import model_report
from convcalc.spelling import nearest

if TYPE_CHECKING:
    from convcalc.analysis.convention import Convention
    from convcalc.layout.model import Layout
    from convcalc.layout.replacement import Replacements
    from convcalc.report.contract import ModelReport


class Design(NamedTuple):
    """A layout and the arguments that its name gives it."""

    text: str
    layout: Layout
    arguments: dict[str, Argument]


NOTHING: Mapping[str, Any] = {}
# The style that a caller has in force around blocks: an activation after each convolution, and nothing else.
STYLE_IN_FORCE = {"norm": "none", "activation": "relu", "bias": False}


def runs_alone(design: Design) -> bool:
    """Whether it says what its inputs are, as networks do."""
    return all(written is not None for written in design.layout.inputs.values())


def network_of(
    library: Library,
    design: Design,
    shapes: tuple[Shape, ...] | None = None,
    *,
    settings: Mapping[str, Argument] = NOTHING,
    options: Mapping[str, Any] = NOTHING,
    style: Mapping[str, Any] = NOTHING,
    replacements: Replacements | None = None,
) -> Network:
    """A design on its inputs (None: its own).

    `settings` are parameters that it must have; `options` those that it follows where it has them and does not fix
    them itself; `style` is in force around blocks.

    Raises:
        ConvcalcError: where its layout refuses that.
    """
    if shapes is not None and len(shapes) != len(design.layout.inputs):
        fix = "leave out --cin and --hw: it has shapes of its own" if runs_alone(design) else "call it from a network that gives it all"
        raise usage(f"{design.text} takes {len(design.layout.inputs)} inputs", fix)
    if replacements is not None and design.layout.graph is not None:
        design, shapes = as_written(library, design, shapes), None
    arguments = arguments_of(design, shapes, settings, options)
    return build_network(library, design.layout, arguments, shapes, {} if runs_alone(design) else dict(style), replacements=replacements)


def as_written(library: Library, design: Design, shapes: tuple[Shape, ...] | None) -> Design:
    """A model as `convcalc import` writes it: a layout, in which layers can be replaced."""
    from convcalc.writer.layout import layout_of  # paid by those who replace layers of a model

    graph, layout = design.layout.graph, design.layout
    assert graph is not None
    written = layout_of(build_network(library, layout, {}, shapes), stem_of(layout.name), tuple(layout.inputs), unused=graph.unused)
    return design._replace(layout=library.text(written.text, f"{layout.path}, as a layout"))


def arguments_of(
    design: Design, shapes: tuple[Shape, ...] | None, settings: Mapping[str, Argument] = NOTHING, options: Mapping[str, Any] = NOTHING
) -> dict[str, Argument]:
    """The parameters that a design is given, as `network_of` takes them; the cout of a block is cin unless given."""
    arguments = {**design.arguments, **settings}
    known = (*design.layout.params, *STYLE)
    for name, value in options.items():
        if name in known:
            arguments.setdefault(name, Argument(value))
    if shapes is not None and "cout" in design.layout.params and not runs_alone(design):
        arguments.setdefault("cout", Argument(shapes[0].channels))
    return arguments


def read_design(library: Library, text: str) -> Design:
    """The layout that a text names, and its arguments.

    Raises:
        ConvcalcError: for an unknown design, or arguments that cannot be read; the caret is in the text itself.
    """
    name, rest = split_design(text)
    return Design(text, library.design(name), read_arguments(text, len(name) + 1, rest))


def chosen_convention(name: str | None) -> Convention | None:
    """The convention of an option; None for the default, which needs no file."""
    if name in (None, "mac"):
        return None
    from convcalc.rules.conventions import read_convention

    return read_convention(str(name))


class Given(NamedTuple):
    """What is put in the place of a network's own parameters, input and batch; how it is run, and which metrics are asked for."""

    settings: Mapping[str, Argument] = NOTHING
    inputs: tuple[str, ...] = ()
    batch: int = 1
    execution: Execution = Execution()
    asked: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the network is another than it is by itself."""
        return bool(self.settings or self.inputs or self.batch != 1 or self.execution.replaced)


def read_given(
    set: Mapping[str, Any] | Sequence[str],  # noqa: A002
    input: str | Sequence[str] | None,  # noqa: A002
    batch: int | str,
    asked: Iterable[str] = (),
    **running: Unpack[Running],
) -> Given:
    """The options --set, --input and --batch, those that say how a network is run, and the metrics that are asked for by name."""
    inputs = (input,) if isinstance(input, str) else tuple(input or ())
    return Given(settings_of(set), inputs, read_size("--batch", batch), read_execution(**running), dear(asked))


class Spec(NamedTuple):
    """A network as it stands somewhere, on disk or in a revision, with what it was given."""

    text: str
    layout: Layout
    trace: Trace
    own: bool = True  # whether it has its own parameters, input and batch
    notes: tuple[Diagnostic, ...] = ()
    asked: tuple[str, ...] = ()  # metrics to work out of those that are so on demand

    def model(self, convention: str | None) -> ModelReport:
        """Its figures, `counted` by a convention."""
        return model_report(self.trace, self.layout.name, self.source, chosen_convention(convention), self.asked)

    @property
    def source(self) -> dict[str, str]:
        """Its file; where it is a preset or has arguments, what it was called too."""
        given = {"spec": self.text} if is_path(self.text) and self.text.replace("\\", "/") != self.layout.path else {}
        return {"path": self.layout.path, **given}


def traced(library: Library, text: str, given: Given = Given()) -> Spec:  # noqa: B008  # it cannot be changed
    """A spec with its trace.

    Raises:
        ConvcalcError: with every error of its files, and for what it cannot be given.
    """
    design = read_spec(library, text)
    shapes = input_shapes(library, design, given.inputs, given.settings)
    replacements = replacements_of(library, given.execution)
    network = network_of(library, design, shapes, settings=given.settings, replacements=replacements)
    own = not given.changes and not design.arguments and replacements is None
    notes = [*axes_notes(design, shapes), *(design.layout.graph.notes if design.layout.graph is not None else ())]
    notes += replacement_notes(design.layout.name, replacements)
    return Spec(text, design.layout, trace(network, given.batch, given.execution), own, tuple(notes), given.asked)


def layout_text(text: str, given: Given) -> str:
    """A network, with what stands for its layers, as the text of a layout that costs the same.

    Raises:
        ConvcalcError: also where what would be written does not cost the same.
    """
    from convcalc.inputs.replacements import read_replacements  # paid by those who write one
    from convcalc.writer.layout import layout_of

    library = Library()
    design = read_spec(library, text)
    shapes = input_shapes(library, design, given.inputs, given.settings)
    replacements = read_replacements(library, given.execution)._replace(unrolled=True)  # repeats are found again
    network = network_of(library, design, shapes, settings=given.settings, replacements=replacements)
    replaced = [f"with {one}" for one in given.execution.replaced]
    return layout_of(network, stem_of(design.layout.name), tuple(design.layout.inputs), design.layout.path, replaced).text


def replacements_of(library: Library, execution: Execution) -> Replacements | None:
    """What is to be replaced in a network; None for nothing."""
    if not execution.replaced:
        return None
    from convcalc.inputs.replacements import read_replacements  # paid by those who replace something

    return read_replacements(library, execution)


def replacement_notes(name: str, replacements: Replacements | None) -> list[Diagnostic]:
    """What a reader of replaced layers has to know: what a design did not follow, and what could not be replaced."""
    if replacements is None:
        return []
    from convcalc.inputs.replacements import notes_of

    return notes_of(name, replacements)


def read_spec(library: Library, spec: str) -> Design:
    """The layout of a spec, with the arguments in its name."""
    if spec != "-":
        named = is_path(spec) and os.path.isfile(spec)  # whatever else the name may look like
        return Design(spec, library.design(spec), {}) if named else read_design(library, spec)
    if sys.stdin is None:
        raise usage("standard input is closed", "name a file")
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    return Design(spec, library.text(decode(data, STDIN), STDIN), {})


def input_shapes(
    library: Library, design: Design, inputs: Sequence[str], settings: Mapping[str, Argument] = NOTHING
) -> tuple[Shape, ...] | None:
    """Shapes for all inputs of a layout, its own where others are not given; None where it keeps all its own."""
    if not inputs:
        return None
    names = list(design.layout.inputs)
    given: dict[str, Shape] = {}
    for text in inputs:
        name, equals, shape = text.rpartition("=")
        key = name if equals else names[0]
        if key not in names:
            raise usage(f"--input {text}: {design.layout.name} has no input `{key}`", nearest(key, names))
        if key in given:
            raise usage(f"--input {text}: the shape of {key} is given twice", "drop one")
        declared = design.layout.kinds.get(key, "")
        given[key] = read_shape("--input", shape, declared)
        if declared and ":" not in shape and kind_of(given[key]) != declared:
            fix = f"say what it is: --input {'map' if isinstance(given[key], Map) else kind_of(given[key])}:{shape}"
            raise usage(f"--input {text}: the {key} of {design.layout.name} is declared as {declared}", fix)
    missing = [name for name in names if name not in given]
    if missing and runs_alone(design):
        own = network_of(library, design, settings=settings).inputs
        given |= {name: shape for name, shape in zip(names, own, strict=True) if name in missing}
    elif missing:
        raise usage(f"--input: {design.layout.name} needs shapes of {', '.join(missing)} too", f"write --input {missing[0]}=256x80x80")
    return tuple(given[name] for name in names)


def axes_notes(design: Design, shapes: tuple[Shape, ...] | None) -> list[Diagnostic]:
    """A note for each input whose shape has other axes than the network declares: its ops follow, and cost otherwise."""
    found = []
    for (name, declared), shape in zip(design.layout.inputs.items(), shapes or (), strict=False):
        count = declared_axes(declared) if name not in design.layout.kinds else None
        if count is not None and count != len(shape.sizes):
            message = f"{design.layout.name} declares {axes_text(count)} for its {name}, and gets {axes_text(len(shape.sizes))}"
            found.append(Diagnostic("input-axes", message, severity="note"))
    return found


def declared_axes(declared: Any) -> int | None:
    """How many sizes a shape has as it is written; None where an expression says it."""
    if isinstance(declared, tuple):
        return len(declared)
    constant = getattr(declared, "constant", None)
    return len(constant) if isinstance(constant, tuple) else 1 if isinstance(constant, int) else None


def axes_text(count: int) -> str:
    axes = count - 1
    return f"{axes} spatial ax{'e' if axes != 1 else 'i'}s" if axes else "a vector"


def unmet(layout: Layout, totals: dict[str, Any], severity: str) -> list[Diagnostic]:
    """A diagnostic for each expectation of a layout that its totals do not meet."""
    source = f" ({layout.source})" if layout.source else ""
    return [
        Diagnostic(
            "expect-differs",
            f"{layout.name}: {key} are {totals[key]:,}, expected {expected.constant:,}{source}",
            expected.span,
            "correct the layers, or what is expected of them",
            severity=severity,
        )
        for key, expected in layout.expect.items()
        if totals[key] != expected.constant
    ]
