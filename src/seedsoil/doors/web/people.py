"""Questions about virtual people: a whole life as a job, and one person moved by the four verbs."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from seedsoil.doors.web.asked import LifeAsked, PersonAsked, StepAsked, TreatAsked
from seedsoil.doors.web.exchange import Question, Refused, aside

MOST_STEPS = 400  # kept of one person, so that they can be lived again after a restart


async def what_can_be_set(q: Question) -> dict:
    """Cancers, and the traits of a virtual person with their ranges."""
    return await aside(_settable)


def _settable() -> dict:
    from seedsoil.care.patient import CANCERS
    from seedsoil.doors import wording
    from seedsoil.doors.web.answers import signals_for
    from seedsoil.study.life import MOST_YEARS, trait_ranges

    said = lambda cancer: wording.sentence(wording.cancer_words(cancer)).rstrip(".")
    cancers = [{"id": cancer, "label": said(cancer), "signals": signals_for(cancer)} for cancer in CANCERS]
    traits = [{"id": name, "label": wording.spoken(name), **row} for name, row in trait_ranges().items()]
    return {"cancers": cancers, "traits": traits, "most_years": MOST_YEARS}


async def ask_life(q: Question) -> dict:
    """Ask for a virtual person's life, as it is or with a plan switched on from a day: a job."""
    body = await q.body(LifeAsked)
    await aside(body.check)
    return {"job": await aside(q.page.jobs.ask, q.session, "life", body.model_dump(exclude_none=True))}


async def new_person(q: Question) -> dict:
    """Make a virtual person, on the day of the diagnosis."""
    body = await q.body(PersonAsked)
    recipe = {"person": body.model_dump(exclude_none=True), "steps": []}

    def make() -> dict:
        person = q.page.desk.person_of(recipe)
        key = q.page.store.put("person", q.session, body.cancer, json.dumps(recipe).encode())
        q.page.desk.people.keep(key, person)
        return {"id": key, "about": person.about, "day": int(person.world.day), "alive": person.alive}

    return await aside(make)


async def observe(q: Question) -> dict:
    """What the clinic knows of this person today, and what the rules say to it."""
    return await aside(lambda: _in_hand(q)[0].observe())


async def decide(q: Question) -> dict:
    """What standard care would order today. Nothing is done yet."""
    return {"orders": await aside(lambda: _in_hand(q)[0].decide())}


async def act(q: Question) -> dict:
    """Give orders of one's own."""
    body = await q.body(TreatAsked)
    orders = await aside(body.orders_of)
    taken = await aside(_step, q, ["act", body.model_dump(exclude_none=True)], lambda person: person.act(orders))
    return {"taken": taken}


async def advance(q: Question) -> dict:
    """Let days pass, under standard care or none."""
    body = await q.body(StepAsked)
    step = ["advance", body.model_dump()]

    def move(person: Any) -> dict:
        events = person.advance(body.days, body.care)
        return {"day": int(person.world.day), "alive": person.alive, "events": events}

    return await aside(_step, q, step, move)


async def truth(q: Question) -> dict:
    """What is true in this person's body, known or not."""
    return await aside(lambda: _in_hand(q)[0].truth())


async def drop_person(q: Question) -> Response:
    """Delete a virtual person."""
    if q.page.store.get("person", q.session, q.named("person")) is not None:
        q.page.store.drop("person", q.session, q.named("person"))
        q.page.desk.let_go(q.named("person"))
    return Response(status_code=204)


def _in_hand(q: Question) -> tuple[Any, dict]:
    """The person as they are now, lived again from their recipe where the server has been restarted."""
    found = q.page.store.get("person", q.session, q.named("person"))
    if found is None:
        raise Refused(404, "There is no such person in this session.")
    recipe = json.loads(found[1])
    return q.page.desk.people.get(q.named("person"), lambda: q.page.desk.person_of(recipe)), recipe


def _step(q: Question, step: list, move: Any) -> Any:
    """One change of a person, written down so that it can be done again."""
    with q.page.desk.moving:
        person, recipe = _in_hand(q)
        if len(recipe["steps"]) >= MOST_STEPS:
            raise Refused(409, f"This person has been moved {MOST_STEPS} times; begin with a new one.")
        found = move(person)
        recipe["steps"].append(step)
        q.page.store.change("person", q.session, q.named("person"), json.dumps(recipe).encode())
    return found
