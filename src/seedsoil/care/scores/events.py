"""Which events of the skeleton a trial counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seedsoil.care.scores.published import Score, published, yes_no
from seedsoil.errors import InputError


class Endpoint(NamedTuple):
    """Kinds of event that count always, and kinds that count only if the person feels them."""

    always: frozenset[str]
    if_symptomatic: frozenset[str]


EVENT_KINDS = ("fracture", "cord_compression", "radiotherapy", "surgery", "hypercalcaemia")  # fracture = pathological
_FOUR = frozenset(EVENT_KINDS[:4])

SRE = Endpoint(_FOUR, frozenset())  # fractures found only on a scheduled X-ray count too
SRE_WITH_HYPERCALCAEMIA = Endpoint(frozenset(EVENT_KINDS), frozenset())  # older bisphosphonate trials
SSE = Endpoint(frozenset({"surgery"}), _FOUR - {"surgery"})  # radiotherapy: given for symptoms


def _counts(event: object, symptomatic: object, endpoint: Endpoint) -> Score:
    names = np.asarray(event, dtype=str)
    for name in np.unique(names):
        if name not in EVENT_KINDS:
            raise InputError("event", str(name), ", ".join(EVENT_KINDS))
    felt = yes_no("symptomatic", symptomatic)
    always, felt_only = np.isin(names, list(endpoint.always)), np.isin(names, list(endpoint.if_symptomatic))
    return Score(*((always | (felt_only & (f == 1))).astype(int) for f in felt))


@published("vonmoos2016", "verified")
def is_sre(event: object) -> Score:
    """Yes/no: a skeletal-related event: pathological fracture, cord compression, radiotherapy or surgery to bone."""
    return _counts(event, 1, SRE)


@published("lipton2004", "recalled")
def is_sre_with_hypercalcaemia(event: object) -> Score:
    """Yes/no: a skeletal-related event as older bisphosphonate trials counted them, hypercalcaemia included."""
    return _counts(event, 1, SRE_WITH_HYPERCALCAEMIA)


@published("vonmoos2016", "verified")
def is_sse(event: object, symptomatic: object) -> Score:
    """Yes/no: a symptomatic skeletal event; symptomatic: yes/no, for radiotherapy whether symptoms were why."""
    return _counts(event, symptomatic, SSE)
