"""The page and the terminal summary of a forecast."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise

import pytest
from rich.console import Console
from tests.doors.forecast_document import forecast_document

from seedsoil.doors import wording
from seedsoil.doors.report import page, write_report
from seedsoil.doors.summary import print_summary

FETCHING_TAGS = {
    *("applet", "audio", "base", "embed", "feimage", "form", "frame", "frameset", "iframe", "image", "img", "input"),
    *("link", "object", "portal", "script", "source", "track", "video"),
}
VOID = {"meta", "br", "hr"}


class Reader(HTMLParser):
    """What a browser would meet on the page: tags, attributes, text, and whatever reaches outside."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.seen: list[str] = []
        self.outside: list[str] = []
        self.unclosed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.tags.append((tag, named))
        if tag not in VOID:
            self.unclosed.append(tag)
        if tag in FETCHING_TAGS or (tag == "meta" and named.get("http-equiv", "").lower() == "refresh"):
            self.outside.append(f"<{tag}>")
        for name, value in named.items():
            target = value.strip().lower()
            local = target.startswith("#")
            paper = tag == "a" and name == "href" and target.startswith(("https://", "http://"))
            if name in {"href", "xlink:href"} and not (local or paper):
                self.outside.append(f"{tag} {name}={value}")
            if name in {"src", "srcset", "data", "poster", "background", "action", "ping", "manifest", "srcdoc"}:
                self.outside.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.outside.append(f"{tag} {name}")
            self.look_at_style(value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.unclosed.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.unclosed and self.unclosed[-1] == tag:
            self.unclosed.pop()

    def handle_data(self, data: str) -> None:
        if self.unclosed and self.unclosed[-1] == "style":
            self.look_at_style(data)
        else:
            self.seen.append(data)

    def look_at_style(self, text: str) -> None:
        for target in re.findall(r"url\(\s*['\"]?([^'\")]*)", text, re.IGNORECASE):
            if not target.strip().startswith("#"):
                self.outside.append(f"url({target})")
        self.outside += re.findall(r"@import|@font-face|javascript:|expression\(|image-set\(", text, re.IGNORECASE)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.seen).split())


@pytest.fixture(scope="module")
def document() -> dict:
    return forecast_document()


@pytest.fixture(scope="module")
def reader(document: dict) -> Reader:
    return Reader(page(document))


def summary(document: dict, width: int = 112) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    print_summary(document, console)
    return console.file.getvalue()


# ---- the page needs nothing else -----------------------------------------------------------------------------------


def test_the_page_fetches_nothing(reader: Reader) -> None:
    assert reader.outside == []
    assert any("default-src 'none'" in attrs.get("content", "") for tag, attrs in reader.tags if tag == "meta")


@pytest.mark.parametrize(
    "planted",
    [
        '<script>fetch("https://example.org")</script>',
        '<img src="https://example.org/a.png">',
        '<img src="a.png">',
        '<link rel="stylesheet" href="a.css">',
        '<style>@import "a.css";</style>',
        "<style>a{background:url(b.png)}</style>",
        "<style>@font-face{font-family:x}</style>",
        '<iframe src="a.html"></iframe>',
        '<p onclick="x()">x</p>',
        '<a href="javascript:x()">x</a>',
        '<meta http-equiv="refresh" content="0;url=x">',
        '<use href="https://example.org/a.svg#b"/>',
        '<p style="background:url(//example.org/x)">x</p>',
        '<object data="a.pdf"></object>',
        '<image xlink:href="a.png"/>',
    ],
)
def test_the_look_for_outside_things_finds_each_kind(document: dict, planted: str) -> None:
    assert Reader(page(document).replace("</main>", f"{planted}</main>")).outside


def test_text_of_a_chart_stays_text() -> None:
    hostile = '<script>alert(1)</script><img src=x onerror="x()">'
    document = forecast_document()
    document["patient"] = {**document["patient"], "id": hostile}
    document["known"] = [{"what": hostile, "value": hostile, "unit": hostile, "day": 0, "from": hostile}]
    document["set_aside"] = [{"from": hostile, "why": hostile}]
    document["sources"] = [{"key": 'x" onclick="x()', "text": hostile, "url": "javascript:alert(1)"}]
    document["urgent"] = [dict.fromkeys(("rule", "action", "because", "source"), hostile) | {"within_hours": 1}]
    for plan in document["plans"]:
        plan["name"] = plan["name"] + hostile
    document["differences"] = []
    found = Reader(page(document))
    assert found.outside == []
    assert hostile in found.text


