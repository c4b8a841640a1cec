"""Checks that need more than one layout: which layer calls what, which names are visible, what recurs.

Runs before anything is evaluated, so that errors in parts that this call would not reach are found as well.
"""

from __future__ import annotations

from convcalc.core.size import LARGEST_SIZE
from convcalc.errors import Diagnostic, Note, Span
from convcalc.layout.expression import FUNCTIONS, LAYOUT_SIZES, WORDS, Expression
from convcalc.layout.library import Library
from convcalc.layout.model import STYLE, Item, Layout, Reference, Written, first_differs
from convcalc.layout.vocabulary import OPS, STRUCTURES
from convcalc.spelling import closest, nearest

DEEPEST_CALLS = 100  # lists and calls inside each other
MOST_LAYERS = 1_000_000  # of an expanded network
FEWEST_PARTS, CHARACTERS = 100_000, 2  # that any layout may expand to, and how much text allows one more
Visible = dict[str, Layout | None]  # visible layers, and what each calls


def most_parts(library: Library) -> int:
    """How many layers, calls, parameters of calls and passes may be expanded: work is bounded by what is written."""
    texts = {layout.path: layout.span.source.lines for layout in library.files.values()}
    return FEWEST_PARTS + sum(sum(map(len, lines)) + len(lines) for lines in texts.values()) // CHARACTERS


def too_many_parts(what: str, most: int, span: Span) -> Diagnostic:
    message = f"{what} expands to more than {most:,} layers, calls and parameters"
    return Diagnostic("too-many-layers", message, span, "let a repeat stand for what is alike")


