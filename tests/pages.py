"""What tests of pages share: a reader that refuses what is no well-formed page, and commands that make one."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "input", "br", "hr", "img", "link", "col"}
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
# A page of each command that has one of its own, and of some that have what their table says.
COMMANDS: dict[str, tuple[str, ...]] = {
    "summary": ("summary", "resnet50"),
    "summary-device": ("summary", "mobilenet_v2", "--device", "a100-sxm-80gb", "--dtype", "fp16"),
    "summaries": ("summary", "resnet18", "vit_b_16"),
    "twice": ("summary", "lenet5", "lenet5"),
    "compare": ("compare", "--cin", "256", "--cout", "256", "--hw", "56"),
    "compare-networks": ("compare", "resnet50", "mobilenet_v2", "unet"),
    "diff": ("diff", "resnet50_v1", "resnet50"),
    "sweep": ("sweep", "plain", "bottleneck", "--set", "cin=64:512:64", "--set", "hw=28,56", "--set", "kernel=1,3,5"),
    "front": ("sweep", "resnet50", "--set", "base=16:128:8", "--set", "hw=128:320:32", "--pareto", "params:max,macs"),
    "check": ("check", "resnet50", "mobilenet_v2", "--max", "macs=1G", "--max", "params=26M"),
    "memory": ("memory", "mobilenet_v2", "--dtype", "int8", "--fit", "256KiB"),
    "training": ("training", "resnet50", "--optimizer", "adamw", "--batch", "32", "--fit", "24GiB"),
    "roofline": ("roofline", "mobilenet_v2", "--device", "a100-sxm-80gb", "--dtype", "fp16", "--batch", "256"),
    "explain": ("explain", "bottleneck", "--cin", "256", "--hw", "56"),
    "list": ("list", "blocks"),
    "solve": ("solve", "mobilenet_v2", "--for", "width", "--set", "width=0.25:2:0.25", "--max", "macs=300M"),
}


class Reader(HTMLParser):
    """Reads a page; elements must be closed in order, ids be unique and be there where they are named."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}  # of each kind of element
        self.rows: list[list[str]] = []
        self.feed(page)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        self.named += [one for name in REFERENCES for one in found.get(name, "").split()]
        if found.get("href", "").startswith("#"):
            self.named.append(found["href"][1:])
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes {self.open[-1]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open:
            return
        self.texts.setdefault(self.open[-1], []).append(data)
        if self.open[-1] in ("td", "th") and self.rows:
            self.rows[-1][-1] += data

    def text(self, tag: str) -> str:
        """The text of all elements of a kind."""
        return "".join(self.texts.get(tag, []))

    def attributes(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of all elements of a kind that have some."""
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]


def digest(text: str) -> str:
    """What a content security policy names a text by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def many_layers(folder: Path, count: int) -> Path:
    """A network of so many convolutions, no two alike."""
    path = folder / "many.yaml"
    layers = "".join(f"  - conv: {{cout: {8 + number % 61}, kernel: {1 + 2 * (number % 3)}}}\n" for number in range(count))
    path.write_text(f"input: 3x32x32\nparams: {{norm: none, activation: none}}\nlayers:\n{layers}")
    return path
