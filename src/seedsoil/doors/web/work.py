"""The kinds of long work that the page can ask for: what each does from what was asked to its answer."""

from __future__ import annotations

from seedsoil.doors.web import answers
from seedsoil.doors.web.asked import ForecastAsked
from seedsoil.doors.web.desk import Desk
from seedsoil.doors.web.jobs import Live, Work


def kinds(desk: Desk) -> dict[str, tuple[str, Work]]:
    """Every kind of job: its lane and its work."""
    return {
        "forecast": ("soon", lambda session, asked, live: forecast(desk, session, asked, live)),
    }


def forecast(desk: Desk, session: str, asked: dict, live: Live) -> dict:
    """Fit the twins if they are not fitted, run the plans that have not been run, compare them."""
    from seedsoil.study.course import curves_of
    from seedsoil.study.forecast import Forecast

    body = ForecastAsked(**asked["body"])
    chosen = body.chosen()
    twins = desk.fitted(session, asked["chart"], body.twins, body.seed, live)
    key = (asked["chart"], body.twins, body.seed)
    done = desk.run(twins, key, chosen, body.years, live)
    live.told("putting it together", 0, 1)
    document = Forecast(twins, chosen, [record for record, _, _ in done], body.years).document()
    sets = twins.world.people.set_of
    curves = [curves_of(record, sets, body.years) for record, _, _ in done]
    courses = [course.document(block) for _, course, block in done]
    return answers.forecast_answer(document, courses, curves, [plan.model_dump(exclude_none=True) for plan in body.plans])
