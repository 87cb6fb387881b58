"""One process at a time, and nothing left behind."""

import os
import subprocess
import sys
import threading
import time

import pytest

from keras_stunet import locks as lock
from keras_stunet.locks import file_lock
from keras_stunet.locks import run_lock

HOLD = """
import sys, time
from keras_stunet.locks import run_lock
with run_lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_is_made_held_and_taken_away_if_nothing_came(tmp_path):
    with run_lock(tmp_path / "a" / "b") as folder:
        assert folder == tmp_path / "a" / "b" and folder.is_dir()
        assert all(file.name.startswith(".") for file in folder.iterdir())
    assert not list(tmp_path.iterdir())


def test_what_was_written_stays_and_the_lock_does_not(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with run_lock(tmp_path / "a") as folder:
            (folder / "file").write_text("")
            raise KeyboardInterrupt
    assert [file.name for file in folder.iterdir()] == ["file"]


def test_a_second_run_is_refused_at_once_and_named(tmp_path):
    with run_lock(tmp_path):
        message = f"another run .process {os.getpid()} on .*--resume.*--out"
        with pytest.raises(OSError, match=message):
            with run_lock(tmp_path):
                pytest.fail("both hold it")
        with pytest.raises(OSError, match=message):  # the first still holds it
            with run_lock(tmp_path / "." / ".." / tmp_path.name):
                pytest.fail("both hold it")
    with run_lock(tmp_path):
        pass


def test_a_holder_that_is_not_known_is_said_to_be(tmp_path):
    with run_lock(tmp_path):
        (tmp_path / ".lock.holder").unlink()
        with pytest.raises(OSError, match="an unknown process"):
            with run_lock(tmp_path):
                pytest.fail("both hold it")


def test_a_killed_process_holds_nothing(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    holder = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(OSError, match=f"process {holder.pid} on"):
            with run_lock(tmp_path):
                pytest.fail("both hold it")
    finally:
        holder.kill()
        holder.communicate()
    with run_lock(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match="cannot be written.*choose another"):
            with run_lock(folder):
                pytest.fail("no folder")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_is_told_before_anything_is_done(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="cannot be written: No space left"):
        with run_lock(tmp_path / "run"):
            pytest.fail("went on")
    assert not list(tmp_path.iterdir())


def test_writers_of_one_file_take_turns(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("0")

    def add():
        for _ in range(25):
            with file_lock(path, "wait"):
                number = int(path.read_text())
                time.sleep(1e-4)
                path.write_text(str(number + 1))

    writers = [threading.Thread(target=add) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_text() == "100"
    assert [file.name for file in tmp_path.iterdir()] == ["rows.csv"]


def test_a_file_that_is_held_for_long_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "WAIT", 0.01)
    path = tmp_path / "rows.csv"
    message = "rows.csv has been held by another.*, or wait"
    with file_lock(path, "wait"):
        with pytest.raises(OSError, match=message):
            with file_lock(path, "wait"):
                pytest.fail("held twice")
