"""What the queue tells a run beside its job."""

import json
import os

import numpy as np
import pytest

from keras_stunet.data import Series

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs fork and signals"
)


def test_where_things_are_is_said_to_each_run(start, make_job, tmp_path):
    npz = tmp_path / "fw.npz"
    hour = np.timedelta64(1, "h")
    times = np.datetime64("2021-03-01") + np.arange(9) * hour
    Series(np.ones((9, 2)), np.eye(2)[::-1], times, name="freeway").save(npz)
    options = {"npz": [npz], "raw_dir": tmp_path, "data_dir": tmp_path}
    options |= {"devices": 2, "steps_per_execution": 20}
    act = "say what was asked"
    jobs = [
        make_job("a", act),
        make_job("f", act, precision="", classical=True),
    ]
    assert start(jobs, **options) == {"a": "done", "f": "done"}
    trained, fitted = (
        json.loads((job.folder(start.out) / "asked.json").read_text())
        for job in jobs
    )
    for asked in (trained, fitted):
        assert asked["dataset"] == str(npz)
        assert asked["raw_dir"] == str(tmp_path)
    assert trained["devices"] == 2 and trained["steps_per_execution"] == 20
    assert not {"devices", "steps_per_execution"} & fitted.keys()
