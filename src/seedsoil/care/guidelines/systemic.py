"""Treatment of the cancer itself, line by line. The order of lines is usual practice as recalled, so the rules here ask
an oncologist; in the virtual clinic the oncologist does what is usual."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from seedsoil.care import contraindications, criteria, take_up
from seedsoil.care.chart import Chart, remembered
from seedsoil.care.criteria import ecog, limit, progressing, proven
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Start, Stop, Tell, Test
from seedsoil.care.patient import CANCERS
from seedsoil.grammar.tables import contents
from seedsoil.treatments import drug as drugs


class Lines(NamedTuple):
    """The usual order of treatments of one cancer and subtype: each line one or more drugs; those kept for life."""

    lines: tuple[tuple[str, ...], ...]
    alike: tuple[tuple[str, ...], ...]  # of each line, older or newer drugs that are not begun: who had one has had the line
    keep: tuple[str, ...]
    source: str

    def of_line(self, k: int) -> tuple[str, ...]:
        """All drugs that tell of line k."""
        return self.lines[k] + self.alike[k]


@functools.cache
def usual_lines(
    cancer: str, unavailable: frozenset[str] = frozenset(), alone: frozenset[str] = frozenset()
) -> tuple[Lines, ...]:
    """One entry a subtype, in the order of the cancer's table; drugs that the catalogue lacks or that cannot be had are passed
    over, or an older one stands in for them, and those that are given `alone` wait for a line of their own."""
    here = set(drugs.catalogue()) - unavailable
    document = contents("populations", f"{cancer}.toml")
    out = []
    for part in document.get("subtype") or [{}]:
        pick = lambda key, part=part: part.get(key, document.get(key, []))
        keep, source = tuple(pick("lines_keep")), part.get("lines_source", document.get("lines_source", "seedsoil"))
        groups = [tuple(group) for group in pick("lines_together")]
        older = pick("lines_older") or {}
        lines: list[tuple[str, ...]] = []
        alike: list[tuple[str, ...]] = []
        for newest in pick("lines"):
            generations = (newest, *older.get(newest, ()))
            name = next((d for d in generations if d in here), None)
            if name is None or any(name in line for line in lines):
                continue
            group = () if name in alone else next((g for g in groups if name in g), ())
            lines.append(tuple(d for d in group if d in here - alone) or (name,))
            alike.append(tuple(d for d in generations if d != name))
        out.append(Lines(tuple(lines), tuple(alike), keep, source))
    return tuple(out)


def line_tables(chart: Chart) -> Iterator[tuple[np.ndarray, Lines]]:
    """Masks of people who share a table of lines, with the table."""
    for number in np.unique(chart.cancer):
        if number < 0 or CANCERS[number] == "unknown":
            continue
        of_cancer = chart.cancer == number
        tables = usual_lines(CANCERS[number], chart.unavailable, take_up.alone(chart.year))
        # where an oncologist was asked and could not say, the commonest subtype counts
        subtype = np.where((chart.subtype < 0) & (chart.tested("oncology") >= 0), 0, chart.subtype)
        subtype = np.where(len(tables) == 1, 0, subtype)
        for i, lines in enumerate(tables):
            where = of_cancer & (subtype == i)
            if where.any():
                yield where, lines


def line_reached(chart: Chart, lines: Lines) -> np.ndarray:
    """How many lines of the table are behind or under way, by the drugs given so far; drugs for life do not tell."""
    reached = np.zeros(len(chart), int)
    for k, line in enumerate(lines.lines):
        telling = [d for d in lines.of_line(k) if d not in lines.keep] or list(line)
        given = np.logical_or.reduce([chart.ever(d) for d in telling])
        reached = np.where(given, k + 1, reached)
    return reached


def _well_enough(chart: Chart) -> np.ndarray:
    return ~(ecog(chart) >= limit("systemic.ecog_stop"))


def taken_by_all(name: str) -> bool:
    """Hormones ask little of people; the other drugs are taken by those who are willing."""
    return drugs.catalogue()[name].kind == "hormone"


def takes_up(chart: Chart, lines: tuple[tuple[str, ...], ...], k: int) -> np.ndarray:
    """Mask: people who in practice go on to line k. Everybody, where no reluctance is on the chart."""
    score = chart.reluctance[:, criteria.SYSTEMIC].astype(float)
    return np.isnan(score) | (score <= most_reluctant(chart, lines, k))


def most_reluctant(chart: Chart, lines: tuple[tuple[str, ...], ...], k: int, performance: np.ndarray | None = None) -> np.ndarray:
    """The normal score of reluctance up to which people go on to line k [n], by their latest ECOG grade unless another is given.
    Hormones are taken by all; of the other lines each loses some people (too frail, far away, unwilling), the old and the unwell
    more than others, who go on with what needs no such line."""
    harder = [line for line in lines[: k + 1] if not all(map(taken_by_all, line))]
    if not harder or harder[-1] is not lines[k]:
        return np.full(len(chart), np.inf)
    share = take_up.shares(chart.year, chart.untreated_seen)[chart.cancer] * limit("practice.systemic_later") ** (len(harder) - 1)
    unwell = _unwell_today(chart) if performance is None else _unwell(performance)
    return ndtri(share) - unwell - _aged(chart)


def _unwell(ecog_grade: np.ndarray) -> np.ndarray:
    """Normal scores that people of this ECOG grade have lost; 0 where it is not known."""
    return np.nan_to_num(limit("practice.systemic_ecog") * (ecog_grade - 1.0))


@remembered
def _unwell_today(chart: Chart) -> np.ndarray:
    return _unwell(ecog(chart))


@remembered
def _aged(chart: Chart) -> np.ndarray:
    return reluctance_of_age(chart.age())


def reluctance_of_age(age_years: np.ndarray) -> np.ndarray:
    """Normal scores of taking treatment up that people of this age have lost; 0 where it is not known."""
    decades = (age_years - limit("practice.systemic_age_from")) / 10.0
    return np.nan_to_num(limit("practice.systemic_age") * decades)


@rule("systemic", "seedsoil", confirmed=False)
def anticancer_treatment(chart: Chart) -> Iterator[Order]:
    """The first line when metastases are proven, the next when the chart shows progression; drugs for life stay."""
    ill = chart.lesions().any(axis=1) | (chart.organs > 0)
    worse = progressing(chart)
    for where, table in line_tables(chart):
        ready = where & ill & proven(chart) & _well_enough(chart)
        if not ready.any():
            continue
        reached = line_reached(chart, table)
        change = ready & ((reached == 0) | worse)
        stopped: set[str] = set()
        for k, line in enumerate(table.lines):
            turn = change & (reached == k)
            if not turn.any():
                continue
            willing = takes_up(chart, table.lines, k)
            old = {d for earlier in range(k) for d in table.of_line(earlier)} - set(line) - set(table.keep)
            stopped |= old
            for name in sorted(old):
                yield Stop(name, turn & chart.on(name), stance="refer", source=table.source, why="progression")
            for name in line:
                why = "no treatment of the metastases yet" if k == 0 else "progression on the last line"
                here = turn if taken_by_all(name) else turn & willing
                yield from _begin(chart, name, here & ~chart.on(name), why, table.source)
        if not (ready & worse).any():
            continue
        spent = ready & worse & (reached == len(table.lines))
        last = {d for k in range(len(table.lines)) for d in table.of_line(k)} - set(table.keep)
        for name in sorted(last):
            why = "progression, no line left"
            yield Stop(name, spent & chart.on(name), stance="refer", source=table.source, why=why)


def _begin(chart: Chart, name: str, where: np.ndarray, why: str, source: str) -> Iterator[Order]:
    """Start a drug for those its own rules allow, with what goes with it; say why not for the others."""
    if not where.any():
        return
    judged = contraindications.judge(chart, name, "systemic")
    say = f"Oncologist: {drugs.catalogue()[name].label} is the usual next treatment"
    allowed = where & judged.ready
    for mask, row in judged.said("measure_first"):
        yield Test("bloods", where & mask, stance="measure first", why=row["why"], source=row["source"],
                   say=f"Blood count before {drugs.catalogue()[name].label}")  # fmt: skip
    yield Start(name, allowed, dose=judged.dose, stance="refer", why=why, source=source, say=say)
    for mask, row in judged.said("refuse", "wait"):
        yield Start(name, where & mask, stance="forbid", why=row["why"], source=row["source"],
                    say=f"No {drugs.catalogue()[name].label}" + (" yet" if row["then"] == "wait" else ""))  # fmt: skip
    for mask, row in judged.said("supplement"):
        for extra in row.get("give", "").split():
            if extra in drugs.catalogue():
                need = allowed & mask & ~chart.on(extra)
                yield Start(extra, need, stance="refer", why=row["why"], source=row["source"])


@functools.cache
def _parted() -> np.ndarray:
    """Mask over the numbers of cancers, with a last place for -1: those whose subtypes are treated each in a way of its own."""
    return np.array([name != "unknown" and len(usual_lines(name)) > 1 for name in CANCERS] + [False])


@rule("systemic", "seedsoil", confirmed=False)
def subtype_not_known(chart: Chart) -> Iterator[Order]:
    """Treatment hangs on receptors or mutations that the chart does not name: the oncologist asks for them first."""
    open_ = _parted()[chart.cancer] & (chart.subtype < 0) & proven(chart) & _well_enough(chart)
    ill = chart.lesions().any(axis=1) | (chart.organs > 0)
    say = "Oncologist: the subtype (receptors, mutations, response to hormones) decides the treatment"
    yield Test("oncology", open_ & ill & np.isnan(chart.tested("oncology")), stance="refer", say=say,
               why="the subtype is not in the chart")  # fmt: skip


@rule("systemic", "seedsoil", confirmed=False)
def unproven_cancer(chart: Chart) -> Iterator[Order]:
    """No proven cancer: no anticancer drug before there is tissue."""
    open_ = ~proven(chart) & chart.lesions().any(axis=1)
    yield Tell("no_anticancer_drug", open_, stance="forbid", why="the cancer is not proven",
               say="No anticancer treatment before there is tissue")  # fmt: skip


@rule("systemic", "seedsoil", confirmed=False, comfort=True)
def too_ill_for_more(chart: Chart) -> Iterator[Order]:
    """In bed all day, or comfort wished for: anticancer drugs stop, steroids apart."""
    ill = (ecog(chart) >= limit("systemic.ecog_stop")) | chart.comfort
    for name, drug in drugs.catalogue().items() if (ill & chart.on("systemic")).any() else ():
        if drug.topic == "systemic" and drug.kind != "steroid":
            yield Stop(name, ill & chart.on(name), stance="refer", why="more harm than gain now")


@rule("systemic", "ctcae5", confirmed=False)
def cycles(chart: Chart) -> Iterator[Order]:
    """Chemotherapy given every two weeks or less often ends after six doses, and waits while counts are low."""
    neutrophils = chart.latest("neutrophils") < limit("counts.neutrophils_low")
    low = neutrophils | (chart.latest("platelets") < limit("counts.platelets_low"))
    back = (chart.latest("neutrophils") >= limit("systemic.resume_neutrophils")) & (
        chart.latest("platelets") >= limit("systemic.resume_platelets")
    )
    worse, well = progressing(chart), _well_enough(chart) & proven(chart)
    if not (chart.ever("chemotherapy") | chart.ever("radionuclide")).any():
        return
    for name, drug in drugs.catalogue().items():
        if drug.kind not in ("chemotherapy", "radionuclide"):
            continue
        if not chart.ever(name).any():
            continue
        on, doses = chart.on(name), chart.doses_of(name)
        done = (doses >= limit("systemic.cycles")) & (drug.every_days >= 14)
        yield Stop(name, on & ~worse & (done | low), stance="refer", why="six doses given, or counts too low")
        paused = ~on & (doses > 0) & ~done & (chart.weeks_since(name) <= 8) & back & ~worse & well
        yield Start(name, paused & _newest(chart, name), dose=drug.dose.value, stance="refer", why="counts are back")


def _newest(chart: Chart, name: str) -> np.ndarray:
    """Mask: this is the anticancer drug given last, not one of an earlier line."""
    since = chart.weeks_since(name)
    others = [chart.weeks_since(d) for d, x in drugs.catalogue().items() if x.kind == "chemotherapy" and d != name]
    return ~(np.fmin.reduce(others) < since)


RULES = (too_ill_for_more, anticancer_treatment, subtype_not_known, unproven_cancer, cycles)
