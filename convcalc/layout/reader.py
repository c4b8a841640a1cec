"""Nodes → layouts: the shape of the language, checked without looking at any other file.

Every method reports what is wrong with its own part and goes on, so that one run finds all errors of a file.
"""

from __future__ import annotations

from typing import Any

from convcalc.core.ops import TRAITS
from convcalc.errors import Span
from convcalc.layout.expression import BOOLEANS, LAYOUT_SIZES, WORDS, Expression
from convcalc.layout.model import EVERY_LAYER, RESERVED, Item, Layout, Parameter, Path, Preset, Reference, Written
from convcalc.layout.source import Mapping, Node, Scalar, Sequence
from convcalc.layout.values_reader import Entries, is_name
from convcalc.layout.vocabulary import FLEXIBLE, INSTEAD, NAMING, OPS, STRUCTURE_KEYS, STRUCTURES
from convcalc.spelling import nearest

FILE_KEYS = (
    *("convcalc", "name", "summary", "params", "blocks", "include", "input", "inputs", "outputs"),
    *("presets", "expect", "budgets", "layers"),
)
BLOCK_KEYS = ("summary", "params", "inputs", "outputs", "layers")
EXPECTED = ("params", "buffers", "macs")
NOT_PARAMETERS = (*EVERY_LAYER, *RESERVED, *LAYOUT_SIZES, "first", "previous", "input")


