"""Sweeps and searches over tiny layouts and shipped blocks: axes, conditions, fronts, orders, formats."""

from __future__ import annotations

from pathlib import Path
from random import Random

from convcalc.analysis.metrics import METRICS
from tests.fuzz.tiny import layer

AXES = (
    *("c=1:9", "c=2,4,8", "c=1:64:x2", "c=relu,none", "c=true,false", "c=1/2", "c=0.5,1.5", "c=0", "c=9:1", "c=4x8x8", "cin=4,8", "hw=4:9"),
    *(
        "hw=7x5,8",
        "input=4x8x8,8x4x4",
        "batch=1,3",
        "norm=none,batch_norm",
        "padding=same,valid",
        "kernel=1:7:2",
        "cout=8,16",
        "groups=1:4",
        "",
    ),
)
BLOCK = ("cout=8,16", "kernel=1:5:2", "batch=1:3", "norm=none,batch_norm", "stride=1,2", "reduction=2,4")
USUAL = (
    *(
        "relu",
        "{conv: {cout: c, kernel: 3}}",
        "{conv: {cout: 2 * c, kernel: 3, stride: 2}}",
        "{windows: 4}",
        "{attention: {heads: 2, dim: 2 * c}}",
    ),
    *(
        "{repeat: {times: c, layers: [{conv: {cout: c, kernel: 1}}]}}",
        "{mean: [h, w]}",
        "tokens",
        "{lstm: {hidden: c, layers: c}}",
        "channels_last",
    ),
    "{residual: {body: [{conv: {cout: cin, kernel: 1, when: c > 3}}]}}",
)
DESIGNS = ("bottleneck", "plain", "mbconv", "lenet5", "siamese", "shuffle_v2:cout=8", "nosuch")
CONDITIONS = ("macs < 1M", "params > 5 and macs", "1", "c == 4", "macs <", "receptive_field <= 9", "params % 2 == 0", "batch.c")
OPTIONS = (
    ("--top", "3"), ("--sort", "macs"), ("--sort", "nosuch:up"), ("--pareto", "macs,params:max"), ("--pareto", "receptive_field"),
    ("--sample", "5", "--seed", "3"), ("--shard", "1/2"), ("--shard", "3/2"), ("--columns", "macs,receptive_field"), ("--format", "csv"),
    ("--format", "json"), ("--columns", "peak_bytes,saved_bytes,training_bytes,macs_inside"), ("--pareto", "macs,peak_bytes"),
    ("--dtype", "int4"), ("--plot",), ("--baseline", "plain"), ("--device", "t4", "--columns", "intensity"),
    ("--device", "t4", "--pareto", "floor_seconds"),
    ("--convention", "torch"),
)  # fmt: skip


def case(random: Random, folder: Path) -> tuple[str, ...]:
    """Write a layout; a sweep or a search over it, or over what is shipped."""
    layers = ", ".join(layer(random, 1) if random.random() < 0.3 else random.choice(USUAL) for _ in range(random.randint(1, 3)))
    path = folder / "tiny.yaml"
    head = "input: 4x8x8\n" if random.random() < 0.7 else ""
    path.write_text(f"params: {{c: 4}}\n{head}layers: [{layers}, {{conv: {{cout: c, kernel: 1}}}}]\n", encoding="utf-8")
    designs = [str(path) if random.random() < 0.7 else random.choice(DESIGNS) for _ in range(random.choice((1, 1, 1, 2)))]
    known = (
        ("c=1:9", "c=2,4,8", "batch=1,3", "c=1:64:x2,3", "norm=none,batch_norm", "padding=same,valid") if designs[0] == str(path) else BLOCK
    )
    axes = [part for axis in random.sample(known if random.random() < 0.8 else AXES, 2) for part in ("--set", axis)]
    axes += ["--set", "cin=4,8", "--set", "hw=8"] if (designs[0] != str(path) or not head) and random.random() < 0.9 else []
    if random.random() < 0.25:
        limit = f"{random.choice(list(METRICS))}={random.choice(('1k', '1M', '9', 'x', '1G'))}"
        return "solve", designs[0], random.choice(("c", "cin", "cout", "hw")), "--max", limit, *axes
    chosen = [part for option in random.sample(OPTIONS, random.randint(0, 2)) for part in option]
    where = ("--where", random.choice(CONDITIONS)) if random.random() < 0.3 else ()
    return "sweep", *designs, *axes, *where, *chosen
