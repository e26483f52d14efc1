"""What the clinic saw happen to one virtual person, in dated sentences: the story of a record."""

from __future__ import annotations

from seedsoil.grammar import skeleton
from seedsoil.study import story_words as words
from seedsoil.study.cohort import Person
from seedsoil.treatments import drug

NOTICE = "A virtual person, not a real one. Research use, not for care."
HAPPENED = {
    "fracture": "{where} breaks.", "cord_compression": "a tumour presses on the spinal cord at {where}.",
    "hypercalcaemia": "the calcium in the blood is too high.", "confusion": "confusion is noticed.",
    "leg_weakness": "the legs are weak.", "incontinence": "bladder or bowel no longer obey.",
}  # fmt: skip


def told(person: Person) -> tuple[str, ...]:
    """The story, oldest first; days count from the day the bone metastases were found."""
    patient, begin = person.patient, person.found_day
    events: list[tuple[float, str]] = []
    bones = _numbers(lesion.site for lesion in patient.lesions if lesion.day <= begin)
    if bones:
        events.append((begin, f"the scans show spots in {words.bones(bones)}."))
    for number, day in _later(person):
        events.append((day, f"a new spot is seen in {words.bone(number)}."))
    for event in patient.happened:
        where = words.bone(_numbers([event.site])[0]) if event.site else "a bone"
        events.append((event.day, HAPPENED.get(event.what, f"{event.what.replace('_', ' ')} is noted.").format(where=where)))
    events += _treated(person)
    if person.died_day is not None:
        events.append((person.died_day, f"the end. {words.CAUSES.get(person.death or '', '')}".strip()))
    lines = [f"{_when(day - begin)}: {text}" for day, text in sorted(events, key=lambda e: e[0])]
    return (NOTICE, *(words.sentence(line) for line in lines))


def _when(day: float) -> str:
    return "on the day the bone metastases are found" if day <= 0 else f"{words.span(int(day))} later"


def _numbers(sites) -> list[int]:
    order = {bone.id: number for number, bone in enumerate(skeleton.bones())}
    return [order[site] for site in sites if site]


def _later(person: Person) -> list[tuple[int, float]]:
    later = [lesion for lesion in person.patient.lesions if lesion.site and lesion.day > person.found_day]
    return [(_numbers([lesion.site])[0], lesion.day) for lesion in later]


def _treated(person: Person) -> list[tuple[float, str]]:
    """The first time of every drug and every local treatment."""
    events, known = [], set()
    for given in sorted(person.patient.given, key=lambda g: g.day):
        if given.what in drug.catalogue():
            if given.what not in known and drug.catalogue()[given.what].kind != "measure":
                events.append((given.day, f"{words.medicine(given.what)} is begun."))
            known.add(given.what)
        elif given.site:
            number = _numbers([given.site])[0]
            said = f"{words.bone(number)} is irradiated." if given.what == "radiotherapy" else words.operation(given.what, number)
            events.append((given.day, said[0].lower() + said[1:]))
    return events
