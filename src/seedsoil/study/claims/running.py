"""Running statements: one after another or shared out among processes, the same figures either way."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from seedsoil.study import claims
from seedsoil.study.claims import arms, natural
from seedsoil.world import runs

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
    there. Those that share one cohort are run here, once the processes have followed it together."""
    results = []
    run = functools.partial(one, seed=seed)
    here = [i for i in ids if i in natural.CLAIMS]
    if here:
        natural.cohort(seed, workers, progress)
    others = runs.each(run, [i for i in ids if i not in natural.CLAIMS], workers)
    for claim in ids:
        record = run(claim) if claim in here else next(others)
        results.append(record)
        if each:
            each(record)
        if progress:
            progress("running statements", len(results), len(ids))
    return results
