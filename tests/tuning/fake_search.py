"""Processes of a search whose trials train nothing: a script.

python fake_search.py LOG              takes the part that standard input asks
python fake_search.py LOG every N FOLDER NPZ  kills a search at each Nth write

The trials write down in LOG what they were at. Of the points with `units`
below 0 the process dies, with -1 once and with -2 each time.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from keras_stunet.tuning import worker


def error_of(point):
    """The made-up error of a point."""
    return 10.0 - point["units"] + point["layers"] / 8


def run(space, point, series, splits, search):
    """Stands in for `run_point`."""
    write_down("begin", point)
    if point["units"] < 0:
        die(once=point["units"] == -1)
    time.sleep(float(os.environ.get("FAKE_SECONDS", 0)))
    for name in os.environ.get("FAKE_WAIT_FOR", "").split():
        wait_for(f"by {name}\n")
    if point["units"] == 13:
        message = "ValueError: the training diverged"
        return {"status": "diverged", "message": message, "seconds": 0.1}
    write_down("end", point)
    scores = {"val_mae": error_of(point), "best_epoch": 1, "epochs": 1}
    return {"status": "done", **scores, "seconds": 0.1, "parameters": 0}


def wait_for(begun):
    """Until a worker has begun a trial."""
    until = time.monotonic() + 60
    while begun not in Path(sys.argv[1]).read_text():
        assert time.monotonic() < until
        time.sleep(0.1)


def die(once):
    """End as a power cut does."""
    marker = Path(sys.argv[1] + ".died")
    if once and marker.exists():
        return
    marker.touch()
    os.kill(os.getpid(), signal.SIGKILL)


def write_down(what, point):
    who = os.environ.get("KERASTUNER_TUNER_ID", "tuner0")
    values = (f"{name}={value}" for name, value in point.items())
    words = [what, *values, f"by {who}"]
    # One write of a line: several processes share the file.
    with open(sys.argv[1], "a") as log:
        log.write(" ".join(words) + "\n")


def everywhere(every, folder, npz):
    """Kill a search at each `every`th write, each time in a fresh folder."""
    source, number, status = Path(folder), 0, None
    while status != 0:
        target = source.with_name(f"killed_{number}")
        shutil.copytree(source, target)
        sys.argv[1] = str(target / "log.txt")
        status = in_child(target, npz, number)
        assert status in (0, -signal.SIGKILL), status
        outcomes = len(list(target.glob("fnn/trial_*/outcome.json")))
        with open(sys.argv[1], "a") as log:
            log.write(f"outcomes {outcomes}\n")
        assert in_child(target, npz, None) == 0
        number += int(every)


def in_child(folder, npz, kill_at):
    """A search of one process, killed at one of its writes."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    output = os.open(f"{folder}.output", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if kill_at is not None:
        count_writes(kill_at)
    part = {"folder": str(folder), "system": "fnn", "dataset": npz}
    try:
        code = worker.take_part(
            {**part, "raw_dir": None, "data_dir": None}, run
        )
    except BaseException as error:
        print(repr(error), flush=True)
        code = 1
    os._exit(code)


def count_writes(last):
    """Die with half of a file, or before or after its renaming."""
    count = 0

    def step(file=None):
        nonlocal count
        count += 1
        if count > last:
            if file is not None and os.path.isfile(f"/proc/self/fd/{file}"):
                path = os.path.realpath(f"/proc/self/fd/{file}")
                os.truncate(path, os.path.getsize(path) // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    fsync, replace = os.fsync, os.replace

    def killing_fsync(descriptor):
        step(descriptor)
        fsync(descriptor)

    def killing_replace(source, target):
        step()
        replace(source, target)
        step()

    os.fsync, os.replace = killing_fsync, killing_replace


if __name__ == "__main__":
    if "every" in sys.argv:
        sys.exit(everywhere(*sys.argv[3:]))
    worker.PATIENCE = float(os.environ.get("FAKE_PATIENCE", worker.PATIENCE))
    sys.exit(worker.main(run))
