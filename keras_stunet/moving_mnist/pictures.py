"""Pictures of runs on moving-MNIST: one alone, or several side by side."""

from pathlib import Path

import keras
import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.moving_mnist.frames import load_split
from keras_stunet.moving_mnist.frames import to_frames
from keras_stunet.plotting import plot_training_curves
from keras_stunet.plotting import save_figure
from keras_stunet.plotting.frames import plot_frames
from keras_stunet.plotting.frames import save_animation
from keras_stunet.training.results import model_name
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import HISTORY
from keras_stunet.training.runs.folder import read_config

DATASET = "moving_mnist"
FRAMES = "frames"
LAST = f"{FRAMES}.gif"  # the last file that a run writes


def save_run_pictures(folder, model, windows, options):
    """Draw what a run came to on the first test sequence, and its history.

    Writes `training` and `frames`, each as `.png` and `.svg`, and
    `frames.gif`, in this order: with the last there, all are.

    Args:
        folder: The run folder, with `history.csv`.
        model: Its best model.
        windows: The test `Windows`.
        options: Options of the model, from the run's configuration.

    Raises:
        ImportError: If matplotlib or Pillow is not installed.
        OSError: If the folder cannot be written.
    """
    curves = plot_training_curves(folder / HISTORY, monitor="val_loss")
    save_figure(curves, folder / "training")
    models = {model_name(options): model}
    _save_frames(folder / FRAMES, models, windows, 0)


def compare_moving_mnist(
    folders, out, *, sequence=0, raw_dir=None, data_dir=None
):
    """Draw one test sequence as several runs forecast it, after Figure 2.

    Args:
        folders: Run folders of `train_moving_mnist`, of one size, in the
            order of the rows; at least one.
        out: Where to write, without an ending.
        sequence: Number of the test sequence, from 0 to 2,999.
        raw_dir: As in `train_moving_mnist`.
        data_dir: As in `train_moving_mnist`.

    Returns:
        The paths of the figure, `.png` and `.svg`, and of the animation,
        `.gif`.

    Raises:
        FileNotFoundError: If a folder holds no such run with a finished epoch.
        ValueError: If runs are of different sizes or other data, or there is
            no such sequence.
        ImportError: If matplotlib or Pillow is not installed.
        OSError: If the files cannot be written.
    """
    check_count("sequence", sequence, 0)
    if not folders:
        raise ValueError(
            "`folders` is empty; expected at least one run folder of "
            "`keras-stunet moving-mnist`."
        )
    configs = {Path(folder): _read_run(Path(folder)) for folder in folders}
    sizes = {config["dataset"] for config in configs.values()}
    if len(sizes) > 1:
        raise ValueError(
            f"The runs were trained on {', '.join(sorted(sizes))}; expected "
            "one size. Compare runs with the same --size."
        )
    size = int(sizes.pop().removeprefix(f"{DATASET}/"))
    windows = load_split(size, "test", sequence + 1, raw_dir, data_dir)
    models = {
        name: keras.saving.load_model(folder / BEST, compile=False)
        for name, folder in _distinct_names(configs).items()
    }
    return _save_frames(Path(out), models, windows, sequence)


def _save_frames(stem, models, windows, sequence):
    forecasts = {}
    for name, model in models.items():
        ((forecast, _, _),) = predict_windows(
            model, windows, batch_size=1, indices=[sequence]
        )
        forecasts[name] = to_frames(forecast)[0]  # (horizon, H, W)
    x, y = windows.gather([sequence])
    truth = to_frames(np.concatenate([x, y], axis=1))[0]  # (T, H, W)
    paths = save_figure(plot_frames(truth, forecasts), stem)
    gif = paths[0].with_suffix(".gif")
    return [*paths, save_animation(gif, truth, forecasts)]


def _read_run(folder):
    for name in (CONFIG, BEST):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"There is no {name} in {folder}; expected the --out folder "
                "of `keras-stunet moving-mnist` with at least one finished "
                "epoch."
            )
    config = read_config(folder / CONFIG)
    if not config["dataset"].startswith(f"{DATASET}/"):
        raise ValueError(
            f"The run in {folder} was trained on {config['dataset']}; "
            "expected a run of `keras-stunet moving-mnist`."
        )
    return config


def _distinct_names(configs):
    # {name: folder}; models of one name are numbered.
    named = {}
    for folder, config in configs.items():
        named.setdefault(model_name(config["model"]), []).append(folder)
    return {
        f"{name} {number}" if len(same) > 1 else name: folder
        for name, same in named.items()
        for number, folder in enumerate(same, 1)
    }
