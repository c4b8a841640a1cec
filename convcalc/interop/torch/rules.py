"""THE table of aten, by op: what has MACs or arithmetic (`COUNTED`), and what only moves elements (`FREE`).

Everything else is a layer `uncounted`, which every output shows.
"""

from __future__ import annotations

from convcalc.interop.torch.lower import Rule
from convcalc.interop.torch.moves import (
    alias,
    cat,
    copied,
    filled,
    pad,
    permuted,
    roll,
    same,
    selected,
    sliced,
    split,
    swapped,
    turned,
    viewed,
)
from convcalc.interop.torch.pointwise import (
    batch_norm,
    clamp,
    function,
    fused,
    gated,
    gelu,
    group_norm,
    hardtanh,
    instance_norm,
    joined,
    layer_norm,
    log_sum,
    prelu,
    reduction,
    rms_norm,
    softmax,
    spread,
    vector_norm,
)
from convcalc.interop.torch.products import addmm, attention, conv, deform_conv, einsum, linear, matmul, recurrent
from convcalc.interop.torch.windows import adaptive_pool, grid_sample, pixel_shuffle, pool, upsample

SPATIAL = ("1d", "2d", "3d")
COUNTED: dict[str, Rule] = {
    **dict.fromkeys((f"conv{axes}" for axes in SPATIAL), conv),
    **dict.fromkeys((f"conv_transpose{axes}" for axes in SPATIAL), conv),
    **dict.fromkeys(("convolution", "_convolution"), conv),
    "torchvision.deform_conv2d": deform_conv,
    "linear": linear,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), matmul),
    **dict.fromkeys(("addmm", "baddbmm"), addmm),
    "einsum": einsum,
    **dict.fromkeys(
        (
            "scaled_dot_product_attention",
            "_scaled_dot_product_flash_attention",
            "_scaled_dot_product_flash_attention_for_cpu",
            "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_attention_math",
            "_scaled_dot_product_attention_math_for_mps",
            "_scaled_dot_product_cudnn_attention",
        ),
        attention,
    ),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), recurrent),
    **{name: joined(op) for name, op in {"add": "add", "sub": "sub", "rsub": "sub", "mul": "mul", "div": "div"}.items()},
    **{name: joined(op) for name, op in {"maximum": "max", "minimum": "min", "fmax": "max", "fmin": "min"}.items()},
    **dict.fromkeys(("floor_divide", "remainder", "fmod", "true_divide"), joined("div")),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor"), joined("max")),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), joined("max")),
    **dict.fromkeys(("addcmul", "addcdiv"), fused),
    "square": joined("mul"),
    **dict.fromkeys(("_weight_norm", "_weight_norm_interface"), joined("mul")),
    "glu": gated,
    "logsumexp": log_sum,
    **dict.fromkeys(("threshold", "hardshrink", "softshrink"), function("relu")),
    **dict.fromkeys(("atan2", "hypot", "logaddexp"), joined("div")),
    "pow": joined("pow"),
    **{
        name: function(name)
        for name in ("relu", "relu6", "elu", "selu", "celu", "silu", "mish", "hardswish", "hardsigmoid", "sigmoid", "softplus", "tanh")
    },
    **{name: function(name) for name in ("abs", "neg", "reciprocal", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "erf", "leaky_relu")},
    **{name: function(op) for name, op in {"log_sigmoid": "logsigmoid", "log_sigmoid_forward": "logsigmoid", "expm1": "exp"}.items()},
    **dict.fromkeys(("floor", "ceil", "round", "sign", "trunc", "logical_not", "bitwise_not", "isnan", "isinf"), function("abs")),
    **dict.fromkeys(("tan", "asin", "acos", "atan", "sinh", "cosh"), function("sin")),
    "rrelu_with_noise": function("leaky_relu"),
    **dict.fromkeys(("log2", "log10", "log1p"), function("log")),
    "gelu": gelu,
    "hardtanh": hardtanh,
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), clamp),
    "prelu": prelu,
    "_prelu_kernel": prelu,
    **dict.fromkeys(("softmax", "_softmax", "log_softmax", "_log_softmax"), softmax),
    **dict.fromkeys(
        ("batch_norm", "native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_no_training", "cudnn_batch_norm"),
        batch_norm,
    ),
    **dict.fromkeys(("layer_norm", "native_layer_norm"), layer_norm),
    **dict.fromkeys(("group_norm", "native_group_norm"), group_norm),
    "instance_norm": instance_norm,
    "rms_norm": rms_norm,
    **{
        name: reduction(op) for name, op in {"mean": "mean", "sum": "sum", "amax": "max", "amin": "min", "max": "max", "min": "min"}.items()
    },
    **{name: reduction(op) for name, op in {"argmax": "max", "argmin": "min", "any": "max", "all": "min", "prod": "sum"}.items()},
    **dict.fromkeys(("var", "var_mean", "std", "std_mean"), spread),
    **dict.fromkeys(("linalg_vector_norm", "norm"), vector_norm),
    **{f"max_pool{axes}": pool("max_pool") for axes in SPATIAL},
    **{f"max_pool{axes}_with_indices": pool("max_pool") for axes in SPATIAL},
    **{f"avg_pool{axes}": pool("avg_pool") for axes in SPATIAL},
    **{f"{start}adaptive_avg_pool{axes}": adaptive_pool("avg") for axes in SPATIAL for start in ("", "_")},
    **{f"adaptive_max_pool{axes}": adaptive_pool("max") for axes in SPATIAL},
    **{
        f"upsample_{name}": upsample
        for name in ("nearest1d", "nearest2d", "nearest3d", "linear1d", "bilinear2d", "trilinear3d", "bicubic2d")
    },
    **{
        f"_upsample_{name}": upsample for name in ("nearest_exact1d", "nearest_exact2d", "nearest_exact3d", "bilinear2d_aa", "bicubic2d_aa")
    },
    **dict.fromkeys(("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"), grid_sample),
}
FREE: dict[str, Rule] = {
    **dict.fromkeys(("view", "reshape", "_unsafe_view", "_reshape_alias", "flatten", "unflatten", "view_as", "reshape_as"), viewed),
    **dict.fromkeys(("unsqueeze", "squeeze", "atleast_1d", "atleast_2d", "atleast_3d"), same),
    **dict.fromkeys(
        ("dropout", "feature_dropout", "alpha_dropout", "alias", "contiguous", "detach", "lift_fresh_copy", "lift_fresh"), alias
    ),
    **dict.fromkeys(("to", "_to_copy", "type_as", "clone", "positive", "real", "view_as_real", "native_dropout", "resolve_conj"), alias),
    "permute": permuted,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), swapped),
    **dict.fromkeys(("t", "numpy_T", "adjoint", "mT"), turned),
    "movedim": viewed,
    "select": selected,
    **dict.fromkeys(("slice", "narrow"), sliced),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "unsafe_chunk", "unsafe_split", "tensor_split"), split),
    "unbind": split,
    "diagonal": viewed,
    "unfold": viewed,  # Tensor.unfold; the layer is im2col
    "as_strided": viewed,
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), viewed),
    **dict.fromkeys(("cat", "concat", "concatenate"), cat),
    "stack": copied,
    **dict.fromkeys(("pad", "constant_pad_nd"), pad),
    **{f"{kind}_pad{axes}": pad for kind in ("reflection", "replication") for axes in SPATIAL},
    "roll": roll,
    "pixel_shuffle": pixel_shuffle,
    **dict.fromkeys(("im2col", "col2im", "embedding"), copied),
    **dict.fromkeys(
        (
            *("repeat", "repeat_interleave", "tile", "flip", "rot90", "index", "index_select", "gather", "take", "masked_fill", "where"),
            *("copy", "fill", "zero", "index_put", "scatter", "scatter_add", "index_add", "index_copy", "masked_scatter", "slice_scatter"),
            *("select_scatter", "cumsum", "triu", "tril", "sort", "argsort", "topk", "meshgrid", "one_hot", "channel_shuffle"),
            *("pixel_unshuffle", "native_channel_shuffle", "bernoulli", "nonzero", "max_unpool2d", "max_unpool3d", "complex"),
            *("bucketize", "searchsorted", "unique"),
        ),
        copied,
    ),
    **dict.fromkeys(
        (
            *("constant", "zeros", "ones", "full", "empty", "arange", "linspace", "eye", "scalar_tensor", "rand", "randn", "randint"),
            *("zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty", "rand_like"),
            *("randn_like", "randperm", "empty_strided", "hann_window"),
        ),
        filled,
    ),
}
RULES = {**COUNTED, **FREE}
