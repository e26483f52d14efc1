"""The skeleton of the page, front and back: one shape a bone of `data/sites.csv`, written to ``data/skeleton``.

    python -m seedsoil.doors.web.skeleton_drawing

The body is 940 units high (1.86 mm a unit) and stands with its midline at 0. Every shape is drawn for the person's left side
and mirrored; the two views mirror again, as one sees a person from the front and from behind. `near` is what faces the
viewer, `far` what is seen behind it. Bones beyond elbow and knee are one site a side in the list; hands and feet hold none and
are `rest`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from seedsoil.doors.web import skeleton_limbs as limbs
from seedsoil.doors.web import skeleton_trunk as trunk
from seedsoil.doors.web.skeleton_pen import Point
from seedsoil.grammar.tables import data_file

MM_A_UNIT = 1.86
BOX = (-200, 0, 400, 985)
VIEWS = ("front", "back")
Shape = dict[str, str | list[float]]


def drawing(view: str) -> dict:
    """One view: bones in the order in which they are painted, and the rest."""
    front = view == "front"
    bones: dict[str, Shape] = {}
    for name, near, far, centre in (*trunk.midline(front), *_both_sides(front)):
        shape: Shape = {"centre": [round(centre[0], 1), round(centre[1], 1)]}
        if near:
            shape["near"] = near
        if far:
            shape["far"] = far
        bones[name] = shape
    order = sorted(bones, key=lambda name: trunk.depth(name, front))
    side = 1.0 if front else -1.0
    rest = [flipped(path, side * s) for path in limbs.rest(front) for s in (1.0, -1.0)]
    knees = [flipped(limbs.kneecap(), s) for s in (1.0, -1.0)] if front else []
    return {
        "view": view, "box": list(BOX), "mm_a_unit": MM_A_UNIT, "outline": trunk.outline(),
        "rest": rest, "cartilage": trunk.cartilages() if front else [], "lines": [*trunk.lines(front), *knees],
        "bones": {name: bones[name] for name in order},
    }  # fmt: skip


def _both_sides(front: bool):
    """Every bone that has a side, left and right. From the front the person's left is on the right of the picture."""
    for name, near, far, centre in (*trunk.sided(front), *limbs.sided(front)):
        for side, towards in (("left", 1.0), ("right", -1.0)):
            sign = towards if front else -towards
            yield f"{name}_{side}", flipped(near, sign), flipped(far, sign), (sign * centre[0], centre[1])


def flipped(path: str, sign: float) -> str:
    """A path on the other side where the sign is negative."""
    if sign > 0 or not path:
        return path
    turn: Callable[[re.Match], str] = lambda m: f"{_negated(m[1])} {m[2]}"
    return re.sub(r"(-?[\d.]+) (-?[\d.]+)", turn, path)


def _negated(number: str) -> str:
    return number if float(number) == 0 else number[1:] if number.startswith("-") else f"-{number}"


def written(view: str) -> str:
    """The file of a view."""
    return json.dumps(drawing(view), indent=0, separators=(",", ":")) + "\n"


def main() -> None:
    """Write both files."""
    folder = data_file("skeleton")
    folder.mkdir(exist_ok=True)
    for view in VIEWS:
        (folder / f"{view}.json").write_text(written(view), "utf-8")


__all__ = ["Point", "drawing", "main", "written"]

if __name__ == "__main__":
    main()
