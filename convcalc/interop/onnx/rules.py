"""THE table of ONNX, by domain and op: what has MACs or arithmetic (`COUNTED`), and what only moves elements (`FREE`).

Everything else is a layer `uncounted`, which every output shows.
"""

from __future__ import annotations

from convcalc.interop.onnx.control import branches, loop
from convcalc.interop.onnx.lower import Rule
from convcalc.interop.onnx.moves import (
    alias,
    as_input,
    column_to_image,
    concat,
    depth_to_space,
    expand,
    filled,
    flatten,
    gather,
    gather_nd,
    pad,
    quantise,
    reshape,
    slices,
    space_to_depth,
    split,
    tile,
    top_k,
    transpose,
    where,
    with_axes,
)
from convcalc.interop.onnx.pointwise import (
    batch_norm,
    clip,
    compared,
    elementwise,
    function,
    gelu,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    norm_over,
    place_of,
    prelu,
    reduction,
    softmax,
)
from convcalc.interop.onnx.products import attention, conv, conv_transpose, deform_conv, einsum, gemm, matmul, recurrent
from convcalc.interop.onnx.windows import global_pool, grid_sample, pool, resize

MICROSOFT = "com.microsoft"


def at(rule: Rule, *places: int) -> Rule:
    """A rule on some inputs: others of a quantised op are scales and zero points."""
    return lambda graph, node, inputs: rule(graph, node, [inputs[place] for place in places])


COUNTED: dict[str, Rule] = {
    **dict.fromkeys(("Conv", "QLinearConv", "ConvInteger"), conv),
    "ConvTranspose": conv_transpose,
    "DeformConv": deform_conv,
    "Gemm": gemm,
    **dict.fromkeys(("MatMul", "MatMulInteger", "QLinearMatMul"), matmul),
    "Einsum": einsum,
    "Attention": attention,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), recurrent),
    **{name: elementwise(op) for name, op in {"Add": "add", "Sum": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Pow": "pow"}.items()},
    **{name: elementwise(op) for name, op in {"Max": "max", "Min": "min", "Mean": "add"}.items()},
    **dict.fromkeys(("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor", "Mod"), compared),
    **{name: function(name.lower()) for name in ("Relu", "Elu", "Selu", "Celu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Mish")},
    **{
        name: function(name.lower())
        for name in ("Abs", "Neg", "Reciprocal", "Exp", "Log", "Sqrt", "Sin", "Cos", "Erf", "HardSigmoid", "HardSwish")
    },
    **{name: function("abs") for name in ("Floor", "Ceil", "Round", "Sign", "Not")},
    **{name: function("sin") for name in ("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh")},
    "Swish": function("silu"),
    "LeakyRelu": function("leaky_relu"),
    "ThresholdedRelu": function("relu"),
    "Gelu": gelu,
    "Clip": clip,
    "PRelu": prelu,
    **dict.fromkeys(("Softmax", "LogSoftmax"), softmax),
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "GroupNormalization": group_norm,
    "LayerNormalization": layer_norm,
    "LRN": local_response_norm,
    "MaxPool": pool("max_pool"),
    "AveragePool": pool("avg_pool"),
    "GlobalAveragePool": global_pool("global_avg_pool"),
    "GlobalMaxPool": global_pool("global_max_pool"),
    "ReduceMean": reduction("mean"),
    "ReduceSum": reduction("sum"),
    "ReduceMax": reduction("max"),
    "ReduceMin": reduction("min"),
    "ReduceL2": norm_over,
    "ArgMax": place_of("max"),
    "ArgMin": place_of("min"),
    **dict.fromkeys(("Resize", "Upsample"), resize),
    "GridSample": grid_sample,
    "If": branches,
    "Loop": loop,
}
FREE: dict[str, Rule] = {
    "Reshape": reshape,
    "Flatten": flatten,
    **dict.fromkeys(("Squeeze", "Unsqueeze"), with_axes),
    "Transpose": transpose,
    "Concat": concat,
    "Slice": slices,
    "Split": split,
    "Gather": gather,
    "GatherND": gather_nd,
    "GatherElements": as_input(1),
    **dict.fromkeys(("ScatterND", "ScatterElements", "CumSum", "Trilu"), as_input(0)),
    "ConstantOfShape": filled,
    "Expand": expand,
    "Tile": tile,
    "Pad": pad,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth,
    "Where": where,
    "TopK": top_k,
    "DynamicQuantizeLinear": quantise,
    "Col2Im": column_to_image,
    **dict.fromkeys(("Identity", "Dropout", "Cast", "CastLike", "DequantizeLinear", "QuantizeLinear"), alias),
}
RULES: dict[tuple[str, str], Rule] = {
    **{("", op): rule for op, rule in {**COUNTED, **FREE}.items()},
    (MICROSOFT, "FusedConv"): conv,
    (MICROSOFT, "FusedGemm"): gemm,
    (MICROSOFT, "FusedMatMul"): matmul,
    (MICROSOFT, "Gelu"): gelu,
    (MICROSOFT, "FastGelu"): function("gelu_tanh"),
    (MICROSOFT, "QuickGelu"): function("quick_gelu"),
    (MICROSOFT, "QLinearAdd"): at(elementwise("add"), 0, 3),
    (MICROSOFT, "QLinearMul"): at(elementwise("mul"), 0, 3),
    (MICROSOFT, "QLinearConcat"): lambda graph, node, inputs: concat(graph, node, inputs[2::3]),
    (MICROSOFT, "QLinearGlobalAveragePool"): at(global_pool("global_avg_pool"), 0),
    (MICROSOFT, "QLinearAveragePool"): at(pool("avg_pool"), 0),
    (MICROSOFT, "QLinearSigmoid"): at(function("sigmoid"), 0),
    (MICROSOFT, "QLinearLeakyRelu"): at(function("leaky_relu"), 0),
    (MICROSOFT, "QLinearSoftmax"): at(softmax, 0),
    (MICROSOFT, "QGemm"): at(gemm, 0, 3, 6),
}
