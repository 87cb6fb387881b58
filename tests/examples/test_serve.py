"""The example of a server."""

import dataclasses
import importlib.util
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keras_stunet import training
from keras_stunet.data import from_arrays
from keras_stunet.training.runs.run import Run
from keras_stunet.training.runs.stream import Stream

pytest.importorskip("fastapi")
pytest.importorskip("httpx")
pytestmark = pytest.mark.long
PATH = Path(__file__).parents[2] / "examples" / "serve.py"


class Last:
    """Stands for a model: two steps like the last one."""

    def predict_on_batch(self, x):
        return np.repeat(x[:, -1:, :, :1], 2, axis=1)


@pytest.fixture
def stream():
    return Stream(
        Run(
            folder=None,
            config={
                "model": {"history": 4, "horizon": 2, "calendar": []},
                "dataset": "own",
            },
            sensors=["a", "b"],
            minutes_per_step=5.0,
            fill=50.0,
            unit="mph",
            sha256="",
            model=Last(),
        )
    )


@pytest.fixture(scope="module")
def serve():
    spec = importlib.util.spec_from_file_location("serve", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client(serve, stream):
    from fastapi.testclient import TestClient

    with TestClient(
        serve.make_app(stream), raise_server_exceptions=False
    ) as client:
        yield client


def rows(count=4):
    times = pd.date_range("2024-03-01 08:00", periods=count, freq="5min")
    for i, time in enumerate(times):
        yield {"time": str(time), "readings": {"a": 60.0 + i, "b": None}}


def test_readings_go_in_and_forecasts_come_out(client, stream):
    assert client.get("/forecast").status_code == 422
    for row in rows():
        assert client.post("/readings", json=row).status_code == 200
    made = client.get("/forecast").json()
    assert made["times"] == ["2024-03-01T08:20:00", "2024-03-01T08:25:00"]
    assert made["forecast"] == {"a": [63.0, 63.0], "b": [50.0, 50.0]}
    assert made["unit"] == "mph"
    assert client.get("/health").json() == {"status": "ok", "rows": 4}
    assert client.get("/card").json()["sensors"] == ["a", "b"]


def test_measurements_bounds_and_covariates(serve, tmp_path):
    from fastapi.testclient import TestClient

    steps, times = 20, pd.date_range("2024-03-01", periods=20, freq="5min")
    flow = np.arange(2.0 * steps).reshape(steps, 2)
    series = from_arrays(
        np.stack([flow, 60 - flow], axis=-1),
        timestamps=times,
        node_ids=["a", "b"],
        measurements=["flow", "speed"],
        units=["veh", "mph"],
    )
    series = dataclasses.replace(
        series, covariates={"rain": np.arange(float(steps))}
    )
    training.train_model(
        *(series, tmp_path / "run", "fnn"),
        **{"history": 2, "horizon": 2, "units": 2, "epochs": 1},
        **{"targets": "all", "progress": False, "batch_size": 4},
    )
    known = tmp_path / "rain.csv"
    stream = Stream(tmp_path / "run")
    with TestClient(serve.make_app(stream, None, [known])) as client:
        for i in range(2):
            row = {"flow": {"a": 40 + i, "b": None}, "speed": {"a": 20}}
            body = {"time": str(times[-1] + times.freq * (i + 1))}
            body["readings"] = row
            assert client.post("/readings", json=body).status_code == 200
        assert client.get("/forecast").status_code == 503  # no file
        text = "time,rain\n" + "".join(
            f"{times[-1] + times.freq * i},{i}\n" for i in range(1, 5)
        )
        known.write_text(text)
        made = client.get("/forecast").json()
        assert made["unit"] == {"flow": "veh", "speed": "mph"}
        assert list(made["forecast"]) == ["flow", "speed"]
        known.write_text(text.replace(",4", ",40"))
        assert client.get("/forecast").json() != made
        bounds = client.get("/forecast?level=0.5").json()["forecast"]
        assert bounds["speed lower"]["b"] < bounds["speed upper"]["b"]
        assert client.get("/forecast?level=2").status_code == 422
        assert client.get("/card").json()["targets"] == ["flow", "speed"]


@pytest.mark.parametrize(
    "body",
    [
        {"time": "2024-03-01", "readings": {"x": 1}},
        {"time": "never", "readings": {"a": 1}},
        {"time": "2024-03-01 08:00+01:00", "readings": {"a": 1}},
        {"time": "2024-03-01", "readings": {"a": "fast"}},
        {"time": "2024-03-01", "readings": [1, 2]},
        {"time": "2024-03-01", "readings": {"flow": {"a": 1}}},
        {"time": "2024-03-01", "readings": {"a": {"a": {"a": 1}}}},
        {"time": "2024-03-01", "readings": {"a": 1}, "path": "/etc/passwd"},
        {"readings": {"a": 1}},
        [],
    ],
)
def test_what_is_wrong_is_refused_with_a_reason(client, body):
    answer = client.post("/readings", json=body)
    assert answer.status_code == 422 and answer.json()["detail"]
    assert client.get("/health").json()["rows"] == 0


def test_numbers_that_are_not_finite_are_refused(client):
    for number in ("NaN", "Infinity", "-Infinity", "1e999"):
        body = '{"time": "2024-03-01", "readings": {"a": ' + number + "}}"
        answer = client.post("/readings", content=body)
        assert answer.status_code == 422, number


def test_a_huge_body_is_refused(client, serve):
    body = b" " * (serve.MOST_BYTES + 1)
    assert client.post("/readings", content=body).status_code == 413


def test_rows_outlive_a_restart(serve, stream, tmp_path):
    from fastapi.testclient import TestClient

    state = tmp_path / "state.npz"
    with TestClient(serve.make_app(stream, state)) as client:
        for row in rows():
            client.post("/readings", json=row)
        before = client.get("/forecast").json()
    stream._rows.clear()
    with TestClient(serve.make_app(stream, state)) as client:
        assert client.get("/forecast").json() == before


@pytest.mark.filterwarnings("ignore")
def test_no_request_is_answered_by_a_fault_of_ours(client):
    dice = random.Random(0)
    good = list(rows(12))
    odd = [None, "", "a", -1, 1e308, True, [], {}, "2024-13-45", "9" * 400]
    for _ in range(2000):
        body = dict(dice.choice(good))
        kind = dice.randrange(5)
        if kind == 0:
            body[dice.choice(["time", "readings", "x"])] = dice.choice(odd)
        elif kind == 1:
            body["readings"] = {dice.choice("abc"): dice.choice(odd)}
        elif kind == 2:
            text = json.dumps(body)
            cut = dice.randrange(len(text))
            text = text[:cut] + dice.choice(["", "\x00", '"', "{"]) + text[cut:]
            answer = client.post("/readings", content=text[: cut + 20])
            assert answer.status_code < 500, text
            continue
        elif kind == 3:
            path = dice.choice(["/forecast", "/readings", "/..%2f", "/card"])
            method = dice.choice(["GET", "PUT", "DELETE", "POST"])
            assert client.request(method, path).status_code < 500, path
            continue
        answer = client.post("/readings", json=body)
        assert answer.status_code < 500, body
