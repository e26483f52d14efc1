"""What a scan says of the scores of Mirels and SINS. Pain is not in a picture: without it each score is a range."""

from __future__ import annotations

import numpy as np

from seedsoil.care import scores
from seedsoil.care.scores import published
from seedsoil.grammar import skeleton
from seedsoil.grammar.tables import table
from seedsoil.scan.lesion import Lesion
from seedsoil.scan.vertebra import Upright

KINDS = {"blastic": scores.LesionKind.BLASTIC, "mixed": scores.LesionKind.MIXED, "lytic": scores.LesionKind.LYTIC}
UNKNOWN = published.UNKNOWN


def mirels(site: str, lesion: Lesion) -> dict | None:
    """Mirels' score of a limb lesion, as a range where pain is not known."""
    where = _bone(site).mirels_site.upper()
    if where == "NONE":
        return None
    share = min(max(lesion.share_of_diameter, lesion.cortex_circumference_share), 1.0)
    score = scores.mirels(int(scores.MirelsSite[where]), UNKNOWN, int(KINDS[lesion.kind]), share)
    inputs = {"site": where.lower(), "lesion": lesion.kind, "size_share": round(share, 2), "pain": "not in the scan"}
    return {"score": _range(score), "inputs": inputs}


def sins(site: str, lesion: Lesion, stood: Upright, inside: np.ndarray) -> dict | None:
    """SINS of a spinal lesion, as a range where pain and alignment are not known."""
    where = _bone(site).sins_location.upper()
    if where == "NONE":
        return None
    collapse = collapse_of(stood, inside)
    posterior = posterior_of(stood, inside)
    score = scores.sins(
        int(scores.SpineLocation[where]), UNKNOWN, int(KINDS[lesion.kind]), UNKNOWN, int(collapse), int(posterior)
    )
    inputs = {
        "location": where.lower(), "lesion": lesion.kind, "collapse": collapse.name.lower(),
        "posterior_elements": posterior.name.lower(), "pain": "not in the scan", "alignment": "not judged",
    }  # fmt: skip
    return {"score": _range(score), "inputs": inputs}


def collapse_of(stood: Upright, inside: np.ndarray) -> scores.Collapse:
    """Lowest height of the body over its highest; osteophytes and rims left out."""
    ratio = height_ratio(stood.body)
    if ratio < table("scan", "bones.toml")["collapse.half"].value:
        return scores.Collapse.OVER_HALF
    if ratio < table("scan", "bones.toml")["collapse.none"].value:
        return scores.Collapse.UNDER_HALF
    involved = float((inside & stood.body).sum() / stood.body.sum())
    return scores.Collapse.NONE_MOST_INVOLVED if involved > 0.5 else scores.Collapse.NONE


def height_ratio(body: np.ndarray) -> float:
    """Least over greatest height of a vertebral body, of its anterior, middle and posterior thirds."""
    heights = body.sum(axis=0)
    y, x = np.nonzero(heights)
    inner = np.abs(x - x.mean()) < 0.25 * np.ptp(x)
    y, tall = y[inner], heights[y[inner], x[inner]]
    place = (y - y.min()) / max(np.ptp(y), 1)
    thirds = [float(np.median(tall[(place > a) & (place <= b)])) for a, b in ((0.08, 0.35), (0.35, 0.65), (0.65, 0.92))]
    return min(thirds) / max(thirds)


def posterior_of(stood: Upright, inside: np.ndarray) -> scores.PosteriorElements:
    """Sides of the arch that the lesion has reached."""
    arch = np.argwhere(inside & stood.mask & ~stood.body)
    middle = np.argwhere(stood.body)[:, 2].mean()
    many = 0.1 / (stood.voxel**3 / 1000.0)  # voxels of a tenth of a mL
    sides = int((arch[:, 2] < middle).sum() > many) + int((arch[:, 2] > middle).sum() > many)
    return scores.PosteriorElements(sides)


def _bone(site: str):
    return skeleton.bones()[skeleton.number_of()[site]]


def _range(score: scores.Score) -> dict:
    return {"low": int(score.low), "high": int(score.high)}
