"""Bones that may break or have broken, and tissue before metal or cement."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from seedsoil.care import criteria, scores
from seedsoil.care.chart import Chart, places, remembered
from seedsoil.care.criteria import each_line, ecog, in_the, limit, painful_place, proven, solitary
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Test, Treat
from seedsoil.grammar import skeleton

PROCEDURES_ON_BONE = ("fixation", "cement", "ablation")


def _hurts_here(chart: Chart) -> np.ndarray:
    """Mask [n, S]: the line that the person's worst pain comes from."""
    place = painful_place(chart)
    return (chart.site == place[:, None]) & (place >= 0)[:, None]


@remembered
def mirels(chart: Chart) -> scores.Score:
    """Mirels' score of every line of bone [n, S]; meaningful only where the place is in a limb.

    Pain elsewhere is no pain here; pain here whose nature nobody asked about may be any.
    """
    worst, on_use = chart.symptom("pain_worst"), chart.symptom("pain_on_use")
    here = np.where(worst >= limit("pain.moderate"), 1, 0)  # moderate, mild
    here = np.where(np.isnan(worst), -1, here)
    here = np.where(on_use > 0, 2, here)
    said = ~np.isnan(chart.symptom("pain_site"))
    pain = np.where(_hurts_here(chart), here[:, None], np.where(said | (worst <= 0), 0, -1)[:, None])
    kind = chart.lesion("kind")
    share = np.clip(chart.lesion("share_of_diameter"), 0, 1)
    return scores.mirels(in_the("mirels", chart.site), pain, np.where(kind >= 0, 2 - kind, -1), share)


@remembered
def sins(chart: Chart) -> scores.Score:
    """SINS of every line of bone [n, S]; meaningful only in the spine."""
    worst, rest, on_use = (chart.symptom(s)[:, None] for s in ("pain_worst", "pain_rest", "pain_on_use"))
    mechanical = (on_use > 0) | (worst - rest >= 2)
    here = np.where(mechanical, 2, np.where(np.isnan(worst), -1, np.where(worst > 0, 1, 0)))
    said = ~np.isnan(chart.symptom("pain_site"))[:, None]
    pain = np.where(_hurts_here(chart), here, np.where(said | (worst <= 0), 0, -1))
    kind, collapse = chart.lesion("kind"), chart.lesion("collapse")
    broken = chart.lesion("fractured") >= 0
    unknown = np.full(chart.site.shape, -1)
    # once imaged, alignment and posterior elements that nobody mentioned are taken as open, not as normal
    return scores.sins(
        in_the("sins", chart.site), pain, np.where(kind >= 0, 2 - kind, -1), unknown,
        np.where((collapse < 0) & broken, scores.Collapse.UNDER_HALF, collapse), unknown,
    )  # fmt: skip


class _Limb(NamedTuple):
    """Lines of bone in the limbs: which may break, and which surely by the rules."""

    possible: np.ndarray
    certain: np.ndarray
    score: scores.Score


@remembered
def limb(chart: Chart) -> _Limb:
    """Lesions of long bones by Mirels' score and, in the femur, by the cortex; only those not held yet."""
    limbs = in_the("limb", chart.site)
    if not limbs.any():
        none = np.full(chart.site.shape, 4)
        return _Limb(limbs, limbs, scores.Score(none, none))
    here = chart.lesions() & limbs & ~(chart.lesion("fixed") >= 0)
    score = mirels(chart)
    length = np.clip(chart.lesion("cortex_mm"), 0, 600)
    share = np.clip(chart.lesion("share_of_diameter"), 0, 1)
    cortex = scores.femur_cortex_at_risk(length, share).surely() & in_the("femur", chart.site)
    surgeon = limit("surgery.surgeon_mirels")
    return _Limb(here & score.possibly(surgeon), here & (score.surely(surgeon) | cortex), score)


@remembered
def broken(chart: Chart) -> np.ndarray:
    """Mask [n, S]: lines in the limbs that have broken and were not held since."""
    fractured = chart.lesion("fractured")
    return in_the("limb", chart.site) & (fractured >= 0) & ~(chart.lesion("fixed") <= fractured)


@rule("surgery", "coleman2020", confirmed=False, comfort=True)
def tissue_first(chart: Chart) -> Iterator[Order]:
    """One bone lesion and no proven cancer: biopsy before any rod, cement or ablation; it may be a primary of bone."""
    open_ = solitary(chart) & ~proven(chart)
    why = "a single bone lesion and no proven cancer: a rod through a sarcoma costs the limb"
    for where, place, _ in each_line(chart.lesions() & open_[:, None], chart):
        for what in PROCEDURES_ON_BONE:
            yield Treat(what, where, place, stance="forbid", within_hours=168, why=why,
                        say="No rod, cement or ablation before there is tissue")  # fmt: skip


@rule("diagnosis", "coleman2020", confirmed=False)
def biopsy_where_open(chart: Chart) -> Iterator[Order]:
    """No proven cancer: tissue, planned with the surgeon who would operate. From the only lesion, else the easiest."""
    done = chart.tested("biopsy")
    asked = (done <= limit("workup.biopsy_again_days")) | (chart.tissue & (done >= 0))
    asked |= criteria.cord_place(chart) >= 0  # the cord's rules ask for tissue too
    open_ = ~proven(chart) & chart.lesions().any(axis=1) & ~asked
    easiest = chart.lesions().argmax(axis=1)
    place = chart.site[np.arange(len(chart)), easiest]
    why = "bone lesion without a proven cancer"
    say = "Biopsy of the bone lesion before any operation, planned with the surgeon who would operate"
    yield Test("biopsy", open_, place, stance="measure first", within_hours=168, why=why, say=say)


