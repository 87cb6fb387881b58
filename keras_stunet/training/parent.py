"""A finished run whose weights another one starts from."""

import dataclasses
import hashlib
import math
from pathlib import Path

import keras
import scipy.sparse

from keras_stunet.checks import did_you_mean
from keras_stunet.data import Series
from keras_stunet.files import read_json
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.models.presets import find_preset
from keras_stunet.models.presets import is_preset
from keras_stunet.models.presets import load_preset
from keras_stunet.steps import describe_step
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import NEW
from keras_stunet.training.runs.folder import SENSORS
from keras_stunet.training.runs.folder import SERIES
from keras_stunet.training.runs.folder import read_config
from keras_stunet.training.runs.folder import read_metrics
from keras_stunet.training.runs.load import preset_metadata

# Of `config.json`'s "model", but of how it is trained.
_TRAINING = ("no_sampling",)
_DATA = ("protocol", "parts")
_HINT = "Give the folder of another run (--from)."


@dataclasses.dataclass(frozen=True)
class Parent:
    """What a training takes of the run that it starts from.

    Attributes:
        folder: The run folder.
        config: Its `config.json`.
        sensors: Names of its sensors, in the model's order.
        minutes_per_step: Minutes between two readings.
        sha256: Check sum of its model file.
        covariates: How its covariates became features, see `Run`.
        static: Likewise what its sensors are.
        measurements: Names of its measurements, `None` where there is one.
    """

    folder: Path
    config: dict
    sensors: list[str]
    minutes_per_step: float
    sha256: str
    covariates: list | None = None
    static: dict | None = None
    measurements: list[str] | None = None

    @property
    def dataset(self):
        """What its series is loaded from."""
        copy = self.folder / SERIES
        return str(copy) if copy.exists() else self.config["dataset"]

    def identity(self):
        """What the `config.json` of a run says of its parent."""
        return {"run": self.folder.resolve().name, "model_sha256": self.sha256}

    def fill_in(self, model, options, data, source=None):
        """The parent's model, options and protocol, where none are given.

        Args:
            model: A key of `MODELS`, or `None`.
            options: Fields of `Recipe` and arguments of the builder.
            data: `protocol`, `parts`, `calendar`, `mask_channel`, `targets`
                and `scale`, each `None` where not given. A new protocol has
                its own parts.
            source: The key of `SOURCES` that the data to train on are known
                by, `None` for none or those of the parent. Another one than
                the parent's has its own protocol.

        Returns:
            The three, filled in.

        Raises:
            ValueError: If one is given that the parent's model was not built
                with.
        """
        recipe = {field.name for field in dataclasses.fields(Recipe)}
        built = dict(self.config["model"])
        kept = {"model": built.pop("name")}
        kept |= NEW | {k: x for k, x in built.items() if k not in _TRAINING}
        kept["precision"] = self.config["recipe"]["precision"]
        given = {"model": model, **options, **data}
        for name, value in given.items():
            same = name in recipe - {"precision"} or name in _DATA
            if same or value is None or value == kept.get(name, value):
                continue
            if isinstance(value, tuple) and list(value) == kept[name]:
                continue
            raise ValueError(
                f"`{name}` is {value!r}, but the run in {self.folder} has "
                f"{kept[name]!r}, and its weights fit no other. Leave it out."
            )
        for name in options.keys() - kept.keys() - recipe:
            raise ValueError(
                f"The run in {self.folder} has no option {name!r}."
                f"{did_you_mean(name, [*kept, *recipe])}"
            )
        data = {k: kept[k] if k in kept else x for k, x in data.items()}
        elsewhere = source not in (None, self.config["source"])
        if data["protocol"] is None and not elsewhere:
            data["protocol"] = self.config["protocol"]
            data["parts"] = data["parts"] or self.config["parts"]
        built = builder_options(self.config["model"])
        built["precision"] = kept["precision"]
        return kept["model"], built | options, data

    def with_graph(self, series):
        """A series with the graph of the parent's, which the weights have.

        Args:
            series: The `Series` to train on; another graph of its own is left
                out, with a warning. It stays as it is where the parent has no
                copy of its series, or one of other sensors.
        """
        copy = self.folder / SERIES
        if not copy.exists() or self.has_others(series):
            return series
        own = Series.load(copy)
        graphs = [scipy.sparse.csr_array(x.adjacency) for x in (own, series)]
        if graphs[1].nnz and abs(graphs[0] - graphs[1]).max() > 0:
            warn_user(
                f"The graph of {series.name!r} is left out: the weights of "
                f"the run in {self.folder} are for the graph of that run."
            )
        return dataclasses.replace(
            series, adjacency=own.adjacency, distances=own.distances
        )

    def has_others(self, series):
        """Whether a series is of other sensors than the model knows.

        Args:
            series: A `Series`.

        Raises:
            ValueError: If they are the same in another order.
        """
        names = series.node_ids
        names = range(series.num_nodes) if names is None else names
        names = [str(name) for name in names]
        if names == self.sensors:
            return False
        if sorted(names) == sorted(self.sensors):
            raise ValueError(
                f"{series.name!r} has the sensors that the run in "
                f"{self.folder} was trained on, in another order. Its weights "
                "are for their order: give them in that one."
            )
        return True

    def check_series(self, series, minutes_per_step):
        """Raise unless a series is such as the model was trained on.

        Args:
            series: The `Series` to train on.
            minutes_per_step: Minutes between two of its readings.

        Raises:
            ValueError: If the measurements or the interval differ, or there
                are covariates where the run has none.
        """
        own = self.covariates or self.static
        if not own and (series.covariates or series.static):
            raise ValueError(
                f"{series.name!r} has covariates, and the run in {self.folder} "
                "was trained without. Leave them out."
            )
        there, here = self.measurements or [None], series.measurement_names
        if len(there) != len(here) or (len(here) > 1 and there != here):
            raise ValueError(
                f"{series.name!r} has {_measured(here)}; the run in "
                f"{self.folder} was trained on {_measured(there)}. Give the "
                "same ones, in their order."
            )
        if not math.isclose(minutes_per_step, self.minutes_per_step):
            raise ValueError(
                f"The readings of {series.name!r} are "
                f"{describe_step(minutes_per_step)} apart, those of the run in "
                f"{self.folder} {describe_step(self.minutes_per_step)}. Give "
                "readings at its interval."
            )

    def load_model(self):
        """The parent's best model, with its graph and scaler.

        Raises:
            ValueError: If the file cannot be loaded.
        """
        if is_preset(self.folder):
            return load_preset(self.folder)
        path = self.folder / BEST
        try:
            return keras.saving.load_model(path, compile=False)
        except Exception as error:  # by where it is damaged: a dozen kinds
            raise ValueError(
                f"{path} could not be loaded: {error}. {_HINT}"
            ) from error


