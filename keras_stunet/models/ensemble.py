"""An ensemble: several models that forecast as one, by their mean."""

import keras
from keras import ops

from keras_stunet.models.forecaster import Forecaster


@keras.saving.register_keras_serializable(package="keras_stunet")
class Ensemble(Forecaster):
    """Mean of the forecasts of models, made by `build_ensemble` (see there)."""

    def get_config(self):
        members = [
            layer for layer in self.layers if isinstance(layer, Forecaster)
        ]
        dtype = members[0].get_config()["dtype"]
        members = map(keras.saving.serialize_keras_object, members)
        return super().get_config() | {
            "members": list(members),
            "dtype": dtype,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        members = []
        for member in config["members"]:
            own = member["config"] | {"dtype": config["dtype"]}
            member = member | {"config": own}
            members.append(keras.saving.deserialize_keras_object(member))
        return build_ensemble(members, name=config["name"])


def build_ensemble(members, *, name="ensemble"):
    r"""Join trained models to one.

        forecast = 1 / M sum_m forecast_m

    in original units. Models that differ in their seed alone err in part
    independently, so that their mean errs less (Lakshminarayanan et al.
    2017); it costs M times as much.

    Args:
        members: M models of this package, at least one, with the same inputs,
            targets and steps.
        name: Name of the model.

    Returns:
        An `Ensemble`, a `keras.Model` from and to what its members take and
        give.

    Raises:
        ValueError: If there is none, or they differ in inputs or output.

    Example:
    >>> from keras_stunet.models import build_fnn
    >>> members = [build_fnn(None, graph_size={"nodes": 8}) for _ in range(3)]
    >>> build_ensemble(members).output_shape
    (None, 12, 8, 1)
    """
    shapes = [[*m.input_shape, m.output_shape] for m in members]
    if not shapes or shapes != shapes[:1] * len(shapes):
        raise ValueError(
            f"The {len(shapes)} members of the ensemble have inputs and "
            f"outputs of shapes {shapes}; expected one member at least, and "
            "all alike."
        )
    members = [
        _renamed(member, f"member_{i}") for i, member in enumerate(members)
    ]
    first = members[0]
    profile = first.profile
    if profile is not None:
        profile = ops.convert_to_numpy(profile)

    def forecast(inputs, y=None):
        return ops.mean(ops.stack([m(inputs) for m in members]), axis=0)

    inputs = [keras.Input(x.shape[1:], name=x.name) for x in first.inputs]
    return Ensemble(
        inputs if first.takes_future else inputs[0],
        forecast,
        {
            "name": name,
            "horizon": first.get_config()["horizon"],
            "quantiles": first.quantiles,
        },
        profile=profile,
    )


def _renamed(member, name):
    # Layers of a model have names of their own; the given one keeps its.
    copy = type(member).from_config(member.get_config() | {"name": name})
    copy.set_weights(member.get_weights())
    return copy
