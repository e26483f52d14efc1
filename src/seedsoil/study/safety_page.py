"""The page of the safety figures, made from a run: ``seedsoil safety --out DIR`` writes it beside the document."""

from __future__ import annotations

NAMES = {"cord": "Cord compression", "calcium": "High calcium"}
TRUTHS = {
    "cord": "a deficit of cord or roots that an examination can find (more than a tenth of function)",
    "calcium": "corrected calcium above 3.0 mmol/L",
}
MOST_FALSE = 30.0  # per 100 person-years, of all alarms together


def page(document: dict) -> str:
    """The figures as Markdown, misses said as misses."""
    false, doses = document["false_alarms_per_100_person_years"], document["doses"]
    lines = [
        "# Safety of standard care, counted",
        "<!-- Made by `seedsoil safety --out DIR`; change the model or the rules, not this page. -->",
        f"{document['people']:,} simulated people were followed for up to {document['years']:g} years from the day their bone "
        f"metastases were found ({document['person_years']:,.0f} person-years, seed {document['seed']}). The truth is taken from "
        "their bodies, never from their charts. These are figures of the model, not of a clinic; research use, not for care.",
    ]
    table = ["| | figure | 95 % interval | wanted |", "|---|---|---|---|"]
    for row in document["emergencies"]:
        table += _rows(row)
    table.append(
        f"| False alarms of both, per 100 person-years | {false['figure']:.1f} | {false['low']:.1f} to {false['high']:.1f} | "
        f"at most {MOST_FALSE:g}: {_met(false['high'] <= MOST_FALSE)} |"
    )
    table += [
        f"| Doses given against a contraindication | {doses['against_a_contraindication']} of {doses['given']:,} | | "
        f"0: {_met(doses['against_a_contraindication'] == 0)} |",
        f"| Doses given with an input unknown | {doses['input_unknown']} of {doses['given']:,} | | "
        f"0: {_met(doses['input_unknown'] == 0)} |",
    ]
    lines += ["\n".join(table), *map(_words, document["emergencies"]), WORDS]
    if doses["by_drug"]:
        head = "## Doses that should not have been given so\n\n| drug | given | against | unknown |\n|---|---|---|---|"
        rows = (f"| {r['drug'].replace('_', ' ')} | {r['given']:,} | {r['against']} | {r['unknown']} |" for r in doses["by_drug"])
        lines.append("\n".join([head, *rows]))
    return "\n\n".join(lines) + "\n"


WORDS = (
    "An alarm is an order of the emergency rules with a limit of 24 hours (an MRI for signs of the cord, a steroid, an "
    "operation or radiation for it, fluids and drugs for high calcium). It is false where the body has neither a deficit "
    "nor a canal filled to the second epidural grade, or calcium of 3.0 mmol/L or less; alarms of one kind within two weeks "
    "are one. A blood test on the day of confusion or thirst raises the question of high calcium and is counted apart. "
    "Every dose of standard care is judged on the day it is given by the drug's own rules and the chart as it then stands."
)


def _met(holds: bool) -> str:
    return "met" if holds else "**missed**"


def _share(row: dict) -> tuple[str, str]:
    if row["figure"] is None:
        return "no case", ""
    return f"{100 * row['figure']:.1f} % of {row['of']:,}", f"{100 * row['low']:.1f} to {100 * row['high']:.1f} %"


def _rows(row: dict) -> list[str]:
    """The lines of one emergency in the table."""
    name, false = NAMES[row["kind"]], row["false_alarms_per_100_person_years"]
    raised, told = row["sensitivity"], row["raised_on_the_day_it_is_told"]
    wanted = "100 %" if told["figure"] is None else f"100 %: {_met(told['figure'] == 1.0)}"
    out = [
        f"| {name}: episodes raised | {_share(raised)[0]} | {_share(raised)[1]} | |",
        f"| {name}: raised by the day it is told | {_share(told)[0]} | {_share(told)[1]} | {wanted} |",
        f"| {name}: false alarms per 100 person-years | {false['figure']:.1f} | {false['low']:.1f} to {false['high']:.1f} | |",
    ]
    for what, days in (("raised", row["days_to_raise"]), ("something done", row["days_to_action"])):
        if days["median"] is not None:
            out.append(f"| {name}: days from onset until {what}, median and 95th | {days['median']:.0f}, {days['p95']:.0f} | | |")
    return out


def _words(row: dict) -> str:
    """What stands behind one emergency's figures."""
    rate, check = row["episodes_per_100_person_years"], row["checks_per_100_person_years"]
    text = (
        f"**{NAMES[row['kind']]}**: {TRUTHS[row['kind']]}. {row['episodes']:,} episodes, {rate['figure']:.2f} per 100 "
        f"person-years; "
        f"{row['missed']} not raised before they ended, of these {row['missed_that_lasted_a_week']} lasted a week or longer. "
        f"{row['alarms']:,} alarms, {row['false_alarms']:,} false."
    )
    if check["events"]:
        text += f" Same-day blood tests for signs: {check['figure']:.1f} per 100 person-years."
    return text