def test_the_page_is_written_whole_under_its_name(tmp_path, document: dict) -> None:
    assert write_report(document, tmp_path) == tmp_path / "report.html"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page(document)


def test_the_same_forecast_gives_the_same_page(document: dict) -> None:
    assert page(document) == page(forecast_document())


# ---- for every reader ----------------------------------------------------------------------------------------------


def test_ids_are_unique_and_every_link_inside_the_page_arrives(reader: Reader) -> None:
    ids = Counter(attrs["id"] for _, attrs in reader.tags if "id" in attrs)
    assert [name for name, count in ids.items() if count > 1] == []
    links = {attrs["href"][1:] for tag, attrs in reader.tags if tag == "a" and attrs["href"].startswith("#")}
    assert links and links <= set(ids)


def test_tags_are_closed_in_order(reader: Reader) -> None:
    assert reader.unclosed == []


def test_the_page_can_be_heard(reader: Reader) -> None:
    tags = Counter(tag for tag, _ in reader.tags)
    assert dict(reader.tags)["html"]["lang"] == "en-GB"
    assert tags["h1"] == 1 and tags["main"] == 1
    assert tags["table"] == tags["caption"] > 0
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    drawings = [attrs for tag, attrs in reader.tags if tag == "svg"]
    assert all(d.get("aria-hidden") == "true" or "12 months" in d.get("aria-label", "") for d in drawings)
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in reader.tags if tag == "th")


def test_plans_differ_in_colour_line_and_mark(document: dict) -> None:
    from seedsoil.doors.report_figures import STYLES, drawing, swatch

    assert [len(set(column)) for column in zip(*STYLES, strict=True)] == [4, 4, 4]
    svg = drawing("alive", document["plans"], "")
    for place in (0, 1):
        assert STYLES[place][0].lower() in svg.lower()
        assert STYLES[place][0] in swatch(place)
    assert "stroke-dasharray" in svg


def test_a_curve_lies_where_its_axes_say(document: dict) -> None:
    """Read back off the drawing with its own ticks, every value is the one of the document."""
    from seedsoil.doors.report_figures import drawing, series

    svg = drawing("alive", document["plans"], "")
    below = {int(m): float(x) for x, y, m in re.findall(r'<text x="([\d.]+)" y="([\d.]+)">(\d+)</text>', svg)}
    beside = {float(v): float(y) - 3.5 for y, v in re.findall(r'y="([\d.]+)" text-anchor="end">([\d.]+)<', svg)}
    (_, low), *_, (most, high) = sorted(beside.items())
    for plan, line in zip(document["plans"], re.findall(r'<polyline points="([^"]+)"', svg), strict=True):
        points = [tuple(map(float, point.split(","))) for point in line.split()]
        rows = [{"months": 0, "value": 100.0}, *series(plan, "alive")]
        assert [x for x, _ in points] == [below[row["months"]] for row in rows]
        assert [most * (low - y) / (low - high) for _, y in points] == pytest.approx([row["value"] for row in rows], abs=0.2)


@pytest.mark.parametrize(("highest", "last", "steps"), [(100.0, 100.0, 5), (10.0, 10.0, 5), (15.6, 15.0, 3), (41.4, 40.0, 4)])
def test_an_axis_has_few_round_ticks(highest: float, last: float, steps: int) -> None:
    from seedsoil.doors.report_figures import ticks

    assert ticks(highest)[0] == 0.0 and ticks(highest)[-1] == last and len(ticks(highest)) == steps + 1


# ---- what it says ----------------------------------------------------------------------------------------------------


def test_urgent_comes_first_then_the_person_then_the_plans(reader: Reader) -> None:
    order = [
        "Research use, not for care", "Urgent now", "Within 24 hours", "Who and what is known", "What was assumed",
        "What was set aside", "The virtual twins", "Refused treatments", "The plans side by side", "Every outcome",
        "How far to trust it", "The papers", "How this was made",
    ]  # fmt: skip
    text = re.sub(r"Urgent Known.*?How this was made", "", reader.text, count=1)
    places = [text.index(heading) for heading in order]
    assert places == sorted(places)


def test_shorter_time_limits_stand_above_longer_ones() -> None:
    document = forecast_document()
    document["urgent"] = [
        {**document["urgent"][0], "action": "third", "within_hours": None},
        {**document["urgent"][0], "action": "second", "within_hours": 24},
        {**document["urgent"][0], "action": "first", "within_hours": 1},
    ]
    for text in (Reader(page(document)).text, summary(document)):
        assert text.index("first") < text.index("second") < text.index("third")


