"""Until when side effects of what goes on may come, in compiled code: everybody is asked every week."""

from __future__ import annotations

import sys

from seedsoil.care.chart import NEVER
from seedsoil.treatments.kinetics import Onboard
from seedsoil.world import records
from seedsoil.world.cache import compiled

FOR_GOOD = 1 << 40  # as long as the drug is taken
_DAILY = Onboard._fields.index("daily")


def _until(onboard, place, last, who, today, drugs, first, days, daily, ends, brings):
    """The last day on which each side effect may come, into `ends`, and the number of the drug that brings it, into `brings`
    [m, side effects]: the first of its drugs that is taken daily or was given no more than `days` ago.

    onboard, place: of `People`; last [n, drugs] days of the last doses; who [m] rows; today [m]; drugs: those of each side
    effect, one after the other, from `first` [side effects + 1] on; daily [drugs]: room to work in.
    """
    for j in range(who.shape[0]):
        i = who[j]
        daily[:] = False
        for k in range(onboard.shape[1]):
            if onboard[i, k, _DAILY] > 0.0:
                daily[place[i, k]] = True
        for s in range(days.shape[0]):
            ends[j, s], brings[j, s], found = NEVER, drugs[first[s]], False
            for a in range(first[s], first[s + 1]):
                end = NEVER
                if daily[drugs[a]]:
                    end = FOR_GOOD
                elif last[i, drugs[a]] > NEVER:
                    end = last[i, drugs[a]] + days[s]
                ends[j, s] = max(ends[j, s], end)
                if not found and end >= today[j]:
                    brings[j, s], found = drugs[a], True


until = compiled(_until, (records, sys.modules[__name__]), nogil=True)
