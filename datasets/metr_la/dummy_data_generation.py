"""Writes `dummy_data`: small files of the published form.

Run as `python -m keras_stunet.datasets.metr_la.dummy_data_generation`.
"""

import pathlib

import numpy as np

from keras_stunet.datasets.metr_la.published import FILES

SENSORS = ("773869", "767541", "767542", "717447", "717446", "717445")
SELECTION = ("717445", "773869", "717447")
NUM_STEPS = 288


def write_dummy_data(folder, seed=0):
    """Writes speeds as csv, distances, ids and locations of six sensors.

    Args:
        folder: Folder to write to, which it makes.
        seed: Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    n = len(SENSORS)
    speed = rng.uniform(5, 70, (NUM_STEPS, n)).round(3)
    speed[rng.random(speed.shape) < 0.08] = 0
    np.savetxt(folder / FILES["speed"].names[-1], speed, "%.3f", ",")
    places = rng.uniform((34.0, -118.5), (34.2, -118.2), (n, 2)).round(5)
    roads = 1e5 * np.sqrt(((places[:, None] - places) ** 2).sum(-1))
    roads *= rng.uniform(1, 2, roads.shape)  # longer in one direction
    rows = ["from,to,cost", "1,773869,12.5"]  # a sensor that is not chosen
    for i, j in np.argwhere(roads < 20_000):
        rows.append(f"{SENSORS[i]},{SENSORS[j]},{roads[i, j]:.1f}")
    _write(folder, "distances", "\n".join(rows) + "\n")
    _write(folder, "ids", ",".join(SENSORS))
    rows = ["index,sensor_id,latitude,longitude"]
    for i, (latitude, longitude) in enumerate(places):
        rows.append(f"{i},{SENSORS[i]},{latitude},{longitude}")
    _write(folder, "locations", "\n".join(rows))


def _write(folder, key, text):
    (folder / FILES[key].names[0]).write_text(text)


if __name__ == "__main__":
    write_dummy_data(pathlib.Path(__file__).parent / "dummy_data")
