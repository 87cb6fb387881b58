"""What a training is asked for: checked, and filled in with defaults."""

import dataclasses

import scipy.sparse

from keras_stunet.checks import check_choice
from keras_stunet.checks import did_you_mean
from keras_stunet.data import Series
from keras_stunet.data import with_covariates
from keras_stunet.data.catalog import load_series
from keras_stunet.data.scale import SCALES
from keras_stunet.data.splits import find_targets
from keras_stunet.messages import counted
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.models.registry import check_model
from keras_stunet.models.registry import model_options
from keras_stunet.training.parent import Parent
from keras_stunet.training.parent import read_parent
from keras_stunet.training.recipe import PINBALL
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import check_loss
from keras_stunet.training.recipe import losses_of_readings
from keras_stunet.training.recipe import without_gone
from keras_stunet.training.runs.digests import described_files
from keras_stunet.training.runs.folder import run_config
from keras_stunet.training.runs.run_data import checked_dataset
from keras_stunet.training.runs.run_data import source_name
from keras_stunet.training.runs.run_data import usual_calendar
from keras_stunet.training.runs.run_data import with_correlations
from keras_stunet.training.runs.run_data import with_defaults


@dataclasses.dataclass
class Plan:
    """Data, model and recipe of a training, from `make_plan`.

    Attributes:
        dataset: A key of `SOURCES`, the path of an .npz file, or a `Series`.
        data: `protocol`, `parts`, `calendar`, `mask_channel`, `targets` and
            `scale`, as `make_windows` takes them.
        model: A key of `MODELS`.
        options: Arguments of its builder; after `check`, all of them.
        recipe: The `Recipe`.
        no_sampling: Whether a decoder is trained without teacher forcing.
        parent: The `Parent` whose weights are trained further, if any.
    """

    dataset: str | Series
    data: dict
    model: str
    options: dict
    recipe: Recipe
    no_sampling: bool = False
    parent: Parent | None = None

    def check(self):
        """Fill in the model's options, and raise if it cannot be built.

        Raises:
            ValueError: For an option out of range, or one of sampling where
                there is no decoder.
        """
        calendar, covariates = self.data["calendar"], 0
        if isinstance(self.dataset, Series):
            covariates = len(self.dataset.covariates or {})
        features = 1 + len(calendar) + covariates + self.data["mask_channel"]
        self.options = check_model(
            self.model, self.options, features, calendar, covariates
        )
        _check_sampling(self)

    def config(self, files=None, unit=None, seeds=1):
        """What `config.json` says of the run.

        Args:
            files: What a `Series` was read from, see `train_model`.
            unit: Unit of the readings, where the user says it.
            seeds: How many models are trained.
        """
        own = isinstance(self.dataset, Series)
        if not own and self.dataset.endswith(".npz"):
            files = {"series": self.dataset, **(files or {})}
        kept = ("calendar", "mask_channel", "targets", "scale")
        return run_config(
            self.dataset.name if own else self.dataset,
            self.data["protocol"],
            self.data["parts"],
            {
                "name": self.model,
                **self.options,
                **{name: self.data[name] for name in kept},
                "no_sampling": self.no_sampling,
                "profile": MODELS[self.model].takes("profile"),
            },
            self.recipe,
            source_name(self.dataset),
            described_files(files or {}),
            unit,
            self.parent.identity() if self.parent else None,
            seeds,
        )

    def series(
        self,
        config,
        graph,
        raw_dir,
        data_dir,
        progress,
        covariates=(),
        static=None,
    ):
        """The series of the run where it is in no file, else `None`.

        Args:
            config: From `config`.
            graph: `"correlation"` to make its graph of the training part, or
                `None`.
            raw_dir: As in `load_series`.
            data_dir: As in `load_series`.
            progress: Whether to say how many edges that makes.
            covariates: As in `with_covariates`.
            static: Likewise.

        Raises:
            ValueError: If the data set has a graph of its own.
        """
        own = self.dataset if isinstance(self.dataset, Series) else None
        none = covariates is None or len(covariates) == 0
        known = not none or static is not None
        if graph is None and not known:
            return own
        if graph is not None:
            check_choice("graph", graph, ("correlation",))
        if own is None:
            own = load_series(self.dataset, raw_dir, data_dir)
        if known:
            own = with_covariates(own, covariates, static)
        if graph is None:
            return own
        if config["source"] and scipy.sparse.csr_array(own.adjacency).nnz:
            raise ValueError(
                f"`graph` is {graph!r}, and {config['dataset']!r} has a graph "
                "of its own. Leave `graph` out."
            )
        own = with_correlations(own, config)
        if progress:
            edges = counted(own.adjacency.nnz // 2, "edge")
            print(f"The graph: {edges} by correlation in the training part.")
        return own


def make_plan(dataset, model, options, data, no_sampling, start_from):
    """Check what a training is asked for, and fill in defaults.

    Args:
        dataset: As in `train_model`.
        model: As in `train_model`.
        options: Fields of `Recipe` and arguments of the model's builder.
        data: `protocol`, `parts`, `calendar`, `mask_channel`, `targets` and
            `scale`, each `None` where not given.
        no_sampling: As in `train_model`.
        start_from: As in `train_model`.

    Returns:
        A `Plan`, whose model is not checked yet.

    Raises:
        ValueError: For a data set, model or option that there is not, or a
            combination that makes no sense.
        FileNotFoundError: If there is no finished run in `start_from`.
    """
    if dataset is not None or start_from is None:
        dataset = checked_dataset(dataset)
    parent = None if start_from is None else read_parent(start_from)
    if parent is not None:
        source = None if dataset is None else source_name(dataset)
        model, options, data = parent.fill_in(model, options, data, source)
        dataset = parent.dataset if dataset is None else dataset
    model = "st_unet" if model is None else model
    if parent is not None and isinstance(dataset, Series):
        dataset = parent.with_graph(dataset)
    targets, scale = data["targets"], data["scale"]
    if targets is not None and not isinstance(targets, str):
        targets = list(targets)
    if isinstance(dataset, Series):
        find_targets(dataset, targets)  # raises
    if scale is not None:
        check_choice("scale", scale, SCALES)
    recipe, options = split_options(model, options)
    calendar = data["calendar"]
    if calendar is None and MODELS[model].takes("calendar"):
        calendar = usual_calendar(dataset)
    published = with_defaults(
        dataset,
        protocol=data["protocol"],
        parts=data["parts"],
        calendar=calendar,
        units=options.get("units"),
        scale=scale,
    )
    units = published.pop("units")
    if MODELS[model].published_units:
        options["units"] = units
    data = {
        **published,
        "mask_channel": bool(data["mask_channel"]),
        "targets": targets,
    }
    return Plan(dataset, data, model, options, recipe, no_sampling, parent)


def split_options(model, options):
    """A `Recipe` of the options that are its fields, and the others.

    Raises:
        ValueError: For an unknown model or option.
    """
    options = without_gone(options)
    fields = [field.name for field in dataclasses.fields(Recipe)]
    recipe = {key: options.pop(key) for key in fields if key in options}
    quantiles = options.get("quantiles")
    if quantiles is not None:
        recipe = {"loss": PINBALL, **recipe}
    if model in MODELS:
        recipe = {**MODELS[model].recipe, **recipe}
        known = [*MODELS[model].options(), *fields]
        for option in options.keys() - known - MODELS[model].fixed.keys():
            raise ValueError(
                f"Neither model {model!r} nor the training has an option "
                f"{option!r}; expected some of {', '.join(known)}."
                f"{did_you_mean(option, known)}"
            )
    model_options(model, options)
    loss = recipe.get("loss", Recipe.loss)
    check_choice("loss", loss, losses_of_readings())
    recipe = Recipe(**recipe)
    check_loss(recipe, 1, quantiles)
    return recipe, options


def _check_sampling(plan):
    """Raise or warn if options of sampling are given without a decoder."""
    given = {"no_sampling": plan.no_sampling}
    half = plan.recipe.sampling_half
    given["sampling_half"] = half != Recipe.sampling_half
    given = [name for name in given if given[name]]
    if given and not MODELS[plan.model].takes("sampling_decay"):
        raise ValueError(
            f"Model {plan.model!r} has no decoder and so no teacher forcing; "
            f"leave `{given[0]}` out."
        )
    if given and plan.options.get("head") == "direct":
        warn_user(
            "The direct head has no decoder and so no teacher forcing; "
            "options of sampling change nothing."
        )
