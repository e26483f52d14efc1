"""Long runs in parts: by one process, by several, or by a cluster; written as they go, and gone on with after a stop.

A part depends on its number alone, never on who works on it or on what was done before, so that no digit hangs on the
workers. A folder of results holds ``run.json``, which says what is run, and one Parquet file a part in each of its
tables. Every file is written under another name, synced to the disk and then renamed: a file that is there is whole. To
go on is to do the parts that are missing.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from seedsoil import __version__
from seedsoil.errors import InputError, RunStopped, UnreadableState, Unsupported
from seedsoil.grammar.tables import hash_of
from seedsoil.world import kernel, parts

if TYPE_CHECKING:
    import pyarrow

T, R = TypeVar("T"), TypeVar("R")
SCHEMA = "seedsoil.run/1"
ABOUT = "run.json"
AHEAD = 2  # parts a worker has waiting, so that none is idle and few results wait
Progress = Callable[[int, int], None]


# ---- who works ---------------------------------------------------------------------------------------------------------


def each(call: Callable[[T], R], items: Iterable[T], workers: int = 1, cluster: str | None = None) -> Iterator[R]:
    """`call` of every item, in the order of the items, whoever does it: this process, `workers` processes of this machine, or
    the workers of a Dask scheduler at the address `cluster`. `items` may be endless; few are taken ahead.

    Raises RunStopped where a process was killed or a cluster gave up, Unsupported without the cluster extra.
    """
    if cluster is not None:
        yield from _by_cluster(call, items, cluster)
    elif workers <= 1:
        yield from map(call, items)
    else:
        yield from _by_processes(call, items, workers)


def _by_processes(call: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    pool = ProcessPoolExecutor(workers, mp_context=_begun(), initializer=_alone)
    try:
        yield from _in_order(partial(pool.submit, call), items, AHEAD * workers)
    except BrokenProcessPool:
        raise RunStopped("A worker process was killed, perhaps for want of memory; use fewer --workers, and go on.") from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def shared(call: Callable[..., R], items: list[T], progress: Callable | None = None, hands: Executor | None = None) -> list[R]:
    """`call` of every item at once: of the first by this process, which tells how far it is, of each other by one of `hands`, or
    by a process of its own. In the order of the items. Raises RunStopped where a process was killed."""
    first, *rest = items
    if not rest:
        return [call(first, progress=progress)]
    pool = hands or ProcessPoolExecutor(len(rest), mp_context=_begun(), initializer=_alone)
    try:
        waiting = [pool.submit(call, item) for item in rest]
        return [call(first, progress=progress), *(one.result() for one in waiting)]
    except BrokenProcessPool:
        raise RunStopped("A worker process was killed, perhaps for want of memory.") from None
    finally:
        if pool is not hands:
            pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def beside(many: int) -> Iterator[Executor | None]:
    """As many other processes for several pieces of work, one after the other; None for none. They are begun when they
    are first asked for something."""
    if many < 1:
        yield None
        return
    pool = ProcessPoolExecutor(many, mp_context=_begun(), initializer=_alone)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def hands(many: int, ready: Callable[[], object]) -> Executor:
    """Processes that wait for work, each with `ready` called beforehand. They are begun anew, not forked, as a server has
    threads."""
    pool = ProcessPoolExecutor(many, mp_context=get_context("spawn"), initializer=_alone)
    for _ in range(many):
        pool.submit(ready)
    return pool


def _begun() -> BaseContext | None:
    """How processes are begun: as the machine does it, but anew where a GPU is in use, which a fork would lose."""
    return get_context("spawn") if kernel.NAME == "cuda" else None


def _alone() -> None:
    """A process that shares the machine with its like works by itself, without threads."""
    parts.WORKERS = 1


def _in_order(submit: Callable[[T], Future], items: Iterable[T], ahead: int) -> Iterator[Any]:
    waiting: deque[Future] = deque()
    rest = iter(items)
    for item in itertools.islice(rest, ahead):
        waiting.append(submit(item))
    while waiting:
        yield waiting.popleft().result()
        for item in itertools.islice(rest, 1):
            waiting.append(submit(item))


def _by_cluster(call: Callable[[T], R], items: Iterable[T], address: str) -> Iterator[R]:
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise Unsupported("--cluster needs Dask: pip install 'seedsoil[cluster]'.") from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as trouble:
        raise InputError("--cluster", address, "the address of a Dask scheduler that answers", str(trouble)) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise InputError("--cluster", address, "a scheduler with workers", "start some with `dask worker ADDRESS`")
        try:
            for model, answer in _in_order(lambda item: client.submit(_signed, call, item, pure=False), items, AHEAD * threads):
                if model != signature():
                    raise RunStopped("A worker of the cluster has another seedsoil, table or kernel; install the same there.")
                yield answer
        except KilledWorker:
            raise RunStopped("A part killed every worker of the cluster that tried it; give workers more memory.") from None
        except RuntimeError as trouble:
            if "deserialization" not in str(trouble):
                raise
            raise RunStopped("The cluster cannot read what it is sent: install the same seedsoil there.") from None


def _signed(call: Callable[[T], R], item: T) -> tuple[dict[str, str], R]:
    """An answer, with the model that gave it."""
    return signature(), call(item)


def signature() -> dict[str, str]:
    """Version, tables and compiled equations: what must be the same for the same digits."""
    return {"version": __version__, "tables": hash_of(), "kernel": kernel.NAME, "sources": kernel.SOURCES}


# ---- what is written ---------------------------------------------------------------------------------------------------


def open_folder(folder: Path, settings: Mapping[str, Any], resume: bool) -> None:
    """Make ready a folder for the results of a run with these settings, or one that is there to go on with.

    Raises InputError for a folder that holds a run and is not to be gone on with, UnreadableState for other settings.
    """
    wanted = {"schema": SCHEMA, **signature(), "settings": dict(settings)}
    about = folder / ABOUT
    if not about.exists():
        _guarded(lambda: folder.mkdir(parents=True, exist_ok=True), folder)
        write_whole(about, json.dumps(wanted, indent=1).encode())
        return
    if not resume:
        raise InputError("--out", str(folder), "a folder without a run in it", "give another, or go on with --resume")
    try:
        there = json.loads(about.read_text("utf-8"))
    except (OSError, ValueError):
        raise UnreadableState(f"{about}: cannot be read; run again into another folder.") from None
    for name, now in wanted.items():
        if isinstance(now, dict):
            for key in sorted({*now, *there.get(name, {})}):
                _same(about, key, there.get(name, {}).get(key), now.get(key))
        else:
            _same(about, name, there.get(name), now)
    for leftover in folder.rglob("*.unfinished"):
        leftover.unlink()


def _same(about: Path, name: str, there: Any, now: Any) -> None:
    if there != now:
        raise UnreadableState(f"{about}: this run has {name} {there!r} and yours {now!r}; give the same, or another folder.")


def write_parts(
    folder: Path, call: Callable[[int], Mapping[str, pyarrow.Table]], many: int, workers: int = 1, cluster: str | None = None,
    progress: Progress | None = None,
) -> None:  # fmt: skip
    """Do parts 0 to `many` - 1 and write each as it comes, one Parquet file in each of the tables `call` returns, and then an
    empty file in ``whole`` that says so. Parts that are whole already are left alone."""
    missing = [k for k in range(many) if not _is_whole(folder, k)]
    finished = many - len(missing)
    for k, tables in zip(missing, each(call, missing, workers, cluster), strict=True):
        for name, table in tables.items():
            _write_table(folder / name / f"part-{k:05d}.parquet", table)
        write_whole(folder / "whole" / f"part-{k:05d}", b"")
        finished += 1
        if progress:
            progress(finished, many)


def _is_whole(folder: Path, k: int) -> bool:
    return (folder / "whole" / f"part-{k:05d}").exists()


def table_files(folder: Path, name: str) -> list[Path]:
    """The parts of one table, in order."""
    return sorted((folder / name).glob("part-*.parquet"))


def _write_table(path: Path, table: pyarrow.Table) -> None:
    import pyarrow
    import pyarrow.parquet as parquet

    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    write_whole(path, sink.getvalue().to_pybytes())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: under another name, synced, renamed. Raises RunStopped where the disk is full or
    cannot be written to."""

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".unfinished")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    _guarded(write, path)


def _guarded(write: Callable[[], None], path: Path) -> None:
    try:
        write()
    except OSError as trouble:
        why = "the disk is full" if trouble.errno in (errno.ENOSPC, errno.EDQUOT) else (trouble.strerror or "").lower()
        raise RunStopped(f"{path}: cannot be written: {why}. What is written stays; mend that and go on with --resume.") from None
