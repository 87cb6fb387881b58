"""What the forecasts of a run rest on, as files."""

import csv
from pathlib import Path

from keras_stunet.evaluation.importance import permutation_importance
from keras_stunet.files import write_rows
from keras_stunet.plotting import save_figure
from keras_stunet.plotting.importance import plot_importance

FOLDER = "explain"  # in a run folder
INPUTS = "inputs.csv"
SENSORS = "sensors.csv"
HOPS = "hops.csv"
PICTURE = "importance"


def explain_run(
    run, folder, count=100, seed=0, raw_dir=None, data_dir=None, progress=None
):
    """Write the permutation importance of a run, on its validation windows.

    The folder then holds `inputs.csv` (by feature and step), `sensors.csv`
    (how much the other sensors add to each), `hops.csv` (by edges between two
    sensors) and the picture `importance`, as .png and .svg.

    Args:
        run: A `Run`, from `load_run`.
        folder: Where to write; it need not exist.
        count: As in `permutation_importance`.
        seed: As in `permutation_importance`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        progress: As in `permutation_importance`.

    Returns:
        The `Importance`.

    Raises:
        ValueError: As `permutation_importance`.
        ImportError: If matplotlib is not installed.
        FileNotFoundError: If the data of the run are gone.
        OSError: If a file cannot be written.
    """
    folder = Path(folder)
    series = run.series(raw_dir, data_dir)
    windows = run.windows().validation
    found = permutation_importance(
        run.model, windows, series.adjacency, count, seed, progress
    )
    features = windows.feature_names
    history = len(found.inputs)
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(
        folder / INPUTS,
        [
            {
                "feature": name,
                "step": step - history + 1,
                "mae_rise": round(float(found.inputs[step, place]), 5),
            }
            for place, name in enumerate(features)
            for step in range(history)
        ],
    )
    write_rows(
        folder / SENSORS,
        [
            {
                "sensor": name,
                "mae": round(float(mae), 5),
                "mae_rise_without_others": round(float(rise), 5),
            }
            for name, mae, rise in zip(
                run.sensors, found.mae, found.others, strict=True
            )
        ],
    )
    write_rows(
        folder / HOPS,
        [
            {"edges": hops, "pairs": pairs, "mae_rise": round(rise, 6)}
            for hops, (pairs, rise) in found.by_hops().items()
        ],
    )
    picture = plot_importance(found, features, unit=run.unit)
    save_figure(picture, folder / PICTURE)
    return found


def read_explanation(folder):
    """The tables that `explain_run` wrote, for a report.

    Args:
        folder: Where it wrote to.

    Returns:
        `{"inputs": rows, "sensors": rows, "hops": rows}`, each row a dict of
        text; `None` where one of them is missing.
    """
    names = {"inputs": INPUTS, "sensors": SENSORS, "hops": HOPS}
    paths = {key: Path(folder) / name for key, name in names.items()}
    if not all(path.is_file() for path in paths.values()):
        return None
    found = {}
    for key, path in paths.items():
        with path.open(newline="") as file:
            found[key] = list(csv.DictReader(file))
    return found
