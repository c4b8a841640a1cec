"""Where nodes stand: the module paths of the model that a graph was exported from."""

from __future__ import annotations

import ast
import re

from convcalc.interop.modules import Path
from convcalc.interop.onnx.graph import Node

OWN = re.compile(r"^(?!onnx::|val_|_)([A-Za-z_][\w-]*(?:\.[\w-]+)*)\.(?:weight|bias|in_proj_weight|weight_ih_l\d+)\w*$")
NAMED = re.compile(r"^(?!onnx::|val_|_)[A-Za-z_][\w-]*(?:\.[\w-]+)*$")


def path_of(node: Node, weights: list[str]) -> Path:
    """Where a node stands: by the name of its weights, by the scopes of PyTorch's newer exporter, or by the node's own name.

    A convolution that swallowed its norm has the norm's scope, and so its weights come first.
    """
    own = next((found[1] for name in weights if (found := OWN.match(name))), "")
    kind = node.op if node.op.isupper() else re.sub(r"(?<!^)(?=[A-Z])", "_", node.op)
    return Path(own or (by_scopes(node.scopes) if node.scopes else by_name(node.name)), kind.lower())


def path_of_weights(node: Node, stored: str) -> Path:
    """Where weights stand that are a value of their own: by their name, or by who reads them."""
    if NAMED.match(stored):
        module, _, word = stored.rpartition(".")
        return Path(module, word)
    return path_of(node, [])


def by_scopes(text: str) -> str:
    """The module of `['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d']`: the last name but one."""
    try:
        names = ast.literal_eval(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    return str(names[-2]) if isinstance(names, list) and len(names) > 1 else ""


def by_name(text: str) -> str:
    """The module of `/layer1/layer1.0/conv1/Conv`: a name that begins with the one before it and a dot takes its place."""
    found: list[str] = []
    for name in text.split("/")[1:-1]:
        if found and name.startswith(found[-1] + "."):
            found[-1] = name
        elif name:
            found.append(name)
    return ".".join(found)
