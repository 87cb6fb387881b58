"""Writes `dummy_data`: small files of the published form.

Run as `python -m keras_stunet.datasets.beijing_air.dummy_data_generation`.
"""

import pathlib

import numpy as np

from keras_stunet.datasets.beijing_air.published import HEADING
from keras_stunet.datasets.beijing_air.published import MEASUREMENTS
from keras_stunet.datasets.beijing_air.published import STATIONS
from keras_stunet.datasets.beijing_air.published import file_name
from keras_stunet.datasets.beijing_air.published import hours

LAST = "2013-03-02T23"


def write_dummy_data(folder, seed=0):
    """Writes two days of all stations into `folder`, which it makes.

    Args:
        folder: Folder to write to.
        seed: Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for station in STATIONS:
        lines = [",".join(HEADING)]
        for number, time in enumerate(hours(last=LAST).tolist(), 1):
            parts = time.year, time.month, time.day, time.hour
            readings = iter(rng.uniform(1, 99, len(MEASUREMENTS)).round(1))
            cells = {"No": number, "station": station, "wd": "NNW"}
            cells |= dict(
                zip(("year", "month", "day", "hour"), parts, strict=True)
            )
            row = [cells.get(name) for name in HEADING]
            row = [next(readings) if x is None else x for x in row]
            if rng.random() < 0.1:
                row[HEADING.index("PM2.5")] = "NA"
            lines.append(",".join(map(str, row)))
        (folder / file_name(station)).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_dummy_data(pathlib.Path(__file__).parent / "dummy_data")
