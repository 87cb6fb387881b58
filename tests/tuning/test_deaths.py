"""Deaths count for the trial in which a process dies, and say why."""

import json
import sys
from types import SimpleNamespace

import pytest

from keras_stunet.processes import Child
from keras_stunet.tuning.launch import Team
from keras_stunet.tuning.search_folder import read_outcome

KILLED = SimpleNamespace(status=-9, log="its.log")


def note(folder, ongoing):
    text = json.dumps({"ongoing_trials": ongoing})
    (folder / "fnn/oracle.json").write_text(text)


@pytest.fixture
def team(make_search, add_trial):
    folder, space, search = make_search("fnn", {"units": (1, 2, 3)})
    for number in "012":
        add_trial(folder, number, {"units": int(number) + 1}, "RUNNING")
    said = []
    team = Team(folder, space, 24, {}, say=said.append)
    team.said = said
    return team


def outcome(team, number):
    return read_outcome(team.folder / f"fnn/trial_{number}")


def test_the_third_death_in_one_trial_fails_it(team):
    for number in "012":
        note(team.folder, {"tuner0": number, "tuner1": "0"})
        team.count_death("tuner0", KILLED)
        assert "started again" in team.said[-1]
    assert [outcome(team, number) for number in "012"] == [None] * 3
    team.count_death("tuner0", KILLED)
    team.count_death("tuner1", KILLED)
    assert outcome(team, "2") is None
    team.count_death("tuner0", KILLED)
    assert outcome(team, "2")["status"] == "out of memory"
    assert "3 times in this trial" in outcome(team, "2")["message"]
    assert outcome(team, "0") is None


def test_three_deaths_without_a_trial_end_the_search(team):
    note(team.folder, {})
    team.count_death("tuner0", KILLED)
    team.count_death("tuner0", KILLED)
    with pytest.raises(OSError, match="without a trial: .*its.log"):
        team.count_death("tuner0", KILLED)


def test_what_a_chief_said_is_passed_on(team, tmp_path):
    note(team.folder, {})
    log = tmp_path / "chief.log"
    log.write_text("Error: That was another day.\n")
    script = "print('Error: No room left.'); raise SystemExit(1)"
    chief = Child({}, (sys.executable, "-c", script), log)
    chief.wait(60)
    chief.stop()
    team.count_death("chief", chief)
    assert team.said[-1].endswith("again. No room left.")
