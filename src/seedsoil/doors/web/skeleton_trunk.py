"""Skull, spine, chest, shoulder blades and pelvis of the drawing. Heights follow a person of eight heads; see
`skeleton_drawing` for the units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedsoil.doors.web.skeleton_pen import Point, band, mirrored, ring, smooth, whole

Drawn = tuple[str, str, str, Point]  # name, near, far, centre

# The top of each vertebra and half the width of its body.
SPINE = {
    "C1": (121.0, 13.0), "C2": (129.5, 12.0), "C3": (139.0, 10.5), "C4": (148.0, 10.5), "C5": (157.0, 11.0), "C6": (166.0, 11.5),
    "C7": (175.5, 12.0), "T1": (185.5, 11.5), "T2": (196.5, 11.0), "T3": (207.8, 10.6), "T4": (219.3, 10.4), "T5": (231.1, 10.5),
    "T6": (243.2, 10.8), "T7": (255.6, 11.2), "T8": (268.3, 11.7), "T9": (281.3, 12.3), "T10": (294.7, 13.0), "T11": (308.5, 13.7),
    "T12": (322.9, 14.4), "L1": (338.0, 15.2), "L2": (356.0, 15.9), "L3": (374.8, 16.7), "L4": (394.2, 17.5), "L5": (414.0, 18.3),
}  # fmt: skip
SPINE_END = 433.5
GAP = 1.5  # of the discs

# Ribs: height at the spine, farthest to the side and its height, end of the bone in front, end of the cartilage.
RIBS: dict[int, tuple[float, Point, Point, Point]] = {
    1: (189.0, (39.0, 199.0), (21.0, 208.0), (13.0, 205.0)),
    2: (199.0, (54.0, 217.0), (26.0, 229.0), (13.0, 221.0)),
    3: (210.0, (62.5, 236.0), (30.0, 250.0), (12.5, 237.0)),
    4: (221.5, (68.0, 255.0), (34.0, 270.0), (12.5, 252.5)),
    5: (233.0, (72.0, 273.0), (38.0, 290.0), (12.5, 266.0)),
    6: (245.0, (74.5, 290.0), (44.0, 309.0), (12.0, 278.0)),
    7: (257.5, (76.0, 306.0), (51.0, 326.0), (11.0, 288.0)),
    8: (270.0, (76.5, 320.5), (57.0, 340.0), (21.0, 302.0)),
    9: (283.0, (76.0, 333.5), (62.0, 351.5), (33.0, 318.0)),
    10: (296.5, (73.5, 345.0), (65.0, 361.0), (45.0, 335.0)),
    11: (310.5, (68.0, 352.0), (66.0, 361.5), (66.0, 361.5)),
    12: (325.0, (50.0, 349.0), (52.0, 356.0), (52.0, 356.0)),
}


LIMBS = "long_bone_other femur_shaft femur_distal"
ARM = "humerus_shaft humerus_distal humerus_proximal"
ORDER_FRONT = (
    f"scapula hemipelvis sacrum L T C rib skull mandible sternum clavicle {LIMBS} femur_trochanter femur_neck {ARM}"
)
ORDER_BACK = (  # a spinous process lies over the vertebra below, the trochanter over the neck
    f"sternum mandible skull clavicle rib scapula C T L hemipelvis sacrum {LIMBS} femur_neck femur_trochanter {ARM}"
)


def depth(name: str, front: bool) -> float:
    """Place in the order of painting: what is far comes first."""
    region = re.sub(r"_(left|right)$", "", name)
    order = (ORDER_FRONT if front else ORDER_BACK).split()
    vertebra = re.fullmatch(r"([CTL])(\d+)", region)
    if vertebra:
        return order.index(vertebra[1]) + (0.9 - 0.05 * int(vertebra[2]))
    rib = re.fullmatch(r"rib_(\d+)", region)
    if rib:
        return order.index("rib") + 0.05 * int(rib[1])
    return order.index(region)


def midline(front: bool) -> Iterator[Drawn]:
    """The bones without a side."""
    yield "skull", skull(front), "", (0.0, 48.0)
    yield "mandible", mandible(front), "", (0.0, 131.0 if front else 122.0)
    yield "sternum", sternum() if front else "", "" if front else sternum(), (0.0, 236.0)
    names = list(SPINE)
    for i, name in enumerate(names):
        top, half = SPINE[name]
        bottom = SPINE[names[i + 1]][0] if i + 1 < len(names) else SPINE_END
        shape = vertebra(name, top, bottom - GAP, half) if front else vertebra_behind(name, top, bottom - GAP, half)
        yield name, shape, "", (0.0, (top + bottom - GAP) / 2.0)
    yield "sacrum", sacrum(front), "", (0.0, 455.0)


def sided(front: bool) -> Iterator[Drawn]:
    """The bones of the trunk that have a side, as the left one."""
    for number in RIBS:
        before, behind = rib(number)
        side = RIBS[number][1]
        end = RIBS[number][2]
        middle = ((side[0] + end[0]) / 2.0 + 4.0, (side[1] + end[1]) / 2.0 + 1.0) if number < 11 else (side[0] - 8.0, side[1] - 2.0)
        back = (side[0] * 0.62, RIBS[number][0] + (side[1] - RIBS[number][0]) * 0.25)
        yield (f"rib_{number}", before, behind, middle) if front else (f"rib_{number}", behind, before, back)
    yield "clavicle", clavicle() if front else "", "" if front else clavicle(), (52.0, 188.0)
    yield (
        "scapula",
        scapula_front(front) if front else scapula(),
        scapula() if front else "",
        (58.0, 232.0) if not front else (80.0, 208.0),
    )
    yield "hemipelvis", hemipelvis(front), "", (54.0, 438.0)


# ---- head ----------------------------------------------------------------------------------------------------------


def skull(front: bool) -> str:
    """Vault and face; seen from behind, the vault and the back of the head."""
    if not front:
        half = [(0, 17), (20, 19), (36, 29), (45.5, 47), (47, 66), (44, 84), (38, 98), (31, 107), (20, 111), (9, 114), (0, 115)]
        return smooth(whole(half), tension=0.95)
    half = [
        (0, 17), (19, 19), (35, 28.5), (43.5, 44), (45, 60), (42, 72), (41, 79), (42.5, 86), (39, 95), (32, 99), (27, 104),
        (24.5, 112), (21, 118), (9, 119.5), (0, 119.5),
    ]  # fmt: skip
    orbit = [(6.5, 79), (10, 72.5), (20, 70), (30, 72.5), (32.5, 80), (29, 88), (19, 91.5), (9.5, 88.5)]
    nose = [
        (0, 84),
        (-3.5, 91),
        (-7.2, 99.5),
        (-5.5, 104),
        (-1.5, 102.5),
        (0, 104),
        (1.5, 102.5),
        (5.5, 104),
        (7.2, 99.5),
        (3.5, 91),
    ]
    holes = (smooth(orbit[::-1], tension=0.9), smooth(mirrored(orbit), tension=0.9), smooth(nose, tension=0.6))
    return smooth(whole(half), tension=0.9) + "".join(holes)


def mandible(front: bool) -> str:
    """The lower jaw; from behind only its angles and lower edge are seen."""
    if not front:
        half = [(0, 120), (14, 119.5), (24, 115), (31, 109), (34.5, 104), (36, 108), (33, 119), (24, 127), (12, 130.5), (0, 131)]
        return smooth(whole(half), tension=0.8)
    outer = [(38.5, 92), (40.5, 97), (38.5, 108), (34.5, 119), (26.5, 130), (15.5, 137.5), (6.5, 140), (0, 139.2)]
    inner = [(0, 124), (9, 124.3), (19.5, 122.3), (26.5, 116), (30, 107.5), (34, 102), (36, 95)]
    half_down = outer
    points = [*half_down, *mirrored(outer[:-1])[::-1], *mirrored(inner)[::-1], *inner[1:]]
    return smooth(points, tension=0.75)


# ---- spine ---------------------------------------------------------------------------------------------------------


def vertebra(name: str, top: float, bottom: float, half: float) -> str:
    """A vertebra from the front: the waisted body and its transverse processes."""
    tall = bottom - top
    at = lambda share: top + share * tall
    reach = {"C": 5.0, "T": 4.0, "L": 13.0}[name[0]]
    if name == "C1":
        return smooth(
            whole(
                [
                    (0, at(0.25)),
                    (7, at(0.1)),
                    (13, at(-0.1)),
                    (19, at(0.25)),
                    (23, at(0.55)),
                    (19, at(0.85)),
                    (12, at(1.0)),
                    (6, at(0.85)),
                    (0, at(0.75)),
                ]
            )
        )
    if name == "C2":
        return smooth(
            whole(
                [
                    (0, at(-0.45)),
                    (3, at(-0.4)),
                    (3.8, at(0.0)),
                    (9, at(0.12)),
                    (15, at(0.35)),
                    (16, at(0.6)),
                    (11, at(0.72)),
                    (10.5, at(1.0)),
                    (0, at(1.0)),
                ]
            )
        )
    if name[0] == "L":
        wing = [
            (half - 1.2, at(0.3)),
            (half + reach * 0.55, at(0.2)),
            (half + reach, at(0.26)),
            (half + reach, at(0.42)),
            (half + reach * 0.5, at(0.46)),
            (half - 1.4, at(0.56)),
        ]
        if name == "L5":
            wing = [(half - 1.0, at(0.22)), (half + 6, at(0.22)), (half + 12, at(0.4)), (half + 9, at(0.68)), (half - 0.5, at(0.7))]
    elif name[0] == "T":
        wing = [
            (half - 0.8, at(0.2)),
            (half + reach, at(0.12)),
            (half + reach + 1.2, at(0.34)),
            (half + reach - 0.8, at(0.5)),
            (half - 1.0, at(0.56)),
        ]
    else:
        wing = [
            (half - 0.4, at(0.26)),
            (half + reach, at(0.3)),
            (half + reach + 0.8, at(0.55)),
            (half + reach - 1.6, at(0.8)),
            (half - 0.2, at(0.7)),
        ]
    return smooth(
        whole([(0, top), (half * 0.8, top), (half, at(0.08)), *wing, (half + 0.2, at(0.92)), (half * 0.8, bottom), (0, bottom)]),
        tension=0.7,
    )


def vertebra_behind(name: str, top: float, bottom: float, half: float) -> str:
    """A vertebra from behind: arch, transverse processes, and the spinous process that points down."""
    tall = bottom - top
    at = lambda share: top + share * tall
    kind, number = name[0], int(name[1:])
    if name == "C1":
        return smooth(
            whole(
                [
                    (0, at(0.35)),
                    (7, at(0.2)),
                    (14, at(0.0)),
                    (20, at(0.3)),
                    (23, at(0.6)),
                    (18, at(0.9)),
                    (9, at(0.85)),
                    (0, at(0.8)),
                ]
            )
        )
    if kind == "L":
        reach = half + (14.0 if number < 5 else 11.0)
        half_shape = [
            (0, at(0.02)), (5.5, at(0.0)), (9.5, at(-0.12)), (12, at(0.05)), (reach * 0.72, at(0.2)),
            (reach, at(0.22)), (reach, at(0.38)),
            (reach * 0.66, at(0.46)), (10.5, at(0.52)), (12, at(0.85)), (9.5, at(1.08)), (6.5, at(0.9)),
            (4.2, at(0.78)), (4.2, at(1.02)), (0, at(1.1)),
        ]  # fmt: skip
        return smooth(whole(half_shape), tension=0.7)
    if kind == "T":
        reach = 23.5 - 0.75 * number
        drop = 1.25 + (0.3 if 4 <= number <= 9 else 0.0) - (0.3 if number >= 11 else 0.0)
        half_shape = [
            (0, at(0.02)), (5, at(0.0)), (9, at(0.1)), (reach * 0.8, at(-0.08)), (reach, at(-0.04)),
            (reach + 0.6, at(0.22)), (reach * 0.78, at(0.36)),
            (9.5, at(0.5)), (8, at(0.8)), (4.2, at(0.88)), (2.6, at(drop)), (0, at(drop + 0.08)),
        ]  # fmt: skip
        return smooth(whole(half_shape), tension=0.7)
    tip = 1.45 if number == 7 else 1.05
    half_shape = [
        (0, at(0.05)), (6, at(0.0)), (half, at(0.1)), (half + 4.5, at(0.3)), (half + 4.5, at(0.62)), (half, at(0.82)),
        (6, at(0.8)),
        (3.6, at(0.9)), (3.4, at(tip)), (0, at(tip - 0.12 if number < 7 else tip + 0.05)),
    ]  # fmt: skip
    return smooth(whole(half_shape), tension=0.7)


def sacrum(front: bool) -> str:
    """The sacrum with its paired openings, and the tail bone below it."""
    half = [
        (0, 436.5), (12, 436), (20, 434.5), (29, 440), (30, 449), (26, 460), (20, 474), (13.5, 486), (9, 490),
        (5, 492), (3.5, 498),
        (2, 506), (0, 508),
    ]  # fmt: skip
    holes = []
    for k, (x, y) in enumerate(((11.5, 449.5), (10.3, 459.5), (9.0, 469), (7.6, 478))):
        size = (3.0, 2.0) if front else (2.2, 1.6)
        scale = 1.0 - 0.1 * k
        oval = ring((x, y), size[0] * scale, size[1] * scale)
        holes += [smooth(oval, tension=0.9), smooth(mirrored(oval)[::-1], tension=0.9)]
    return smooth(whole(half), tension=0.7) + "".join(holes)


# ---- chest ---------------------------------------------------------------------------------------------------------


def rib(number: int) -> tuple[str, str]:
    """The part of a rib that runs in front, and the part that runs behind."""
    height, side, end, _ = RIBS[number]
    wide = 5.2 if number > 1 else 6.0
    wide = 4.4 if number > 10 else wide
    start = SPINE[f"T{number}"][1] + (2.0 if number < 11 else 1.0)
    bulge = (side[0] * 0.62, height + (side[1] - height) * 0.16 - 1.0)
    shoulder = (side[0] * 0.93, height + (side[1] - height) * 0.56)
    behind = band(
        [(start, height), (start + (bulge[0] - start) * 0.45, height - 1.5), bulge, shoulder, side],
        [wide * 0.8, wide * 0.95, wide, wide, wide * 0.9],
    )
    if number > 10:
        tip = band([side, ((side[0] + end[0]) / 2 + 0.5, (side[1] + end[1]) / 2), end], [wide, wide * 0.9, wide * 0.5])
        return tip, behind
    low = (side[0] * 0.2 + end[0] * 0.8, end[1] - (end[1] - side[1]) * 0.12)
    flank = (side[0] - (side[0] - end[0]) * 0.22, side[1] + (end[1] - side[1]) * 0.6)
    before = band(
        [(side[0] - 0.4, side[1] - 5.0), (side[0] + 0.2, side[1] + 1.5), flank, low, end],
        [wide * 0.7, wide, wide * 1.1, wide * 1.15, wide * 1.1],
    )
    return before, behind


def cartilage(number: int) -> str:
    """The soft bridge from a rib to the breastbone."""
    _, _, end, sternal = RIBS[number]
    middle = ((end[0] * 0.6 + sternal[0] * 0.4), end[1] * 0.72 + sternal[1] * 0.28 + 1.5)
    return band([end, middle, sternal], [4.6, 4.4, 4.0])


def sternum() -> str:
    """Handle, body and sword of the breastbone."""
    half = [
        (0, 194), (7, 192.5), (13.5, 195.5), (14.5, 202), (10.5, 211), (8.5, 218), (9.5, 226), (10.2, 240),
        (11.2, 256), (11.5, 268),
        (9.5, 280), (5.5, 287), (3.2, 293), (2.2, 303), (0, 307),
    ]  # fmt: skip
    return smooth(whole(half), tension=0.7)


def clavicle() -> str:
    """The collarbone, bent like an S."""
    return band(
        [(11, 195), (22, 193.5), (36, 194.5), (52, 192), (66, 185.5), (80, 182.5), (93, 185.5)], [9, 7, 5.8, 5.4, 5.8, 6.6, 7.4]
    )


def scapula() -> str:
    """The shoulder blade from behind."""
    points = [
        (36, 197), (44, 193), (56, 196), (68, 195.5), (78, 190), (92, 185.5), (101, 187), (103, 192.5), (96, 196),
        (91, 201), (90.5, 210),
        (86, 217), (79, 220), (70, 238), (61, 258), (53.5, 274), (48.5, 278.5), (44, 274), (41, 257), (37.5, 236),
        (34.5, 214),
    ]  # fmt: skip
    return smooth(points, tension=0.75)


def scapula_front(front: bool) -> str:
    """What faces forward of the shoulder blade: acromion, coracoid, and the socket of the shoulder."""
    return (
        smooth([(90, 186), (98, 184.5), (104, 188.5), (103, 194), (97.5, 193.5), (92.5, 190.5)], tension=0.8)
        + smooth([(72, 197), (78, 194.5), (85, 197.5), (88, 203), (84.5, 206.5), (80.5, 201.5), (75, 201)], tension=0.8)
        + smooth([(84, 207.5), (87.5, 209), (88, 217), (83.5, 222), (79.5, 219.5), (80.5, 212)], tension=0.8)
    )


# ---- pelvis --------------------------------------------------------------------------------------------------------


def hemipelvis(front: bool) -> str:
    """Wing, socket, pubis and seat bone of one side, with the opening between them."""
    if front:
        outer = [
            (29, 440), (33, 428), (42, 417.5), (55, 412), (68, 413.5), (77.5, 421), (81, 432), (79, 444), (74, 453),
            (70.5, 461), (71, 470), (71, 479),
            (66.5, 490), (60.5, 500), (58, 511), (53.5, 523), (47, 532), (39.5, 534), (33, 528.5), (25, 519.5),
            (15, 513), (5.5, 512), (2.2, 505.5), (2.6, 496.5),
            (8, 492), (17, 489.5), (27, 485), (34.5, 477), (35.5, 467), (31.5, 457), (29, 448),
        ]  # fmt: skip
        hole = [(27, 499), (37, 495.5), (46, 499.5), (48.5, 508), (45, 518), (38.5, 521.5), (32, 515), (26, 507)]
        return smooth(outer, tension=0.75) + smooth(hole[::-1], tension=0.9)
    outer = [
        (27.5, 441), (29, 430.5), (36, 419), (48, 412), (62, 411), (74, 416.5), (81, 428), (80, 441), (75, 452),
        (71, 462), (72, 474), (70, 486),
        (63, 497), (59.5, 508), (57.5, 521), (51, 533), (42, 537), (35, 532), (30, 522.5), (19.5, 515), (6, 512.5),
        (2.5, 506), (3.2, 497.5), (12, 493),
        (26, 491.5), (36, 488), (41, 481), (37, 473.5), (38.5, 465), (36, 458), (29.5, 452),
    ]  # fmt: skip
    hole = [(29, 501.5), (38, 498.5), (45.5, 502), (47.5, 510), (44.5, 519), (38.5, 522), (33, 516), (28.5, 508.5)]
    return smooth(outer, tension=0.75) + smooth(hole[::-1], tension=0.9)


# ---- what holds no lesion ------------------------------------------------------------------------------------------


def cartilages() -> list[str]:
    """The soft bridges of both sides."""
    return [path for number in range(1, 11) for path in _sides(cartilage(number))]


def _sides(path: str) -> tuple[str, str]:
    turn = lambda m: f"{-float(m[1]):g} {m[2]}"
    return path, re.sub(r"(-?[\d.]+) (-?[\d.]+)", turn, path)


def lines(front: bool) -> list[str]:
    """Fine lines that give the bones their form."""
    both = lambda points: [smooth(points, closed=False, tension=0.9), smooth(mirrored(points), closed=False, tension=0.9)]
    if front:
        return [
            smooth([(-20, 112.5), (-10, 114), (0, 114.3), (10, 114), (20, 112.5)], closed=False),
            *[smooth([(x, 113), (x * 1.02, 119)], closed=False) for x in (-15, -10, -5, 0, 5, 10, 15)],
            *both([(43, 66), (40, 60), (38, 50)]),
            *both([(38, 422), (50, 418), (64, 419), (74, 427)]),
            *both([(60, 474), (64, 479), (63, 488)]),
            smooth([(-8.8, 217), (0, 218.5), (8.8, 217)], closed=False),
            smooth([(-5.5, 287), (0, 289), (5.5, 287)], closed=False),
        ]
    return [
        *both([(4, 58), (14, 72), (26, 80), (40, 82)]),
        *both([(3, 106), (14, 101), (26, 102)]),
        *both([(39, 211), (52, 206), (70, 201), (86, 194), (97, 190)]),
        *both([(36, 424), (50, 418), (66, 419), (76, 428)]),
        smooth([(0, 442), (0, 456), (0, 470), (0, 482)], closed=False),
    ]


def outline() -> str:
    """The person around the bones, faint."""
    half = [
        (0, 6), (30, 11), (50, 32), (55, 62), (51, 92), (45, 112), (38, 130), (29, 144), (27, 158), (33, 170),
        (56, 177), (86, 177), (108, 184), (122, 203),
        (126, 232), (130, 268), (134, 306), (139, 344), (144, 378), (149, 414), (154, 452), (158, 488), (160, 512),
        (166, 540), (167, 566), (161, 596), (154, 612),
        (147, 611), (143, 598), (139, 572), (136, 545), (138, 520), (131, 484), (124, 446), (118, 408), (111, 370),
        (105, 332), (99, 294), (94, 268), (91, 300),
        (88, 330), (86, 360), (86, 392), (92, 424), (98, 462), (100, 500), (100, 540), (98, 590), (93, 640),
        (86, 690), (83, 724), (84, 760), (84, 800), (78, 850),
        (70, 900), (66, 930), (70, 950), (76, 964), (72, 974), (54, 975), (40, 968), (38, 950), (40, 920), (37, 880),
        (33, 830), (32, 780), (34, 740), (30, 700),
        (23, 650), (15, 600), (8, 560), (0, 541),
    ]  # fmt: skip
    return smooth(whole(half), tension=0.9)