@pytest.mark.parametrize("render", [lambda d: Reader(page(d)).text, lambda d: " ".join(summary(d, 4000).split())])
def test_everything_known_assumed_and_refused_is_said(document: dict, render) -> None:
    text = render(document)
    for row in document["known"]:
        assert f"{wording.spoken(row['what'])} {wording.with_unit(row['value'], row['unit'])}" in text
    for row in document["assumed"]:
        assert f"{wording.spoken(row['what'])} {wording.assumed_range(row)}" in text
    for row in document["set_aside"]:
        assert row["why"] in text and row["from"] in text
    for row in document["urgent"]:
        assert all(row[part] in text for part in ("rule", "action", "because"))
    assert document["plans"][0]["refused"][0]["why"][1:] in text
    assert "NICE guideline NG234" in text


def test_every_outcome_of_every_plan_at_every_month_is_in_a_table(document: dict, reader: Reader) -> None:
    for plan in document["plans"]:
        for row in plan["outcomes"]:
            words = wording.outcome_words(row["outcome"])
            assert wording.ranged(row["value"], row["low"], row["high"], words) in reader.text
    for row in document["differences"]:
        words = wording.outcome_words(row["outcome"])
        assert wording.difference_words(row["value"], row["low"], row["high"], words) in reader.text


def test_all_that_is_needed_to_make_it_again_is_there(document: dict, reader: Reader) -> None:
    for key in ("version", "seed", "tables", "kernel", "schema"):
        assert str(document[key]) in reader.text
    assert "--plan standard --plan standard-without-bone-agent --twins 500 --seed 1" in reader.text
    assert "--years 1.5 --twins 500" in Reader(page({**document, "years": 1.5})).text
    assert document["ranges"] in reader.text


def test_no_plan_is_called_best(document: dict, reader: Reader) -> None:
    for text in (reader.text, summary(document)):
        rest = text.replace("none is called best", "").replace("pain worse at night", "")
        assert not re.search(r"\b(best|better|worse|superior|preferred|optimal|recommended)\b", rest, re.IGNORECASE)


def test_a_person_unlike_those_the_model_knows_gets_no_figures_but_keeps_the_urgent() -> None:
    document = forecast_document(unlike=True)
    for text in (Reader(page(document)).text, " ".join(summary(document, 4000).split())):
        assert "his person is unlike those the model knows: calcium 4.08 mmol/L" in text
        assert "MRI of the whole spine" in text and "denosumab" in text.lower()
        assert not re.search(r"%|per 100|of 100|36 months", text)


def test_figures_are_withheld_even_if_a_document_that_warns_still_holds_them() -> None:
    document = forecast_document()
    document["twins"]["warning"] = "This person is unlike those the model knows: PSA 90000 ng/mL"
    for text in (Reader(page(document)).text, summary(document)):
        assert not re.search(r"%|per 100|of 100", text)


def test_a_warning_short_of_that_is_shown_beside_the_figures() -> None:
    document = forecast_document()
    document["twins"]["warning"] = "the ranges are wide: 61 effective twins"
    for text in (Reader(page(document)).text, summary(document)):
        assert "The ranges are wide: 61 effective twins." in text and "of 100" in text


def test_nothing_urgent_is_said_with_its_limits() -> None:
    document = forecast_document(refused=False) | {"urgent": [], "set_aside": []}
    text = Reader(page(document)).text
    assert wording.NOTHING_URGENT in text and "Refused treatments" not in text
    assert "Nothing urgent in what is recorded." in summary(document)


def test_a_value_that_is_missing_is_called_not_known() -> None:
    document = forecast_document()
    for row in document["plans"][0]["outcomes"]:
        if row["outcome"] == "pain" and row["months"] == 36:
            row.update(value=None, low=None, high=None)
    assert "not known" in Reader(page(document)).text
    assert "not known" in summary(document)


def test_one_plan_or_three_plans_stand_side_by_side_too() -> None:
    one = forecast_document()
    one["plans"], one["differences"] = one["plans"][:1], []
    found = Reader(page(one))
    assert found.outside == [] and "Difference" not in found.text
    three = forecast_document()
    three["plans"].append({**three["plans"][1], "name": "hormones + zoledronate"})
    three["differences"] += [{**d, "plan": "hormones + zoledronate"} for d in three["differences"]]
    text = Reader(page(three)).text
    assert "hormones + zoledronate, compared with standard without bone agent" in text
    assert "--plan 'hormones + zoledronate'" in text
    assert "hormones + zoledronate" in summary(three)


