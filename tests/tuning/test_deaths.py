"""Deaths count for the trial in which a process dies, and say why."""

import json
import sys
from types import SimpleNamespace

import pytest

from keras_stunet.processes import Child
from keras_stunet.tuning.deaths import Deaths
from keras_stunet.tuning.trials import read_outcome

KILLED = SimpleNamespace(status=-9, log="its.log")


def note(folder, ongoing):
    text = json.dumps({"ongoing_trials": ongoing})
    (folder / "fnn/oracle.json").write_text(text)


@pytest.fixture
def deaths(make_search, add_trial):
    folder, space, search = make_search("fnn", {"units": (1, 2, 3)})
    for number in "012":
        add_trial(folder, number, {"units": int(number) + 1}, "RUNNING")
    return Deaths(folder, space)


def outcome(deaths, number):
    return read_outcome(deaths.folder / f"fnn/trial_{number}")


def test_the_third_death_in_one_trial_fails_it(deaths):
    for number in "012":
        note(deaths.folder, {"tuner0": number, "tuner1": "0"})
        assert "started again" in deaths.count("tuner0", KILLED)
    assert [outcome(deaths, number) for number in "012"] == [None] * 3
    deaths.count("tuner0", KILLED)
    deaths.count("tuner1", KILLED)
    assert outcome(deaths, "2") is None
    deaths.count("tuner0", KILLED)
    assert outcome(deaths, "2")["status"] == "out of memory"
    assert "3 times in this trial" in outcome(deaths, "2")["message"]
    assert outcome(deaths, "0") is None


def test_three_deaths_without_a_trial_end_the_search(deaths):
    note(deaths.folder, {})
    deaths.count("tuner0", KILLED)
    deaths.count("tuner0", KILLED)
    with pytest.raises(OSError, match="without a trial: .*its.log"):
        deaths.count("tuner0", KILLED)


def test_what_a_chief_said_is_passed_on(deaths, tmp_path):
    note(deaths.folder, {})
    log = tmp_path / "chief.log"
    log.write_text("Error: That was another day.\n")
    script = "print('Error: No room left.'); raise SystemExit(1)"
    chief = Child({}, (sys.executable, "-c", script), log)
    chief.wait(60)
    chief.stop()
    assert deaths.count("chief", chief).endswith("again. No room left.")