class NameCheck:
    """Checks a layout and all that it calls, each once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.counts: dict[tuple[str, str, bool], int] = {}  # parts of a checked layout, all conditions true
        self.stack: list[tuple[str, str, bool]] = []
        self.depth = 0
        self.too_many = False

    def error(self, code: str, message: str, span: Span, hint: str | None = None, *notes: Note) -> None:
        self.library.add(Diagnostic(code, message, span, hint, notes))

    def check(self, layout: Layout) -> int:
        """Check a layout and count the parts that it expands to at most, every repeat as one pass."""
        identity = (layout.path, layout.name, layout.local)
        if identity in self.counts:
            return self.counts[identity]
        if len(self.stack) >= DEEPEST_CALLS:
            self.error("too-deep", f"calls and includes are nested more than {DEEPEST_CALLS} deep", layout.span)
            return 0
        self.stack.append(identity)
        file = self.library.files[layout.path]
        if not layout.local:
            self.check_file(layout)
        known = {*STYLE, *LAYOUT_SIZES, *(file.params if layout.local else ())}
        maps: Visible = dict.fromkeys(("previous", *layout.inputs))
        for parameter in layout.params.values():
            if parameter.default is not None:
                self.check_names(parameter.default, known, [maps])
            known.add(parameter.name)
        names: dict[str, Span] = {}
        scopes: list[Visible] = [maps]
        count = self.check_items(layout, layout.layers, {*known}, scopes, names)
        outputs = [reference.text for reference in layout.outputs or ()]
        for place, reference in enumerate(layout.outputs or ()):
            self.check_reference(reference, scopes, names)
            if reference.text in outputs[:place]:
                self.error("duplicate-name", f"the output `{reference.text}` is named twice", reference.span, "drop one")
        count += len(layout.params)
        self.bound(f"`{layout.name}`", count, layout.span)
        self.stack.pop()
        self.counts[identity] = count
        return count

    def bound(self, what: str, count: int, span: Span) -> None:
        """Refuse what expands to too much, once: all that calls it would say the same."""
        if count > FEWEST_PARTS and not self.too_many and count > (most := most_parts(self.library)):
            self.too_many = True
            self.library.add(too_many_parts(what, most, span))

    def check_file(self, layout: Layout) -> None:
        """What only the top of a file has: presets, includes, shapes, a library's lack of parameters."""
        if layout.library and layout.params:
            self.error("unknown-key", "a file of blocks has no params of its own", layout.span)
        for preset in layout.presets.values():
            for name, value in preset.params.items():
                choices = [*layout.params, *STYLE]
                if name not in choices:
                    self.error("unknown-parameter", f"`{layout.name}` has no parameter `{name}`", value.span, nearest(name, choices))
                self.check_names(value, {*STYLE, *LAYOUT_SIZES, *layout.params}, [{}])
        taken = set(self.library.files[layout.path].blocks)
        for place, (text, span) in enumerate(layout.includes):
            included = self.library.include(layout, text, span)
            if included is None:
                continue
            if text in [earlier for earlier, _ in layout.includes[:place]]:
                self.error("duplicate-name", f"`{text}` is included twice", span, "drop one")
                continue
            if included.path == layout.path or (included.path, included.name, False) in self.stack:
                self.error("recursion", f"`{text}` includes itself", span, "drop it")
                continue
            offered = {included.name, *included.presets} if not included.library else set(included.blocks)
            for name in sorted(offered & taken):
                self.error("shadowed-name", f"`{name}` is both a block here and in `{text}`", span, "rename one")
            taken |= offered
            self.check(included)
        for block in self.library.files[layout.path].blocks.values():
            self.check(block)

    def check_items(self, layout: Layout, items: tuple[Item, ...], known: set[str], scopes: list[Visible], names: dict[str, Span]) -> int:
        """Check a list of layers, their scope the last of `scopes`, and count them."""
        self.depth += 1
        count = 0
        if self.depth > DEEPEST_CALLS:
            self.error("too-deep", f"lists and calls are nested more than {DEEPEST_CALLS} deep", items[0].span if items else layout.span)
        else:
            for item in items:
                count += self.check_item(layout, item, known, scopes, names)
        self.depth -= 1
        return count

    def check_item(self, layout: Layout, item: Item, known: set[str], scopes: list[Visible], names: dict[str, Span]) -> int:
        if item.when is not None:
            self.check_names(item.when, known, scopes)
        for reference in (*item.references, *filter(None, (item.weights,))):
            self.check_reference(reference, scopes, names)
        for value in item.arguments.values():
            self.check_written(value, known, scopes)
        callee, count = None, 1
        if item.key == "repeat":
            passes = 2 if first_differs(item.layers) else 1
            count += passes * self.check_items(layout, item.layers, {*known, "first"}, [*scopes, {}], names)
        elif item.paths is not None:
            for path in item.paths:
                if path.when is not None:
                    self.check_names(path.when, known, scopes)
                count += self.check_items(layout, path.layers, known, [*scopes, {}], names)
        elif item.key not in OPS and item.key not in STRUCTURES:
            callee = self.library.resolve(layout, item.key)
            count += self.check_call(layout, item, callee, known, scopes)
        self.bound(item.key, count, item.span)
        if item.name is not None:
            if item.name in names or item.name in layout.inputs or item.name in ("input", "previous"):
                self.error("duplicate-name", f"the name `{item.name}` is taken", item.span, "names are unique in a layout")
            names[item.name] = item.span
            scopes[-1][item.name] = callee
        return count

    def check_call(self, layout: Layout, item: Item, callee: Layout | None, known: set[str], scopes: list[Visible]) -> int:
        """A call's arguments against its layout's parameters."""
        if callee is None:
            close = closest(item.key, self.library.callable_names(layout))
            hint = f"did you mean `{close}`?" if close else "convcalc list ops, list blocks and list networks name what there is"
            self.error("unknown-op", f"there is no op or block `{item.key}`", item.span, hint)
            return 1
        if (callee.path, callee.name, callee.local) in self.stack:
            self.error("recursion", f"`{callee.name}` calls itself", item.span, "a layout cannot call itself, directly or not")
            return 1
        given = set(item.arguments)
        for name in item.arguments:
            if name not in callee.params and name not in STYLE:
                choices = [*callee.params, *STYLE]
                self.error("unknown-parameter", f"`{callee.name}` has no parameter `{name}`", item.keys[name].span, nearest(name, choices))
        if item.shorthand is not None:
            self.check_names(item.shorthand, known, scopes)
            if not callee.params:
                self.error("unknown-parameter", f"`{callee.name}` has no parameters", item.shorthand.span)
            given.update(list(callee.params)[:1])
        for parameter in callee.params.values():
            if parameter.default is None and parameter.name not in given:
                note = Note("the parameter, without a default", parameter.span)
                self.error("missing-parameter", f"`{callee.name}` needs `{parameter.name}`", item.span, f"add {parameter.name}: …", note)
        if item.sources is not None and len(item.sources) != len(callee.inputs):
            wanted = ", ".join(callee.inputs)
            message = f"`{callee.name}` takes {len(callee.inputs)} inputs ({wanted}), got {len(item.sources)}"
            self.error("wrong-type", message, item.sources[0].span if item.sources else item.span)
        elif item.sources is None and len(callee.inputs) > 1:
            self.error(
                "missing-key", f"`{callee.name}` takes inputs {', '.join(callee.inputs)}", item.span, "name them in order: from: [a, b]"
            )
        return self.check(callee)

    def check_written(self, value: Written, known: set[str], scopes: list[Visible]) -> None:
        if isinstance(value, Expression):
            self.check_names(value, known, scopes)
        else:
            for part in value:
                self.check_written(part, known, scopes)

    def check_names(self, expression: Expression, known: set[str], scopes: list[Visible]) -> None:
        """Every name of an expression is a parameter, a word or, before a dot, a visible map."""
        if isinstance(expression.constant, int) and abs(expression.constant) > LARGEST_SIZE:
            self.error("size-limit", f"{expression.text[:24]}… is larger than 2^63 - 1", expression.span)
        if not expression.names:
            return
        sized = expression.sized
        for name in sorted(expression.names):
            if name in sized and not any(name in scope for scope in scopes) and name not in ("input", "previous"):
                visible = sorted({key for scope in scopes for key in scope})
                self.error("unknown-name", f"no map `{name}` is visible here", expression.span, nearest(name, visible))
            elif name not in sized and name not in known and name not in WORDS:
                hint = self.hint_for(name, known, scopes)
                self.error("unknown-name", f"`{name}` is not a parameter or word", expression.span, hint)

    def hint_for(self, name: str, known: set[str], scopes: list[Visible]) -> str:
        if any(name in scope for scope in scopes):
            return f"`{name}` is a map; its sizes are {name}.c, {name}.h, {name}.w"
        if name in FUNCTIONS:
            return f"{name} is a function: {name}(…)"
        if name == "first":
            return "`first` is known inside a repeat, in the layout that has it"
        return nearest(name, sorted(known) + list(WORDS))

    def check_reference(self, reference: Reference, scopes: list[Visible], names: dict[str, Span]) -> None:
        """`from` names an earlier layer of the same or an enclosing list, or a layer inside a call."""
        scope = next((scope for scope in reversed(scopes) if reference.name in scope), None)
        if scope is None:
            if reference.name == "input" and "input" not in scopes[0]:
                hint = f"the inputs are {', '.join(name for name in scopes[0] if name != 'previous')}"
            elif reference.name in names:
                hint = f"`{reference.name}` stands in a path or repeat that is closed"
            else:
                visible = [name for scope in scopes for name in scope]
                hint = nearest(reference.name, visible) + " (a layer can only name earlier ones)"
            self.error("unknown-name", f"no layer `{reference.name}` is visible here", reference.span, hint)
        elif reference.tap is not None:
            callee = scope[reference.name]
            taps = [item.name for item in callee.layers if item.name] if callee else []
            if reference.tap not in taps:
                where = f"`{reference.name}` names no layer `{reference.tap}` at its top" if callee else f"`{reference.name}` is not a call"
                self.error("unknown-name", where, reference.span, nearest(reference.tap, taps) if taps else None)
