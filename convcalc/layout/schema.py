"""The layout language as JSON Schema, from the tables of ops and shipped layouts: what editors complete and check."""

from __future__ import annotations

from typing import Any

from convcalc.core.shape import KINDS
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE, Layout
from convcalc.layout.reader import BLOCK_KEYS, EXPECTED, FILE_KEYS
from convcalc.layout.shipped import KINDS as FOLDERS
from convcalc.layout.shipped import shipped_names
from convcalc.layout.vocabulary import FLEXIBLE, LISTS, NAMING, OPS, Attribute, OpSpec

NAME = "^[A-Za-z_][A-Za-z0-9_-]*$"
Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name.replace('/', '~1')}"}


def layout_schema() -> Schema:
    """The schema of a layout file. Expressions are only known to be text: convcalc itself checks what is in them."""
    library = Library()
    layouts = {name: library.design(name) for name in shipped_names(FOLDERS)}
    return {
        "title": "convcalc layout",
        "description": "A block or network of the convcalc layout language, version 1",
        "type": "object",
        "anyOf": [{"required": ["layers"]}, {"required": ["blocks"]}],
        "properties": {key: FILE[key] for key in FILE_KEYS},
        "additionalProperties": False,
        "$defs": {
            **VALUES,
            "block": {
                "type": "object",
                "required": ["layers"],
                "properties": {key: FILE[key] for key in BLOCK_KEYS},
                "additionalProperties": False,
            },
            **{family(layout): call_schema(layout) for layout in layouts.values()},
            "layers": {"type": "array", "items": ref("layer"), "description": "layers, each on the one before"},
            "path": {
                "description": "layers of one way through a join; [] is the identity",
                "anyOf": [
                    ref("layers"),
                    {
                        "type": "object",
                        "properties": {"when": ref("value"), "layers": ref("layers")},
                        "additionalProperties": False,
                    },
                ],
            },
            "layer": {
                "anyOf": [
                    {"type": "string", "pattern": NAME},
                    {
                        "type": "object",
                        "minProperties": 1,
                        "maxProperties": 1,
                        "properties": {
                            **{name: op_schema(name, spec) for name, spec in OPS.items()},
                            **STRUCTURE,
                            **{name: ref(family(layout)) for name, layout in layouts.items() if name not in OPS},
                        },
                        "additionalProperties": ref("call"),
                    },
                ]
            },
            "call": {
                "description": "a block of this file or of an included one",
                "anyOf": [ref("value"), {"type": "object", "properties": COMMON, "additionalProperties": ref("value")}],
            },
        },
    }


def family(layout: Layout) -> str:
    """The definition that all presets of a file share."""
    return layout.path.removesuffix(".yaml")


