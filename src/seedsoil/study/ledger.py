"""The ledger of a trial: everything that befell its people, each event once with its day, and their state at each visit.

It is written from the truth, but for blood and urine, which are as a laboratory prints them: trials count printed results.
What a trial would have seen of the events, and counted, is for `endpoints` to say.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from seedsoil.biology import person
from seedsoil.biology.body import Body, Effects, Lesion
from seedsoil.care.criteria import limit as line
from seedsoil.care.criteria import outgrown
from seedsoil.care.patient import ORGANS
from seedsoil.diagnostics import examination, symptoms
from seedsoil.diagnostics.appearance import sphere
from seedsoil.diagnostics.truth import Seen
from seedsoil.grammar import luck, skeleton
from seedsoil.study.outcomes import FELT, limit, walks
from seedsoil.study.spells import Spells, has
from seedsoil.treatments import drug, side_effects
from seedsoil.world import acting, befalling, observing
from seedsoil.world.day import BEFALL, DOSE, START, TREAT, World
from seedsoil.world.records import DEATHS, EVENTS

ONSETS = {  # what begins, and the condition by which it is known
    "cord_compression": "cord_deficit", "hypercalcaemia": "hypercalcaemia_event", "moderate_pain": "moderate_pain",
}  # fmt: skip
BROKEN = {"spine": ("cervical", "thoracic", "lumbar", "sacrum"), "leg": ("femur", "limb"), "arm": ("humerus",)}
HERE = ("fracture_here", "silent_fracture_here")  # of the bone that the trial treats and follows
CHARTED = (
    "jaw_necrosis",
    "acute_phase",
    "pain_flare",
    "tooth_extraction",
    "kidney_injury",
)  # what the clinic writes down, as it does
KINDS = (
    "fracture", "silent_fracture", "radiotherapy", "radionuclide", "surgery", *ONSETS, "therapy_for_pain", *CHARTED, "new_therapy",
    *HERE, *(f"fracture_{part}" for part in BROKEN), "progression", "grave_side_effect", "bad_teeth", "response",
    "progression_on_bone_scan",
)  # fmt: skip
STATES = (
    "pain_worst", "pain_index", "opioid", "walking", "cord_deficit", "calcium", "ntx", "bone_alp", "haemoglobin", "platelets",
    "neutrophils", "pain_usual", "index_ml", "pthrp", "ctx", "thirst", "complaints",
)  # fmt: skip
MEASURED = {
    "calcium": "calcium_corrected", "ntx": "ntx", "bone_alp": "alp", "haemoglobin": "haemoglobin", "platelets": "platelets",
    "neutrophils": "neutrophils", "pthrp": "pthrp", "ctx": "ctx",
}  # fmt: skip
OF_CALCIUM = ("thirst", "confusion", "constipation", "nausea", "tiredness")  # complaints of high calcium, by name of the symptom
_TUMOUR = [Lesion._fields.index(name) for name in ("sensitive", "resistant")]
_ORGANS = [[Body._fields.index(f"{organ}_{clone}") for clone in ("sensitive", "resistant")] for organ in observing.PICTURED]
_BITS = np.array([ORGANS.index(organ) for organ in observing.PICTURED])
_DEATHS = [EVENTS.index(name) for name in DEATHS]
PROGRESSIONS = ("progression", "progression_on_bone_scan")  # by the length of everything known; by spots on bone scans, and organs
GRAVE = 3  # grade from which a side effect is grave, as in CTCAE
BAD_TEETH = ("poor_teeth", "ill_fitting_denture")  # groups of people whose mouth the history calls unsound
STEADY = 4  # days after which an opioid begun or raised has reached its level


@dataclass
class Ledger:
    """Events and states of the n people of a world, from the day it is opened. NaN: dead, or no visit yet."""

    n: int
    visits: tuple[int, ...]  # days
    events: list[np.ndarray] = field(default_factory=list)  # [events, 3]: person, day, number of the kind
    states: np.ndarray | None = None  # [n, visits, STATES] float32
    death: np.ndarray | None = None  # [n] day
    spells: Spells | None = None
    index: np.ndarray | None = None  # [n] slot of the lesion at the place of the trial on day 0, -1 none
    place: np.ndarray | None = None  # [n] that bone, -1 none
    _above: dict[str, np.ndarray] = field(default_factory=dict)  # [n] who has each of the conditions
    _worse: np.ndarray | None = None  # [n, PROGRESSIONS] who has progressed, by each reading
    _measured: np.ndarray | None = None  # [n, SLOTS + organs] lesions in bone, and organs, that were known on day 0
    _first_mm: np.ndarray | None = None  # [n, SLOTS + organs] their diameters then, those of unknown ones too
    _least_mm: np.ndarray | None = None  # [n, PROGRESSIONS] smallest sum of the diameters that each reading counts, so far

    def __post_init__(self) -> None:
        self.states = np.full((self.n, len(self.visits), len(STATES)), np.nan, np.float32)
        self.death = np.full(self.n, np.nan)
        self._worse = np.zeros((self.n, len(PROGRESSIONS)), bool)

    def open(self, world: World, place: np.ndarray) -> None:
        """Take down how things stand on day 0: what is there already is no event of the trial. `place` [n]: the bone that is
        treated and followed, -1 none."""
        world.follow()
        self.spells, self._above = Spells(world), self._onsets(world)
        self.place = np.asarray(place)
        self.index = acting.slot_at(world, np.arange(self.n), self.place)
        unsound = np.flatnonzero(np.any([befalling.belongs(world, np.arange(self.n), name) for name in BAD_TEETH], axis=0))
        self._write("bad_teeth", np.column_stack([unsound, np.full(len(unsound), world.day)]))
        self._measured, self._first_mm = _charted(world), _longest(world)
        self._least_mm = self._sums(self._first_mm)
        if 0 in self.visits:
            self._visit(world, 0)

    def watch(self, world: World) -> None:
        """Take down the stretch that has just passed; it ends at the latest with the next visit, and one ends on day `STEADY`."""
        dead = np.isin(world.happened[:, 2], _DEATHS)
        self.death[world.happened[dead, 0]] = world.happened[dead, 1] + 1
        for kind, names in (("fracture", FELT), ("silent_fracture", ("fracture_silent",))):
            self._write(kind, world.events_of(*names))
        self._broken(world)
        self._treated(world)
        who, begin, _, state = self.spells.of(world, self.death)
        for kind, condition in ONSETS.items():
            self._onset(kind, who, begin, has(state, condition))
        befell = world.done[world.done["verb"] == BEFALL]
        for kind in CHARTED:
            self._befell(kind, befell, [row.what == kind for row in side_effects.table()])
        self._befell("grave_side_effect", befell, [row.grade >= GRAVE for row in side_effects.table()])
        if world.day in self.visits:
            self._visit(world, self.visits.index(world.day))
            self._progressed(world)
        if world.day == STEADY and 0 in self.visits:  # painkillers at entry are those that the visit of day 0 prescribed
            taken = world.people.last_effect[:, Effects._fields.index("opioid")]
            self.states[:, self.visits.index(0), STATES.index("opioid")] = taken

    def _befell(self, kind: str, befell: np.ndarray, these: list[bool]) -> None:
        """Side effects that came in this stretch, of those that the mask over the table marks."""
        own = befell[np.isin(befell["what"], np.flatnonzero(these))]
        self._write(kind, np.column_stack([own["person"], own["day"]]))

    def _progressed(self, world: World) -> None:
        """Who has progressed at this visit for the first time, as a trial's readers see it, who lay all pictures side by side: what
        was known on day 0, its diameters added up, is longer by a fifth than at its least (Eisenhauer 2009), or there is something
        new. What was there before, unseen, and has not grown is not new. Where bone is read on bone scans, as in prostate cancer,
        nobody measures there: two new spots count (Scher 2016). A response is the sum three tenths shorter than on day 0."""
        longest = _longest(world)
        total = self._sums(longest)
        self._least_mm = np.fmin(self._least_mm, total)
        larger = longest >= line("systemic.growth") * self._first_mm
        fresh = larger & ~self._measured & _charted(world)
        spots, organs = fresh[:, : -len(_ORGANS)].sum(axis=1), fresh[:, -len(_ORGANS) :].any(axis=1)
        new = np.column_stack([spots >= 1, spots >= line("systemic.new_spots")]) | organs[:, None]
        worse = (outgrown(total, self._least_mm) | new) & world.people.alive[:, None] & ~self._worse
        shrunk = total[:, 0] <= line("systemic.response") * self._sums(self._first_mm)[:, 0]
        shrunk &= self._measured.any(axis=1) & world.people.alive & ~(self._worse | worse)[:, 0]
        for kind, mask in (*zip(PROGRESSIONS, worse.T, strict=True), ("response", shrunk)):
            who = np.flatnonzero(mask)
            self._write(kind, np.column_stack([who, np.full(len(who), world.day - 1)]))
        self._worse |= worse

    def _sums(self, longest: np.ndarray) -> np.ndarray:
        """Sums of the diameters that were known on day 0 [n, PROGRESSIONS]: of all, and of those in organs."""
        known = np.where(self._measured, longest, 0.0)
        return np.column_stack([known.sum(axis=1), known[:, -len(_ORGANS) :].sum(axis=1)])

    def _broken(self, world: World) -> None:
        """Fractures by where they are: at the place of the trial, and those that are felt by part of the body."""
        for kind, events in zip(HERE, (FELT, ("fracture_silent",)), strict=True):
            rows = world.events_of(*events)
            self._write(kind, rows[(rows[:, 3] >= 0) & (rows[:, 3] == self.place[rows[:, 0]])])
        rows = world.events_of(*FELT)
        for part, mask in _parts_of_body().items():
            name = {"vertebra": "spine", "hip": "leg"}  # of bone without tumour
            whole = np.array([name.get(EVENTS[kind]) == part for kind in rows[:, 2]], bool)
            self._write(f"fracture_{part}", rows[whole | mask[rows[:, 3]]])

    def _treated(self, world: World) -> None:
        """Radiation, operations, radionuclides and new anticancer drugs of the day."""
        write = lambda kind, rows: self._write(kind, np.column_stack([rows["person"], rows["day"]]))
        treated = world.done[world.done["verb"] == TREAT]
        rays = treated["what"] == acting.treatments().index(acting.RADIOTHERAPY)
        write("radiotherapy", treated[rays])
        write("surgery", treated[~rays])
        items = list(drug.catalogue().values())
        nuclides = [k for k, d in enumerate(items) if d.kind == "radionuclide"]
        write("radionuclide", world.done[np.isin(world.done["verb"], (START, DOSE)) & np.isin(world.done["what"], nuclides)])
        cancer = [k for k, d in enumerate(items) if d.topic == "systemic" and d.kind != "steroid"]
        begun = world.done[(world.done["verb"] == START) & np.isin(world.done["what"], cancer)]
        write("new_therapy", begun)
        # what the trial itself gives was not begun for pain
        chosen_in_care = begun["check"] != acting.AS_ORDERED
        write("therapy_for_pain", begun[chosen_in_care & (begun["pain"] >= limit("therapy_for_pain"))])

    def _onset(self, kind: str, who: np.ndarray, begin: np.ndarray, holds: np.ndarray) -> None:
        """A condition that begins: the spell before, of the same person or of the last stretch, was without it."""
        before = np.where(np.append(False, who[1:] == who[:-1]), np.append(False, holds[:-1]), self._above[kind][who])
        self._write(kind, np.column_stack([who, begin - 1])[holds & ~before])
        self._above[kind][who] = holds  # where a person has several spells the last stands

    def _write(self, kind: str, rows: np.ndarray) -> None:
        """Events of one kind, whose first columns are person and day; several of a person on one day are one. Here days are
        counted by their evenings."""
        if len(rows):
            own = np.unique(rows[:, :2], axis=0)
            self.events.append(np.column_stack([own[:, 0], own[:, 1] + 1, np.full(len(own), KINDS.index(kind))]))

    def _onsets(self, world: World) -> dict[str, np.ndarray]:
        return {
            "cord_compression": world.sums().cord_deficit > limit("cord_deficit"),
            "hypercalcaemia": world.body().calcium > limit("hypercalcaemia_event"),
            "moderate_pain": world.noticed().worst_pain >= line("pain.moderate"),
        }

    def _visit(self, world: World, k: int) -> None:
        """What an examination of the day would show, without error, and what the laboratory prints."""
        rows = np.flatnonzero(world.people.alive)
        if len(rows) == 0:
            return
        seen = observing.seen(world, rows)
        body, sums = seen.y, seen.sums
        rx = Effects(*world.people.last_effect[rows].T)
        felt = _felt(world, rows, seen)
        now = {
            "pain_worst": person.worst_pain(body, seen.x, sums, rx, seen.p), "pain_index": self._at_index(seen, rows),
            "opioid": rx.opioid, "walking": walks(body, sums),
            "cord_deficit": sums.cord_deficit,
            "pain_usual": world.noticed().usual_pain[rows], "index_ml": self._size_of_index(seen, rows),
            "thirst": felt[OF_CALCIUM.index("thirst")], "complaints": felt.sum(axis=0),
        } | dict(zip(MEASURED, observing.printed(world, rows, seen, tuple(MEASURED.values())).T, strict=True))  # fmt: skip
        for j, name in enumerate(STATES):
            self.states[rows, k, j] = now[name]

    def _at_index(self, seen: Seen, rows: np.ndarray) -> np.ndarray:
        """Pain of the lesion at the place of the trial, whatever else hurts [m]; NaN where there is none."""
        slot = self.index[rows]
        pain = examination.pain_at(seen)[np.arange(len(rows)), np.maximum(slot, 0)]
        return np.where(slot >= 0, pain, np.nan)

    def _size_of_index(self, seen: Seen, rows: np.ndarray) -> np.ndarray:
        """Living tumour of that lesion [m], mL."""
        slot = self.index[rows]
        who = np.arange(len(rows)), np.maximum(slot, 0)
        return np.where(slot >= 0, (seen.lesion.sensitive + seen.lesion.resistant)[who], np.nan)

    def rows_of(self) -> np.ndarray:
        """All events so far [events, 3], by person and day."""
        if not self.events:
            return np.zeros((0, 3), np.int64)
        rows = np.concatenate(self.events)
        return rows[np.lexsort([rows[:, 2], rows[:, 1], rows[:, 0]])]


def _felt(world: World, rows: np.ndarray, seen: Seen) -> np.ndarray:
    """Which complaints of high calcium each of these people has [OF_CALCIUM, m]. Everybody has a calcium of their own from which
    on they feel each, so that it goes when calcium falls."""
    names = np.array([luck.stream(f"felt.{name}") & 0x7FFFFFFF for name in OF_CALCIUM])
    own = luck.uniform(world.seed, world.people.key[rows], "traits", names[:, None])
    return own < np.stack([symptoms.probability(name, seen) for name in OF_CALCIUM])


@functools.cache
def _parts_of_body() -> dict[str, np.ndarray]:
    """Mask over the bones (one more for no bone) of each part of the body."""
    regions = [bone.region for bone in skeleton.bones()]
    return {part: np.array([region in own for region in regions] + [False]) for part, own in BROKEN.items()}


def _longest(world: World) -> np.ndarray:
    """Diameter of each lesion in bone, and of what is in each organ [n, SLOTS + organs], in mm, of a ball of its living tumour."""
    tumour = world.people.lesion[:, :, _TUMOUR].sum(axis=2)
    tumour = np.where(np.arange(tumour.shape[1]) < world.people.lesions[:, None], tumour, 0.0)
    return sphere(np.hstack([tumour, world.people.body[:, _ORGANS].sum(axis=2)]))


def _charted(world: World) -> np.ndarray:
    """Mask [n, SLOTS + organs]: what the chart speaks of."""
    chart = world.chart
    places = ((world.people.site[:, :, None] == chart.site[:, None, :]) & chart.lesions()[:, None, :]).any(axis=2)
    return np.hstack([places, (chart.organs[:, None] >> _BITS & 1) == 1])
