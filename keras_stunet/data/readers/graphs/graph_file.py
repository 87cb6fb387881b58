"""What a file says about the graph among sensors."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

KINDS = ("distances", "weights")


class GraphFile(NamedTuple):
    """What a file says about the graph among sensors.

    Attributes:
        form: "edge list", "matrix" or "coordinates".
        kind: What `content` holds: "distances" (infinite or not stored: no
            path), "weights" (0 or not stored: no edge) or "coordinates".
        content: `(N, N)`, a `csr_array` for an edge list and else an array,
            where entry `(i, j)` leads from `i` to `j`; or `(N, 2)` latitude
            and longitude. In the order of the sensors that were asked for.
            The distance of a sensor to itself is 0 where it is listed.
        named: Whether the file names its sensors; else its order was taken
            for theirs.
    """

    form: str
    kind: str
    content: np.ndarray | sp.csr_array
    named: bool = True


def agreed(path, said, kind, where):
    """The kind that a file says or the caller does.

    Args:
        path: The file, for messages.
        said: What the file says, "distances", "weights" or `None`.
        kind: What the caller says, the same.
        where: What in the file says it, for messages.

    Raises:
        ValueError: If neither does, or they differ.
    """
    if said is None and kind is None:
        raise ValueError(
            f"{path} does not say whether its numbers are distances or "
            "weights. Say it: --graph-kind distances or weights (in Python "
            "`kind`)."
        )
    if said is not None and kind is not None and said != kind:
        raise ValueError(
            f"{path} holds {said}, as {where} says, and the kind {kind!r} was "
            "given. Leave it out, or correct the file."
        )
    return said or kind
