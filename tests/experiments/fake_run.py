"""Stands in for `keras_stunet.experiments.one_run`, in milliseconds: a script.

It reads the same line, notes in `starts.log` beside the run folder that it was
started, leaves the files of a run that is under way and then does what the
argument `act` says.
"""

import json
import os
import pathlib
import signal
import sys
import time

MODEL = {"name": "st_unet", "head": "direct", "units": 4}
RECIPE = {
    "loss": "l2",
    "batch_size": 50,
    "learning_rate": 0.01,
    "epsilon": 1e-7,
}
ENVIRONMENT = {"commit": "c0ffee", "backend": "fake 1", "device": "none"}
SCORES = {
    str(step): {"mae": step / 3, "rmse": step / 2, "mape": step / 1.5}
    for step in (3, 6, 12)
}


def finish(folder, arguments):
    """Write the scores, as a run that came to its end."""
    metrics = {
        "test": {"model": SCORES},
        "best": {"epoch": 1, "val_mae": 2.5},
        "epochs": 1,
        "seconds": 60.0,
        "parameters": 7,
        "minutes_per_step": 5.0,
        "environment": ENVIRONMENT,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))


def wait_for_interrupts(folder, count):
    """End with the `count`-th Ctrl-C."""
    seen = []
    signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    (folder / "waits").touch()
    while len(seen) < count:
        time.sleep(0.01)
        (folder / "seen").write_text(str(len(seen)))
    sys.exit(130)


def main():
    """What the queue starts."""
    arguments = json.loads(sys.stdin.readline())
    folder = pathlib.Path(arguments["folder"])
    act = arguments["act"]
    with (folder / "starts.log").open("a") as log:
        log.write(f"{os.getpid()} {os.getpgrp()}\n")
    config = {"format": "keras_stunet.run.3", "dataset": "freeway"}
    config |= {"protocol": "days", "parts": None, "model": MODEL}
    recipe = {**RECIPE, "seed": arguments["seed"]}
    recipe["precision"] = arguments.get("precision", "")
    config["recipe"] = recipe
    (folder / "config.json").write_text(json.dumps(config))
    first = len((folder / "starts.log").read_text().splitlines()) == 1
    if act == "kill the queue" and first:
        os.kill(os.getppid(), signal.SIGKILL)
        sys.exit(1)
    if act == "say what was asked":
        (folder / "asked.json").write_text(json.dumps(arguments))
    if act.startswith("be ended by"):
        number = getattr(signal, act.split()[-1])
        signal.signal(number, signal.SIG_DFL)  # nohup leaves it ignored
        os.kill(os.getpid(), number)
    if act == "end interrupted":
        sys.exit(130)
    if act == "lack a package":
        sys.exit(69)
    if act == "be killed twice after an epoch":
        starts = len((folder / "starts.log").read_text().splitlines())
        if starts < 3:
            (folder / "checkpoint.npz").write_text(str(starts))
            os.kill(os.getpid(), signal.SIGKILL)
    if act == "be killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if act == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if act == "end early":
        sys.exit(0)
    if act == "diverge" or (act == "fail once" and first):
        failure = {"status": "diverged", "message": "loss is nan"}
        (folder / "failure.json").write_text(json.dumps(failure))
        sys.exit(1)
    if act == "be busy" or (act == "be busy once" and first):
        sys.exit(75)
    if act.startswith("interrupt") and first:
        wait_for_interrupts(folder, int(act[-1]))
    finish(folder, arguments)


if __name__ == "__main__":
    main()