@rule("surgery", "mirels1989; vanderlinden2004", confirmed=True)
def impending_fracture(chart: Chart) -> Iterator[Order]:
    """Mirels 9 or more, or a femoral cortex lost over 30 mm or half around: orthopaedic surgeon, rod, radiotherapy."""
    found = limb(chart)
    asked = (chart.tested("orthopaedic_opinion") <= limit("surgery.opinion_days"))[:, None]
    may_hold = proven(chart) | ~solitary(chart)
    fit = ~(ecog(chart) > limit("surgery.ecog_most"))
    for where, place, i in each_line(found.possible | found.certain, chart):
        facts = {
            "low": found.score.low[:, i], "high": found.score.high[:, i], "cortex": chart.lesion("cortex_mm")[:, i],
            "place": labels(place),
        }  # fmt: skip
        why = "Mirels' score {low:.0f} to {high:.0f} at the {place}; 9 or more means fixation"
        say = "Orthopaedic surgeon within a week, no full weight on the limb until then"
        opinion = where & ~asked[:, 0]
        yield Test("orthopaedic_opinion", opinion, stance="refer", within_hours=168, facts=facts, why=why, say=say)
        hold = found.certain[:, i] & ~broken(chart)[:, i] & fit & criteria.held_before_it_breaks(chart)
        why = "impending fracture of the {place}: Mirels' score {low:.0f} to {high:.0f}, cortex lost {cortex:.0f} mm"
        say = "Prophylactic fixation of the {place}, radiotherapy when the wound has healed"
        yield Treat("fixation", hold & may_hold, place, stance="refer", within_hours=168, facts=facts,
                    why=why, say=say)  # fmt: skip


@rule("surgery", "coleman2020; steensma2012", confirmed=False, comfort=True)
def broken_limb(chart: Chart) -> Iterator[Order]:
    """A long bone that has broken through a metastasis is held, also near the end of life: it ends the pain."""
    may_hold = proven(chart) | ~solitary(chart)
    for where, place, _ in each_line(broken(chart), chart):
        facts = {"place": labels(place)}
        why, say = "pathological fracture of the {place}", "Fixation or prosthesis of the {place}"
        yield Treat("fixation", where & may_hold, place, stance="refer", within_hours=48, facts=facts, why=why, say=say)
        yield Test("orthopaedic_opinion", where & ~may_hold, stance="refer", within_hours=24, facts=facts,
                   why="fracture of the {place} through a lesion of unknown nature",
                   say="Orthopaedic oncologist today; splint, no rod")  # fmt: skip


@rule("surgery", "fisher2014", confirmed=True)
def spine_that_may_give_way(chart: Chart) -> Iterator[Order]:
    """SINS of 7 or more: a spine surgeon's opinion."""
    asked = chart.tested("spine_opinion") <= limit("surgery.opinion_days")
    spine = chart.lesions() & in_the("spine", chart.site) & (in_the("sins", chart.site) >= 0) & ~asked[:, None]
    if not spine.any():
        return
    score = sins(chart)
    opinion = scores.sins_surgical_opinion(score)
    surely = spine & opinion.surely()
    maybe = spine & opinion.possibly() & ~surely
    maybe &= _hurts_here(chart) | (chart.lesion("collapse") >= scores.Collapse.UNDER_HALF)
    for lines, stance in ((surely, "refer"), (maybe, "consider")):
        for where, place, i in each_line(lines, chart):
            facts = {"low": score.low[:, i], "high": score.high[:, i], "place": labels(place)}
            yield Test("spine_opinion", where, stance=stance, within_hours=168, facts=facts,
                       why="SINS {low:.0f} to {high:.0f} at the {place}; 7 or more asks for a surgeon",
                       say="Spine surgeon's opinion on stability")  # fmt: skip


@rule("surgery", "berenson2011", confirmed=False)
def painful_vertebral_fracture(chart: Chart) -> Iterator[Order]:
    """A vertebra that broke weeks ago and still hurts, cord free: cement, if the cancer is proven."""
    old = chart.lesion("fractured") >= limit("surgery.cement_after_days")
    free = (chart.lesion("epidural") < scores.Escc.G1C) & ~(chart.lesion("fixed") >= 0)
    hurts = _hurts_here(chart) & (chart.symptom("pain_worst") >= limit("pain.moderate"))[:, None]
    lines = chart.lesions() & in_the("spine", chart.site) & old & free & hurts & proven(chart)[:, None]
    for where, place, _ in each_line(lines, chart):
        yield Treat("cement", where, place, stance="refer", facts={"place": labels(place)},
                    why="fracture of the {place} that still hurts after four weeks",
                    say="Cement for the {place}, if it can be reached safely")  # fmt: skip


def labels(place: np.ndarray) -> np.ndarray:
    """Names of places, one a row."""
    return _names()[place]


@functools.cache
def _names() -> np.ndarray:
    names = {bone.id: bone.label for bone in skeleton.bones()}
    return np.array([*(names.get(p, p.removeprefix("region:").replace("_", " ")) for p in places()), ""], dtype=object)


RULES = (
    tissue_first, broken_limb, impending_fracture, spine_that_may_give_way, painful_vertebral_fracture,
    biopsy_where_open,
)  # fmt: skip
