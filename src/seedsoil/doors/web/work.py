"""The kinds of long work that the page can ask for: what each does from what was asked to its answer."""

from __future__ import annotations

from seedsoil.doors.web import answers
from seedsoil.doors.web.asked import ForecastAsked, LifeAsked
from seedsoil.doors.web.desk import Desk
from seedsoil.doors.web.jobs import Live, Work

YEARS_DRIVEN = 1.0  # what drives a risk is told for this long ahead


def kinds(desk: Desk) -> dict[str, tuple[str, Work]]:
    """Every kind of job: its lane and its work."""
    return {
        "forecast": ("soon", lambda session, asked, live: forecast(desk, session, asked, live)),
        "trial": ("long", lambda session, asked, live: trial(desk, session, asked, live)),
        "book": ("long", lambda session, asked, live: book(desk, asked, live)),
        "life": ("soon", lambda session, asked, live: life(desk, asked, live)),
    }


def trial(desk: Desk, session: str, asked: dict, live: Live) -> dict:
    """Run one trial: its figures beside the published ones, and its curves."""
    from seedsoil.doors.web.trials import about, trial_of
    from seedsoil.study.published import read
    from seedsoil.study.trial import run
    from seedsoil.study.trial_curves import trial_curves
    from seedsoil.study.trial_report import document_of

    desk.wake(live)
    protocol = trial_of(desk, session, asked["trial"])
    done = run(protocol, asked["patients"], asked["seed"], progress=live.told)
    return document_of(done) | {"about": about(protocol), "curves": trial_curves(done, read())}


def book(desk: Desk, asked: dict, live: Live) -> dict:
    """Run every shipped trial, read every registry, and set each published figure beside its simulation."""
    from seedsoil.study import published, validation

    desk.wake(live)
    return validation.validate(
        validation.trials_of(), published.read(), asked["patients"], asked["seed"], progress=live.told,
        registries=validation.registries_of(), each=asked["patients"],
    )  # fmt: skip


def life(desk: Desk, asked: dict, live: Live) -> dict:
    """One virtual person's life, in pictures and in words."""
    from seedsoil.study.life import live as whole_life

    desk.wake(live)
    body = LifeAsked(**asked)
    plan = body.plan.plan() if body.plan else None
    return whole_life(body.cancer, body.seed, body.years, body.traits, plan, body.from_day, live.told)


def forecast(desk: Desk, session: str, asked: dict, live: Live) -> dict:
    """Fit the twins if they are not fitted, run the plans that have not been run, compare them."""
    from seedsoil.study.drivers import drivers
    from seedsoil.study.forecast import Forecast

    body = ForecastAsked(**asked["body"])
    chosen = body.chosen()
    twins = desk.fitted(session, asked["chart"], body.twins, body.seed, live)
    key = (asked["chart"], body.twins, body.seed)
    done = desk.run(twins, key, chosen, body.years, live)
    live.told("putting it together", 0, 1)
    records, courses, curves = zip(*done, strict=True)
    document = Forecast(twins, chosen, list(records), body.years).document()
    driven = drivers(twins, records[0], 365.25 * min(body.years, YEARS_DRIVEN))
    asked_plans = [plan.model_dump(exclude_none=True) for plan in body.plans]
    return answers.forecast_answer(document, list(courses), list(curves), asked_plans, driven)
