"""The answer about a bone in words, for the terminal and for the page."""

from __future__ import annotations

BONES = {"femur_left": "the left femur", "femur_right": "the right femur"}
POSES = {"vertebra": "pressed from above", "stance": "standing on one leg", "fall": "falling on the side"}
ACTIVITIES = {
    "standing": "standing", "lifting": "lifting 10 kg, bent forward", "walking": "walking", "stairs_up": "climbing stairs",
    "stairs_down": "going down stairs", "stumbling": "stumbling", "hip": "falling on the hip",
}  # fmt: skip
JUDGED = {"below strength": "below what the bone bears", "near strength": "near what the bone bears", "above strength": "above it"}


def bone_words(document: dict) -> str:
    return BONES.get(document["bone"], document["bone"])


def load_range(row: dict | None) -> str:
    """A force in kN with its range."""
    if row is None:
        return "not asked"
    return f"{row['value'] / 1000:.2f} kN ({row['low'] / 1000:.2f} to {row['high'] / 1000:.2f})"


def share_range(row: dict | None) -> str:
    """A share in per cent with its range."""
    return "not asked" if row is None else f"{100 * row['value']:.0f} % ({100 * row['low']:.0f} to {100 * row['high']:.0f})"


def headline(document: dict) -> str:
    """The answer in one sentence: the loss first, because it is surest."""
    bone = bone_words(document)
    if document["ratio"] is None:
        return f"{bone[0].upper()}{bone[1:]}, {POSES[document['load']]}, bears about {load_range(document['strength_n'])}."
    return (
        f"With its lesion {bone}, {POSES[document['load']]}, bears {share_range(document['ratio'])} of what it would without: "
        f"about {load_range(document['with_lesion_n'])} instead of {load_range(document['strength_n'])}."
    )


def lesion_rows(document: dict) -> list[tuple[str, str]]:
    """What was measured of the lesion."""
    found = document["lesion"]
    rows = [
        ("Kind", found["kind"]),
        ("Place", found["place"]),
        ("Volume", f"{found['volume_ml']:.3g} mL, {100 * found['share_of_bone']:.0f} % of the bone"),
        ("Longest diameter", f"{found['longest_mm']:.0f} mm"),
        ("Share of the bone's diameter", f"{100 * found['share_of_diameter']:.0f} %"),
        (
            "Cortex",
            f"{found['cortex_axial_mm']:.0f} mm along it, {100 * found['cortex_circumference_share']:.0f} % around it; "
            + (f"breached over {found['breach_mm2']:.0f} mm²" if found["breached"] else "no breach seen"),
        ),
        ("Mineral lost", f"{found['mineral_lost_mg']:.0f} mg, {100 * found['lost']:.0f} % of what was there"),
        ("Mineral gained", f"{found['mineral_gained_mg']:.0f} mg"),
        ("The bone before it", found["intact_from"]),
    ]
    for name in ("mirels", "sins"):
        if document.get(name):
            score, inputs = document[name]["score"], document[name]["inputs"]
            said = f"{score['low']}" if score["low"] == score["high"] else f"{score['low']} to {score['high']}"
            unknown = [k.replace("_", " ") for k, v in inputs.items() if str(v).startswith("not ")]
            rows.append(("Mirels" if name == "mirels" else "SINS", f"{said} points; open: {', '.join(unknown) or 'nothing'}"))
    return rows


def load_rows(part: dict) -> list[tuple[str, str, str, str]]:
    """Each activity: its load, load over strength, and the judgement."""
    rows = []
    for row in part["loads"]:
        phi = row["load_over_strength"]
        rows.append((
            ACTIVITIES[row["activity"]], f"{row['load_n'] / 1000:.2f} kN",
            f"{phi['value']:.2f} ({phi['low']:.2f} to {phi['high']:.2f})", JUDGED[row["judgement"]],
        ))  # fmt: skip
    return rows


def section_rows(document: dict) -> list[tuple[str, str]]:
    """Rigidity left in the slice that loses most."""
    names = {"ea": "Pull and push", "ei_least": "Bending", "gj": "Twist", "gj_polar": "Twist, by the polar formula"}
    return [(words, f"{100 * document['sections'][key]['ratio']:.0f} % left") for key, words in names.items()]


def treatment_rows(document: dict) -> list[tuple[str, str]]:
    return [(row["treatment"].capitalize(), f"{100 * row['stiffness_ratio']:.0f} %") for row in document["what_if"]]


def method_words(document: dict) -> list[str]:
    """How it was reckoned, and what makes it less sure."""
    line, how = document["calibration"], document["method"]
    return [
        f"Density: {line['way']}, {line['slope']:.3g} × HU {line['intercept']:+.3g} mg/cm³; a standard error of "
        f"{line['error_at_100_hu']:.2g} mg/cm³ at 100 HU.",
        f"Modulus: the law {how['law']} of {how['density']} density; {100 * how['above_law_range_share']:.0f} % of the bone is "
        "denser than what the law was measured on.",
        f"Finite elements: {how['elements']} voxels of {how['voxel_mm']:g} mm; body weight {how['body_weight_kg']:g} kg.",
        *document["notes"],
    ]
