"""Whether contestants compute the same."""

import numpy as np

# Of outputs the largest difference, relative to the largest output (those of
# a recurrence lie in (-1, 1)). Where products are rounded, their root mean
# square: a decoder that is fed its own forecasts lets single ones drift. Of
# losses the relative difference; of gradients the largest, relative to the
# largest entry of each weight, or to SMALL of the largest of all weights.
TOLERANCES = {
    "float32": {"output": 1e-5, "loss": 1e-5, "gradient": 1e-4},
    "tf32": {"rms": 1e-2, "loss": 1e-3, "gradient": 2e-2},
    "bfloat16": {"rms": 2e-2, "loss": 2e-3, "gradient": 5e-2},
}
# What is smaller is a sum that cancels, and rounding is all there is of it.
SMALL = 0.01


def differences(result, reference):
    """How far two dicts of arrays are apart: the worst of each kind.

    Keys begin with their kind: "output", "loss", "gradient". Outputs also
    have "rms".

    Raises:
        ValueError: If they do not hold the same arrays.
    """
    shapes = [
        {key: np.shape(array) for key, array in arrays.items()}
        for arrays in (result, reference)
    ]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{shapes[0]}; expected {shapes[1]}")
    found = {}
    gradients = [
        _largest(array)
        for key, array in reference.items()
        if key.startswith("gradient")
    ]
    least = {"gradient": SMALL * max(gradients, default=0.0)}
    for key, array in reference.items():
        kind = key.split("_")[0]
        array = np.asarray(array, "float64")
        for name, size in (("rms", _root_mean_square), (kind, _largest)):
            if name == "rms" and kind != "output":
                continue
            apart = np.asarray(result[key], "float64") - array
            apart = size(apart) / max(size(array), least.get(name, 0), 1e-30)
            # NaN in either is NaN here, and no NaN is within a tolerance.
            found[name] = float(np.maximum(found.get(name, 0.0), apart))
    return found


def _largest(array):
    return np.abs(array).max()


def _root_mean_square(array):
    return np.sqrt(np.square(array).mean())


def agrees(found, precision):
    limits = TOLERANCES[precision]
    return all(found[key] <= limits[key] for key in limits if key in found)


def losses_apart(numbers, reference):
    """Largest relative difference of two lists of numbers."""
    numbers, reference = np.array(numbers), np.array(reference)
    return float((abs(numbers - reference) / abs(reference)).max())


def losses_agree(numbers, reference, precision):
    """As `agrees`, for losses after up to ten steps of training."""
    limit = 10 * TOLERANCES[precision]["loss"]
    return losses_apart(numbers, reference) <= limit
