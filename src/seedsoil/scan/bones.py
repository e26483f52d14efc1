"""Which voxels of a labelled mask are the bone that was asked for."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

import numpy as np

from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import data_file
from seedsoil.scan.volume import Volume

FEMURS = ("femur_left", "femur_right")


@functools.cache
def known() -> dict[str, dict[int, str]]:
    """The schemes of labels that come with seedsoil: name, then label to bone."""
    raw = tomllib.loads(data_file("scan", "labels.toml").read_text("utf-8"))
    return {name: {int(k): v for k, v in rows.items() if k.isdigit()} for name, rows in raw.items()}


def scheme(name: str | None) -> dict[int, str]:
    """Label to bone, of a known scheme or of a file of one's own (TOML: 7 = "L3")."""
    if name is None:
        return {}
    if name in known():
        return known()[name]
    path = Path(name)
    if not path.is_file():
        raise InputError("--labels", name, f"{', '.join(known())}, or a file", "correct the path")
    try:
        rows = tomllib.loads(path.read_text("utf-8"))
        found = {int(k): str(v) for k, v in rows.items() if not isinstance(v, dict)}
    except (ValueError, UnicodeDecodeError) as trouble:
        said = " ".join(str(trouble).split())
        raise InputError("--labels", name, 'lines such as 22 = "L3"', f"it could not be read: {said}") from None
    for bone in found.values():
        refuse_unknown(bone)
    return found


def refuse_unknown(bone: str) -> None:
    ids = [b.id for b in skeleton.bones()]
    if bone not in ids and bone not in FEMURS:
        raise InputError("bone", bone, "a bone of data/sites.csv, femur_left or femur_right", "write L3, not vertebra 22")


def kind_of(bone: str) -> str:
    """vertebra or femur; others have no model yet."""
    if bone.startswith("femur"):
        return "femur"
    if bone[0] in "CTL" and bone[1:].isdigit():
        return "vertebra"
    raise InputError("--bone", bone, "a vertebra from C3 to L5, or femur_left or femur_right", "other bones have no model")


def by_names(names: dict[int, str]) -> dict[int, str]:
    """Label to bone, of segments that carry names such as L3, vertebrae_L3 or left femur."""
    found = {}
    for label, name in names.items():
        level = re.search(r"(?:^|[^A-Za-z])([CTL]\d{1,2})(?:[^0-9]|$)", name)
        side = re.search(r"left|right", name.lower())
        if level and level[1] in {b.id for b in skeleton.bones()}:
            found[label] = level[1]
        elif "femur" in name.lower() and side:
            found[label] = f"femur_{side[0]}"
    return found


def chosen(mask: Volume, labels: str | None, bone: str | None, names: dict[int, str] | None = None) -> tuple[Volume, str]:
    """The mask of one bone, and its name. A binary mask is the bone itself and needs a name; a labelled one needs its scheme."""
    present = [int(v) for v in np.unique(mask.values) if v > 0]
    if not present:
        raise InputError(mask.source, "an empty mask", "a mask that marks bone", "check that it belongs to this scan")
    named = by_names(names or {}) if labels is None else scheme(labels)
    if labels is None and not named:
        if len(present) > 1:
            few = ", ".join(map(str, present[:8]))
            raise InputError("--labels", None, f"{', '.join(known())} or a file", f"the mask has {len(present)} labels ({few})")
        if bone is None:
            raise InputError("--bone", None, "the name of the bone, such as L3", "the mask says where it is, not which")
        refuse_unknown(bone)
        return mask.like((mask.values > 0).astype(np.uint8)), bone
    here = _parts(present, named)
    if bone is None:
        whole = [b for b, parts in here.items() if not cut_off(np.isin(mask.values, parts))]
        if len(whole) != 1:
            raise InputError("--bone", None, f"one of {', '.join(here) or 'no known bone'}", "the mask holds several: say which")
        bone = whole[0]
    if bone not in here:
        raise InputError("--bone", bone, f"a bone of the mask: {', '.join(here) or 'none is known'}", "check --labels")
    return mask.like(np.isin(mask.values, here[bone]).astype(np.uint8)), bone


def _parts(present: list[int], named: dict[int, str]) -> dict[str, list[int]]:
    """The labels of each bone that is in the mask."""
    here: dict[str, list[int]] = {}
    for label in present:
        if label in named:
            here.setdefault(named[label], []).append(label)
    return here


def beside(mask: Volume, labels: str | None, bone: str, names: dict[int, str] | None = None) -> list[Volume]:
    """Masks of the whole vertebrae just above and below, or of the other femur, of those that the mask names."""
    named = by_names(names or {}) if labels is None else scheme(labels)
    here = _parts([int(v) for v in np.unique(mask.values) if v > 0], named)
    if bone in FEMURS:
        others = [one for one in FEMURS if one != bone]
    else:
        spine = [b.id for b in skeleton.bones() if b.id[0] in "CTL" and b.id[1:].isdigit()]
        place = spine.index(bone)
        others = spine[max(place - 1, 0) : place] + spine[place + 1 : place + 2]
    masks = [np.isin(mask.values, here.get(one, [])) for one in others]
    # a femur is hardly ever in the picture to its lower end
    return [mask.like(own.astype(np.uint8)) for own in masks if own.any() and (bone in FEMURS or not cut_off(own))]


def cut_off(mask: np.ndarray) -> bool:
    """Whether the bone reaches the edge of the picture."""
    return bool(
        mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any() or mask[:, :, 0].any() or mask[:, :, -1].any()
    )
