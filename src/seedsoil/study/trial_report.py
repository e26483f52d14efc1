"""What a trial leaves on disk: its figures, and the tables that statisticians load (ADSL, ADTTE), as CSV, Parquet or SAS
transport files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np

from seedsoil import __version__
from seedsoil.errors import Unsupported
from seedsoil.grammar.tables import hash_of
from seedsoil.study import endpoints
from seedsoil.study.arm_records import ArmRecord
from seedsoil.study.published import read
from seedsoil.study.trial import TrialRun
from seedsoil.study.trial_files import STATUSES
from seedsoil.study.validation import simulated

BASELINE = ("age_years", "male", "ecog", "pain_worst", "bone_metastases", "visceral", "prior_sre")
LABELS = {
    "STUDYID": "Study Identifier", "USUBJID": "Unique Subject Identifier", "ARM": "Description of Planned Arm", "AGE": "Age",
    "SEX": "Sex", "ECOGBL": "Baseline ECOG", "PAINBL": "Baseline Worst Pain", "LESBL": "Baseline Bone Metastases",
    "VISCBL": "Baseline Visceral Metastases", "PRSREFL": "Prior Skeletal Event", "DTHFL": "Subject Death Flag",
    "DTHDY": "Study Day of Death", "PARAMCD": "Parameter Code", "PARAM": "Parameter", "AVAL": "Analysis Value (days)",
    "CNSR": "Censor (0 = event)", "EVNTDESC": "Event or Censoring Description", "EVSEQ": "Number of the event",
}  # fmt: skip


def document_of(done: TrialRun) -> dict:
    """The figures of a trial beside the published ones (schema ``seedsoil.trial_result/1``)."""
    trial, known = done.trial, read()
    n = len(next(iter(done.arms.values())))
    return {
        "schema": "seedsoil.trial_result/1", "version": __version__, "tables": hash_of(), "id": trial.id, "title": trial.title,
        "cite": trial.cite, "seed": done.seed, "people_an_arm": n, "screened": done.screened, "entered": done.entered,
        "facts": {s.lower(): trial.counted(s) for s in STATUSES},
        "figures": [simulated(done, figure, known.get(figure.id)) for figure in trial.figures],
        "notice": "Research use, not for care. Not a medical device.",
    }  # fmt: skip


def adsl(done: TrialRun) -> dict[str, list]:
    """One row a person, by column (CDISC ADSL)."""
    out: dict[str, list] = {name: [] for name in LABELS if name not in ("PARAMCD", "PARAM", "AVAL", "CNSR", "EVNTDESC", "EVSEQ")}
    for arm in done.arms.values():
        r, n = arm.readings, len(arm)
        flag = lambda mask: np.where(mask, "Y", "N").tolist()
        out["STUDYID"] += [done.trial.id] * n
        out["USUBJID"] += _ids(done, arm)
        out["ARM"] += [arm.name] * n
        out["AGE"] += np.floor(r["age_years"]).tolist()
        out["SEX"] += np.where(r["male"] > 0.5, "M", "F").tolist()
        for name, what in (("ECOGBL", "ecog"), ("PAINBL", "pain_worst"), ("LESBL", "bone_metastases")):
            out[name] += [None if np.isnan(x) else float(x) for x in r[what]]
        out["VISCBL"] += flag(r["visceral"] > 0.5)
        out["PRSREFL"] += flag(r["prior_sre"] > 0.5)
        died = arm.death <= arm.until
        out["DTHFL"] += flag(died)
        out["DTHDY"] += [float(d) if yes else None for d, yes in zip(arm.death, died, strict=True)]
    return out


def adtte(done: TrialRun) -> dict[str, list]:
    """One row a person and endpoint: time to the first event of each set, and to death (CDISC ADTTE; CNSR 0 = event)."""
    names = ("STUDYID", "USUBJID", "ARM", "PARAMCD", "PARAM", "AVAL", "CNSR", "EVNTDESC")
    out: dict[str, list] = {name: [] for name in names}
    for arm in done.arms.values():
        for events in (endpoints.DEATH, *done.trial.events.values()):
            c = endpoints.counted(done.trial, arm, events, np.arange(len(arm)))
            time, event, kind = c.first()
            if events is endpoints.DEATH:
                event = np.where(c.died, 1, 0)
            said = np.array(["LEFT OBSERVATION", "EVENT", "DEATH"])[event]
            said = np.where((event == 1) & (kind >= 0), np.array([k.upper() for k in (*endpoints.KINDS, "death")])[kind], said)
            out["STUDYID"] += [done.trial.id] * len(arm)
            out["USUBJID"] += _ids(done, arm)
            out["ARM"] += [arm.name] * len(arm)
            out["PARAMCD"] += [events.name.upper()[:8]] * len(arm)
            out["PARAM"] += [f"Time to {events.name.replace('_', ' ')} (days)"] * len(arm)
            out["AVAL"] += [float(t) for t in time]
            out["CNSR"] += [0 if e == 1 else int(max(e, 1)) for e in event]
            out["EVNTDESC"] += said.tolist()
    return out


def _ids(done: TrialRun, arm: ArmRecord) -> list[str]:
    number = list(done.arms).index(arm.name) + 1
    return [f"{done.trial.id}-{number}-{k:05d}" for k in range(len(arm))]


def write_trial(done: TrialRun, document: dict, folder: Path) -> list[Path]:
    """The figures as JSON, ADSL and ADTTE as CSV and Parquet, and as SAS transport files where pyreadstat is installed."""
    written = [_put(folder / f"{done.trial.id}.json", json.dumps(document, indent=1, allow_nan=False) + "\n")]
    for name, table in (("adsl", adsl(done)), ("adtte", adtte(done))):
        written.append(_put(folder / f"{name}.csv", _csv(table)))
        written.append(write_parquet(table, folder / f"{name}.parquet"))
        try:
            written.append(write_xpt(table, name, folder / f"{name}.xpt"))
        except Unsupported:
            continue
    return written


def _put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def _csv(table: dict[str, list]) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(table)
    lines.writerows(["" if x is None else x for x in row] for row in zip(*table.values(), strict=True))
    return out.getvalue()


def write_parquet(table: dict[str, list], path: Path) -> Path:
    """A table as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(table), path)
    return path


def write_xpt(table: dict[str, list], name: str, path: Path) -> Path:
    """A table as a SAS transport file, version 5. Raises Unsupported where pyreadstat is not installed."""
    try:
        import pandas
        import pyreadstat
    except ImportError:
        raise Unsupported('SAS files need pyreadstat: pip install "seedsoil[cdisc]"') from None
    labels = [LABELS[column] for column in table]
    pyreadstat.write_xport(pandas.DataFrame(table), str(path), column_labels=labels, table_name=name.upper(), file_format_version=5)
    return path
