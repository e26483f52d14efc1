"""A trial's figures and the validation book, as tables for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from seedsoil.doors import wording

TOLD_APART = "Where the uncertainty comes from: who entered, chance, and what is not known of the model's numbers"


def print_trial(document: dict, console: Console) -> None:
    """The simulated figures beside the published ones."""
    console.print(f"[bold]{document['title']}[/bold]\n{document['cite']}")
    facts = document["facts"]
    console.print(
        f"{document['screened']} screened, {document['people_an_arm']} people an arm, seed {document['seed']}. Facts of the "
        f"protocol: {facts['verified']} verified, {facts['recalled']} recalled, {facts['assumed']} assumed."
    )
    table = Table(box=None, pad_edge=False)
    for name in ("figure", "arm", "endpoint", "published", "simulated", "tolerance", ""):
        table.add_column(name, justify="right" if name in ("published", "simulated", "tolerance") else "left", overflow="fold")
    for row in document["figures"]:
        table.add_row(
            row["id"], row["arm"], row["endpoint"], with_range(row["published"], row["low"], row["high"]),
            with_range(row["simulated"], row["sim_low"], row["sim_high"]), number(row["tolerance"]),
            {True: "hit", False: "missed", None: ""}[row["hit"]],
        )  # fmt: skip
    console.print(table)
    if document.get("uncertainty"):
        print_apart(document["uncertainty"], console)
    console.print(document["notice"])


def print_apart(apart: dict, console: Console) -> None:
    """What the uncertainty of each figure is made of."""
    console.print(f"\n[bold]{TOLD_APART}[/bold]\n{apart['said']} {apart['versions']} versions.")
    table = Table(box=None, pad_edge=False)
    for name in ("figure", "arm", "endpoint", "value (95 %)", "person", "chance", "knowledge"):
        table.add_column(name, justify="left" if name in ("figure", "arm", "endpoint") else "right", overflow="fold")
    for row in apart["figures"]:
        range_ = with_range(row["value"], row["low"], row["high"])
        table.add_row(row["id"], row["arm"], row["endpoint"], range_, *wording.apart_words(row))
    console.print(table)


def print_validation(document: dict, console: Console) -> None:
    """Totals by topic, then every trial."""
    total = document["summary"]
    table = Table(box=None, pad_edge=False)
    for name in ("topic", "figures", "answered", "hits", "share"):
        table.add_column(name, justify="left" if name == "topic" else "right")
    for topic, row in [*total["by_topic"].items(), ("all", total)]:
        share = f"{100 * row['hits'] / max(row['predict'], 1):.0f} %"
        table.add_row(topic, str(row["predict"]), str(row["answered"]), str(row["hits"]), share)
    console.print(table)
    reasons = ", ".join(f"{why} {n}" for why, n in total["not_answered"].items())
    console.print(f"Not answered: {reasons}.")
    for row in [*document["trials"], *document["registries"]]:
        facts = f"{row['verified']} verified, {row['recalled']} recalled, {row['assumed']} assumed"
        console.print(f"{row['id']}: {row['figures']} figures; facts: {facts}")
    console.print(document["notice"])


def number(x: float | None) -> str:
    """Three digits, or a dash."""
    return "–" if x is None else f"{x:.3g}"


def with_range(value: float | None, low: float | None, high: float | None) -> str:
    """A value with its interval where there is one."""
    return number(value) if low is None or high is None else f"{number(value)} ({number(low)} to {number(high)})"
