"""Tiny layouts: every op, in every form, on every kind of input, inside every structure, for every command."""

from __future__ import annotations

from pathlib import Path
from random import Random

from convcalc.core.ops import ACTIVATIONS, NORMS
from convcalc.layout.vocabulary import FLEXIBLE, OPS

USUAL = ("4", "4x6", "4x8x8", "4x8x8", "4x3x4x5", "{tokens: 6x4}", "{features: 4x4x4}", "{tensor: 2x4x4}")
INPUTS = (
    "4",
    "4x6",
    "4x8x8",
    "1x1x1",
    "4x3x4x5",
    "[4, 8, 8]",
    "0x2",
    "6x16x16",
    "c",
    "-3",
    "[]",
    "4x999999999999",
    "{tokens: 4}",
    "{map: 4}",
    "{tensor: 4x999999999999}",
    "{x: 1}",
)
VALUES = (
    *("0", "1", "2", "3", "4", "7", "-1", "1.5", "true", "no", "null", "''", "same", "valid", "auto", "c", "previous.c", "previous.h // 2"),
    *("[1, 2]", "[3]", "[[1, 0], [0, 1]]", "w + 1", "first", "a.c", "1 // 0", "9223372036854775807", "2 ** 70", "max(1, c)", "{a: 1}"),
    *(
        "h",
        "[h, w]",
        "[c, n]",
        "[2, 0, 1]",
        "2x2",
        "[-1, 4]",
        "a",
        "b",
        "previous",
        "previous.n",
        "tokens",
        "map",
        "'nc,mc->nm'",
        "'chw->hc'",
        "add",
    ),
)
SOURCES = ("previous", "input", "[input, previous]", "[previous, previous]", "a", "[a, b]", "[a]", "b.a")
WORDS = (*ACTIVATIONS, *NORMS, "none", "bilinear", "nearest")
COMMANDS = (
    ("summary",), ("summary", "--format", "json"), ("summary", "--batch", "3"), ("summary", "--by", "op"), ("validate",),
    ("explain",), ("check", "--max", "macs=1"), ("conventions",), ("compare",), ("compare", "--cin", "4", "--hw", "8"),
    ("memory", "--fit", "1KiB"), ("memory", "--in-place", "depthwise", "--dtype", "int4", "--format", "json"),
    ("training", "--optimizer", "adafactor", "--fit", "9MB"), ("training", "--freeze", "*1*", "--checkpoint", "*", "--amp", "bf16"),
    ("roofline", "--device", "t4", "--dtype", "int8"), ("roofline", "--device", "ethos-u55-64", "--dtype", "int8", "--format", "json"),
    ("summary", "--columns", "peak_bytes,saved_bytes,training_macs"), ("summary", "--convention", "torch-backward"),
    ("sweep", "--set", "batch=1,2"), ("summary", "--input", "4x8x8"), ("summary", "--convention", "torch"), ("diff", "resnet18"),
)  # fmt: skip


def value(random: Random) -> str:
    return random.choice(WORDS if random.random() < 0.15 else VALUES)


def layer(random: Random, depth: int = 0) -> str:
    """One layer as text in flow style."""
    if depth < 2 and random.random() < 0.35:
        return structure(random, depth)
    op = random.choice(list(OPS))
    spec = OPS[op]
    form = random.random()
    if form < 0.2:
        return op
    if form < 0.3:
        return f"{{{op}: {value(random)}}}"
    keys = [key for key, attribute in spec.attributes.items() if attribute.required or random.random() < 0.3]
    given = [f"{key}: {value(random) if random.random() < 0.2 else random.choice('12324')}" for key in keys]
    given += [f"name: {random.choice('ab')}"] if random.random() < 0.15 else []
    given += [f"from: {random.choice(SOURCES)}"] if spec.least > 1 or random.random() < 0.1 else []
    given += [f"when: {value(random)}"] if random.random() < 0.1 else []
    given += [f"weights: {random.choice(SOURCES)}"] if random.random() < 0.08 else []
    return f"{{{op}: {{{', '.join(given)}}}}}"


def structure(random: Random, depth: int) -> str:
    """A repeat, join or call."""
    inner = ", ".join(layer(random, depth + 1) for _ in range(random.randint(0, 2)))
    other = layer(random, depth + 1)
    return random.choice(
        (
            f"{{repeat: {{times: {random.choice(['0', '1', '3', 'c', '1000000'])}, layers: [{inner}]}}}}",
            f"{{repeat: {{times: {random.choice(['1', '2', '9'])}, shared: {random.choice(['true', 'first', '3'])}, layers: [{inner}]}}}}",
            f"{{residual: {{body: [{inner}]}}}}",
            f"{{residual: {{body: [{inner}], shortcut: [{other}]}}}}",
            f"{{{random.choice(FLEXIBLE)}: {{paths: {{p: [{inner}], q: [{other}]}}}}}}",
            f"{{{random.choice(['blk', 'bottleneck', 'se', 'mbconv'])}: {value(random)}}}",
            "{blk: {name: b}}",
            "{blk: {weights: b}}",
            "tokens",
            "{untokens: {h: 8, w: 8}}",
            "channels_first",
            "{conv: {cout: 4, kernel: 3}}",
        )
    )


def case(random: Random, folder: Path) -> tuple[str, ...]:
    """Write a layout; the command line to run on it."""
    layers = ", ".join(layer(random) for _ in range(random.randint(1, 3)))
    head = f"input: {random.choice(USUAL if random.random() < 0.85 else INPUTS)}\n" if random.random() < 0.95 else ""
    params = f"params: {{c: {value(random)}}}\n" if random.random() < 0.4 else "params: {c: 4}\n"
    block = "blocks:\n  blk: {params: {k: 1}, layers: [" + layer(random, 1) + "]}\n" if random.random() < 0.5 else ""
    path = folder / "tiny.yaml"
    path.write_text(f"{params}{block}{head}layers: [{layers}]\n", encoding="utf-8")
    command, *options = random.choice(COMMANDS)
    return command, str(path), *options
