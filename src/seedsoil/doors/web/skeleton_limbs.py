"""Arms and legs of the drawing, as the left one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from seedsoil.doors.web.skeleton_pen import Point, band, smooth

Drawn = tuple[str, str, str, Point]


def sided(front: bool) -> Iterator[Drawn]:
    """Every part of a long bone."""
    yield from arm(front)
    yield from leg(front)
    yield "long_bone_other", beyond(front), "", (58.0, 770.0)


def arm(front: bool) -> Iterator[Drawn]:
    """The upper arm: head, shaft, and the end at the elbow."""
    head = [
        (88.5, 204),
        (93, 198.5),
        (101, 197.5),
        (108, 201.5),
        (110.5, 209),
        (109.5, 218),
        (107.5, 228),
        (99.5, 229.5),
        (96.5, 221),
        (90.5, 215.5),
    ]
    yield "humerus_proximal", smooth(head, tension=0.9), "", (100.5, 212.0)
    shaft = [(103.6, 228.5), (104.8, 250), (107, 285), (109.6, 320), (112, 346)]
    yield "humerus_shaft", band(shaft, [8.6, 8.0, 7.6, 7.8, 9.4]), "", (107.0, 287.0)
    end = [
        (107.5, 345.5),
        (116.4, 344.5),
        (120, 354),
        (124.5, 364),
        (123.5, 370.5),
        (118, 374),
        (112.5, 371.8),
        (107, 374),
        (102.8, 370),
        (103, 363.5),
        (106.5, 356),
    ]
    yield "humerus_distal", smooth(end, tension=0.9), "", (113.5, 361.0)


def leg(front: bool) -> Iterator[Drawn]:
    """The thigh: head and neck, trochanters, shaft, and the end at the knee."""
    ball = [
        (49.5, 480),
        (53, 473.5),
        (59.5, 471.5),
        (65.5, 474.5),
        (68.5, 480.5),
        (74.5, 486.5),
        (78.5, 493),
        (74.5, 502),
        (70, 500),
        (65, 493.5),
        (58.5, 492.5),
        (52, 488.5),
    ]
    yield "femur_neck", smooth(ball, tension=0.9), "", (62.0, 484.5)
    hips = [
        (75.5, 489.5),
        (79, 482.5),
        (85, 479.5),
        (90.5, 483),
        (92.6, 492),
        (92, 505),
        (90, 523.5),
        (84.5, 525),
        (78.8, 524),
        (75.5, 517.5),
        (70, 514),
        (68.5, 508.5),
        (73.5, 501.5),
    ]
    yield "femur_trochanter", smooth(hips, tension=0.9), "", (82.5, 503.0)
    shaft = [(84, 524), (82, 550), (76.5, 590), (70.5, 630), (66, 662)]
    yield "femur_shaft", band(shaft, [11.2, 10.4, 9.8, 10.2, 12.4]), "", (75.0, 600.0)
    knee = [
        (60, 661), (72.3, 662), (74.5, 676), (79, 690), (80, 703), (75.5, 711.5), (68, 711), (63, 705.5), (58, 711.5),
        (50.5, 711.5), (46.5, 703.5),
        (48, 691), (54, 677),
    ]  # fmt: skip
    yield "femur_distal", smooth(knee, tension=0.9), "", (63.5, 691.0)


def beyond(front: bool) -> str:
    """Shin bone and calf bone; forearm bones: one site of the list for each side."""
    shin = smooth([
        (47, 715.5), (55, 714), (62.5, 716), (70, 714), (78, 715.5), (79.5, 721), (75, 730), (69.5, 742), (67, 770),
        (65.5, 810), (63, 860), (61.5, 900),
        (64.5, 917), (62, 923.5), (55, 922.5), (50.5, 928), (47.5, 923), (50.5, 907), (53.5, 870), (55.5, 810),
        (56, 770), (54, 742), (49.5, 730), (46, 722),
    ])  # fmt: skip
    calf = band([(77.5, 726), (77, 742), (75.5, 800), (72, 860), (69.5, 905), (68.5, 930)], [7, 4.8, 4.4, 4.4, 5.2, 6.6])
    ulna = band([(111.5, 371), (113, 386), (119.5, 425), (126.5, 465), (132, 498), (133.5, 507)], [9, 8.2, 6, 5.2, 4.8, 5.6])
    radius = band([(120.3, 376.5), (121.8, 388), (129.5, 422), (137, 462), (142.5, 494), (144.5, 506)], [7.6, 5.4, 6, 6, 7.8, 10])
    return shin + calf + ulna + radius


def rest(front: bool) -> list[str]:
    """Hands and feet."""
    out = []
    wrist = [(132, 511), (140, 509.5), (148.5, 511.5), (151, 519), (147.5, 527.5), (139.5, 529), (133, 524.5)]
    out.append(smooth(wrist, tension=0.9))
    fingers = (
        ((150, 521), (158.5, 535), (164, 549), (166, 561)),
        ((147.5, 529), (153.5, 550), (157, 570), (158, 588), (157.5, 600)),
        ((143, 530.5), (147, 553), (149.5, 575), (150, 595), (149.5, 608)),
        ((138.6, 530), (140.5, 551), (142, 572), (142, 590), (141.5, 602)),
        ((134.5, 527), (134.5, 546), (134.8, 563), (134.4, 577), (134, 587)),
    )
    for line in fingers:
        for a, b in itertools.pairwise(line):
            out.append(bone_between(a, b, 4.4))
    heel = [(47, 926), (56, 922.5), (66, 927), (70, 937), (66.5, 946), (57, 949), (49, 945), (45.5, 936)]
    out.append(smooth(heel, tension=0.85))
    if front:
        toes = (((50.5, 947), (48.5, 960), (47, 971)), ((55, 949.5), (55.5, 962), (55.5, 971)),
                ((59.5, 949.5), (61.5, 961), (62.5, 969)),
                ((63.5, 948), (67.5, 958.5), (69, 966)), ((67, 945.5), (72.5, 954.5), (75, 961.5)))  # fmt: skip
        for k, line in enumerate(toes):
            for a, b in itertools.pairwise(line):
                out.append(bone_between(a, b, 5.2 if k == 0 else 3.8))
    else:
        out.append(
            smooth(
                [(50, 946), (57, 943.5), (64.5, 946), (67, 957), (63.5, 967.5), (57, 970), (50.5, 967.5), (47.5, 957)], tension=0.85
            )
        )
    return out


def kneecap() -> str:
    """The kneecap, drawn over the thigh bone as a line."""
    return smooth([(62.5, 688.5), (69, 691), (70.5, 698), (66.5, 705.5), (62.5, 707.5), (58.5, 705.5), (54.5, 698), (56, 691)])


def bone_between(a: Point, b: Point, wide: float) -> str:
    """A small long bone from one joint to the next."""
    along = lambda t: (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)
    return band([along(0.06), along(0.3), along(0.7), along(0.94)], [wide, wide * 0.62, wide * 0.6, wide * 0.9], fine=2)