def builder_options(model):
    """Options of a model's builder among what a `config.json` says of it.

    Args:
        model: `"model"` of a `config.json`. What follows from the model's
            name is left out.
    """
    return {k: model[k] for k in MODELS[model["name"]].options() if k in model}


def read_parent(folder):
    """What a finished run hands on to another, without its weights.

    Args:
        folder: A run folder of `keras-stunet train`, or a preset.

    Returns:
        A `Parent`.

    Raises:
        FileNotFoundError: If there is no finished run in the folder.
        ValueError: If a file is damaged or of another version.
    """
    if is_preset(folder):
        return _of_preset(find_preset(folder))
    folder = Path(folder)
    metrics = read_metrics(folder)
    for name in (CONFIG, SENSORS, BEST):
        if metrics is None or not (folder / name).is_file():
            raise FileNotFoundError(
                f"There is no finished run in {folder}; expected the --out "
                "folder of `keras-stunet train`. Finish it with --resume, or "
                "give another one."
            )
    config = read_config(folder / CONFIG, _HINT)
    sensors = read_json(folder / SENSORS, _HINT)
    digest = hashlib.sha256((folder / BEST).read_bytes()).hexdigest()
    return _parent(folder, config, sensors, digest)


def _of_preset(folder):
    metadata = preset_metadata(folder)
    digest = metadata["weights_sha256"]
    return _parent(folder, metadata["run"], metadata["sensors"], digest)


def _parent(folder, config, sensors, digest):
    kept = ("covariates", "static", "measurements")
    return Parent(
        folder,
        config,
        sensors["sensors"],
        sensors["minutes_per_step"],
        digest,
        **{name: sensors.get(name) for name in kept},
    )


def _measured(names):
    if len(names) == 1:
        return "one measurement"
    return f"{len(names)} measurements ({listed(names)})"
