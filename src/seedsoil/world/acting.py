"""Act: what orders do. Drugs go on board, radiation and operations change a lesion; the chart notes what was given."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from seedsoil.biology import bone
from seedsoil.biology.body import Body, Lesion, Sums
from seedsoil.care import criteria, pathway
from seedsoil.care.columns import LESION_DAYS, NEVER
from seedsoil.care.guidelines.radiotherapy import radiation_for_pain
from seedsoil.care.guidelines.surgery import PROCEDURES_ON_BONE
from seedsoil.care.orders import Order
from seedsoil.grammar import luck
from seedsoil.grammar.small_numbers import different
from seedsoil.grammar.tables import table
from seedsoil.treatments import drug, kinetics, procedures, radiation
from seedsoil.world import aboard, populations
from seedsoil.world.parameters import loop_number
from seedsoil.world.work_list import CLINIC_EVERY, DOSE, START, TREAT, VERBS, WORK, chosen, joined, next_clinic

if TYPE_CHECKING:
    from seedsoil.world.day import World

_GFR = Body._fields.index("gfr")
_PROGENITORS = Body._fields.index("progenitors")
RADIOTHERAPY = "radiotherapy"
AS_ORDERED, ALL_RULES, WHAT_FORBIDS = LOOKS = range(3)
UNSAID = {"site": -1, "dose": np.nan, "fractions": 1.0, "every_days": np.nan, "technique": 0.0}  # where an order is silent


def treatments() -> tuple[str, ...]:
    """What can be done to a site; the order is its number in the work list."""
    return (RADIOTHERAPY, *procedures.catalogue())


@functools.cache
def number_of(verb: str, what: str) -> int:
    """The number a work list uses for a drug, a treatment or a test; -1 where the world has none."""
    from seedsoil.world import observing

    if verb in ("start", "stop"):
        return drug.number_of().get(what, -1)
    known = treatments() if verb == "treat" else observing.TESTS
    return known.index(what) if what in known else -1


def work_of(world: World, due: np.ndarray, orders: list[Order]) -> np.ndarray:
    """The work list's rows for a visit's orders: one a person and order, with the day its waiting time is over."""
    parts = [(order, _taken_up(world, due, order)) for order in orders if number_of(order.verb, order.what) >= 0]
    parts = [(order, who) for order, who in parts if len(who)]
    rows = np.zeros(sum(len(who) for _, who in parts), WORK)
    if len(rows) == 0:
        return rows
    each = lambda read: np.repeat([read(order) for order, _ in parts], [len(who) for _, who in parts])
    rows["person"] = due[np.concatenate([who for _, who in parts])]
    rows["check"] = each(_looked_at)
    rows["verb"], rows["what"] = each(lambda o: VERBS[o.verb]), each(lambda o: number_of(o.verb, o.what))
    for name, unsaid in UNSAID.items():
        rows[name] = unsaid
    kind = each(lambda o: luck.stream(f"{o.verb}.{o.what}") & 0x7FFFFFFF)
    today = world.day_of(rows["person"])
    u = luck.uniform(world.seed, world.people.key[rows["person"]], "waiting", kind, today)
    score, waits, begin = ndtri(np.clip(u, 1e-9, 1 - 1e-9)), np.empty(len(rows)), 0
    for order, who in parts:
        own = slice(begin, begin + len(who))
        again = _further_dose(world, order, due[who])
        waits[own] = pathway.waiting_days(order.verb, order.what, score[own], order.within_hours, again)
        if order.site is not None:
            rows["site"][own] = order.site[who]
        for field in UNSAID:
            name = "dose_gy" if field == "dose" and order.verb == "treat" else field
            if name in order.amounts:
                amount = np.asarray(order.amounts[name], float)
                rows[field][own] = amount[who] if amount.ndim else amount
        begin = own.stop
    # what is not pressing and does not happen today waits for a clinic day
    day, pressing = today + np.round(waits).astype(int), each(_pressing)
    rows["day"] = np.where(pressing | (day <= today), day, next_clinic(day))
    return rows


def _further_dose(world: World, order: Order, people: np.ndarray) -> np.ndarray:
    """Mask of these people: the order is a dose of a drug that they have had before, by itself and not as a course."""
    if order.verb != "start" or not np.all(order.amounts.get("every_days", np.nan) == 0):
        return np.zeros(len(people), bool)
    return world.chart.drug_doses[people, drug.number_of()[order.what]] > 0


def _looked_at(order: Order) -> int:
    """How an order is looked at again before it is carried out: as ordered, by all rules of the drug or operation, or by what
    forbids a drug in an emergency."""
    if order.by != "standard" or order.rule == "" or order.verb not in ("start", "treat"):
        return AS_ORDERED
    if order.verb == "treat":
        return ALL_RULES if order.what in PROCEDURES_ON_BONE else AS_ORDERED
    return WHAT_FORBIDS if order.topic == "emergency" else ALL_RULES


def _taken_up(world: World, due: np.ndarray, order: Order) -> np.ndarray:
    """Rows of those for whom an order is written at this visit: in practice pain is not sent for radiotherapy every time it is
    bad enough, more often where the place has only just been found; who still has it at the next visit may be sent then."""
    who = order.where.nonzero()[0]
    if order.rule != radiation_for_pain.name or len(who) == 0:
        return who
    by_the_rules = np.isnan(world.chart.reluctance[due[who], criteria.RADIOTHERAPY])
    u = luck.uniform(world.seed, world.people.key[due[who]], "referral", 0, world.day_of(due[who]))
    new, usual = (criteria.limit(f"practice.radiotherapy_{name}") for name in ("found", "visit"))
    return who[by_the_rules | (u < np.where(_just_found(world, due[who], order.site[who]), new, usual))]


def _just_found(world: World, rows: np.ndarray, site: np.ndarray) -> np.ndarray:
    """Mask: the chart has known the metastasis at this place of each row for some weeks only."""
    first_seen = world.chart.lesion_days[rows][:, :, LESION_DAYS.index("first_seen")].astype(int)
    since = np.asarray(world.day_of(rows))[..., None] - first_seen
    here = (world.chart.site[rows] == site[:, None]) & (first_seen != NEVER)
    return (here & (since <= criteria.limit("practice.radiotherapy_found_days"))).any(axis=1)


def _pressing(order: Order) -> bool:
    """Whether an order is carried out on any day of the week."""
    return order.within_hours is not None and order.within_hours <= pathway.LIMITED_HOURS


def _each(rows: np.ndarray, items):
    """The rows of each item, with the item's name and number."""
    for what in different(rows["what"]):
        yield items[what], int(what), chosen(rows, rows["what"] == what)


