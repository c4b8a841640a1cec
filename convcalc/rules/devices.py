"""Devices as YAML: peaks by data type, bandwidth, memory on the chip, and the arrays that compute."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

from convcalc.core.device import DATAFLOWS, Array, Device
from convcalc.core.execution import BITS
from convcalc.core.quantity import parse_quantity
from convcalc.errors import ConvcalcError, usage
from convcalc.layout.library import is_path
from convcalc.layout.shipped import node_of, place, shipped_files
from convcalc.layout.source import Mapping, Node, Scalar, Sequence
from convcalc.layout.values_reader import Entries
from convcalc.spelling import nearest

FOLDER = "devices"
UNIT_KEYS = ("units", "per_cycle", "clock")
ARRAY_KEYS = ("rows", "cols", "dataflow")
WORD, NUMBER = {"type": "string"}, {"type": ["integer", "string"]}  # 312T is a number too
PRODUCT = {"type": "object", "required": list(UNIT_KEYS), "properties": dict.fromkeys(UNIT_KEYS, NUMBER), "additionalProperties": False}
# Keys, as JSON Schema has them.
KEYS: dict[str, dict[str, Any]] = {
    "convcalc": {"const": 1, "description": "the version of the language"},
    "device": {**WORD, "description": "its name"},
    "summary": {**WORD, "description": "what it is, in one line"},
    "peak": {
        "type": "object",
        "propertyNames": {"enum": list(BITS)},
        "additionalProperties": {"anyOf": [NUMBER, PRODUCT]},
        "description": "operations a second by data type, 312T, or what multiplies out, {units: 432, per_cycle: 512, clock: 1.41G}",
    },
    "bandwidth": {**NUMBER, "description": "bytes a second to and from memory: 2039G"},
    "cache": {**NUMBER, "description": "bytes that hold values with --cached: 40MiB"},
    "scratchpad": {**NUMBER, "description": "bytes that hold values and weights between layers"},
    "winograd": {**NUMBER, "description": "m of F(m×m, 3×3), where convolutions may be computed so"},
    "array": {
        "type": "object",
        "required": ["rows", "cols"],
        "properties": {"rows": NUMBER, "cols": NUMBER, "dataflow": {"enum": list(DATAFLOWS)}},
        "additionalProperties": False,
        "description": "a systolic array: {rows: 128, cols: 128, dataflow: ws}",
    },
    "block": {
        "type": "array",
        "minItems": 4,
        "maxItems": 4,
        "items": NUMBER,
        "description": "output height, width and channels, and input channels of a cycle: [1, 2, 8, 8]",
    },
    "clock": {**NUMBER, "description": "cycles a second, of an array or block: 940M"},
    "source": {**WORD, "description": "where that stands"},
}


def device_schema() -> dict[str, Any]:
    """The JSON Schema of a device."""
    return {
        "title": "convcalc device",
        "description": "A device of convcalc, version 1",
        "type": "object",
        "anyOf": [{"required": ["peak"]}, {"required": ["array"]}],
        "properties": KEYS,
        "additionalProperties": False,
    }


class DeviceReader(Entries):
    """Reads one device."""

    def device(self, node: Node, name: str, path: str) -> Device:
        """The device of a document."""
        entries = self.mapping(node, "a device", tuple(KEYS))
        if "peak" not in entries and "array" not in entries:
            self.error("missing-key", "a device has a `peak`", node.span, "add peak: {fp16: 312T}")
        array = self.array(entries["array"]) if "array" in entries else None
        block = self.block(entries["block"]) if "block" in entries else ()
        clock = self.count(entries.get("clock"), "clock")
        if (array or block) and not clock:
            self.error("missing-key", "an array or block has a `clock`", node.span, "add clock: 940M")
        peak = {key.text: self.rate(value) for key, value in self.pairs(entries.get("peak"), "peak") if self.known(key)}
        return Device(
            name=self.word(entries.get("device"), "device") or name,
            summary=self.word(entries.get("summary"), "summary") or "",
            peak=peak or ({"int8": 2 * array.rows * array.cols * clock} if array is not None else {}),
            bandwidth=self.count(entries["bandwidth"], "bandwidth") if "bandwidth" in entries else None,
            cache=self.bytes(entries.get("cache"), "cache"),
            scratchpad=self.bytes(entries.get("scratchpad"), "scratchpad"),
            winograd=self.count(entries.get("winograd"), "winograd"),
            array=array,
            block=block,
            clock=clock,
            source=self.word(entries.get("source"), "source") or "",
            path=path,
        )

    def known(self, key: Scalar) -> bool:
        """Whether a key is a data type."""
        if key.text in BITS:
            return True
        self.error("unknown-key", f"there is no type `{key.text}`", key.span, nearest(key.text, list(BITS)))
        return False

    def rate(self, node: Node) -> int:
        """Operations a second: a number, or units × operations a cycle × clock."""
        if not isinstance(node, Mapping):
            return self.count(node, "peak")
        entries = self.mapping(node, "a peak", UNIT_KEYS)
        missing = next((key for key in UNIT_KEYS if key not in entries), None)
        if missing is not None:
            self.error("missing-key", f"a peak has `{missing}`", node.span, "write {units: 432, per_cycle: 512, clock: 1.41G}")
            return 1
        found = 1
        for key in UNIT_KEYS:
            found *= self.count(entries[key], key)
        return found

    def array(self, node: Node) -> Array:
        """A systolic array."""
        entries = self.mapping(node, "an array", ARRAY_KEYS)
        dataflow = self.word(entries.get("dataflow"), "dataflow") or "ws"
        if dataflow not in DATAFLOWS:
            self.error("bad-value", f"`{dataflow}` is no dataflow", entries["dataflow"].span, nearest(dataflow, list(DATAFLOWS)))
        sizes = [self.count(entries[key], key) if key in entries else 0 for key in ARRAY_KEYS[:2]]
        if not all(sizes):
            self.error("missing-key", "an array has `rows` and `cols`", node.span, "write {rows: 128, cols: 128, dataflow: ws}")
        return Array(max(sizes[0], 1), max(sizes[1], 1), dataflow)

    def block(self, node: Node) -> tuple[int, ...]:
        """Output height, width and channels, and input channels of a cycle."""
        sizes = tuple(self.count(item, "block") for item in node.items) if isinstance(node, Sequence) else ()
        if len(sizes) != 4:
            self.error("wrong-type", "a block is four numbers", node.span, "write block: [1, 2, 8, 8]")
            return (1, 1, 1, 1)
        return sizes

    def count(self, node: Node | None, what: str) -> int:
        """A whole number above zero with a prefix; 0 where there is none."""
        return self.quantity(node, what, "count")

    def bytes(self, node: Node | None, what: str) -> int:
        return self.quantity(node, what, "bytes")

    def quantity(self, node: Node | None, what: str, unit: str) -> int:
        text = self.word(node, what)
        if node is None or text is None:
            return 0
        try:
            quantity = parse_quantity(text, what, unit)
        except ConvcalcError as error:
            [found] = error.diagnostics
            self.error("bad-value", found.message, node.span, found.hint)
            return 1
        if quantity.unit is not None or isinstance(quantity.value, Fraction) or quantity.value < 1:
            self.error("bad-value", f"{what} {text}: a whole number above zero is meant", node.span, "write 312T")
            return 1
        return quantity.value


def read_device(name: str) -> Device:
    """A shipped device by name, or one's own by path.

    Raises:
        ConvcalcError: where there is none, or its file has errors.
    """
    if is_path(name):
        return load(name, name)
    if name not in device_names():
        begun = [known for known in device_names() if name and known.startswith(name)]
        raise usage(f"--device {name}: there is no such device", f"one of: {', '.join(begun)}" if begun else nearest(name, device_names()))
    return load(*place(FOLDER, name))


def load(path: str, shown: str) -> Device:
    reader = DeviceReader()
    device = reader.device(node_of(path, shown), os.path.splitext(os.path.basename(path))[0], shown)
    if reader.diagnostics:
        raise ConvcalcError(*reader.diagnostics)
    return device


def device_names() -> list[str]:
    """Names of the shipped devices."""
    return [os.path.basename(path).removesuffix(".yaml") for path in shipped_files(FOLDER)]


def shipped_devices() -> list[Device]:
    return [read_device(name) for name in device_names()]
