"""How a network is run and trained, as people write it: types, what is written in place, the optimizer, what is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from convcalc.core.execution import AMP, BITS, IN_PLACE, Execution, execution_dict
from convcalc.errors import usage
from convcalc.spelling import nearest

if TYPE_CHECKING:
    from convcalc.core.device import Device


class Running(TypedDict, total=False):
    """What a command may be told of how a network is run."""

    dtype: str | None  # of values, and of weights unless weights_dtype says otherwise: fp32, fp16, bf16, int8, …
    weights_dtype: str | None
    in_place: str | None  # what is written onto its input: none, activations, fused, fused-add, depthwise
    hold_input: bool  # whether the caller keeps the input
    optimizer: str | None  # sgd, momentum, adam, adamw, …
    amp: str | None  # the type of PyTorch's autocast: bf16 or fp16
    device: str | None  # a shipped device by name, or a path to one
    cached: bool  # whether its cache holds values between layers
    freeze: str | Sequence[str]  # paths of layers and groups that are not trained, "layer1", "*.norm"
    checkpoint: str | Sequence[str]  # paths of what is computed again for the backward pass
    replace: str | Sequence[str]  # designs in the place of layers, "conv[kernel > 1]=bottleneck:reduction=4"
    replace_where_possible: bool  # whether layers stay that cannot be replaced


def read_execution(**given: Unpack[Running]) -> Execution:
    """How a network is run.

    Raises:
        ConvcalcError: for a word that is not known.
    """
    if unknown := next((name for name in given if name not in Running.__annotations__), None):
        raise TypeError(f"there is no option {unknown!r}: {', '.join(Running.__annotations__)}")
    found = Execution()
    return Execution(
        dtype=one_of("--dtype", given.get("dtype"), list(BITS)) or found.dtype,
        weights_dtype=one_of("--weights-dtype", given.get("weights_dtype"), list(BITS)),
        in_place=one_of("--in-place", given.get("in_place"), list(IN_PLACE)) or found.in_place,
        hold_input=bool(given.get("hold_input", found.hold_input)),
        optimizer=one_of("--optimizer", given.get("optimizer"), optimizers() if given.get("optimizer") else []) or found.optimizer,
        amp=one_of("--amp", given.get("amp"), list(AMP)),
        frozen=paths(given.get("freeze", ())),
        checkpoints=paths(given.get("checkpoint", ())),
        device=device_of(given.get("device")),
        cached=bool(given.get("cached", found.cached)),
        replaced=paths(given.get("replace", ())),
        where_possible=bool(given.get("replace_where_possible", found.where_possible)),
    )


def running_of(options: Mapping[str, Any]) -> Running:
    """Of a command's options those that say how a network is run."""
    found: Any = {name: options[name] for name in Running.__annotations__ if name in options}
    return found  # type: ignore[no-any-return]


def optimizers() -> list[str]:
    """The optimizers that there are."""
    from convcalc.analysis.training import OPTIMIZERS  # paid by those who name one

    return list(OPTIMIZERS)


def device_of(name: str | None) -> Device | None:
    """A device by its name or path."""
    if name is None:
        return None
    from convcalc.rules.devices import read_device  # paid by those who name one

    return read_device(name)


def one_of(option: str, word: str | None, known: list[str]) -> str:
    """A word that is known; empty for none. What is not given need not be known."""
    if word and known and word not in known:
        raise usage(f"{option} {word}: there is no such choice", nearest(word, known))
    return word or ""


def paths(given: str | Sequence[str]) -> tuple[str, ...]:
    """One path or several, each once."""
    return (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))


def options_of(execution: Execution) -> list[str]:
    """The options that say it, as a command to copy has them."""
    found: list[str] = []
    for name, value in execution_dict(execution).items():
        option = f"--{NAMES.get(name, name).replace('_', '-')}"
        if value is True:
            found.append(option)
        else:
            found += [word for one in (value if isinstance(value, list) else [value]) for word in (option, str(one))]
    return found


NAMES = {
    "frozen": "freeze",
    "checkpoints": "checkpoint",
    "replaced": "replace",
    "where_possible": "replace-where-possible",
}  # of options that are called otherwise
