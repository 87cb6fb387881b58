"""The paper's section 4.1: ST-UNet and GCGRU on moving-MNIST."""

import keras
import numpy as np

from keras_stunet.baselines import Persistence
from keras_stunet.checks import check_choice
from keras_stunet.data.frames import HISTORY
from keras_stunet.data.frames import HORIZON
from keras_stunet.data.frames import load_moving_mnist
from keras_stunet.data.frames import sequence_counts
from keras_stunet.data.frames import to_frames
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.frame_metrics import FrameScores
from keras_stunet.graph import pixel_grid
from keras_stunet.models import build_st_unet
from keras_stunet.moving_mnist.pictures import DATASET
from keras_stunet.moving_mnist.pictures import LAST
from keras_stunet.moving_mnist.pictures import save_run_pictures
from keras_stunet.training.fit import train
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import sampling_decay
from keras_stunet.training.runs.folder import run_config
from keras_stunet.training.runs.run import Run

# The paper's two models: rounds of pooling, and dilation in time.
MODELS = {"st_unet": {"p": 2, "s": 2}, "gcgru": {"p": 0, "s": 1}}


def train_moving_mnist(
    folder,
    *,
    model="st_unet",
    size=16,
    sequences=1000,
    units=32,
    K=3,
    epochs=30,
    batch_size=20,
    learning_rate=1e-2,
    precision="float32",
    seed=0,
    resume=False,
    raw_dir=None,
    data_dir=None,
    progress=True,
):
    """Train a model to go on with ten frames, and write its run folder.

    The first ten frames of a sequence are the input, the last ten are
    forecast, each from the one before it. Pixels are the nodes of
    `pixel_grid`; a sigmoid keeps forecasts in [0, 1], and the loss is the
    mean binary cross-entropy. Size, number of sequences and width are far
    below the paper's by default (it has 32 x 32 pixels), for a CPU.

    The epoch that counts is the one with the least loss on the validation
    sequences; the test sequences are scored once, on that one. The folder
    then holds what `train_model` writes, `sensors.json` excepted, with the
    scores of `keras_stunet.frame_metrics` and the pictures `frames` (a
    figure, and an animation as `.gif`) and `training`. The arguments are the
    options of `keras-stunet moving-mnist`.

    Args:
        folder: The run folder.
        model: `"st_unet"` (p=2, s=2) or `"gcgru"`, the same model without
            pooling and dilation (p=0, s=1).
        size: Pixels of a side: 64, 32 or 16.
        sequences: Training sequences, from 5 to 10,000; see
            `keras_stunet.data.frames.load_moving_mnist`.
        units: Width of each recurrence.
        K: Number of Chebyshev terms.
        epochs: Passes over the training sequences.
        batch_size: Sequences a step.
        learning_rate: Of Adam, at the start.
        precision: Dtype policy of the model.
        seed: Seeds the weights, the order of sequences and the sampling.
        resume: Whether to go on with a run in the folder, if there is one.
        raw_dir: Folder of raw MNIST files, as in `load_moving_mnist`.
        data_dir: Folder of TensorFlow Datasets.
        progress: Whether to show a progress bar.

    Returns:
        The table of scores, as Markdown.

    Raises:
        ValueError: For options that make no sense, before anything is
            written; or if the training diverges.
        ImportError: If scikit-image is missing, before anything is written.
        OSError: If the folder cannot be written or another run writes to it,
            before any data are read; or if a file cannot be written later.
    """
    check_choice("model", model, tuple(MODELS))
    recipe = Recipe(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        loss="bce",
        precision=precision,
        seed=seed,
    )
    options = {**MODELS[model], "K": K, "units": units, "head": "seq2seq"}
    options |= {"history": HISTORY, "horizon": HORIZON}
    parts = list(sequence_counts(sequences).values())
    dataset = f"{DATASET}/{size}"
    config = run_config(dataset, "sequences", parts, options, recipe)
    FrameScores()  # says what is not installed
    with Run.open(folder, config, resume, LAST) as run:
        if run.finished:
            return frame_table(run.metrics["test"])
        splits = load_moving_mnist(size, sequences, raw_dir, data_dir)
        steps = recipe.steps_per_epoch(len(splits.train)) * epochs
        keras.utils.set_random_seed(seed)
        network = build_st_unet(
            pixel_grid(size, size),
            **options,
            mean=splits.mean,
            std=splits.std,
            activation="sigmoid",
            sampling_decay=sampling_decay(steps),
            seed=seed,
            dtype=precision,
            name=model,
        )
        run.start()
        metrics, best = train(
            network, splits, recipe, run.folder, progress, score_beside_floors
        )
        table = run.write_table(frame_table(metrics["test"]))
        run.draw(
            lambda: save_run_pictures(run.folder, best, splits.test, options),
            progress,
        )
        return table


def score_beside_floors(model, windows, train):
    """Score forecast frames beside two forecasts that know nothing of motion.

    A copy of the last input frame is sharp and in the wrong place; the mean
    of the training frames is a grey blur, the better of the two by MSE.

    Args:
        model: As in `predict_windows`.
        windows: The `Windows` to score, over square frames.
        train: The training `Windows`.

    Returns:
        `{system: {"mse", "mae", "ssim", "bce"}}`, see
        `keras_stunet.frame_metrics`; the model first.
    """
    systems = {
        "model": model,
        "copy of the last frame": Persistence().fit(train),
        "mean training frame": _MeanFrame(train),
    }
    results = {}
    for name, system in systems.items():
        scores = FrameScores()
        for forecast, target, _ in predict_windows(system, windows):
            scores.update(to_frames(target), to_frames(forecast))
        results[name] = scores.result()
    return results


class _MeanFrame:
    # The mean of all target frames, forecast for each.

    def __init__(self, train):
        rows = train.target_rows(np.arange(len(train)))
        self.frame = train.values[np.ravel(rows)].mean(0, dtype=np.float64)

    def predict(self, windows, indices):
        shape = len(indices), windows.horizon, windows.num_nodes, 1
        return np.broadcast_to(self.frame[:, None], shape)


def frame_table(scores):
    """Markdown table of scores a frame, one row a system.

    >>> scores = {"x": {"mse": 1.0, "mae": 2.0, "ssim": 0.5, "bce": 3.0}}
    >>> print(frame_table(scores))
    | a frame | MSE | MAE | SSIM | BCE |
    | --- | --- | --- | --- | --- |
    | x | 1.000 | 2.000 | 0.5000 | 3.000 |
    """
    lines = ["| a frame | MSE | MAE | SSIM | BCE |", "| --- " * 5 + "|"]
    for system, row in scores.items():
        lines.append(
            f"| {system} | {row['mse']:.3f} | {row['mae']:.3f} | "
            f"{row['ssim']:.4f} | {row['bce']:.3f} |"
        )
    return "\n".join(lines)