def start(world: World, rows: np.ndarray) -> None:
    """Begin a drug, or change its dose: a level for daily drugs, a first dose and a course for the others; an order that
    says every 0 days is one dose and no course."""
    for name, d, some in _each(rows, list(drug.catalogue())):
        item, who = drug.catalogue()[name], some["person"]
        given = np.where(np.isnan(some["dose"]), item.dose.value, some["dose"])
        if item.shape == "daily":
            aboard.put(world.people, who, d, "daily", given * _swallowed(world, item, some))
            world.course[who, d] = np.maximum(world.course[who, d], 1)
            world.chart.note_drug(who, name, given)
            continue
        single = some[some["every_days"] == 0].copy()
        if len(single):
            single["dose"], single["course"] = given[some["every_days"] == 0], world.course[single["person"], d]
            dose(world, single)
        fresh = (world.course[who, d] == 0) & (some["every_days"] != 0)
        if not fresh.any():
            continue
        today = world.day_of(who[fresh])
        world.course[who[fresh], d] = np.where(today < 0, today, today + 2)  # a number no other course of the drug has
        first = some[fresh].copy()
        first["dose"], first["course"] = given[fresh], world.course[who[fresh], d]
        first["every_days"] = np.where(np.isnan(first["every_days"]), item.every_days, first["every_days"])
        dose(world, first)


