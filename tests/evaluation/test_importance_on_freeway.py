"""What a forecast rests on where the truth is known: the simulated freeway.

Queues there grow upstream at 12 miles an hour or less, and what passes a sensor
reaches the next ones downstream. So in waves sensors a few miles away on the
same road matter, and those that no way leads from do not.
"""

import copy

import numpy as np
import pytest

from keras_stunet.evaluation.importance import permutation_importance
from keras_stunet.training import load_run

MILE = 1609.344


@pytest.mark.long
def test_neighbours_matter_at_waves_and_far_sensors_do_not():
    run = load_run("st_unet_plus_freeway")
    series, every = run.series(), run.windows().validation
    rows = every.target_rows(np.arange(len(every)))
    slow = (every.values[rows] < 40).mean(axis=(1, 2))
    waves, quiet = (copy.copy(every) for _ in range(2))
    waves.starts = every.starts[slow >= np.quantile(slow, 0.75)]
    quiet.starts = every.starts[slow <= np.quantile(slow, 0.25)]
    miles = np.asarray(series.distances) / MILE  # in the direction of travel
    downstream = (miles.T >= 2) & (miles.T < 8)
    upstream = (miles >= 2) & (miles < 4)
    apart = ~np.isfinite(np.minimum(miles, miles.T))
    rises = {}
    for name, windows in (("waves", waves), ("quiet", quiet)):
        found = permutation_importance(
            run.model, windows, series.adjacency, 100
        )
        rises[name] = [
            found.sensors[pairs].mean()
            for pairs in (downstream, upstream, apart)
        ]
    by_downstream, by_upstream, by_others = rises["waves"]
    assert by_downstream > 5 * abs(by_others) and by_downstream > 0.004
    assert by_upstream > 5 * abs(by_others)
    assert max(np.abs(rises["quiet"])) < by_downstream / 5