class Reader(Entries):
    """Reads the layout of one file."""

    # Layouts

    def file(self, node: Node, stem: str) -> Layout:
        """The layout at the top of a file."""
        entries = self.mapping(node, "a layout", FILE_KEYS)
        version = self.word(entries.get("convcalc"), "convcalc")
        if version not in (None, "1"):
            self.error("bad-value", f"this is layout language 1, not {version}", entries["convcalc"].span, "write `convcalc: 1`")
        name = self.name(entries["name"]) if "name" in entries else stem
        blocks = {}
        for key, value in self.pairs(entries.get("blocks"), "blocks"):
            self.block_name(key)
            blocks[key.text] = self.layout(key.text, key.span, self.mapping(value, "a block", BLOCK_KEYS), local=True)
        if "layers" not in entries and not blocks:
            self.error("missing-key", "a layout has `layers`", node.span, "write layers: [ … ]")
        expect, source = self.expectations(entries.get("expect"))
        layout = self.layout(name, node.span, entries, local=False)
        for key, value in self.pairs(entries.get("presets"), "presets"):
            own = {entry.text: entry for entry, _ in value.items} if isinstance(value, Mapping) else {}
            if "input" in own and len(layout.inputs) > 1:
                self.error(
                    "unknown-key", f"preset `{key.text}` has one input, the layout {len(layout.inputs)}", own["input"].span, "drop it"
                )
        return layout._replace(
            blocks=blocks,
            includes=tuple(self.includes(entries.get("include"))),
            presets={self.name(key): self.preset(key, value) for key, value in self.pairs(entries.get("presets"), "presets")},
            expect=expect,
            source=source,
            budgets=entries.get("budgets"),
        )

    def layout(self, name: str, span: Span, entries: dict[str, Node], local: bool) -> Layout:
        """What files and local blocks have in common."""
        layers = entries.get("layers")
        inputs, kinds = self.inputs(entries)
        if layers is None and local:
            self.error("missing-key", f"block `{name}` has no `layers`", span, "write layers: [ … ]")
        return Layout(
            name=name,
            span=span,
            params=self.params(entries.get("params")),
            layers=self.layers(layers) if layers is not None else (),
            inputs=inputs,
            kinds=kinds,
            outputs=tuple(self.some(entries["outputs"], "outputs")) if "outputs" in entries else None,
            summary=self.word(entries.get("summary"), "summary"),
            local=local,
            library=layers is None,
        )

    def inputs(self, entries: dict[str, Node]) -> tuple[dict[str, Written | None], dict[str, str]]:
        """Names of the inputs with their shapes where given, and the kinds of those that say one."""
        if "inputs" not in entries:
            written, kind = self.shape(entries["input"]) if "input" in entries else (None, "")
            return {"input": written}, {"input": kind} if kind else {}
        node = entries["inputs"]
        if "input" in entries:
            self.error("unknown-key", "`input` and `inputs` exclude each other", entries["input"].span, "drop one")
        if isinstance(node, Sequence):
            names = [self.name(item) for item in node.items]
            found: dict[str, Written | None] = dict.fromkeys(names)
            kinds: dict[str, str] = {}
        else:
            shapes = {self.name(key): self.shape(value) for key, value in self.pairs(node, "inputs")}
            found = {name: written for name, (written, _) in shapes.items()}
            kinds = {name: kind for name, (_, kind) in shapes.items() if kind}
        if len(found) < (len(node.items) if isinstance(node, Sequence) else 0):
            self.error("duplicate-name", "an input is named twice", node.span)
        if not found:
            self.error("missing-value", "`inputs` names no input", node.span)
        for name in found:
            if name in (*NOT_PARAMETERS, *WORDS, *BOOLEANS):
                self.error("bad-name", f"`{name}` cannot be an input", node.span, "choose a name that the language does not use")
        return found or {"input": None}, kinds

    def params(self, node: Node | None) -> dict[str, Parameter]:
        found = {}
        for key, value in self.pairs(node, "params"):
            if not is_name(key.text) or "-" in key.text or key.text in (*NOT_PARAMETERS, *WORDS, *BOOLEANS):
                self.error("bad-name", f"`{key.text}` cannot be a parameter", key.span, "choose a name that the language does not use")
            required = isinstance(value, Scalar) and value.text == "required"
            found[key.text] = Parameter(key.text, None if required else self.expression(value), key.span)
        return found

    def preset(self, key: Scalar, node: Node) -> Preset:
        entries = self.mapping(node, "a preset", ("params", "input", "expect"))
        params = {name.text: self.expression(value) for name, value in self.pairs(entries.get("params"), "params")}
        expect, source = self.expectations(entries.get("expect"))
        shape, kind = self.shape(entries["input"]) if "input" in entries else (None, "")
        return Preset(params, shape, kind, expect, source, key.span)

    def expectations(self, node: Node | None) -> tuple[dict[str, Expression], str | None]:
        if node is None:
            return {}, None
        entries = self.mapping(node, "expect", (*EXPECTED, "source"))
        return {key: self.figure(entries[key]) for key in EXPECTED if key in entries}, self.word(entries.get("source"), "source")

    def figure(self, node: Node) -> Expression:
        """A whole number, written out."""
        expression = self.expression(node)
        if type(expression.constant) is not int or expression.constant < 0:
            self.error("bad-value", "an expectation is a whole number", node.span, "write its digits: 25557032")
        return expression

    def includes(self, node: Node | None) -> list[tuple[str, Span]]:
        items = node.items if isinstance(node, Sequence) else () if node is None else (node,)
        return [(text, item.span) for item in items if (text := self.word(item, "include")) is not None]

    # Layers

    def layers(self, node: Node) -> tuple[Item, ...]:
        if not isinstance(node, Sequence):
            self.error("wrong-type", "layers are a list", node.span, "write one `- layer` a line, or [ … ]")
            return ()
        return tuple(item for entry in node.items if (item := self.item(entry)) is not None)

    def item(self, node: Node) -> Item | None:
        """A word, or a mapping with the one key that says what the layer is."""
        if isinstance(node, Scalar):
            return self.filled(node, None)
        if isinstance(node, Mapping) and len(node.items) == 1:
            key, value = node.items[0]
            return self.filled(key, value)
        if isinstance(node, Mapping) and node.items:
            hint = f"indent the rest under `{node.items[0][0].text}:`"
            self.error("wrong-type", "a layer has one key, its op or block", node.items[1][0].span, hint)
        else:
            self.error("wrong-type", "a layer is a word or a mapping with one key", node.span, "write `- conv: {cout: 64, kernel: 3}`")
        return None

    def filled(self, key: Scalar, value: Node | None) -> Item | None:
        """A layer with its attributes; which there are depends on the key."""
        word = key.text
        if not is_name(word):
            self.error("unknown-op", f"`{word}` is not an op or block", key.span, "a layer begins with its op or block")
            return None
        item = Item(word, key.span, {}, {})
        if value is None:
            self.complete(item)
            return item
        spec = OPS.get(word)
        if isinstance(value, Scalar) or (isinstance(value, Sequence) and spec is not None and spec.takes_a_list):
            return self.short(item, value)
        if not isinstance(value, Mapping):
            self.error("wrong-type", f"{word} takes a mapping of attributes", value.span, f"write {word}: {{name: value}}")
            return None
        attributes = spec.attributes if spec else None
        arguments: dict[str, Written] = item.arguments
        keys = item.keys
        extra: dict[str, Any] = {}
        named: dict[str, Reference] = {}
        for attribute, node in value.items:
            name = attribute.text
            if name.endswith(")") and self.diagnostics and self.diagnostics[-1].code == "unquoted-comma":
                continue  # the other half of what was just reported
            if attributes is not None and name in attributes and attributes[name].kind in NAMING:
                named[name] = self.reference(node)
            elif attributes is not None and name in attributes:
                arguments[name] = self.written(node, attributes[name])
                keys[name] = attribute
            elif name in EVERY_LAYER:
                self.common(attribute, node, extra)
            elif name in RESERVED:
                self.error("reserved", f"`{name}` is reserved for later", attribute.span)
            elif spec is None and word not in STRUCTURES:
                arguments[name] = self.expression(node)
                keys[name] = attribute
            elif not self.structure(word, attribute, node, extra, arguments):
                self.unknown(word, attribute)
        extra |= {"named": named} if named else {}
        item = item._replace(**extra) if extra else item
        self.complete(item)
        return item

    def short(self, item: Item, value: Scalar | Sequence) -> Item | None:
        """A value alone sets the op's shorthand, or the first parameter of a call."""
        spec = OPS.get(item.key)
        if spec is None and item.key not in STRUCTURES:
            return item._replace(shorthand=self.expression(value))
        if isinstance(value, Scalar) and value.text == "" and not value.quoted:
            self.error(
                "missing-value", f"`{item.key}:` has no value", item.span, f"write {item.key}: {{name: value}}, or `- {item.key}` alone"
            )
        elif spec is None or spec.shorthand is None:
            self.error("wrong-type", f"{item.key} takes no value of its own", value.span, "write a mapping of attributes")
        else:
            item.arguments[spec.shorthand] = self.written(value, spec.attributes[spec.shorthand])
            self.complete(item)
            return item
        return None

    def common(self, key: Scalar, node: Node, extra: dict[str, Any]) -> None:
        """What every layer takes: name, from, when, as, weights."""
        if key.text == "name":
            extra["name"] = self.name(node)
        elif key.text == "from":
            extra["sources"] = tuple(self.some(node, "from")) or None
        elif key.text == "when":
            extra["when"] = self.expression(node)
        elif key.text == "weights":
            extra["weights"] = self.reference(node)
        else:
            extra["calls"] = self.word(node, "as")
            if extra["calls"] not in ("module", "function", "method"):
                message = f"`as` says how the original calls it, not `{extra['calls']}`"
                self.error("bad-value", message, node.span, "module, function or method")

    def some(self, node: Node, what: str) -> list[Reference]:
        """References, one at least."""
        found = self.references(node)
        if isinstance(node, Sequence) and not node.items:
            self.error("missing-value", f"`{what}` names no layer", node.span, "name one, or drop the key")
        return found

    def structure(self, word: str, key: Scalar, node: Node, extra: dict[str, Any], arguments: dict[str, Written]) -> bool:
        """The keys of joins, residuals and repeats."""
        if word in FLEXIBLE and key.text == "paths":
            extra["paths"] = tuple(self.path(name, layers) for name, layers in self.pairs(node, "paths"))
        elif word == "residual" and key.text in ("body", "shortcut"):
            extra["paths"] = (*extra.get("paths", ()), self.path(key, node))
        elif word == "repeat" and key.text == "layers":
            extra["layers"] = self.layers(node)
        elif word == "repeat" and key.text in ("times", "shared"):
            arguments[key.text] = self.expression(node)
        else:
            return False
        return True

    def path(self, key: Scalar, node: Node) -> Path:
        name, when, layers = self.name(key), None, node
        if isinstance(node, Mapping):
            entries = self.mapping(node, "a path", ("when", "layers"))
            when = self.expression(entries["when"]) if "when" in entries else None
            layers = entries.get("layers", Sequence((), node.span))
        return Path(name, self.layers(layers), when, key.span)

    def complete(self, item: Item) -> None:
        """Refuse a layer that lacks something it needs."""
        spec = OPS.get(item.key)
        for name, attribute in spec.attributes.items() if spec else ():
            if attribute.required and name not in item.arguments:
                self.error("missing-key", f"{item.key} needs `{name}`", item.span, f"write {name}: … ({attribute.meaning})")
        if item.key == "repeat" and "times" not in item.arguments:
            self.error("missing-key", "repeat needs `times`", item.span, "add times: 3")
        if item.key == "repeat" and not item.layers:
            self.error("missing-key", "repeat needs `layers`", item.span, "add layers: [ … ]")
        if item.key == "residual" and not any(path.name == "body" for path in item.paths or ()):
            self.error("missing-key", "residual needs a `body`", item.span, "add body: [ … ]")
        least, most = (1, 1) if any(key in item.arguments for key in INSTEAD) else (spec.least, spec.most) if spec else (1, 1)
        if item.key in FLEXIBLE and item.paths is None and item.sources is None and least > 1:
            hint = "add from: [a, b], or paths: {a: [ … ], b: [ … ]}"
            self.error("missing-key", f"{item.key} needs `from` or `paths`", item.span, hint)
        elif least > 1 and item.sources is None and item.paths is None:
            self.error("missing-key", f"{item.key} takes {least} inputs", item.span, f"name them: from: [{', '.join('abc'[:least])}]")
        inputs = [key for key, attribute in spec.attributes.items() if attribute.kind == "input"] if spec else []
        for key in inputs[: len(item.sources or ()) - 1] if item.sources else ():
            if key in item.named:
                self.error("duplicate-key", f"`from` gives `{key}` already", item.named[key].span, "write it in one place")
        if spec and item.paths is not None and len(item.paths) > most and all(path.when is None for path in item.paths):
            wanted = "one path" if most == 1 else f"{most} paths"
            self.error("wrong-type", f"{item.key} takes {wanted} here, got {len(item.paths)}", item.span, "join them in one before")
        if item.paths is not None and item.sources is not None and len(item.sources) > 1:
            self.error("wrong-type", "paths start from one layer", item.span, "name one in `from`, or drop `paths`")
        if item.key in STRUCTURES and item.paths is None and item.sources is not None and len(item.sources) > 1:
            self.error("wrong-type", f"{item.key} starts from one layer", item.sources[1].span, "name one in `from`")
        if spec and item.paths is None and item.sources is not None and not least <= len(item.sources) <= most:
            wanted = {0: "no input", 1: "one input"}.get(most, f"{least} to {min(most, 99)} inputs" if least < most else f"{least} inputs")
            place = item.sources[0].span if item.sources else item.span
            more = "join them first, with add or concat" if most == spec.most else f"drop `{', '.join(item.arguments)}`, or an input"
            more = more if most else "drop `from`"
            hint = more if len(item.sources) > most else f"name them: from: [{', '.join('abc'[:least])}]"
            self.error("wrong-type", f"{item.key} takes {wanted}, got {len(item.sources)}", place, hint)

    def unknown(self, word: str, key: Scalar) -> None:
        own = OPS[word].attributes if word in OPS else STRUCTURE_KEYS[word]
        allowed = [*own, *(("paths",) if word in FLEXIBLE else ()), *EVERY_LAYER]
        self.error("unknown-key", f"{word} has no attribute `{key.text}`", key.span, nearest(key.text, allowed))

    def block_name(self, key: Scalar) -> None:
        if key.text in TRAITS or key.text in OPS or key.text in STRUCTURES:
            self.error("shadowed-name", f"block `{key.text}` would hide the op of that name", key.span, "choose another name")
        self.name(key)
