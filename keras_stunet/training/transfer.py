"""What a trained model hands on to another network of sensors.

Most weights are the same for all sensors: kernels, recurrences, read-outs.
Others are of single sensors or of super nodes (vectors of sensors, learned
graphs, norms over nodes), and belong to one network; so do graph, scaler and
profile, which are not trained at all.
"""

import numpy as np
import scipy.sparse

from keras_stunet.messages import listed
from keras_stunet.models.ensemble import Ensemble


def knows_sensors(model):
    """Which trained weights of a model are of single sensors.

    Those are the ones whose shapes differ between two graphs of different
    sizes, rings which pool to exact halves.

    Args:
        model: A `Forecaster` of one graph.

    Returns:
        A list of bool, one for each of `model.trainable_weights`.
    """
    config = model.get_config()
    rounds = int(np.sum(config.get("p", 0)))
    shapes = [
        [tuple(weight.shape) for weight in twin.trainable_weights]
        for twin in (
            _on_ring(type(model), config, nodes * 2**rounds) for nodes in (4, 8)
        )
    ]
    return [first != second for first, second in zip(*shapes, strict=True)]


def take_weights(model, trained, folder):
    """Give a model the weights of a trained one that know no sensor.

    Args:
        model: A fresh `Forecaster`; it changes.
        trained: A `Forecaster` of the same class and options, of other
            sensors.
        folder: Of its run, for messages.

    Returns:
        What was kept and what is as it was, in words.

    Raises:
        ValueError: If the models differ in more than their sensors.
    """
    if isinstance(trained, Ensemble):
        raise ValueError(
            f"The run in {folder} holds models of several seeds as one, whose "
            "weights fit its own sensors alone. Start from a run of one seed."
        )
    mine, others = model.trainable_weights, trained.trainable_weights
    if type(model) is not type(trained) or len(mine) != len(others):
        raise ValueError(
            f"The run in {folder} holds a {type(trained).__name__} of "
            f"{len(others)} weights; expected a {type(model).__name__} of "
            f"{len(mine)}. Start from a run of the same model and options."
        )
    kept, anew, values = [], [], []
    for weight, other, by_sensor in zip(
        mine, others, knows_sensors(model), strict=True
    ):
        # Learned unpooling has a kernel for each member of a group.
        if by_sensor or weight.shape != other.shape:
            anew.append(weight.path)
        else:
            kept.append(weight.path)
            values.append((weight, other))
    for weight, other in values:
        weight.assign(other)
    return (
        f"{len(kept)} of {len(mine)} trained weights are kept "
        f"({_layers(kept)}); made anew: {listed(anew) or 'none'}"
    )


def _on_ring(kind, config, nodes):
    ends = np.arange(nodes), np.roll(np.arange(nodes), 1)
    ring = scipy.sparse.coo_array((np.ones(nodes), ends), (nodes, nodes))
    ring = (ring + ring.T).tocsr()
    config = config | {"adj": ring, "graph_size": None}
    for key in ("mean", "std"):
        if np.ndim(config[key]) == 2:  # by sensor
            config[key] = [config[key][0]] * nodes
    return kind.from_config(config)


def _layers(paths):
    # Those of the weights, each once.
    return listed(dict.fromkeys(path.rpartition("/")[0] for path in paths))
