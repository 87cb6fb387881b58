"""What every contestant can do; the worker knows nothing else of it."""

import numpy as np

# Plain SGD. With a large rate the losses of the timed steps move, so that
# they show whether the updates were right.
LEARNING_RATE = 1.0


class Contestant:
    """Something to time, and what it has to be equal in.

    A subclass has `version`, and `forward`, `step` and `weights`, or
    `variants` and `check` of its own. What `forward` and `step` return must
    be there, and their updates done, when they return.
    """

    def variants(self, work):
        """Functions to time in turn, by name; `work` names a method."""
        return {"": getattr(self, work)}

    def check(self):
        """By variant, what must be equal: output, loss, gradients."""
        output = self.to_numpy(self.forward())
        before = self.weights()
        loss = self.to_numpy(self.step())
        after = self.weights()
        # Plain SGD: the gradient is what the step took off.
        gradients = {
            f"gradient_{i}": (old - new) / LEARNING_RATE
            for i, (old, new) in enumerate(zip(before, after, strict=True))
        }
        return {"": {"output": output, "loss": loss, **gradients}}

    def to_numpy(self, result):
        return np.asarray(result, "float32")

    def gflop(self, work):
        """GFLOP of one call, where the task does not count them itself."""
        return None
