"""Budgets in specs and in convcalc.yaml with words and values changed, checked and accepted."""

from __future__ import annotations

from pathlib import Path
from random import Random

from convcalc.analysis.metrics import METRICS

NET = "input: 4x8x8\nbudgets: {%s}\nlayers: [{conv: {cout: 4, kernel: 3}}, relu]\n"
LIMITS = (
    "1",
    "1M",
    "4.2 GMACs",
    "8 GFLOPs",
    "-1",
    "1e9",
    "x",
    "{max: 1M, warn: 90%}",
    "{min: 1}",
    "{warn: 2}",
    "[]",
    "null",
    "0",
    "9" * 50,
)
KEYS = (*METRICS, "layer.macs", "layer.receptive_field", "increase", "message", "convention", "nosuch", "spec")
CHANGES = ("2%", "0%", "x%", "-1%", "1M", "{macs: 2%}", "{macs: 1k, params: 0.5%}", "{nosuch: 1%}")
SPECS = ("net.yaml", "*.yaml", "nowhere/*.yaml", "**", "../*.yaml", "[", "", "resnet18", "net.yaml:p")
OPTIONS = (
    (),
    ("--update",),
    ("--max", "macs=1"),
    ("--format", "json"),
    ("--format", "markdown"),
    ("--format", "github"),
    ("--convention", "full"),
)


def limits(random: Random) -> str:
    """Some limits, as YAML in flow style."""
    if random.random() < 0.75:
        return ", ".join(f"{key}: {random.choice(('1', '1M', '{max: 9M, warn: 90%}', '0'))}" for key in random.sample(list(METRICS), 2))
    chosen = random.sample(KEYS, random.randint(0, 3))
    return ", ".join(f"{key}: {random.choice(CHANGES if key == 'increase' else LIMITS)}" for key in chosen)


def case(random: Random, folder: Path) -> tuple[str, ...]:
    """Write a spec and a configuration; the check of both."""
    (folder / "net.yaml").write_text(NET % limits(random), encoding="utf-8")
    entries = [
        f"  - {{spec: '{random.choice(SPECS if random.random() < 0.3 else SPECS[:2])}', {limits(random)}}}"
        for _ in range(random.randint(0, 2))
    ]
    head = random.choice(("budgets:", "budgets:", "budgets:", "budget:", "- budgets:"))
    (folder / "convcalc.yaml").write_text("\n".join([head, *entries]) + "\n", encoding="utf-8")
    return "check", *random.choice((("net.yaml",), (), ("net.yaml", "resnet18"))), *random.choice(OPTIONS)
