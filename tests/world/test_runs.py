"""Long runs: the same digits whoever works, whole files or none, and nothing lost by a stop."""

import errno
import hashlib
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

import seedsoil
from seedsoil.errors import InputError, RunStopped, UnreadableState, Unsupported
from seedsoil.world import runs

SETTINGS = {"what": "a test", "n": 5}


def squared(k: int) -> int:
    return k * k


def two_tables(k: int) -> dict[str, pa.Table]:
    return {"events": pa.table({"x": [k, k + 1]}), "people": pa.table({"y": [k**2]})}


def slow_tables(k: int) -> dict[str, pa.Table]:
    time.sleep(0.05)
    return two_tables(k)


def dying(marker: str, k: int) -> dict[str, pa.Table]:
    """The worker that does part 2 for the first time is killed in the middle of it."""
    if k == 2:
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return slow_tables(k)


def digest(folder) -> dict[str, str]:
    return {
        f.relative_to(folder).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest()
        for f in sorted(folder.rglob("*")) if f.is_file()
    }  # fmt: skip


def written(folder, call=two_tables, many=5, resume=False, **who) -> dict[str, str]:
    runs.open_folder(folder, SETTINGS, resume)
    runs.write_parts(folder, call, many, **who)
    return digest(folder)


def test_answers_come_in_order_and_only_as_far_as_they_are_asked_for():
    assert list(runs.each(squared, range(20), workers=2)) == list(map(squared, range(20)))
    assert list(itertools.islice(runs.each(squared, itertools.count(), workers=2), 7)) == [k * k for k in range(7)]


def test_two_processes_write_the_bytes_that_one_writes(tmp_path):
    assert written(tmp_path / "one") == written(tmp_path / "two", workers=2)


def test_a_killed_run_gone_on_with_gives_the_bytes_of_one_that_was_not(tmp_path):
    whole = written(tmp_path / "whole", many=40)
    program = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "import test_runs as t; from seedsoil.world import runs\n"
        "f = Path(sys.argv[1]); runs.open_folder(f, t.SETTINGS, True); runs.write_parts(f, t.slow_tables, 40)"
    )
    stopped, starts = tmp_path / "stopped", 0
    while len(runs.table_files(stopped, "people")) < 40 and starts < 30:
        starts += 1
        child = subprocess.Popen([sys.executable, "-c", program, str(stopped), os.path.dirname(__file__)])
        before = len(runs.table_files(stopped, "people"))
        while child.poll() is None and len(runs.table_files(stopped, "people")) < before + 13:
            time.sleep(0.001 * starts)
        child.kill()
        child.wait()
    (stopped / "people" / "part-00007.parquet.unfinished").write_bytes(b"half of it")
    assert starts >= 3
    assert written(stopped, many=40, resume=True) == whole


def test_parts_that_are_there_are_not_done_again(tmp_path):
    written(tmp_path, many=3)
    done = []

    def noted(k):
        done.append(k)
        return two_tables(k)

    written(tmp_path, noted, 5, resume=True)
    assert done == [3, 4]


def test_a_folder_with_a_run_is_not_written_into_unasked(tmp_path):
    written(tmp_path)
    with pytest.raises(InputError, match="--resume"):
        runs.open_folder(tmp_path, SETTINGS, False)


def test_another_run_is_not_gone_on_with(tmp_path):
    written(tmp_path)
    with pytest.raises(UnreadableState, match="n 5 and yours 6"):
        runs.open_folder(tmp_path, SETTINGS | {"n": 6}, True)
    about = tmp_path / runs.ABOUT
    about.write_text(about.read_text().replace(runs.signature()["tables"], "another"))
    with pytest.raises(UnreadableState, match="tables"):
        runs.open_folder(tmp_path, SETTINGS, True)


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path, monkeypatch):
    real, calls = os.fsync, []

    def full_after(limit):
        def fsync(handle):
            calls.append(1)
            if len(calls) > limit:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(handle)

        return fsync

    monkeypatch.setattr(os, "fsync", full_after(15))
    with pytest.raises(RunStopped, match=r"the disk is full.*--resume"):
        written(tmp_path / "x")
    assert not list(tmp_path.rglob("*.unfinished")) and 0 < len(runs.table_files(tmp_path / "x", "people")) < 5
    monkeypatch.setattr(os, "fsync", real)
    assert written(tmp_path / "x", resume=True) == written(tmp_path / "y")


def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunStopped, match="cannot be written"):
        runs.open_folder(tmp_path / "file" / "run", SETTINGS, False)


def test_a_killed_process_is_one_sentence_and_its_part_is_done_the_next_time(tmp_path):
    call = partial(dying, str(tmp_path / "killed"))
    with pytest.raises(RunStopped, match="killed"):
        written(tmp_path / "x", call, workers=2)
    assert written(tmp_path / "x", call, workers=2, resume=True) == written(tmp_path / "y")


def test_a_cluster_needs_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Unsupported, match=r"seedsoil\[cluster\]"):
        list(runs.each(squared, range(2), cluster="tcp://127.0.0.1:1"))


@pytest.fixture
def scheduler(tmp_path):
    """A Dask scheduler and two worker processes of its own, as somebody would start them."""
    pytest.importorskip("distributed")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([os.path.dirname(__file__), str(Path(seedsoil.__file__).parent.parent)]),
        "DASK_DISTRIBUTED__DASHBOARD__ENABLED": "False", "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
    }  # fmt: skip
    address = tmp_path / "scheduler.json"
    begin = lambda *words: subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]], env=environment, cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    begun = [begin("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(address))]
    begun += [begin("dask_worker", "--scheduler-file", str(address), "--nthreads", "1", "--no-dashboard") for _ in range(2)]
    from distributed import Client

    waited = time.monotonic() + 60
    while not address.exists() and time.monotonic() < waited:
        time.sleep(0.1)
    where = json.loads(address.read_text())["address"]
    with Client(where, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield where
    for process in begun:
        process.terminate()
    for process in begun:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_cluster_with_a_worker_killed_in_the_middle_writes_the_same_bytes(tmp_path, scheduler, monkeypatch):
    """The killed worker's nanny starts another; its part is done again, and no digit differs."""
    monkeypatch.syspath_prepend(os.path.dirname(__file__))
    importable = importlib.import_module("test_runs")  # by the name the workers know it by

    call = partial(importable.dying, str(tmp_path / "killed"))
    assert written(tmp_path / "cluster", call, cluster=scheduler) == written(tmp_path / "here")
    assert (tmp_path / "killed").exists()


def test_an_address_where_nobody_answers_is_refused():
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="--cluster"):
        list(runs.each(squared, range(2), cluster="nonsense://127.0.0.1:1"))
