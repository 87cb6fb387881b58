"""From a data set's name to a trained, scored and pictured ST-UNet."""

import dataclasses
import warnings

import keras
import numpy as np

from keras_stunet.data import Series
from keras_stunet.data.sources import SOURCES
from keras_stunet.data.sources import load_series
from keras_stunet.graph import partition
from keras_stunet.graph import symmetrise
from keras_stunet.graph.checks import check_choice
from keras_stunet.models import build_st_unet
from keras_stunet.plotting import save_run_pictures
from keras_stunet.training.finished import check_series
from keras_stunet.training.finished import save_sensors
from keras_stunet.training.folder import TABLE
from keras_stunet.training.folder import check_folder
from keras_stunet.training.folder import prepare_folder
from keras_stunet.training.folder import run_config
from keras_stunet.training.folder import write_text
from keras_stunet.training.lock import run_lock
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import sampling_decay
from keras_stunet.training.report import horizon_table
from keras_stunet.training.run import finished_metrics
from keras_stunet.training.run import train
from keras_stunet.training.run_data import run_windows
from keras_stunet.training.run_data import save_own
from keras_stunet.training.run_data import source_name
from keras_stunet.training.run_data import with_defaults
from keras_stunet.training.scoring import naive_forecasts

LAST = "training.svg"  # the last file that a run writes


def train_st_unet(
    dataset,
    folder,
    *,
    raw_dir=None,
    data_dir=None,
    protocol=None,
    parts=None,
    head="seq2seq",
    history=12,
    horizon=12,
    K=3,
    p=2,
    s=2,
    units=None,
    layer_norm="joint",
    reduce="mean",
    upsampling="copy",
    calendar=None,
    epochs=80,
    batch_size=50,
    learning_rate=1e-2,
    loss="l1_l2",
    no_sampling=False,
    precision="float32",
    seed=0,
    resume=False,
    progress=True,
):
    """Train ST-UNet and write its run folder.

    `dataset` is a key of `keras_stunet.data.sources.SOURCES`, an .npz file or
    a `Series`, of which the folder keeps a copy. `protocol`, `parts`,
    `calendar` and `units` are by default those of the data set's published
    protocol, and of `run_data.OWN` for data of one's own. A directed graph is
    made undirected by the maximum of both directions.

    The folder then holds `config.json`, `history.csv`, `model.keras` (the
    best on validation), `checkpoint.npz`, `metrics.json`, `table.md` and the
    pictures of `keras_stunet.plotting.save_run_pictures`. The arguments are
    the options of `keras-stunet train`.

    With `resume` a run in the folder is gone on with after its last whole
    epoch, and one is started if there is none; a finished one is not scored
    again. Without matplotlib everything but the pictures is written, with a
    warning.

    Returns:
        The table of horizons, as Markdown.

    Raises:
        ValueError: For options that make no sense, before anything is
            written; or if the training diverges.
        OSError: If the folder cannot be written or another run writes to it,
            before any data are read; or if a file cannot be written later.
    """
    check_choice("loss", loss, ("l1_l2", "l2"))
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        loss=loss,
        precision=precision,
        seed=seed,
    )
    data = {"protocol": protocol, "parts": parts}
    data |= {"calendar": calendar, "units": units}
    data = with_defaults(dataset, **data)
    model_options = {
        "history": history,
        "horizon": horizon,
        "K": K,
        "p": p,
        "s": s,
        "units": data["units"],
        "head": head,
        "layer_norm": None if layer_norm == "none" else layer_norm,
        "reduce": reduce,
        "upsampling": upsampling,
        "calendar": data["calendar"],
        "no_sampling": no_sampling,
    }
    own = isinstance(dataset, Series)
    config = run_config(
        dataset.name if own else dataset,
        data["protocol"],
        data["parts"],
        model_options,
        recipe,
    )
    with run_lock(folder) as folder:
        check_folder(folder, config, resume)
        if own:
            check_series(folder, dataset)
        metrics = finished_metrics(folder)
        if metrics is not None and (folder / LAST).exists():
            return horizon_table(metrics["test"], metrics["minutes_per_step"])
        series = dataset if own else load_series(dataset, raw_dir, data_dir)
        name = source_name(dataset)
        unit = SOURCES[name].unit if name else None
        splits = run_windows(series, config)
        adjacency = symmetrise(series.adjacency, "max")
        steps = recipe.steps_per_epoch(len(splits.train)) * epochs
        keras.utils.set_random_seed(seed)
        model = build_st_unet(
            adjacency,
            K,
            p,
            s,
            history=history,
            horizon=horizon,
            features=splits.train.num_features,
            units=data["units"],
            mean=splits.mean,
            std=splits.std,
            head=head,
            layer_norm=model_options["layer_norm"],
            reduce=reduce,
            upsampling=upsampling,
            sampling_decay=0.0 if no_sampling else sampling_decay(steps),
            seed=seed,
            dtype=precision,
        )
        prepare_folder(folder, config, resume)
        save_sensors(folder, series, splits, unit)
        if own:
            save_own(folder, series)
        metrics, best = train(model, splits, recipe, folder, progress)
        table = horizon_table(metrics["test"], metrics["minutes_per_step"])
        write_text(folder / TABLE, table)
        try:
            series = dataclasses.replace(series, adjacency=adjacency)
            _save_pictures(folder, best, splits, series, unit, p)
        except ImportError as error:
            warnings.warn(
                f"The run is whole but for its pictures. {error}", stacklevel=2
            )
        return table


def _save_pictures(folder, model, splits, series, unit, p):
    rounds = int(np.sum(p))  # levels of pooling go on where the last stopped
    save_run_pictures(
        folder,
        model,
        naive_forecasts(splits.train),
        splits,
        series,
        folder / "history.csv",
        labels=partition(series.adjacency, rounds).labels if rounds else None,
        unit=unit,
        name="ST-UNet",
    )
