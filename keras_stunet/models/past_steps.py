"""What a roll-out keeps of the steps before."""

from keras import ops


class PastSteps:
    """What convolutions over time have seen, so that no step is done twice.

    An output sees `width` steps, so after a whole window of T steps the last
    `width - 1` inputs and one new step make one new output: that of the window
    moved on by one step, at about 1/T of the work.
    """

    def __init__(self):
        self._inputs = {}

    def convolve(self, layer, x):
        """Apply a `TemporalConv` to steps that follow those before."""
        if layer.name in self._inputs:
            x = ops.concatenate([self._inputs[layer.name], x], axis=1)
        if layer.width > 1:
            self._inputs[layer.name] = x[:, 1 - layer.width :]
        return layer(x)
