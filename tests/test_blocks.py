"""Shipped blocks, against figures worked out by hand from the papers' formulas."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.layout.shipped import shipped_names

A = 56 * 56
# Block at 256 → 256 channels on 56×56, no norm and no bias: weights, and multiply-accumulates a position of the map
# (all of these convolve at full resolution, so MACs = weights × positions, but for squeeze and excitation).
WEIGHTS = {
    "plain": 256 * 256 * 9,
    "bottleneck": 256 * 64 + 64 * 64 * 9 + 64 * 256,
    "two_plain": 2 * 256 * 256 * 9,
    "basic_residual": 2 * 256 * 256 * 9,
    "bottleneck_residual": 256 * 64 + 64 * 64 * 9 + 64 * 256,
    "bottleneck_residual_v1": 256 * 64 + 64 * 64 * 9 + 64 * 256,
    "resnext": 256 * 128 + 128 * 4 * 9 + 128 * 256,  # 70,144: Xie et al. 2016, table 1
    "depthwise_separable": 256 * 9 + 256 * 256,
    "inverted_residual": 256 * 1536 + 1536 * 9 + 1536 * 256,
    "mbconv": 256 * 1536 + 1536 * 9 + 2 * 1536 * 64 + 1536 * 256,
    "fused_mbconv": 256 * 1024 * 9 + 1024 * 256,
    "squeeze_excite": 2 * 256 * 64,
    "fire": 256 * 32 + 32 * 128 + 32 * 128 * 9,
    "ghost": 256 * 128 + 128 * 9,
    "shuffle_v2": 128 * 128 + 128 * 9 + 128 * 128,
    "spatially_separable": 2 * 256 * 256 * 3,
    "inception_naive": 256 * 64 + 256 * 128 * 9 + 256 * 32 * 25,
    "inception_reduced": 256 * 64 + 256 * 96 + 96 * 128 * 9 + 256 * 16 + 16 * 32 * 25 + 256 * 32,
    "dense_layer": 256 * 128 + 128 * 32 * 9,
}
GATES = {"squeeze_excite": 2 * 256 * 64, "mbconv": 2 * 1536 * 64}  # weights that work on 1×1 maps


def total(design: str, key: str, **options: int) -> int:
    size: int = convcalc.compare([design], **{"cin": 256, "cout": 256, "hw": 56, **options}).models[0].totals[key]  # type: ignore[arg-type]
    return size


def test_every_block_is_tested() -> None:
    """The list above and convnext are all that is shipped."""
    assert {*WEIGHTS, "convnext"} == set(shipped_names(("blocks",)))


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_and_macs(name: str) -> None:
    """Parameters are the weights; MACs are the weights at each position, those of gates once."""
    gate = GATES.get(name, 0)
    assert total(name, "params") == WEIGHTS[name]
    assert total(name, "macs") == (WEIGHTS[name] - gate) * A + gate


def test_convnext() -> None:
    """7×7 depthwise, a layer norm, 4× and back, a scale; each linear and the depthwise with a bias (Liu et al. 2022)."""
    assert total("convnext", "params") == (49 + 1) * 256 + 2 * 256 + 256 * 1024 + 1024 + 1024 * 256 + 256 + 256
    assert total("convnext", "macs") == (49 * 256 + 2 * 256 * 1024) * A


def test_projections_where_shapes_differ() -> None:
    """A residual block with stride or other channels has a 1×1 projection in its shortcut."""
    for name in ("basic_residual", "bottleneck_residual", "bottleneck_residual_v1", "resnext"):
        assert total(name, "weighted_layers", stride=2) == total(name, "weighted_layers") + 1


def test_where_the_stride_stands() -> None:
    """The paper's bottleneck strides in the first 1×1, torchvision's in the 3×3, so its first 1×1 costs four times as much."""
    later, first = total("bottleneck_residual", "macs", stride=2), total("bottleneck_residual_v1", "macs", stride=2)
    assert later - first == 3 * (A // 4) * 256 * 64


def test_depthwise_separable_share() -> None:
    """1/cout + 1/k² of the plain convolution (Howard et al. 2017): 73/576 at cout 64 and k 3."""
    separable = convcalc.compare(["plain", "depthwise_separable"], cin=64, cout=64, hw=56).models
    assert separable[1].totals["macs"] * 576 == separable[0].totals["macs"] * 73


def test_shortcuts_where_shapes_allow() -> None:
    """Inverted residuals add only at stride 1 with equal channels."""
    for name in ("inverted_residual", "mbconv", "fused_mbconv"):
        same = convcalc.compare([name], cin=32, cout=32, hw=8).models[0].layers
        strided = convcalc.compare([name], cin=32, cout=32, hw=8, stride=2).models[0].layers
        assert [layer.op for layer in same].count("add") == 1
        assert [layer.op for layer in strided].count("add") == 0


def test_inception_naive_grows_by_its_pool() -> None:
    """The pool passes all 256 channels: 64 + 128 + 32 + 256."""
    assert convcalc.compare(["inception_naive"], cin=256, cout=256, hw=56).models[0].output == [480, 56, 56]
