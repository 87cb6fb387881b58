"""How fast a departure from what is usual fades."""

import keras
import numpy as np
from keras import ops

from keras_stunet.checks import check_count


@keras.saving.register_keras_serializable(package="keras_stunet")
class Relaxation(keras.layers.Layer):
    """`y_t = usual_t + w_t d`, with a learned share `w_t` of each step ahead.

    `d` is the last departure from what was usual. The shares start at 0.9
    for the first step and fall evenly to 0.5 for the last.

    Args:
        horizon: Number of steps ahead.

    Call arguments:
        inputs: List of what is usual, `(B, horizon, N, D)`, and of the last
            departure, `(B, 1, N, D)`.

    Returns:
        `(B, horizon, N, D)`.

    Raises:
        ValueError: For `horizon` below 1.

    Example:
    >>> import numpy as np
    >>> usual = np.full((1, 2, 1, 1), 60.0, "float32")
    >>> departure = np.full((1, 1, 1, 1), -10.0, "float32")
    >>> np.array(Relaxation(2)([usual, departure])).ravel().tolist()
    [51.0, 55.0]
    """

    def __init__(self, horizon, **kwargs):
        super().__init__(**kwargs)
        self.horizon = check_count("horizon", horizon, 1)

    def build(self, inputs_shape):
        start = np.linspace(0.9, 0.5, self.horizon)[:, None, None]
        self.share = self.add_weight(
            shape=(self.horizon, 1, inputs_shape[0][-1]),
            initializer=lambda shape, dtype: ops.convert_to_tensor(
                np.broadcast_to(start, shape), dtype
            ),
            name="share",
        )

    def call(self, inputs):
        usual, departure = inputs
        return usual + self.share * departure

    def compute_output_shape(self, inputs_shape):
        return tuple(inputs_shape[0])

    def get_config(self):
        return {**super().get_config(), "horizon": self.horizon}