def _swallowed(world: World, item: drug.Drug, rows: np.ndarray) -> np.ndarray:
    """Mask: who takes what has been prescribed. Some never take the supplements that a clinic tells them to; in an emergency, and
    where a plan says that they are given, they do."""
    if item.kind != "supplement":
        return np.ones(len(rows), bool)
    takes = luck.uniform(world.seed, world.people.key[rows["person"]], "traits", luck.stream("supplements") & 0x7FFFFFFF)
    return (takes < table("people.toml")["supplements_taken"].value) | (rows["check"] != ALL_RULES)


def still_wanted(world: World, rows: np.ndarray) -> np.ndarray:
    """Mask: everything but further doses of a course that has been stopped."""
    wanted = rows["verb"] != DOSE
    doses = rows[~wanted]
    wanted[~wanted] = world.course[doses["person"], doses["what"]] == doses["course"]
    return wanted


def looked_at_again(world: World, rows: np.ndarray) -> np.ndarray:
    """The rows without the doses that standard care would not give today: blood that a drug's rules ask for and that is old is
    taken before the dose; what the rules then forbid, hold back or still lack is not given. A dose of a course comes again a
    week later; the beginning of a drug lapses, and the policy orders it anew if it is still wanted. What an emergency asks for
    waits for no value, but lapses where the chart has come to forbid it. Orders of a plan are given as ordered."""
    from seedsoil.world import observing

    rows = chosen(rows, ~_before_tissue(world, rows))
    asked = (rows["check"] != AS_ORDERED) & np.isin(rows["verb"], (START, DOSE))
    if not asked.any():
        return rows
    held = _held_back(world, rows, asked)
    lacking = np.unique(rows["person"][held[1]])
    if len(lacking):
        observing.bloods_at_once(world, lacking)
        again = asked & np.isin(rows["person"], lacking)  # nothing has changed for the others
        held = np.where(again, _held_back(world, rows, again), held)
    later = chosen(rows, (held[0] | held[1]) & (rows["verb"] == DOSE)).copy()
    later["day"] = world.day_of(later["person"]) + CLINIC_EVERY
    world.work = joined(world.work, later)
    return chosen(rows, ~(held[0] | held[1]))


def _before_tissue(world: World, rows: np.ndarray) -> np.ndarray:
    """Mask of operations on what has become, while they waited, the only lesion of somebody without a proven cancer."""
    cut = (rows["verb"] == TREAT) & (rows["check"] != AS_ORDERED)
    if cut.any():
        view = world.chart.reading(rows["person"][cut])
        cut[cut] = criteria.solitary(view) & ~criteria.proven(view)
    return cut


