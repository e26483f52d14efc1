"""Running statements: one after another or shared out among processes, the same figures either way."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from seedsoil.study import claims
from seedsoil.study.claims import arms

Progress = Callable[[str, int, int], None]


def one(claim: str, seed: int = arms.SEED) -> dict:
    """One statement's experiment, run with the luck of `seed` and judged."""
    with arms.seeded(seed):
        return claims.as_record(claim, claims.experiments()[claim]())


def several(
    ids: Sequence[str], seed: int = arms.SEED, workers: int = 1, progress: Progress | None = None,
    each: Callable[[dict], object] | None = None,
) -> list[dict]:  # fmt: skip
    """The records of these statements, in their order. `each` is told every record as soon as it and all before it are
    there."""
    results = []
    run = functools.partial(one, seed=seed)
    pool = ProcessPoolExecutor(workers) if workers > 1 else None
    try:
        for record in (pool.map if pool else map)(run, ids):
            results.append(record)
            if each:
                each(record)
            if progress:
                progress("running statements", len(results), len(ids))
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)
    return results
