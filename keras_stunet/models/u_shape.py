"""The U of Figure 1: down with ST-Pool, up with ST-Unpool."""

from typing import NamedTuple

import keras

from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import STPool
from keras_stunet.layers import STUnpool


class UShape(NamedTuple):
    """The layers of one U with L levels of pooling.

    Attributes:
        first: Recurrence on the fine graph.
        pools: L `STPool`, finest first.
        unpools: L `STUnpool`, coarsest first.
        norms: One norm after each of `first` and `pools` and after each of
            `unpools` but the last, in the order of running.
        last_norm: The norm after the last unpooling.
    """

    first: DilatedRNN
    pools: list[STPool]
    unpools: list[STUnpool]
    norms: list[keras.layers.Layer]
    last_norm: keras.layers.Layer

    @property
    def all_layers(self):
        """Every layer, for a model or layer to track."""
        recurrent = [self.first, *self.pools, *self.unpools]
        return [*recurrent, *self.norms, self.last_norm]


def build_u(
    side,
    cell,
    norm,
    levels,
    *,
    reduce,
    upsampling,
    dtype,
    last_only=False,
):
    """Make the layers of one U.

    Args:
        side: `"encoder"` or `"decoder"`, the first word of all names.
        cell: Function from a level, 0 the finest, to a new recurrent cell.
        norm: Function from a name to a new normalisation layer.
        levels: `Levels`.
        reduce: As in `STPool`.
        upsampling: As in `STUnpool`.
        dtype: Dtype policy.
        last_only: Whether the last recurrence returns its last step alone.

    Returns:
        A `UShape`.
    """
    options = {"return_state": True, "dtype": dtype}
    first = DilatedRNN(cell(0), name=f"{side}_gcgru", **options)
    pools = [
        STPool(
            cell(level + 1),
            s=levels.dilations[level],
            reduce=reduce,
            name=f"{side}_st_pool_{level + 1}",
            **levels.partitions[level],
            **options,
        )
        for level in range(levels.depth)
    ]
    unpools = [
        STUnpool(
            cell(level),
            upsampling=upsampling,
            return_sequences=level > 0 or not last_only,
            name=f"{side}_st_unpool_{level + 1}",
            **levels.partitions[level],
            **options,
        )
        for level in reversed(range(levels.depth))
    ]
    count = 2 * levels.depth
    norms = [norm(f"{side}_norm_{i + 1}") for i in range(count)]
    last_norm = norm(f"{side}_norm_{count + 1}")
    return UShape(first, pools, unpools, norms, last_norm)


def run_u(u, x, states=None):
    """Run a U over `x` `(B, T, N, F)`; symbolic and real tensors alike.

    Args:
        u: A `UShape`.
        x: `(B, T, N, F)`; T = 1 for one step of a decoder.
        states: `None`, or the states that an earlier run returned.

    Returns:
        The features `(B, T, N, U)` before `u.last_norm` (`(B, N, U)` if the
        last unpooling returns its last step only), and the list of states:
        `(B, s, N', U)` of each recurrent layer in the order of running.
    """
    states = [None] * (1 + 2 * len(u.pools)) if states is None else states
    old, norms, new = iter(states), iter(u.norms), []

    def recur(layer, inputs):
        output, state = layer(inputs, initial_state=next(old))
        new.append(state)
        return output

    # Contracting side: x -> h on the fine graph, then coarser and coarser.
    levels = [next(norms)(recur(u.first, x))]
    for pool in u.pools:
        levels.append(next(norms)(recur(pool, levels[-1])))
    # Expansive side: up one level at a time, with the skip from beside.
    up = levels.pop()
    for unpool in u.unpools:
        up = recur(unpool, [up, levels.pop()])
        if levels:
            up = next(norms)(up)
    return up, new
