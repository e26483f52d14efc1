"""The validation book on disk: as JSON, as a page, and as a picture of how far every figure lies from the published one."""

from __future__ import annotations

import json
from pathlib import Path

FAR = 4.0  # tolerances beyond which the picture shows a figure at its edge
HIT, MISS, INK, GRID = "#0072B2", "#C44E00", "#33414f", "#dfe5ea"


def write_validation(document: dict, folder: Path) -> list[Path]:
    """The book as JSON, its page and its picture."""
    pages = {
        "validation.json": json.dumps(document, indent=1, allow_nan=False) + "\n",
        "validation.md": page(document),
        "validation.svg": picture(document),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in pages]


def page(document: dict) -> str:
    """The book as Markdown: totals, then every figure that counts, by topic."""
    total = document["summary"]
    lines = [
        "# Validation", "",
        "Published figures beside what the model gives for the same people, schedule and definition. Made by "
        "`seedsoil validate --out docs`; nothing is edited by hand and no miss is left out.", "",
        f"{document['people_an_arm']} people an arm, seed {document['seed']}, version {document['version']}. "
        f"{document['notice']}", "",
        "A hit: simulated and published differ by no more than the row's tolerance. Figures that were only recalled are shown in "
        "`validation.json` and never count. A figure without an answer is a miss.", "",
        "| topic | figures that count | answered | hits | share |", "|---|---:|---:|---:|---:|",
    ]  # fmt: skip
    lines += [_totals(topic, row) for topic, row in [*total["by_topic"].items(), ("**all**", total)]]
    lines += ["", "Of these, figures that a fit or the calibration weighs, and all others:", ""]
    lines += ["| | figures that count | answered | hits | share |", "|---|---:|---:|---:|---:|"]
    lines += [_totals("weighed by a fit", total["fitted"]), _totals("not", total["not_fitted"])]
    reasons = ", ".join(f"{why.replace('_', ' ')} {n}" for why, n in total["not_answered"].items())
    lines += ["", f"Not answered: {reasons}.", "", "![How far each figure lies from the published one](validation.svg)", ""]
    lines += [*_comparisons(document), "## Trials and cohorts", ""]
    lines += ["| name | what | figures | facts verified | recalled | assumed |", "|---|---|---:|---:|---:|---:|"]
    lines += [
        f"| `{t['id']}` | {t['title']} ({t['cite']}) | {t['figures']} | {t['verified']} | {t['recalled']} | {t['assumed']} |"
        for t in document["trials"]
    ]
    lines += _registries(document)
    for topic in total["by_topic"]:
        lines += ["", f"## {topic.capitalize()}", "", "| figure | trial, arm | endpoint | published | simulated | tolerance | |"]
        lines.append("|---|---|---|---:|---:|---:|---|")
        lines += [_line(row) for row in document["figures"] if row.get("counts") and row["topic"] == topic]
    return "\n".join(lines) + "\n"


def _totals(name: str, row: dict) -> str:
    share = 100.0 * row["hits"] / max(row["predict"], 1)
    return f"| {name} | {row['predict']} | {row['answered']} | {row['hits']} | {share:.0f} % |"


def _comparisons(document: dict) -> list[str]:
    """Randomised comparisons: what their intervals ask of the simulated effect, and whether it holds."""
    rows = document["comparisons"]
    if not rows:
        return []
    put = lambda row, *names: "–" if row[names[0]] is None else "{} ({} to {})".format(*(_number(row[name]) for name in names))
    return [
        "## Randomised comparisons", "",
        f"Where the published interval leaves out no effect, the simulated effect must have the same sign; where it holds it, the "
        f"simulated effect must lie inside. {sum(row['holds'] for row in rows)} of {len(rows)} hold.", "",
        "| figure | trial, arm | endpoint | published | simulated | asked | |", "|---|---|---|---:|---:|---|---|",
        *(
            f"| {row['id']} | {row['trial']}, {row['arm']} | {row['endpoint']} | {put(row, 'published', 'low', 'high')} | "
            f"{put(row, 'simulated', 'sim_low', 'sim_high')} | {row['asked']} | {'holds' if row['holds'] else '**missed**'} |"
            for row in rows
        ),
        "",
    ]  # fmt: skip


def _registries(document: dict) -> list[str]:
    """What was counted, and in whom."""
    if not document["registries"]:
        return []
    return [
        "", "## Registries", "",
        f"Read off cohorts of {document['people_of_each_primary']} people of each primary, diagnosed in the year that stands "
        "beside the registry and followed under care as practised from then on; weighed by new cases and by "
        "stage at diagnosis.", "",
        "| name | what | diagnosed | figures | people counted | facts verified | recalled | assumed |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| `{r['id']}` | {r['title']} ({r['cite']}) | {r['era'] or 'today'} | {r['figures']} | {r['counted']} "
            f"| {r['verified']} | {r['recalled']} | {r['assumed']} |"
            for r in document["registries"]
        ),
    ]  # fmt: skip


def _line(row: dict) -> str:
    where = f"{row['trial']}, {row['arm']}" if row["trial"] else row["arm"]
    verdict = "hit" if row["hit"] else row["why_not"].replace("_", " ") if row["why_not"] else "**missed**"
    put = lambda value, low, high: (
        _number(value) + (f" ({_number(low)} to {_number(high)})" if low is not None and high is not None else "")
    )
    return (
        f"| {row['id']} | {where} | {row['endpoint']} | {put(row['published'], row['low'], row['high'])} {row['unit']} | "
        f"{put(row['simulated'], row['sim_low'], row['sim_high'])} | {_number(row['tolerance'])} | {verdict} |"
    )


def _number(x: float | None) -> str:
    return "–" if x is None else f"{x:.3g}"


def picture(document: dict) -> str:
    """Every answered figure that counts, by topic: simulated less published, in tolerances. An SVG that stands alone."""
    import io

    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "validation", "font.family": "sans-serif", "font.size": 9}):
        sheet = Figure(figsize=(8.0, 5.2), layout="constrained")
        FigureCanvasSVG(sheet)
        axes = sheet.subplots()
        topics = list(document["summary"]["by_topic"])[::-1]
        axes.axvspan(-1, 1, color="#e8f1f8", zorder=0)
        axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
        for line, topic in enumerate(topics):
            rows = [r for r in document["figures"] if r.get("counts") and r["topic"] == topic and r["simulated"] is not None]
            rows = [r for r in rows if r["tolerance"]]
            rows.sort(key=lambda r: r["id"])
            for k, row in enumerate(rows):
                off = (row["simulated"] - row["published"]) / row["tolerance"]
                mark = "o" if abs(off) <= FAR else "<" if off < 0 else ">"
                height = line + 0.7 * ((k + 0.5) / len(rows) - 0.5)
                colour = HIT if row["hit"] else MISS
                axes.plot(max(-FAR, min(FAR, off)), height, mark, markersize=3.5, color=colour, alpha=0.75, linestyle="none")
        axes.set_yticks(range(len(topics)), [f"{t} ({document['summary']['by_topic'][t]['predict']})" for t in topics])
        axes.set_xlim(-FAR - 0.3, FAR + 0.3)
        axes.set_xlabel("simulated less published, in tolerances; hits lie in the band, arrows lie beyond the edge")
        axes.grid(axis="x", color=GRID, zorder=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        out = io.StringIO()
        sheet.savefig(out, format="svg", metadata={"Date": None, "Title": "How far each figure lies from the published one"})
    return out.getvalue()
