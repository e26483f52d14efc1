"""What is worth telling of each day of one person's life: in the body, at the clinic, and where the two part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from seedsoil.biology.body import Body, Lesion
from seedsoil.care.chart import MARKERS, NEVER, TESTS
from seedsoil.care.orders import Order
from seedsoil.study import story_words as words
from seedsoil.study.outcomes import limit, walks
from seedsoil.treatments import drug
from seedsoil.world import acting
from seedsoil.world.day import TEST, TREAT, World
from seedsoil.world.records import DEATHS, EVENTS

if TYPE_CHECKING:
    from seedsoil.study.story import Story

_CELLS = [Lesion._fields.index("sensitive"), Lesion._fields.index("resistant")]
_CALCIUM = Body._fields.index("calcium")
_AWAKE = Lesion._fields.index("awake")
TOLD_ONE_BY_ONE = 2  # of colonies; of further ones only the number is told, now and then
MILESTONES = (5, 10, 16)
MANY_PICTURES = 12  # reports of new places that are told one by one
MANY_TURNS = 6  # of pain, for worse or better, that are told
QUIET_DAYS = 90  # between two remarks on pain that is neither new nor severe
MARKER_NAMES = {"psa": ("PSA", "ng/mL"), "ca153": ("the marker CA 15-3", "U/mL"), "cea": ("the marker CEA", "ng/mL")}
SUPPLEMENTS = ("calcium_supplement", "vitamin_d", "magnesium_supplement", "phosphate_supplement")


class Watch:
    """Looks at a world of one person before and after each day, and tells the story what has changed."""

    def __init__(self, world: World, story: Story) -> None:
        self.world, self.story = world, story
        group = world.people
        self.ordered: Iterable[Order] = ()
        self.reasons: dict[str, str] = {}
        self.seeded = {int(s): world.day for s in group.site[0, : group.lesions[0]]}
        self.sizes: dict[int, str] = {}
        self.last: dict[str, float] = {}  # what was last said: pain, opioid dose, function, day of a remark
        self.before()
        self.walks, self.weak, self.calcium = True, False, 0

    # ---- the body ----------------------------------------------------------------------------------------------------

    def hidden(self) -> None:
        """What the day has brought that nobody sees."""
        group = self.world.people
        for _, day, kind, detail in self.world.happened:
            name = EVENTS[kind]
            if name == "new_lesion" and detail >= 0 and int(detail) not in self.seeded:
                self._seeded(int(day), int(detail))
            elif name in ("liver", "lung", "brain") and self._first(f"seeded {name}"):
                self.story.unseen(day, f"a few cells settle in {words.ORGANS[name]}.")
            elif name == "wake" and self._at_most("wake", 2):
                self.story.unseen(day, f"the sleeping cells in {words.bone(detail)} wake and begin to grow.")
            elif name == "fracture_silent" and self._at_most("silent", 3):
                self.story.unseen(day, f"{words.bone(detail)} gives way a little. It does not hurt enough to be noticed.")
        level = float(group.body[0, _CALCIUM])
        out = (level > 2.8 and self.calcium <= 0) or (level < 1.95 and self.calcium >= 0)
        if group.alive[0] and out and self._rarely("calcium unseen", self.world.day):
            moves = "climbs" if level > 2.3 else "falls"
            self.story.unseen(self.world.day, f"the calcium in the blood {moves} to {level:.2f} mmol/L.")
        if self.world.day % 30 == 0:
            self._elsewhere()
            for k in range(group.lesions[0]):
                self._grown(int(group.site[0, k]), float(group.lesion[0, k, _CELLS].sum()))

    def _seeded(self, day: int, site: int) -> None:
        group = self.world.people
        self.seeded[site] = day
        slot = int(np.argmax(group.site[0] == site))
        number = len(self.seeded)
        fate = "They begin to grow" if group.lesion[0, slot, _AWAKE] > 0.0 else "They fall asleep there"
        if number == 1:
            self.story.unseen(day, f"the first cells from the tumour settle in bone, in {words.bone(site)}. {fate}.")
        elif number <= TOLD_ONE_BY_ONE:
            self.story.unseen(day, f"more cells settle, in {words.bone(site)}. {fate}.")
        elif number in MILESTONES:
            self.story.unseen(day, f"by now {words.count(number, 'bone')} hold cells of the tumour.")

    def _elsewhere(self) -> None:
        """Tumour outside bone, at the sizes one can picture."""
        body = dict(zip(Body._fields, self.world.people.body[0], strict=True))
        for organ in ("liver", "lung", "brain"):
            size = words.size(body[f"{organ}_sensitive"] + body[f"{organ}_resistant"])
            known = self.world.chart.organs[0] >> list(words.ORGANS).index(organ) & 1
            if size in ("a cherry", "an egg", "an orange") and self._first(f"{organ} {size}"):
                tell = self.story.seen if known else self.story.unseen
                tell(self.world.day, f"the tumour in {words.ORGANS[organ]} is, all in all, as large as {size}.")
        if self.world.day > 0 and body["primary"] > 60.0 and self._first("primary"):
            if self.world.chart.cancer_certain[0]:
                self.story.seen(self.world.day, "the first tumour, which was left in place, goes on growing.")
            else:
                self.story.unseen(self.world.day, "the tumour where it all began goes on growing.")

    def _grown(self, site: int, volume: float) -> None:
        """The size of a lesion that no test has found, at the sizes one can picture; the first few lesions only."""
        size = words.size(volume)
        if size is None or site in self._sites() or self.sizes.get(site) == size:
            return
        if len(self.sizes) >= 2 and site not in self.sizes:
            return
        before = [name for _, name in words.SIZES].index(size)
        if before < [name for _, name in words.SIZES].index(self.sizes.get(site, size)):
            return  # it has shrunk
        self.sizes[site] = size
        self.story.unseen(self.world.day, f"the tumour in {words.bone(site)} is as large as {size}.")

    # ---- a day at the clinic -----------------------------------------------------------------------------------------

    def before(self) -> None:
        """Remember how things stand."""
        self.on = self._on()
        self.sites, self.organs = self._sites(), int(self.world.chart.organs[0])
        self.ordered = ()

    def after(self) -> None:
        """Tell what the day has brought."""
        day = self.world.day - 1
        for order in self.ordered:
            if order.verb in ("start", "stop") and order.acts and order.where[0]:
                self.reasons[f"{order.verb} {order.what}"] = order.because(0)
        if self.world.chart.test_day[0, TESTS.index("examination")] == day:
            self._complaints(day)
        self._pictures(day)
        self._blood(day)
        self._medicines(day)
        self._local(day)
        self.hidden()
        self._broken(day)
        self._strength(day)
        self._death(day)

    def _complaints(self, day: int) -> None:
        chart, story = self.world.chart, self.story
        pain, place = float(chart.symptom("pain_worst")[0]), chart.symptom("pain_site")[0]
        told, quiet = self.last.get("pain", 0.0), day - self.last.get("pain day", -999.0) < QUIET_DAYS
        where = "" if np.isnan(place) else f", worst in {words.bone(int(place))}"
        if pain >= 1.0 and "told pain" not in self.last:
            self._first("pain")
            story.seen(day, f"the first complaint: {words.pain(pain)} pain{where}.")
        elif pain >= max(4.0, told + 2.0) and not (quiet and pain < 7.0) and self._at_most("worse", MANY_TURNS):
            story.seen(day, f"the pain has grown {words.pain(pain)}, {pain:.0f} of 10{where}.")
        elif told >= 4.0 and pain <= min(3.0, told - 2.0) and not quiet and self._at_most("better", MANY_TURNS):
            story.seen(day, "the pain has gone." if pain < 1.0 else f"the pain has eased to {pain:.0f} of 10.")
        else:
            pain = np.nan
        if not np.isnan(pain):
            self.last |= {"pain": pain, "pain day": day}
        ecog, worst = int(chart.latest("ecog")[0]), self.last.get("ecog", 0)
        if ecog >= max(2, worst + 1):
            story.seen(day, f"strength is going: {words.function(min(ecog, 4))}.")
            self.last["ecog"] = ecog
        elif worst >= 3 and ecog <= 1:
            story.seen(day, "strength has come back.")
            self.last["ecog"] = ecog

    def _pictures(self, day: int) -> None:
        done = {TESTS[what] for what in self.world.done["what"][self.world.done["verb"] == TEST]}
        if "palliative_care" in done and self._first("palliative care"):
            self.story.seen(day, "the palliative care team comes in, to ease what can be eased.")
        if "mri" in done and day - self.last.get("cord feared on", -999.0) < 14:
            self.last["cord feared on"] = -999.0
            if self.world.sums().cord_deficit[0] < 0.5 * limit("cord_deficit"):
                self.story.seen(day, "the scan shows no great pressure on the cord, for now.")
        taken = [words.PICTURES[name] for name in words.PICTURES if name in done]
        new = sorted(self._sites() - self.sites)
        organs = [
            said for i, (name, said) in enumerate(words.ORGANS.items()) if (int(self.world.chart.organs[0]) & ~self.organs) >> i & 1
        ]
        if not taken or not (new or organs):
            return
        if not self._at_most("pictures", MANY_PICTURES):
            return
        places = words.bones(new, organs)
        which = words.listed([taken[0]] + [t[0].lower() + t[1:] for t in taken[1:]])
        show = "shows" if len(taken) == 1 else "show"
        if new and not self.sites:
            self.story.seen(day, f"{which} {show} spots in {places}: the cancer is in the bones.")
            self._looking_back(day, new)
        else:
            self.story.seen(day, f"{which} {show} new spots in {places}.")
        real = set(self.world.people.site[0].tolist())
        wrong = [site for site in new if site not in real]
        if wrong:
            self.story.unseen(day, f"there is no tumour in {words.bones(wrong)}. The picture was misread.")

    def _looking_back(self, day: int, new: list[int]) -> None:
        since = [self.seeded[site] for site in new if site in self.seeded]
        if since and day - min(since) > 60:
            self.story.unseen(day, f"the first of these cells settled {words.span(day - min(since))} ago.")

    def _blood(self, day: int) -> None:
        chart = self.world.chart
        if chart.age_of("calcium")[0] == 0.0:
            level = float(chart.latest("calcium_corrected")[0])
            state = 1 if level > limit("hypercalcaemia") else -1 if level < 2.0 else 0 if 2.1 <= level <= 2.6 else self.calcium
            if state and state != self.calcium:
                self.story.seen(day, f"the blood test shows too {'much' if state > 0 else 'little'} calcium, {level:.2f} mmol/L.")
            elif state == 0 and self.calcium:
                self.story.seen(day, "the calcium is back where it should be.")
            self.calcium = state
        line = int(chart.line[0])
        for marker in MARKERS:
            if chart.age_of(marker)[0] != 0.0 or line == 0:
                continue
            name, unit = MARKER_NAMES[marker]
            value, start = float(chart.latest(marker)[0]), self.last.setdefault(f"{marker} {line}", float(chart.latest(marker)[0]))
            lowest = float(chart.lowest(marker)[0])
            if value <= 0.5 * start and self._first(f"{marker} falls {line}"):
                self.story.seen(day, f"{name} falls to {value:.3g} {unit}: the treatment works.")
            elif value >= 2.0 * lowest and lowest > 2.0 and self._first(f"{marker} rises {line}"):
                self.story.seen(day, f"{name} has doubled from its lowest, to {value:.3g} {unit}.")

    # ---- treatment ---------------------------------------------------------------------------------------------------

    def _medicines(self, day: int) -> None:
        names = list(drug.catalogue())
        now = self._on()
        begun = [names[d] for d in np.flatnonzero(now & ~self.on)]
        ended = [names[d] for d in np.flatnonzero(self.on & ~now)]
        of = lambda kinds, which: [n for n in which if kinds(drug.catalogue()[n], n)]
        cancer = of(lambda x, n: x.topic == "systemic" and x.kind != "steroid", begun)
        self._cancer_drugs(day, cancer, of(lambda x, n: x.topic == "systemic" and x.kind != "steroid", ended))
        agents = [n for n in of(lambda x, n: x.topic == "bone_agent" and n not in SUPPLEMENTS, begun) if self._first(n)]
        if agents:
            self.story.seen(day, f"a drug that protects the bones begins: {self._said(agents)}.")
        extra = [n for n in begun if n in SUPPLEMENTS and self._first(n)]
        if extra:
            verb = "is" if len(extra) == 1 else "are"
            self.story.seen(day, f"with it, or before it, {self._said(extra)}." if agents else f"{self._said(extra)} {verb} added.")
        pain = [n for n in of(lambda x, n: x.topic == "pain", begun) if self._first(n)]
        if pain:
            self.story.seen(day, f"for the pain there is now {self._said(pain)}.")
        wards = [n for n in begun if n in ("fluids", "calcitonin", "calcium_iv") and self._rarely(n, day)]
        if wards:
            self.story.seen(day, f"in hospital, the calcium is treated: {self._said(wards)}.")
        flare = "flare" in self.reasons.get("start dexamethasone", "")
        if "dexamethasone" in begun and not flare and self._rarely("dexamethasone", day) and self._at_most("cord feared", 2):
            self.last["cord feared on"] = day
            self.story.seen(day, "weak legs, or a pain that could mean a pressed cord: dexamethasone at once, and an MRI scan.")
        dose = float(self.world.chart.dose_of("morphine")[0])
        if dose >= max(60.0, 2.0 * self.last.get("opioid", 0.0)):
            self.last["opioid"] = dose
            self.story.seen(day, f"the opioid is raised to {dose:.0f} mg of morphine a day, or its like.")

    def _cancer_drugs(self, day: int, begun: list[str], ended: list[str]) -> None:
        fresh = [n for n in begun if self._first(f"had {n}")]
        again = [n for n in begun if n not in fresh and self._rarely(f"again {n}", day)]
        by_reason: dict[str, list[str]] = {}
        for name in ended:
            by_reason.setdefault(self._why(name), []).append(name)
            self.last["ended"] = 1.0
        for reason, which in by_reason.items():
            self.story.seen(day, f"{self._said(which, again=True)} {'is' if len(which) == 1 else 'are'} stopped: {reason}.")
        if fresh:
            first, new = self._first("cancer drug"), self.last.pop("ended", 0.0) > 0.0
            head = "treatment of the cancer begins" if first else "the next treatment begins" if new else "added to it"
            self.story.seen(day, f"{head}: {self._said(fresh)}.")
        if again:
            self.story.seen(day, f"{self._said(again, again=True)} {'is' if len(again) == 1 else 'are'} given again.")

    def _why(self, name: str) -> str:
        said = self.reasons.get(f"stop {name}", "")
        if said.startswith("progression"):
            return "the cancer has grown in spite of it"
        if said.startswith("more harm"):
            return "it would now do more harm than good"
        low = any(float(self.world.chart.latest(x)[0]) < least for x, least in (("neutrophils", 1.0), ("platelets", 75.0)))
        return "the blood counts are too low" if low else "the planned course has been given"

    def _local(self, day: int) -> None:
        for row in self.world.done[self.world.done["verb"] == TREAT]:
            site = int(row["site"])
            if site < 0:
                continue
            name = acting.treatments()[row["what"]]
            if name != acting.RADIOTHERAPY:
                self.story.seen(day, words.operation(name, site))
                continue
            dose = 8.0 if np.isnan(row["dose"]) else float(row["dose"])
            fractions = int(row["fractions"])
            how = "in one session" if fractions == 1 else f"in {words.count(fractions, 'session')}"
            self.story.seen(day, f"{words.bone(site)} is irradiated: {dose:g} Gy {how}.")

    # ---- what is felt ------------------------------------------------------------------------------------------------

    def _broken(self, day: int) -> None:
        sites = {name: [int(s) for s in self.world.events_of(name)[:, 3]] for name in ("fracture_load", "fracture_fall")}
        for site in sites["fracture_load"]:
            self.story.seen(day, f"{words.bone(site)} breaks, under no more load than on any day.")
        for site in sites["fracture_fall"]:
            self.story.seen(day, f"a fall, and {words.bone(site)} breaks.")
        if len(self.world.events_of("vertebra")):
            self.story.seen(day, "a vertebra breaks that has no tumour in it; the bone has grown thin.")
        if len(self.world.events_of("hip")):
            self.story.seen(day, "the hip breaks, at a place without tumour.")

    def _strength(self, day: int) -> None:
        sums, body = self.world.sums(), Body(*self.world.people.body.T)
        deficit = float(sums.cord_deficit[0])
        if deficit > limit("cord_deficit") and not self.weak:
            self.weak = True
            self.story.seen(day, "tumour presses on the spinal cord or its roots: limbs grow weak. This is an emergency.")
        elif self.weak and deficit < 0.5 * limit("cord_deficit"):
            self.weak = False
            self.story.seen(day, "the strength of legs and arms has come back.")
        able = bool(walks(body, sums)[0])
        if able != self.walks and self.world.people.alive[0] and day - self.last.get("walking day", -999.0) >= QUIET_DAYS:
            self.walks, self.last["walking day"] = able, day
            self.story.seen(day, "walking is possible again." if able else "walking is no longer possible.")

    def _death(self, day: int) -> None:
        if self.world.people.alive[0]:
            return
        cause = next(EVENTS[kind] for _, _, kind, _ in self.world.happened if EVENTS[kind] in DEATHS)
        age = float(self.world.people.traits["age_years"][0]) + day / 365.25
        self.story.seen(day, f"death comes, at the age of {age:.0f}. {words.CAUSES[cause]}")

    def ending(self) -> None:
        """The story stops while the person lives."""
        known, true = len(self._sites()), int(self.world.people.lesions[0])
        walk = "walks" if self.walks else "no longer walks"
        bones = f"the clinic knows of {words.count(known, 'place')} in bone" if known else "the clinic knows of none in bone"
        self.story.seen(self.world.day, f"the story stops here. The person lives and {walk}; {bones}.")
        if true != known:
            self.story.unseen(self.world.day, f"in truth, cells of the tumour are in {words.count(true, 'bone')}.")

    # ---- memory ------------------------------------------------------------------------------------------------------

    def _on(self) -> np.ndarray:
        chart = self.world.chart
        return (chart.drug_start[0] > NEVER) & (chart.drug_stop[0] == NEVER)

    def _sites(self) -> set[int]:
        chart = self.world.chart
        return {int(site) for site in chart.site[0][chart.lesions()[0]]}

    def _said(self, names: list[str], again: bool = False) -> str:
        return words.listed([words.medicine(name, again) for name in names])

    def _first(self, what: str) -> bool:
        return self._at_most(what, 1)

    def _at_most(self, what: str, times: int) -> bool:
        """Whether this may still be told; counts."""
        self.last[f"told {what}"] = self.last.get(f"told {what}", 0.0) + 1.0
        return self.last[f"told {what}"] <= times

    def _rarely(self, what: str, day: int, days: int = 90) -> bool:
        """Whether this was last told long enough ago; remembers the day."""
        fresh = day - self.last.get(f"day of {what}", -999.0) >= days
        if fresh:
            self.last[f"day of {what}"] = day
        return fresh
