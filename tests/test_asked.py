"""What a convention may ask of any layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_counts import names, summary

LAYERS_OF_FACTS = {
    "table": "constant: {name: table, sizes: [5, 8], to: tokens}",
    "relu": "relu: {name: relu, from: input}",
    "small": "slice: {name: small, from: input, stop: 1, axis: h}",
    "add": "add: {name: add, from: [small, input]}",
    "concat": "concat: {name: concat, from: [input, small], axis: h}",
    "tokens": "tokens: {name: tokens, from: add}",
    "attention": "attention: {name: attention, heads: 3}",
    "einsum": "einsum: {name: einsum, from: [attention, table], equation: 'nc,md->nm'}",
    "lstm": "lstm: {name: lstm, from: tokens, hidden: 4}",
    "places": "constant: {name: places, sizes: [3, 2, 2], to: features}",
    "sampled": "grid_sample: {name: sampled, from: [input, places]}",
    "custom": "custom: {name: custom, from: input, cout: 4, macs: 7, params: 5, activations: 9}",
    "columns": "unfold: {name: columns, from: input, kernel: 2}",
    "folded": "fold: {name: folded, kernel: 2, size: [4, 5]}",
}


ASKED: list[tuple[str, str, int]] = [
    # layer, on two samples of 6×4×5 = 120 elements; what a rule asks for; the figure
    ("table", "input", 0),
    ("table", "inputs", 0),
    ("table", "cin", 0),
    ("table", "tokens", 0),
    ("table", "axes", 0),
    ("table", "slid + 10 * batch", 11),  # no input reaches it: one sample
    ("table", "cout", 8),
    ("table", "output", 40),
    ("table", "buffers", 40),
    ("relu", "letters", 0),
    ("relu", "estimate", 0),
    ("relu", "projections", 0),
    ("relu", "scores", 0),
    ("relu", "gates + 10 * heads + 100 * groups", 111),
    ("relu", "comparisons", 2 * 120),
    ("relu", "activations", 0),
    ("add", "input", 2 * 30),  # the first of the two
    ("add", "inputs", 2 * 150),
    ("add", "tokens", 20),  # positions of the last
    ("concat", "input", 2 * 120),
    ("concat", "tokens", 5),
    ("concat", "output", 2 * 150),
    ("concat", "positions", 2 * 25),
    ("attention", "scores", 2 * 3 * 20 * 20),
    ("attention", "projections", 2 * 4 * 20 * 6 * 6),
    ("attention", "bias", 2 * 4 * 20 * 6),
    ("attention", "transcendentals + divisions", 2 * 2 * 1200),
    ("einsum", "letters", 2 * 20 * 6 * 5 * 8),
    ("einsum", "estimate", 19_200),  # 1 + 2·4800·2 = 19,201, of four digits
    ("einsum", "multiplies", 2 * 20 * 5),
    ("einsum", "adds", 2 * (20 * 5 + 5 * 7)),  # 20 rows of 6 and 5 rows of 8 are added up first
    ("sampled", "axes", 2),  # of the map, not of the places
    ("sampled", "cin", 6),
    ("sampled", "tokens", 6),
    ("custom", "bias", 0),
    ("custom", "activations", 2 * 9),
    ("columns", "slid", 2 * 3 * 4),
    ("folded", "slid", 2),  # columns are no map
    ("lstm", "gates", 4),
    ("lstm", "bias", 2 * 20 * 2 * 4 * 4),
    ("lstm", "activations", 2 * 20 * 4),
]


@pytest.mark.parametrize(("layer", "rule", "figure"), ASKED, ids=names(ASKED))
def test_what_a_convention_asks_of_any_layer(tmp_path: Path, layer: str, rule: str, figure: int) -> None:
    """What a layer does not have is 0, 1 for what there is one of; of several inputs the first one is `input`, the last has the tokens."""
    (tmp_path / "mine.yaml").write_text(
        f"unit: MAC\ncounts: it\nrules: {{{LAYERS_OF_FACTS[layer].split(':')[0]}: {{it: {rule}}}}}\n", encoding="utf-8"
    )
    layers = ", ".join(f"{{{text}}}" for text in LAYERS_OF_FACTS.values())
    text = f"input: 6x4x5\noutputs: [relu, concat, einsum, lstm, sampled, custom, folded]\nlayers: [{layers}]"
    report = summary(tmp_path, text, batch=2, convention=str(tmp_path / "mine.yaml"))
    assert {found.path: found.metrics["counted"] for found in report.layers}[layer] == figure


def test_tokens_of_an_attention_with_scores_are_its_keys(tmp_path: Path) -> None:
    """Five tokens stay five keys when a 2×5×5 bias is added to the scores."""
    (tmp_path / "mine.yaml").write_text("unit: MAC\ncounts: it\nrules: {attention: {it: tokens}}\n", encoding="utf-8")
    text = "inputs: {a: {tokens: 5x8}, s: {tensor: 2x5x5}}\nlayers: [attention: {heads: 2, from: a, scores: s}]"
    assert summary(tmp_path, text, convention=str(tmp_path / "mine.yaml")).totals["counted"] == 5
