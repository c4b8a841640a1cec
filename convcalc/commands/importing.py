"""`convcalc import`: models of other formats as layouts."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from convcalc.core.network import Network
from convcalc.errors import ConvcalcError, usage
from convcalc.inputs.designs import Design, input_shapes, network_of, read_spec
from convcalc.inputs.sizes import read_shape
from convcalc.layout.library import ONNX, YAML, Library, stem_of
from convcalc.record import NamedTuple
from convcalc.spelling import nearest
from convcalc.writer.layout import Written, layout_of

CODE = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_][\w.-]*)")
UNTRAINED = ("weights", "weights_backbone")  # what torchvision's models would download


class ImportedLayout(NamedTuple):
    """The text of a layout, and what to tell about it."""

    text: str
    told: str


def imported(model: str, inputs: Sequence[str] = ()) -> ImportedLayout:
    """The layout of a model.

    Args:
        model: an ONNX file, or PACKAGE:NAME of what makes a PyTorch module.
        inputs: shapes without the batch; of an ONNX file where it leaves them open.

    Raises:
        ConvcalcError: for what is no model, and for one whose layout would not agree with it.
    """
    found = CODE.fullmatch(model)
    if model.endswith(ONNX):
        library = Library()
        design = read_spec(library, model)
        network = network_of(library, design, input_shapes(library, design, inputs))
    elif found and not os.path.exists(model):
        design, network = from_code(found[1], found[2], inputs)
    else:
        raise usage(f"import {model}: neither an ONNX file nor PACKAGE:NAME", other_than(model))
    assert design.layout.graph is not None
    name = stem_of(found[2] if found and not model.endswith(ONNX) else os.path.basename(model))
    graph, shown = design.layout.graph, os.path.basename(model)
    notes = [note._replace(message=note.message.removeprefix(f"{design.layout.path}: ")) for note in graph.notes]
    written = layout_of(network, name, tuple(design.layout.inputs), shown, [note.message for note in notes], graph.unused)
    return ImportedLayout(written.text, told(written))


def told(written: Written) -> str:
    """What happened, in a line, and what a reader of the layout has to know."""
    kinds = {"custom": written.custom, "named what they read": written.named}
    also = "; ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    lines = len(written.text.splitlines())
    text = f"convcalc: {written.layers:,} layers in {lines:,} lines, read back: MACs and parameters are equal{f' ({also})' if also else ''}"
    return "\n".join([text, *(f"  note: {note}" for note in written.notes)])


def other_than(model: str) -> str:
    """What may have been meant by what is no model."""
    if model.endswith(YAML):
        return "it is a layout already: convcalc summary shows it"
    files = [name for name in os.listdir() if name.endswith(ONNX)]
    near = nearest(model if "." in model else f"{model}{ONNX}", files) if files else ""
    return near if near.startswith("did") else "convcalc import model.onnx, or torchvision.models:resnet50"


def from_code(package: str, name: str, inputs: Sequence[str]) -> tuple[Design, Network]:
    """The network of a PyTorch module that code makes.

    Raises:
        ConvcalcError: where there is no such code, where it fails, and for a module that cannot be traced.
    """
    from convcalc.interop.torch.network import from_torch

    if not inputs:
        raise usage(f"import {package}:{name} needs its input", "add --input 3x224x224")
    shapes = [(1, *read_shape("--input", text).sizes) for text in inputs]
    try:
        module = made(package, name)
    except ConvcalcError:
        raise
    except Exception as error:  # of code that is not ours
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise usage(f"import {package}:{name}: {reason}", "name what makes the module without arguments") from error
    model = from_torch(module, *shapes)
    library = Library()
    design = Design(model, library.design(model), {})
    return design, network_of(library, design)


def made(package: str, name: str) -> Any:
    """What a name of a package gives when it is called, without trained weights; timm's models by their names there."""
    sys.path.insert(0, os.getcwd())
    try:
        maker: Any = importlib.import_module(package)
    except ImportError as error:
        raise usage(f"import {package}:{name}: {error}", f"install {package.partition('.')[0]}, or write a package that is there") from None
    finally:
        sys.path.remove(os.getcwd())
    if package == "timm":
        if name not in maker.list_models():
            raise usage(f"import timm:{name}: timm has no such model", nearest(name, maker.list_models()))
        return maker.create_model(name, pretrained=False)
    for part in name.split("."):
        if not hasattr(maker, part):
            known = [key for key in dir(maker) if not key.startswith("_")]
            raise usage(f"import {package}:{name}: {package} has no `{part}`", nearest(part, known))
        maker = getattr(maker, part)
    if hasattr(maker, "named_parameters") and not inspect.isclass(maker):
        return maker  # a module, and not what makes one
    known_arguments = inspect.signature(maker).parameters
    return maker(**{argument: None for argument in UNTRAINED if argument in known_arguments})