def test_a_short_forecast_shows_only_the_months_it_reaches() -> None:
    document = forecast_document()
    for rows in (document["differences"], *(plan["outcomes"] for plan in document["plans"])):
        rows[:] = [row for row in rows if row["months"] <= 3]
    assert "36 months" not in summary(document, 80) and "3 months" in summary(document, 80)
    assert "92 (88 to 95)" in Reader(page(document)).text


# ---- the terminal --------------------------------------------------------------------------------------------------


def test_the_summary_fits_two_screens(document: dict) -> None:
    lines = summary(document).splitlines()
    assert len(lines) <= 110
    assert max(len(line) for line in summary(document, 80).splitlines()) <= 80


def test_the_summary_says_the_urgent_before_the_known_and_the_notice_at_both_ends(document: dict) -> None:
    text = summary(document)
    places = [text.index(part) for part in ("Urgent now", "Known (9)", "Assumed (8)", "Plan: standard", "Difference: ")]
    assert places == sorted(places)
    assert text.startswith("Research use, not for care.") and text.rstrip().endswith("Research use, not for care.")


def test_text_of_a_chart_cannot_drive_the_terminal() -> None:
    document = forecast_document()
    document["known"][0]["what"] = "[bold red]calcium[/]\x1b[2J\x07"
    text = summary(document)
    assert "[bold red]calcium[/]" in text
    assert "\x1b" not in text and "\x07" not in text


# ---- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "gap", "said"),
    [
        ("alive", (4.2, 1.1, 7.9), "about 4 more of 100 (1 to 8)"),
        ("fracture", (-4.2, -7.9, -1.1), "about 4 fewer of 100 (1 to 8)"),
        ("fracture", (-4.2, -9, 0.6), "no clear difference (9 fewer to 1 more)"),
        ("fracture", (0.3, 0.1, 0.9), "less than 1 more of 100 (<1 to 1)"),
        ("fracture", (0, 0, 0), "no difference"),
        ("fracture", (1, 0, 2), "no clear difference (none to 2 more)"),
        ("pain", (-0.62, -1.0, -0.2), "about 0.6 points less (0.2 to 1.0)"),
        ("haemoglobin", (0.5, 0.1, 0.9), "about 0.5 g/dL higher (0.1 to 0.9)"),
        ("opioid_dose", (-10, -20, -2), "about 10 mg a day less (2 to 20)"),
        ("days_home", (24, 6, 41), "about 24 more days (6 to 41)"),
        ("days_home", (None, None, None), "not known"),
    ],
)
def test_differences_are_said_in_words(outcome: str, gap: tuple, said: str) -> None:
    assert wording.difference_words(*gap, wording.outcome_words(outcome)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (0.2, "<1"), (0.6, "1"), (31.4, "31"), (99.7, ">99"), (100.0, "100"), (None, "not known")],
)
def test_rare_and_nearly_certain_are_not_rounded_to_never_and_always(value: float | None, said: str) -> None:
    assert wording.figure(value, wording.OUTCOMES["fracture"]) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(1211, "1211"), (2.35, "2.35"), (100.0, "100"), (0.03, "0.03"), (">5000", ">5000"), (940, "940")],
)
def test_measured_values_are_repeated_as_they_were(value: object, said: str) -> None:
    assert wording.number(value) == said


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "now"), (1, "within 1 hour"), (24, "within 24 hours"), (72, "within 3 days"), (168, "within 7 days"),
     (336, "within 2 weeks"), (None, "no time limit given")],
)  # fmt: skip
def test_time_limits_are_said_as_at_the_desk(hours: float | None, said: str) -> None:
    assert wording.within_words(hours) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [(0, "day of the chart"), (-1, "1 day before"), (-12, "12 days before"), (-95, "about 3 months before"),
     (-1640, "about 4 years before"), ((-95, -65), "about 3 months before to about 2 months before")],
)  # fmt: skip
def test_days_are_told_no_finer_than_they_are_known(day: object, said: str) -> None:
    assert wording.day_words(day) == said


def test_a_value_is_called_what_the_laboratory_calls_it() -> None:
    assert wording.spoken("psa") == "Prostate specific antigen"
    assert wording.spoken("some_new_thing") == "Some new thing"
    assert wording.spoken("GnRH antagonist") == "GnRH antagonist"


def test_tests_and_drugs_of_a_chart_have_their_own_names():
    """A scan once stood in the report as "Naf pet", and castration as "Adt"."""
    assert wording.spoken("naf pet") == "NaF-PET"
    assert wording.spoken("adt").startswith("Androgen deprivation")
    assert wording.spoken("vitamin d") == "25-hydroxyvitamin D"
