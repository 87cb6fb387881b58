"""A worker from elsewhere: when it waits, and what it does for a lost chief."""

import json
import sys
import threading

import pytest

from keras_stunet.files import write_text
from keras_stunet.tuning import join
from keras_stunet.tuning.launch import CHIEF_GONE
from keras_stunet.tuning.search_folder import read_outcome

# Writes down the port that it is told.
TOLD = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
with (folder / "ports").open("a") as file:
    print(os.environ["KERASTUNER_ORACLE_PORT"], file=file)
"""


def note_chief(folder, system, port):
    note = {"system": system, "host": "127.0.0.1", "port": port}
    write_text(folder / "chief.json", json.dumps(note))


@pytest.fixture
def joined(make_search, npz):
    """Function that joins a search with a script; returns what it said."""
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    note_chief(folder, "fnn", 1)

    def run(script):
        said = []
        command = (sys.executable, "-c", TOLD + script, str(folder))
        join.join_search(npz, folder, "two", say=said.append, command=command)
        return said

    return folder, run


def test_a_worker_stays_until_its_systems_turn(make_search):
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    with pytest.raises(OSError, match="No chief serves fnn"):
        join.find_chief(folder, space, patience=0.3)
    note_chief(folder, "gcgru", 1)  # has a last trial at work, of another
    later = threading.Timer(1, note_chief, (folder, "fnn", 2))
    later.start()
    assert join.find_chief(folder, space, patience=0.3)["port"] == 2
    later.join()


def test_a_worker_looks_up_the_chief_that_was_started_anew(joined):
    folder, run = joined
    said = run(f"""
chief = folder / "chief.json"
if json.loads(chief.read_text())["port"] == 1:
    chief.write_text(json.dumps({{**json.loads(chief.read_text()), "port": 2}}))
    print("Error: The chief is gone.")
    sys.exit({CHIEF_GONE})
""")
    assert (folder / "ports").read_text().split() == ["1", "2"]
    assert said[1] == "two looks for the chief again. The chief is gone."


def test_a_worker_without_a_chief_gives_up_in_the_end(joined):
    folder, run = joined
    with pytest.raises(OSError, match="Gone"):
        run(f"print('Error: Gone.'); sys.exit({CHIEF_GONE})")
    tries = (folder / "ports").read_text().split()
    assert len(tries) == join.LOST + 1


def test_another_error_of_a_worker_is_not_tried_again(joined):
    folder, run = joined
    with pytest.raises(OSError, match="no data"):
        run("print('Error: no data'); sys.exit(1)")
    assert (folder / "ports").read_text().split() == ["1"]


def test_a_trial_that_keeps_killing_a_worker_is_failed(joined, add_trial):
    folder, run = joined
    add_trial(folder, "0", {"units": 1}, "RUNNING")
    state = json.dumps({"ongoing_trials": {"two": "0"}})
    (folder / "fnn/oracle.json").write_text(state)
    said = run("""
if not (folder / "fnn/trial_0/outcome.json").exists():
    os.kill(os.getpid(), 9)
""")
    assert sum("started again" in line for line in said) == 3
    outcome = read_outcome(folder / "fnn/trial_0")
    assert outcome["status"] == "out of memory"
    assert "3 times" in outcome["message"]


def test_two_workers_of_one_name_are_refused(joined):
    folder, run = joined
    with join._only_worker(folder, "two"):
        with pytest.raises(BlockingIOError, match="another name"):
            run("")
    run("")  # the name is free again