def _held_back(world: World, rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Masks over the rows: of those whose drug's rules forbid it or hold it back today, and of those that lack a value."""
    here = np.flatnonzero(asked)
    what, check, person = rows["what"][here], rows["check"][here], rows["person"][here]
    who, whose = np.unique(person, return_inverse=True)
    view, names = world.chart.reading(who), list(drug.catalogue())
    held = np.zeros((2, len(rows)), bool)
    looks = what.astype(int) * len(LOOKS) + check
    for each in different(looks):
        d, look = divmod(int(each), len(LOOKS))
        own = np.flatnonzero(looks == each)
        topic = drug.catalogue()[names[d]].topic if look == ALL_RULES else "emergency"
        forbidden, lacking = pathway.at_the_dose(view, names[d], topic)
        held[0, here[own]] = forbidden[whose[own]]
        held[1, here[own]] = lacking[whose[own]] & (look == ALL_RULES)
    return held


def dose(world: World, rows: np.ndarray) -> None:
    """Give one dose, and put the next one of its course on the work list."""
    for name, d, some in _each(rows, list(drug.catalogue())):
        who = some["person"]
        put_on_board(world, d, who, some["dose"])
        world.chart.note_drug(who, name, some["dose"])
        again = some[some["every_days"] > 0].copy()
        again["verb"], again["day"] = DOSE, world.day_of(again["person"]) + again["every_days"].astype(int)
        world.work = joined(world.work, again)


def put_on_board(world: World, d: int, who: np.ndarray, amount: np.ndarray) -> None:
    """Add a dose to what is on board."""
    people = world.people
    k = world.numbers.drugs[people.set_of[who], d].view(np.recarray)
    if world.numbers.drugs["form"][0, d] == kinetics.BONE:
        lost = list(drug.catalogue().values())[d].kinetics["renal_loss"]
        own = lost.spread(populations.score(world.seed, people.key[who], "renal_loss")) / lost.value
        amount = k.potency * kinetics.taken_up(amount, people.body[who, _GFR], loop_number("reference_gfr"), k, own)
    elif world.numbers.drugs["form"][0, d] == kinetics.RADIONUCLIDE:
        amount = kinetics.settled(amount, bone.formation(Body(*people.body[who].T), Sums(*people.sums[who].T)), k)
    aboard.put(people, who, d, "first", amount, add=True)


def stop(world: World, rows: np.ndarray) -> None:
    """End a drug: no more doses; what is on board leaves by itself."""
    for name, d, some in _each(rows, list(drug.catalogue())):
        who = some["person"]
        aboard.end(world.people, who, d)
        world.course[who, d] = 0
        world.chart.note_stop(who, name)


def treat(world: World, rows: np.ndarray) -> None:
    """Irradiate or operate on a site. Where no lesion is, healthy bone takes it without a trace."""
    for name, _, some in _each(rows, treatments()):
        slots = slot_at(world, some["person"], some["site"])
        placed = some[some["site"] >= 0]
        world.chart.note_procedure(placed["person"], name, placed["site"], dose_gy=np.nan_to_num(placed["dose"]))
        here = slots >= 0
        who, slot = some["person"][here], slots[here]
        if len(who) == 0:
            continue
        if name == RADIOTHERAPY:
            for number in different(some["technique"][here]):
                own = some["technique"][here] == number
                course = some["dose"][here][own], some["fractions"][here][own], radiation.TECHNIQUES[number]
                irradiate(world, who[own], slot[own], *course)
        else:
            _change(world, who, slot, procedures.operate(name, _lesion_fields(world, who, slot), _sites(world, who, slot)))
        world.people.settled[who] = False


def irradiate(world: World, who: np.ndarray, slot: np.ndarray, dose_gy: np.ndarray, fractions: np.ndarray,
              technique: str = radiation.TECHNIQUES[0]) -> None:  # fmt: skip
    """A course of radiotherapy to one lesion each."""
    people = world.people
    index = people.site[who, slot] * 4 + np.array([[0], [1]])
    drawn = radiation.Luck(*luck.uniform(world.seed, people.key[who], "response", index, world.day_of(who)))
    # what was begun this morning is taken before the fraction
    number = drug.number_of()["dexamethasone"]
    steroid = np.maximum(aboard.amount(people, who, number, "first"), aboard.amount(people, who, number, "daily")) > 1.0
    done = radiation.irradiate(
        _lesion_fields(world, who, slot), people.traits[who].view(np.recarray), _sites(world, who, slot),
        np.where(np.isnan(dose_gy), loop_number("usual_gray"), dose_gy), fractions, technique,
        drawn, dexamethasone=steroid,
    )  # fmt: skip
    _change(world, who, slot, done.lesion)
    people.body[who, _PROGENITORS] *= done.progenitors


def slot_at(world: World, who: np.ndarray, site: np.ndarray) -> np.ndarray:
    """The slot of the lesion at a site, -1 where there is none."""
    match = (world.people.site[who] == site[:, None]) & (site[:, None] >= 0)
    return np.where(match.any(axis=1), match.argmax(axis=1), -1)


def _lesion_fields(world: World, who: np.ndarray, slot: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(Lesion._fields, world.people.lesion[who, slot].T, strict=True))


def _sites(world: World, who: np.ndarray, slot: np.ndarray) -> np.recarray:
    return world.numbers.sites[world.people.site[who, slot]].view(np.recarray)


def _change(world: World, who: np.ndarray, slot: np.ndarray, changed: dict[str, np.ndarray]) -> None:
    for name, new in changed.items():
        world.people.lesion[who, slot, Lesion._fields.index(name)] = new
