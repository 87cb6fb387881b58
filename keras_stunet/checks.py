"""Checks of arguments, with messages that say what to give instead."""

import contextlib
import difflib
import operator

import numpy as np

# Keras' dtype policies that the models are made and tested for.
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


def check_choice(name, value, choices):
    """Returns `value` if it is one of `choices`.

    Args:
        name: Name of the argument, for the error message.
        value: What the caller gave.
        choices: Strings that are allowed.

    Returns:
        `value`, unchanged.

    Raises:
        ValueError: `value` is none of them; names the nearest one.

    Example:
    >>> check_choice("method", "gpa", ("pga", "gpa"))
    'gpa'
    """
    if value in choices:
        return value
    raise ValueError(
        f"`{name}` is {value!r}; expected one of "
        f"{', '.join(map(repr, choices))}.{did_you_mean(value, choices)}"
    )


def did_you_mean(value, choices):
    """Returns the end of a message that offers the nearest choice.

    Args:
        value: What the caller gave.
        choices: Strings that are allowed.

    Returns:
        `" Did you mean 'x'?"`, or `""` where nothing is near.

    Example:
    >>> did_you_mean("orderd", ("copy", "ordered"))
    " Did you mean 'ordered'?"
    """
    lower = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(str(value).lower(), lower, 1, cutoff=0.4)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""


def check_count(name, value, minimum):
    """Returns `value` as an `int` of at least `minimum`.

    Args:
        name: Name of the argument, for the error message.
        value: What the caller gave: an integer, not a boolean.
        minimum: The smallest allowed value.

    Returns:
        `value` as an `int`.

    Raises:
        ValueError: `value` is no integer or is below `minimum`.

    Example:
    >>> check_count("K", 3, minimum=1)
    3
    """
    count = None
    if not isinstance(value, (bool, np.bool_)):
        with contextlib.suppress(TypeError):
            count = operator.index(value)
    if count is None or count < minimum:
        raise ValueError(
            f"`{name}` is {value!r}; expected an integer of at least {minimum}."
        )
    return count


def check_same_shape(name, array, other_name, other):
    """Raise unless two arrays agree in rank and in all sizes that are known.

    Broadcasting `(B, H, N)` against `(B, H, N, 1)` compares every node with
    every window and still returns a number.

    Raises:
        ValueError: if they differ.
    """
    shape, expected = tuple(array.shape), tuple(other.shape)
    if len(shape) != len(expected) or any(
        a is not None and b is not None and a != b
        for a, b in zip(shape, expected, strict=True)
    ):
        raise ValueError(
            f"`{name}` has shape {shape} and `{other_name}` {expected}; "
            "expected equal shapes (batch, horizon, nodes, 1), nothing is "
            "broadcast. Reshape one of them, for example with `[..., None]`."
        )
