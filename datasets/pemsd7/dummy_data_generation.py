"""Writes `dummy_data`: small files of the published form.

Run as `python -m keras_stunet.datasets.pemsd7.dummy_data_generation`.
"""

import pathlib

import numpy as np

from keras_stunet.datasets.pemsd7.published import PUBLISHED
from keras_stunet.datasets.pemsd7.reader import STEPS_PER_DAY

NUM_STATIONS = {"m": 4, "l": 6}
NUM_DAYS = 2


def write_dummy_data(folder, config, seed=0):
    """Writes the files of one config into `folder`, which it makes.

    Args:
        folder: Folder to write to.
        config: "m" or "l".
        seed: Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    published = PUBLISHED[config]
    n = NUM_STATIONS[config]
    speed = rng.uniform(3, 83, (NUM_DAYS * STEPS_PER_DAY, n)).round(1)
    places = rng.uniform((33.8, -118.5), (34.1, -118.0), (n, 2)).round(6)
    gaps = 1e5 * (places[:, None] - places)
    distances = np.sqrt((gaps**2).sum(-1)).round(2)
    np.savetxt(folder / published.speed.names[0], speed, "%.1f", ",")
    np.savetxt(folder / published.distances.names[0], distances, "%.2f", ",")
    if published.stations:
        lines = [",ID,Fwy,Dir,District,Latitude,Longitude"]
        for index, (latitude, longitude) in enumerate(places):
            station = rng.integers(710_000, 780_000)
            lines.append(f"{index},{station},5,S,7,{latitude},{longitude}")
        text = "\n".join(lines) + "\n"
        (folder / published.stations.names[0]).write_text(text)


if __name__ == "__main__":
    for name in PUBLISHED:
        write_dummy_data(
            pathlib.Path(__file__).parent / "dummy_data" / name, name
        )