def op_schema(name: str, spec: OpSpec) -> Schema:
    """An op with its attributes, or its shorthand."""
    properties = {key: attribute_schema(attribute) for key, attribute in spec.attributes.items()}
    if name in FLEXIBLE:
        properties["paths"] = {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": ref("path")}
    whole: Schema = {"type": "object", "properties": {**properties, **COMMON}, "additionalProperties": False}
    if required := [key for key, attribute in spec.attributes.items() if attribute.required]:
        whole["required"] = required
    short = [attribute_schema(spec.attributes[spec.shorthand])] if spec.shorthand else []
    return {"description": spec.summary, "anyOf": [*short, whole]}


def attribute_schema(attribute: Attribute) -> Schema:
    """An attribute by its kind; words are offered, and expressions that give one are allowed."""
    found: Schema = {"description": attribute.meaning} if attribute.meaning else {}
    if attribute.kind in DEFINED:
        return {**found, **ref(DEFINED[attribute.kind])}
    if attribute.choices:
        return {**found, "anyOf": [{"enum": list(attribute.choices)}, ref("value")]}
    return {**found, **ref("value")}


def call_schema(layout: Layout) -> Schema:
    """A shipped layout with its parameters."""
    properties = {name: ref("value") for name in (*layout.params, *STYLE)}
    whole: Schema = {"type": "object", "properties": {**properties, **COMMON}, "additionalProperties": False}
    short = [ref("value")] if layout.params else []
    found: Schema = {"anyOf": [*short, whole]}
    return {"description": layout.summary, **found} if layout.summary else found


# Kinds of attributes that have a definition of their own; those of all others are values.
DEFINED = {
    **dict.fromkeys(LISTS, "list"),
    **dict.fromkeys(("axes", "axes0", "places", "places0"), "axes"),
    "padding": "padding",
    **dict.fromkeys(NAMING, "reference"),
}
VALUES: dict[str, Schema] = {
    "value": {"description": "a number, a word, true, false, or an expression", "type": ["integer", "number", "boolean", "string"]},
    "name": {"type": "string", "pattern": NAME},
    "axes": {"anyOf": [ref("value"), {"type": "array", "minItems": 1, "maxItems": 3, "items": ref("value")}]},
    "list": {"anyOf": [ref("value"), {"type": "array", "minItems": 1, "items": ref("value")}]},
    "shape": {
        "description": "3x224x224, or [3, h, w] with expressions; one number alone is a vector; {tokens: 77x768} says what it is",
        "anyOf": [
            ref("list"),
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {kind: ref("list") for kind in KINDS},
                "additionalProperties": False,
            },
        ],
    },
    "reference": {"type": "string", "description": "an earlier layer, input, previous, or CALL.NAME"},
    "padding": {
        "anyOf": [
            {"enum": ["same", "valid"]},
            ref("value"),
            {
                "type": "array",
                "minItems": 1,
                "maxItems": 3,
                "items": {"anyOf": [ref("value"), {"type": "array", "minItems": 2, "maxItems": 2, "items": ref("value")}]},
            },
        ]
    },
    "references": {
        "description": "a layer, input, previous, or CALL.NAME; several for a join",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
    "params": {
        "type": "object",
        "description": "parameters in order, with defaults; `required` has none",
        "additionalProperties": ref("value"),
    },
    "expect": {
        "type": "object",
        "description": "what the design is known to cost, and by whom",
        "properties": {**{key: {"type": "integer", "minimum": 0} for key in EXPECTED}, "source": {"type": "string"}},
        "additionalProperties": False,
    },
}
COMMON: dict[str, Schema] = {
    "name": {**ref("name"), "description": "a name that others may refer to"},
    "from": {**ref("references"), "description": "the input, where it is not the layer before"},
    "when": {**ref("value"), "description": "where false, the layer is the identity"},
    "as": {"enum": ["module", "function", "method"], "description": "how the original calls it"},
    "weights": {**ref("reference"), "description": "an earlier layer or call whose parameters it uses"},
}
STRUCTURE: dict[str, Schema] = {
    "residual": {
        "description": "the sum of a body and a shortcut, which is the identity unless given",
        "type": "object",
        "required": ["body"],
        "properties": {"body": ref("path"), "shortcut": ref("path"), **COMMON},
        "additionalProperties": False,
    },
    "repeat": {
        "description": "layers again and again; `first` is true in the first pass",
        "type": "object",
        "required": ["times", "layers"],
        "properties": {
            "times": ref("value"),
            "shared": {**ref("value"), "description": "whether all passes use one set of parameters"},
            "layers": ref("layers"),
            **COMMON,
        },
        "additionalProperties": False,
    },
}
FILE: dict[str, Schema] = {
    "convcalc": {"const": 1, "description": "version of the language"},
    "name": ref("name"),
    "summary": {"type": "string", "description": "one line on what it is"},
    "params": ref("params"),
    "blocks": {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": ref("block")},
    "include": {
        "description": "files whose blocks can be called",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
    "input": {**ref("shape"), "description": "the shape of the input; with it the layout runs alone"},
    "inputs": {
        "description": "names of several inputs, with their shapes where the layout runs alone",
        "anyOf": [{"type": "array", "items": ref("name")}, {"type": "object", "additionalProperties": ref("shape")}],
    },
    "outputs": {"type": "array", "items": {"type": "string"}, "description": "layers that are outputs; the last one unless given"},
    "presets": {
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": {
            "type": "object",
            "properties": {"params": ref("params"), "input": ref("shape"), "expect": ref("expect")},
            "additionalProperties": False,
        },
    },
    "expect": ref("expect"),
    "budgets": {
        "description": "what it may cost: metrics with limits, which `convcalc check` holds against it",
        "type": "object",
        "additionalProperties": {"anyOf": [ref("value"), {"type": "object", "additionalProperties": ref("value")}]},
    },
    "layers": ref("layers"),
}
