"""Observe: tests and examinations carry facts from bodies into the chart. Nothing else does."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from seedsoil.biology.body import Body, Effects, Lesion, Sums
from seedsoil.care import chart as charts
from seedsoil.care.analytes import analytes as analyte_table
from seedsoil.care.criteria import limit
from seedsoil.care.patient import CANCERS, ORGANS
from seedsoil.diagnostics import appearance, biopsy, blood, examination, imaging, symptoms
from seedsoil.diagnostics.truth import Seen
from seedsoil.grammar import luck
from seedsoil.grammar.memory import known
from seedsoil.grammar.own_tests import own_tests
from seedsoil.grammar.small_numbers import different
from seedsoil.world import looking, populations
from seedsoil.world.parameters import loop_number
from seedsoil.world.records import SLOTS, Columns
from seedsoil.world.work_list import chosen, next_clinic

if TYPE_CHECKING:
    from seedsoil.world.day import World

TESTS = charts.TESTS
ESCC_OF_GRADE = np.array([0, 2, 4, 5])  # compression 0-3 as codes of the ESCC scale: bone only, sac, cord, cord without CSF
GRAVE = ("fracture", "cannot_walk", "confusion", "bladder", "weakness", "severe_pain", "vertebra")
_GRAVE = np.array([reason in GRAVE for reason in symptoms.REASONS] + [False])  # the last for nobody who calls
EIGHT = 8
PICTURED = ("liver", "lung")  # organs that CT and PET show
WORTH_PARTING = 100  # people among whom it pays to look at those with many lesions apart
# Luck of one examination, each with a number of its own.
_EXAMINED = (
    "pain", "walking", "ecog", "weakness", "radicular_pain", "bladder", "confusion", "thirst", "cramps", "sensory_loss",
    "reflexes", "sphincter_tone", "spinal_tenderness",
)  # fmt: skip
SIGNS = _EXAMINED[3:]  # those that people may have had for years
IMAGING = imaging.MODALITIES

# What one order of a blood test brings.
PANELS = {
    "bloods": ("calcium", "calcium_corrected", "albumin", "alp", "creatinine", "haemoglobin", "platelets", "neutrophils",
               "phosphate", "ldh", "crp", "bilirubin"),
    "marker": ("psa", "ca153", "cea"),
    "vitamin_d": ("vitamin_d",),
    "magnesium": ("magnesium",),
    "ntx": ("ntx",),
    "pth": ("pth",),
    **{name: (name,) for name in own_tests()},
}  # fmt: skip


def seen(world: World, rows: np.ndarray, slots: int = SLOTS) -> Seen:
    """What there is to see in these people, in their first `slots` lesions."""
    people = world.people
    return Seen(
        y=Body(*people.body.take(rows, axis=0).T),
        x=world.x.of(rows),
        lesion=looking.Lesions(people, rows, slots),
        lesion_traits=Columns(people.lesion_traits[:, :slots]).of(rows),
        site=people.site.take(rows, axis=0)[:, :slots],
        used=np.arange(slots)[None, :] < people.lesions[rows, None],
        sums=Sums(*people.sums.take(rows, axis=0).T),
        rx=Effects(*people.last_effect.take(rows, axis=0).T),
        p=world.p.of(rows),
        sites=world.sites,
        cancer=people.cancer[rows],
        day=world.day_of(rows).astype(float),
        set_points=world.set_points.take(rows, axis=0).astype(float),
        memo={},
    )


def _examined(world: World, rows: np.ndarray, slots: int) -> Seen:
    """The same for an examination: what it asks of each lesion is known."""
    each = looking.examined(world.people, rows, slots, world.numbers.params, world.numbers.sites)
    memo = known(examination.irritation, each.irritation) | known(examination.deficits, each.deficit)
    memo |= known(symptoms.occupied, each.occupied)
    lesion = looking.Lesions(world.people, rows, slots, unhealed=each.unhealed)
    return seen(world, rows, slots)._replace(lesion=lesion, memo=memo)


def seen_each(world: World, rows: np.ndarray) -> tuple[np.ndarray, Seen]:
    """The same with a row for every lesion (one for people without any), and whose each is: what a picture shows of a
    lesion does not hang on the others."""
    people = world.people
    many = np.maximum(people.lesions[rows], 1)
    who = np.repeat(rows, many)
    slot = np.arange(len(who)) - np.repeat(np.cumsum(many) - many, many)
    fields = lambda names, values: Columns(dict(zip(names, values.T, strict=True))).of(who)
    each = who * SLOTS + slot
    return who, Seen(
        y=fields(Body._fields, people.body),
        x=world.x.of(who),
        lesion=Lesion(*np.ascontiguousarray(people.lesion.reshape(-1, len(Lesion._fields)).take(each, axis=0).T)[:, :, None]),
        lesion_traits=Columns(people.lesion_traits.take(each)[:, None]),
        site=people.site[who, slot][:, None],
        used=people.lesions[who, None] > 0,
        sums=fields(Sums._fields, people.sums),
        rx=fields(Effects._fields, people.last_effect),
        p=world.p.of(who),
        sites=world.sites,
        cancer=people.cancer[who],
        day=world.day_of(who).astype(float),
        set_points=world.set_points.take(who, axis=0).astype(float),
        memo={},
    )


def _slots(world: World, rows: np.ndarray) -> int:
    """Slots to look at so that none of these people's lesions is missed: a whole number of eights, as sums over slots are
    rounded in eights and nobody's digits may hang on who else is looked at."""
    return max(-(-int(world.people.lesions[rows].max()) // EIGHT), 1) * EIGHT


def _groups(world: World, rows: np.ndarray) -> list[np.ndarray]:
    """The rows of those with few lesions, and of those with many, so that few empty slots are looked at."""
    many = world.people.lesions[rows] > EIGHT
    if len(rows) < WORTH_PARTING or many.all() or not many.any():
        return [rows]
    return [rows[~many], rows[many]]


def signs_told(chart: charts.Chart, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Masks over these people: signs that the clinic was told of and that are no news any more."""
    said = lambda name: chart.symptom(name)[rows]
    return {
        "cannot_walk": said("walking") == 0.0, "confusion": said("confusion") == 1.0, "bladder": said("bladder") == 1.0,
        "weakness": said("leg_weakness") > 0.0, "cramps": said("cramps") == 1.0,
    }  # fmt: skip


def break_known_until(chart: charts.Chart, rows: np.ndarray) -> np.ndarray:
    """Day until which a fracture is no news, as the clinic has just been told of one [m]."""
    last = chart.event_day[rows, charts.EVENTS.index("fracture")].astype(np.int64)
    return last + round(loop_number("told_days"))


def calls(world: World, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Masks over these people of those whose symptoms make them call today, and of those among them who cannot wait."""
    chart = world.chart
    if len(rows) == 0:
        return np.zeros((2, 0), bool)
    broken = world.day_of(rows) < break_known_until(chart, rows)
    told = signs_told(chart, rows) | {"fracture": broken, "vertebra": broken}
    u = luck.uniform(world.seed, world.people.key[rows], "symptom", 0, world.day_of(rows))
    pain = np.nan_to_num(chart.symptom("pain_worst")[rows])
    raised = symptoms.raised(seen(world, rows, _slots(world, rows)), u, pain, told)
    return raised.who, _GRAVE[raised.reason]


def examine(world: World, rows: np.ndarray) -> None:
    """History and examination of the people who are seen today."""
    for some in _groups(world, rows):
        _examine(world, some)


def _examine(world: World, rows: np.ndarray) -> None:
    chart, key, day = world.chart, world.people.key[rows], world.day_of(rows)
    view = _examined(world, rows, _slots(world, rows))
    drawn = luck.uniform(world.seed, key[:, None], "examination", np.arange(len(_EXAMINED))[None, :], day[:, None])
    score = lambda name: ndtri(drawn[:, _EXAMINED.index(name)])
    if world.habits is None:
        world.habits = symptoms.habits(world.seed, world.people.origin, SIGNS)
    own = lambda habit, name: habit[rows, SIGNS.index(name)]
    sign = lambda name: symptoms.draw(name, view, drawn[:, _EXAMINED.index(name)], *(own(h, name) for h in world.habits))
    before = np.nan_to_num(chart.symptom("pain_worst")[rows])
    # one luck for both pains: who plays pain down does so for all of it
    played_down = score("pain")
    worst = examination.draw("pain_worst", view, played_down)
    rest = np.minimum(examination.draw("pain_rest", view, played_down), worst)
    slot = examination.hurts_most(view)
    site = np.where(slot >= 0, view.site[np.arange(len(rows)), np.maximum(slot, 0)], -1)
    spinal = (site >= 0) & (world.numbers.sites["spinal"][np.maximum(site, 0)] > 0.5)
    told = {
        "pain_worst": worst,
        "pain_rest": rest,
        "pain_site": np.where(worst > 0, site, np.nan),
        "pain_on_use": worst - rest >= 2.0,
        "pain_new_spine": spinal & (worst - before >= 2.0),
        "walking": 1.0 - 0.5 * examination.draw("walking", view, score("walking")),
        "leg_weakness": np.where(sign("weakness"), np.maximum(examination.leg_deficit(view), 0.1), 0.0),
    }
    told |= {name: sign(name) for name in SIGNS if name != "weakness"}
    chart.report(rows, tuple(told), np.column_stack(list(told.values())))
    weight = view.x["weight"] * (1.0 - loop_number("weight_lost") * view.y.wasting)
    chart.record(rows, ("ecog", "weight"), np.column_stack([examination.draw("ecog", view, score("ecog")), weight]))
    _broken_bones(world, rows, view)
    chart.note_test(rows, "examination")


def _broken_bones(world: World, rows: np.ndarray, view: Seen) -> None:
    """Fractures that people notice are seen on the film that is made for them, and written down with their place."""
    chart = world.chart
    fresh = view.used & (view.lesion.unhealed > loop_number("noticed_fracture"))
    for slot in np.flatnonzero(fresh.any(axis=0)):
        who, site = rows[fresh[:, slot]], view.site[fresh[:, slot], slot]
        broke = chart.lesion_days[who, :, charts.LESION_DAYS.index("fractured")].astype(np.int64)
        known = (chart.site[who] == site[:, None]) & (broke > charts.NEVER)
        told = (known & (world.day_of(who)[:, None] - broke < loop_number("told_days"))).any(axis=1)
        chart.note_event(who[~told], "fracture", site=site[~told])


def test(world: World, orders: np.ndarray) -> None:
    """Do the tests whose day has come, and write what they showed."""
    pictures = _is_picture()[orders["what"]]
    if pictures.any():
        _pictures(world, chosen(orders, pictures))
    panels = _is_panel()[orders["what"]]
    if panels.any():
        laboratory(world, chosen(orders, panels))
    for what in different(orders["what"]):
        name = TESTS[what]
        rows = np.unique(orders["person"][orders["what"] == what])
        if name in ("biopsy", "fine_needle"):
            view = seen(world, rows, _slots(world, rows))
            place = np.full(len(rows), -1)
            asked = orders[orders["what"] == what]
            place[np.searchsorted(rows, asked["person"])] = asked["site"]
            take_tissue(world, rows, view, place, name)
        elif name == "oncology":
            prove(world, rows)
        world.chart.note_test(rows, name)


@functools.cache
def _is_panel() -> np.ndarray:
    """Mask over the tests: those of blood and urine."""
    return np.array([name in PANELS for name in TESTS])


@functools.cache
def _is_picture() -> np.ndarray:
    """Mask over the tests: those of imaging."""
    return np.array([name in IMAGING for name in TESTS])


def _pictures(world: World, orders: np.ndarray) -> None:
    """All pictures of today; each lesion is looked at once, whatever pictures were asked for."""
    whole, view = seen_each(world, np.unique(orders["person"]))
    look, asked = appearance.look(view), np.zeros(len(world.people.key), bool)
    for what in different(orders["what"]):
        asked[:] = False
        asked[orders["person"][orders["what"] == what]] = True
        own = np.flatnonzero(asked[whole])
        image(world, whole[own], _part(view, own)._replace(memo=known(appearance.look, _some(look, own))), TESTS[what])


def _some(fields, rows: np.ndarray):
    """The same record of arrays for some of the rows."""
    return type(fields)(*[field[rows] for field in fields])


def _part(view: Seen, rows: np.ndarray) -> Seen:
    """Some rows of what `seen_each` gave."""
    return view._replace(
        y=view.y.of(rows), x=view.x.of(rows), lesion=_some(view.lesion, rows), lesion_traits=view.lesion_traits.of(rows),
        site=view.site[rows], used=view.used[rows], sums=view.sums.of(rows), rx=view.rx.of(rows), p=view.p.of(rows),
        cancer=view.cancer[rows], day=view.day[rows], set_points=view.set_points[rows],
    )  # fmt: skip


def laboratory(world: World, orders: np.ndarray) -> None:
    """All blood and urine of today at once: each person's values of the panels that were asked for them."""
    rows, whose = np.unique(orders["person"], return_inverse=True)
    panels = [TESTS[what] for what in different(orders["what"])]
    analytes = tuple(dict.fromkeys(analyte for name in panels for analyte in PANELS[name]))
    asked = np.zeros((len(rows), len(analytes)), bool)
    for name in panels:
        who = whose[orders["what"] == TESTS.index(name)]
        asked[np.ix_(who, [analytes.index(analyte) for analyte in PANELS[name]])] = True
    values = printed(world, rows, seen(world, rows, _slots(world, rows)), analytes)
    world.chart.record(rows, analytes, np.where(asked, values, np.nan))


def take_tissue(world: World, rows: np.ndarray, view: Seen, place: np.ndarray, name: str) -> None:
    """A needle into the lesion at `place`, and what the microscope says. A doubtful spot without tumour leaves the chart."""
    chart, slot = world.chart, biopsy.target(view, place)
    aimed = np.where(place >= 0, place, np.where(slot >= 0, view.site[np.arange(len(rows)), np.maximum(slot, 0)], 0))
    way = biopsy.usual_way(np.where(aimed < view.sites["volume"].size, aimed, 0))
    way = way if name == "biopsy" else np.full(len(rows), biopsy.WAYS.index("fine_needle"))
    u = luck.uniform(world.seed, world.people.key[rows][:, None], "tissue", np.arange(2)[None, :], world.day_of(rows)[:, None])
    result = biopsy.draw(way, view, slot, world.people.subtype[rows], u)
    named = result.outcome == biopsy.NAMED
    chart.prove(rows[named], cancer=_number_in_charts()[world.people.cancer[rows[named]]], subtype=result.subtype[named])
    chart.prove(rows[result.outcome == biopsy.CANCER])
    none = result.outcome == biopsy.NO_TUMOUR
    chart.dismiss(rows[none], place[none])


@functools.cache
def _number_in_charts() -> np.ndarray:
    """The number a chart has for each cancer."""
    return np.array([CANCERS.index(name) for name in populations.cancers()])


def prove(world: World, rows: np.ndarray) -> None:
    """What the oncologist says: which cancer it is, and of which kind."""
    world.chart.prove(rows, cancer=_number_in_charts()[world.people.cancer[rows]], subtype=world.people.subtype[rows])


def measure(world: World, rows: np.ndarray, view: Seen, analytes: tuple[str, ...]) -> None:
    """Blood and urine, into the chart."""
    world.chart.record(rows, analytes, printed(world, rows, view, analytes))


def bloods_at_once(world: World, rows: np.ndarray) -> None:
    """Blood that is taken and read on the spot, before a dose that hangs on it."""
    measure(world, rows, seen(world, rows, _slots(world, rows)), PANELS["bloods"])
    world.chart.note_test(rows, "bloods")


def printed(world: World, rows: np.ndarray, view: Seen, analytes: tuple[str, ...]) -> np.ndarray:
    """What the laboratory prints of a sample taken today [rows, analytes]: nothing beyond what is possible; NaN for a marker that
    the cancer does not make."""
    index = np.array([blood.ANALYTES.index(a) for a in analytes])
    scores = luck.normal(world.seed, world.people.key[rows][:, None], "blood", index[None, :], world.day_of(rows)[:, None])
    values = np.full(scores.shape, np.nan)
    for k, analyte in enumerate(analytes):
        has = _marked_by(analyte)[view.cancer] if analyte in charts.MARKERS else True
        if np.any(has):
            values[:, k] = np.where(has, blood.draw(analyte, view, scores[:, k]), np.nan)
    return np.clip(values, *_readable(analytes))


@functools.cache
def _readable(names: tuple[str, ...]) -> np.ndarray:
    """Lowest and highest value of each analyte that a chart can hold [2, analytes]: beyond them no living adult has been."""
    of = analyte_table()
    return np.array([of[name].possible if name in of else (-np.inf, np.inf) for name in names]).T


@functools.cache
def _marked_by(marker: str) -> np.ndarray:
    """Mask over the cancers: those that are followed by this marker."""
    return np.array([populations.populations(c)[0].marker == marker for c in populations.cancers()])


def _called_back(world: World, rows: np.ndarray) -> None:
    """Who had no metastasis until this picture does not wait for the next visit of those who have none."""
    world.next_visit[rows] = np.minimum(world.next_visit[rows], next_clinic(world.day_of(rows) + 1))


def image(world: World, rows: np.ndarray, view: Seen, modality: str) -> None:
    """Pictures: what is reported at each bone, false reports among it; and fractures that the picture shows. A person may
    stand in several rows, one a lesion, one after the other."""
    if len(rows) == 0:
        return
    key = world.people.key[rows]
    report = imaging.draw(modality, view, imaging.luck_of(world.seed, key, modality, view, world.day_of(rows)))
    chart = world.chart
    first = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))  # of each person
    nothing_known = chart.reading(rows[first]).none_known()
    here = np.nonzero(report.seen)
    at = lambda name: getattr(report, name)[here]
    height = at("collapse")
    involved = (at("section") > 0.5).astype(int)
    collapse = np.where(np.isnan(height), -1, np.where(height >= 0.5, 3, np.where(height > 0, 2, involved)))
    chart.see(
        rows[here[0]], report.site[here], kind=at("kind"), longest_mm=at("longest_mm"),
        share_of_diameter=at("section"), cortex_mm=at("cortex_mm"), collapse=collapse,
        epidural=np.where(at("epidural") >= 0, ESCC_OF_GRADE[at("epidural")], -1),
        soft_tissue=np.where(at("soft_tissue"), 1, -1),
    )  # fmt: skip
    # a doubtful spot is looked at again before it counts; only where nothing else is known does it stand for a while
    found, false_site = np.logical_or.reduceat(report.seen.any(axis=1), first), report.false_site[first]
    wrong = np.flatnonzero((false_site >= 0) & nothing_known & ~found)
    if len(wrong):
        chart.see(rows[first][wrong], false_site[wrong], certain=0)
    _called_back(world, rows[first][nothing_known & (found | (false_site >= 0))])
    if modality in ("ct", "fdg_pet", "fdg_pet_alone"):
        for organ in PICTURED:
            volume = getattr(view.y, f"{organ}_sensitive") + getattr(view.y, f"{organ}_resistant")
            _organ(chart, rows[first], organ, volume[first])


def _organ(chart: charts.Chart, rows: np.ndarray, organ: str, volume: np.ndarray) -> None:
    """What a picture shows of an organ: it is noted where it is new, or has grown since it was smallest as much as counts for
    progression; stable disease is no news."""
    seen, o = volume > loop_number("visible_visceral"), ORGANS.index(organ)
    rows, longest = rows[seen], 10.0 * (6.0 / np.pi * volume[seen]) ** (1.0 / 3.0)
    least = chart.organ_mm[rows, o].astype(float)
    new = (chart.organs[rows] >> o & 1) == 0
    grown = (longest >= limit("systemic.growth") * least) & (longest - least >= limit("systemic.growth_mm"))
    chart.note_organ(rows[new | grown], organ)
    chart.organ_mm[rows, o] = np.where(new | grown, longest, np.fmin(least, longest))
