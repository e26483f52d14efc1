"""What a person wants, and care that goes along with all other care: palliative care from the start, the talk about goals when time
is short, hospice when it comes, and wishes that are kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedsoil.care import criteria, prognosis
from seedsoil.care.chart import Chart, remembered
from seedsoil.care.criteria import ecog, limit
from seedsoil.care.guidelines.rules import rule
from seedsoil.care.orders import Order, Tell, Test
from seedsoil.care.plan import TOPICS


def _ill(chart: Chart) -> np.ndarray:
    return chart.lesions().any(axis=1) | (chart.organs > 0)


@remembered
def short_of_time(chart: Chart) -> np.ndarray:
    """Mask: months to live, as far as a chart can say: Katagiri's score surely in its last band, in bed more than half the day,
    worse in spite of treatment and no longer well, or weeks to live."""
    surely = prognosis.katagiri(chart).low >= limit("wishes.katagiri_short")
    weak = ecog(chart) >= limit("wishes.ecog_short")
    failing = criteria.progressing(chart) & (ecog(chart) >= limit("wishes.ecog_failing"))
    return (surely & _ill(chart)) | (weak & _ill(chart)) | failing | criteria.very_short(chart)


@rule("follow_up", "sanders2024; gilligan2017; katagiri2014", confirmed=False, comfort=True)
def goals_of_care(chart: Chart) -> Iterator[Order]:
    """Time is short: what does the person know, want, and not want? Asked before it is late, and again after some months."""
    open_ = _ill(chart) & ~(chart.tested("goals_of_care") <= limit("wishes.again_days"))
    if not open_.any():
        return
    yield Test("goals_of_care", open_ & short_of_time(chart), stance="refer", within_hours=336,
               why="time may be short, and nobody has asked lately what matters",
               say="Talk about goals of care: what is known, hoped for, feared and not wanted; write the wishes down")  # fmt: skip


@rule("follow_up", "sanders2024", confirmed=True, comfort=True)
def palliative_care_alongside(chart: Chart) -> Iterator[Order]:
    """Metastases: a palliative care team early, beside treatment of the cancer, not after it."""
    never = _ill(chart) & np.isnan(chart.tested("palliative_care"))
    yield Test("palliative_care", never, stance="refer", within_hours=24 * 7 * limit("wishes.palliative_weeks"),
               why="advanced cancer: early, alongside active treatment", say="Palliative care team")  # fmt: skip


@rule("follow_up", "gilligan2017", confirmed=False, comfort=True)
def hospice(chart: Chart) -> Iterator[Order]:
    """Weeks to live, or comfort wished for, and goals talked about: hospice. Pain, calcium that is felt, fractures and a pressed
    cord are treated there too."""
    late = _ill(chart) & criteria.very_short(chart) & (chart.tested("goals_of_care") >= 0)
    yield Test("hospice", late & np.isnan(chart.tested("hospice")), stance="refer", within_hours=168,
               why="weeks to live, or comfort comes first",
               say="Hospice, at home or in a house; pain, high calcium, fractures and the cord are still treated")  # fmt: skip


@rule("follow_up", "gilligan2017", confirmed=False, comfort=True)
def wishes_kept(chart: Chart) -> Iterator[Order]:
    """Recorded wishes gate the other rules: said, so that nobody wonders why an order is missing."""
    say = "Comfort comes first: no treatment of the cancer; what hurts is still treated"
    yield Tell("comfort_first", chart.comfort, stance="refer", why="the person's wish, in the chart", say=say)
    for topic in TOPICS:
        said = topic.replace("_", " ")
        yield Tell(f"declined_{topic}", chart.declines(topic), stance="refer", why="the person's wish, in the chart",
                   say=f"Declined: {said}; the rules give no order of that kind")  # fmt: skip


RULES = (goals_of_care, palliative_care_alongside, hospice, wishes_kept)
