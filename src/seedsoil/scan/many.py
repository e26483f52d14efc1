"""Many scans: a folder in, a table out. One that cannot be read does not stop the rest; what is done is not done again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from seedsoil.errors import InputError, SeedsoilError
from seedsoil.grammar.tables import hash_of
from seedsoil.scan import bones, reading, study

SCANS, MASKS, LESIONS = ("ct", "scan", "image"), ("bones", "mask", "seg"), ("lesion",)
ENDS = (".nii.gz", ".nii", "")
COLUMNS = (
    "name", "bone", "strength_n", "strength_low_n", "strength_high_n", "with_lesion_n", "ratio", "ratio_low", "ratio_high",
    "stiffness_n_per_mm", "lesion_ml", "kind", "warnings", "error",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One scan of a folder, and what is asked of it."""

    name: str
    asked: study.Asked

    @property
    def mark(self) -> str:
        """What a result must carry to be kept: the same question, the same tables, the same files."""
        digest = hashlib.sha256(json.dumps(asdict(self.asked), sort_keys=True).encode() + hash_of(("scan",)).encode())
        for place in (self.asked.scan, self.asked.mask, self.asked.lesion):
            paths = [] if place is None else [Path(place)]
            for path in [p for root in paths for p in (sorted(root.rglob("*")) if root.is_dir() else [root]) if p.is_file()]:
                digest.update(f"{path.name} {path.stat().st_size}".encode())
        return digest.hexdigest()[:16]


def tasks(folder: str, asked: study.Asked) -> list[Task]:
    """The scans of a folder: in each folder below it a scan (ct), its bones and perhaps a lesion, as NIfTI files or DICOM
    folders."""
    root = Path(folder)
    if not root.is_dir():
        raise InputError("FOLDER", folder, "a folder that exists", "check the path")
    found = []
    for place in sorted(p for p in root.iterdir() if p.is_dir()):
        scan, mask, lesion = (_first(place, names) for names in (SCANS, MASKS, LESIONS))
        if scan and mask:
            own = {"scan": str(scan), "mask": str(mask), "lesion": str(lesion) if lesion and asked.implant_ml is None else None}
            found.append(Task(place.name, study.Asked(**(asdict(asked) | own))))
    if not found:
        raise InputError(
            "FOLDER", folder, f"folders that each hold {SCANS[0]}.nii.gz (or a DICOM folder {SCANS[0]}) and {MASKS[0]}.nii.gz",
            "arrange the scans so, one folder each",
        )  # fmt: skip
    return found


def _first(place: Path, names: tuple[str, ...]) -> Path | None:
    for name in names:
        for end in ENDS:
            path = place / f"{name}{end}"
            if path.is_file() if end else path.is_dir():
                return path
    return None


def run(
    todo: list[Task], out: Path, workers: int, write: Callable[[Path, str], object], told: Callable | None = None
) -> list[dict]:
    """Answer every scan and write one JSON a scan and one table; returns the table's rows. Results that are there are kept."""
    out = Path(out)
    left = [task for task in todo if _kept(task, out) is None]
    done = len(todo) - len(left)
    for task, body in _answers(left, workers):
        write(out / f"{task.name}.json", json.dumps(body, indent=1, allow_nan=False) + "\n")
        done += 1
        if told:
            told("reading scans", done, len(todo))
    rows = [row for task in todo for row in _rows(task, json.loads((out / f"{task.name}.json").read_text("utf-8")))]
    write(out / "strengths.csv", as_csv(rows))
    return rows


def _kept(task: Task, out: Path) -> dict | None:
    """The result of an earlier run, if it answers this very question; an error is tried again."""
    try:
        body = json.loads((out / f"{task.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return body if body.get("mark") == task.mark and "done" in body else None


def _answers(todo: list[Task], workers: int) -> Iterator[tuple[Task, dict]]:
    if workers == 1:
        for task in todo:
            yield task, answered(task)
        return
    with ProcessPoolExecutor(workers, initializer=_alone) as pool:
        waiting = {pool.submit(answered, task): task for task in todo}
        for one in as_completed(waiting):
            yield waiting[one], one.result()


def _alone() -> None:
    """One thread for each process: the processes share the machine out."""
    os.environ["SEEDSOIL_SCAN_THREADS"] = "1"


def answered(task: Task) -> dict:
    """The documents of every bone asked for in one scan; what cannot be used is an error of that scan alone."""
    body: dict = {"mark": task.mark, "name": task.name, "bones": [], "errors": []}
    try:
        wanted = [task.asked.bone] if task.asked.bone else whole_bones(task.asked)
        for bone in wanted:
            try:
                body["bones"].append(study.answer(study.Asked(**(asdict(task.asked) | {"bone": bone}))).document)
            except SeedsoilError as trouble:
                body["errors"].append({"bone": bone, "error": str(trouble)})
    except SeedsoilError as trouble:
        body["errors"].append({"bone": None, "error": str(trouble)})
    except Exception as trouble:  # a defect of ours in one scan must not lose the others' results
        body["errors"].append({"bone": None, "error": f"our fault: {type(trouble).__name__}: {trouble}"})
    if not body["errors"]:
        body["done"] = True
    return body


def whole_bones(asked: study.Asked) -> list[str]:
    """The bones of a labelled mask that have a model and do not reach the edge of the picture."""
    scan = reading.read_scan(asked.scan, asked.unit)
    mask, names = reading.read_mask(asked.mask, scan)
    named = bones.by_names(names) if asked.labels is None else bones.scheme(asked.labels)
    found = []
    for bone in sorted(set(named.values())):
        here = np.isin(mask.values, [label for label, name in named.items() if name == bone])
        if here.any() and not bones.cut_off(here):
            found.append(bone)
    if not found:
        raise InputError("--bone", None, "a whole bone in the mask", "name the bone, or give --labels")
    return found


def _rows(task: Task, body: dict) -> list[dict]:
    """Rows of the table: one a bone, one an error."""
    rows = []
    for found in body.get("bones", []):
        sick, lesion = found["with_lesion_n"] or {}, found["lesion"] or {}
        ratio, strength = found["ratio"] or {}, found["strength_n"]
        rows.append({
            "name": task.name, "bone": found["bone"], "strength_n": strength["value"], "strength_low_n": strength["low"],
            "strength_high_n": strength["high"], "with_lesion_n": sick.get("value"), "ratio": ratio.get("value"),
            "ratio_low": ratio.get("low"), "ratio_high": ratio.get("high"), "stiffness_n_per_mm": found["stiffness_n_per_mm"],
            "lesion_ml": lesion.get("volume_ml"), "kind": lesion.get("kind"), "warnings": "; ".join(found["warnings"]),
        })  # fmt: skip
    rows += [{"name": task.name, "bone": e["bone"], "error": e["error"]} for e in body.get("errors", [])]
    return rows


def as_csv(rows: list[dict]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows([{k: ("" if v is None else v) for k, v in row.items()} for row in rows])
    return text.getvalue()
