"""Long work: a queue, one worker for what a person waits for and one for what takes minutes; progress, cancel, and a new
start after the server has been stopped."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from seedsoil.doors.web import store as kept
from seedsoil.doors.web.store import Kept, Store
from seedsoil.errors import InputError, SeedsoilError

MOST_WAITING = 6  # jobs of one session that are not over
MOST_TRIES = 3  # starts of one job, when the server was stopped while it ran
LANES = ("soon", "long")
OURS = "This is our fault, not yours. The server's own window says more."


class Stopped(Exception):
    """A job was cancelled, or the server is closing."""


@dataclass
class Live:
    """How far a job has come. `version` rises with every change, so that a listener knows when to speak."""

    version: int = 0
    stage: str = ""
    done: int = 0
    total: int = 0
    stop: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, stage: str, done: int, total: int) -> None:
        """The callback that studies are given. Raises Stopped once the job is cancelled."""
        if self.stop:
            raise Stopped
        with self.lock:
            self.stage, self.done, self.total = stage, int(done), int(total)
            self.version += 1


Work = Callable[[str, dict, Live], dict]  # session, what was asked, progress -> result


class Jobs:
    """The queue. `kinds` names for each kind of job its lane and its work."""

    def __init__(self, store: Store, kinds: dict[str, tuple[str, Work]], complain: Callable[[BaseException], None]) -> None:
        self.store, self.kinds, self.complain = store, kinds, complain
        self.live: dict[str, Live] = {}
        self._queues: dict[str, queue.Queue] = {lane: queue.Queue() for lane in LANES}
        self._closing = False
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """Start the workers and take up what was left undone."""
        for job in self.store.jobs(f"state IN ('{kept.WAITING}', '{kept.RUNNING}')"):
            if job.kind not in self.kinds or job.tries >= MOST_TRIES:
                said = "The server was stopped while this ran, more than once."
                self.store.end(job.id, kept.FAILED, trouble={"said": said, "ours": True})
            else:
                self._enqueue(job)
        for lane in LANES:
            thread = threading.Thread(target=self._serve, args=(lane,), name=f"jobs-{lane}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Stop; what runs is taken up again at the next start."""
        self._closing = True
        for live in list(self.live.values()):
            live.stop = True
        for lane in LANES:
            self._queues[lane].put(None)
        for thread in self._threads:
            thread.join(timeout=5.0)

    def ask(self, session: str, kind: str, asked: dict) -> str:
        """A new job's id. Raises InputError where this session has too many under way."""
        under_way = self.store.jobs(f"session = ? AND state IN ('{kept.WAITING}', '{kept.RUNNING}')", session)
        if len(under_way) >= MOST_WAITING:
            raise InputError("jobs", len(under_way), f"at most {MOST_WAITING} under way", "wait for one, or cancel one")
        key = self.store.new_job(session, kind, asked)
        self._enqueue(Kept(key, session, kind, asked, kept.WAITING, 0, None))
        return key

    def cancel(self, session: str, key: str) -> bool:
        """Stop a job of this session; whether there is such a job."""
        job = self.store.job(session, key)
        if job is None:
            return False
        if live := self.live.get(key):
            live.stop = True
            with live.lock:
                live.version += 1
        self.store.end(key, kept.CANCELLED)
        return True

    def forget(self, session: str) -> None:
        """Stop every job of a session."""
        for job in self.store.jobs(f"session = ? AND state IN ('{kept.WAITING}', '{kept.RUNNING}')", session):
            self.cancel(session, job.id)

    def _enqueue(self, job: Kept) -> None:
        self.live[job.id] = Live(stage="waiting")
        self._queues[self.kinds[job.kind][0]].put(job)

    def _serve(self, lane: str) -> None:
        while (job := self._queues[lane].get()) is not None and not self._closing:
            live = self.live[job.id]
            if not live.stop:
                self._run(job, live)
            if not self._closing:
                self.live.pop(job.id, None)

    def _run(self, job: Kept, live: Live) -> None:
        try:
            self.store.begin(job.id)
            result = self.kinds[job.kind][1](job.session, job.asked, live)
            if live.stop:
                raise Stopped
            self.store.end(job.id, kept.DONE, result)
        except Exception as trouble:
            if not self._closing:  # else it is taken up again at the next start
                self._ended_badly(job, trouble)

    def _ended_badly(self, job: Kept, trouble: Exception) -> None:
        """A job that was stopped, was refused, or met a defect, which must not end the worker."""
        if isinstance(trouble, Stopped):
            self.store.end(job.id, kept.CANCELLED)
        elif isinstance(trouble, SeedsoilError):
            self.store.end(job.id, kept.FAILED, trouble=said(trouble))
        else:
            self.complain(trouble)
            self.store.end(job.id, kept.FAILED, trouble={"said": OURS, "ours": True})


def said(trouble: SeedsoilError) -> dict:
    """A refusal as data: field, value, what is allowed, what to do."""
    out: dict = {"said": str(trouble)[:600], "ours": False}
    if isinstance(trouble, InputError):
        value = trouble.value
        plain = value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
        out |= {
            "field": trouble.field, "value": value if plain else str(value)[:120], "allowed": trouble.allowed[:600],
            "fix": trouble.fix,
        }  # fmt: skip
    return out
