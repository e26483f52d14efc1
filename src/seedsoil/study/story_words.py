"""The words of a story: days, bones, medicines, causes, as one would say them."""

from __future__ import annotations

from collections.abc import Sequence

from seedsoil.grammar import skeleton
from seedsoil.treatments import drug, procedures

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ORGANS = {"liver": "the liver", "lung": "the lungs", "brain": "the brain", "lymph_node": "lymph nodes"}
CAUSES = {
    "death_tumour": "The cancer had taken too much strength.",
    "death_calcium": "The calcium in the blood had left its bounds, and the heart stopped.",
    "death_marrow": "The marrow could no longer make enough blood.",
    "death_immobility": "It was an infection, as it often is after weeks in bed.",
    "death_other": "It was not the cancer, but something else that comes with age.",
}
SIZES = ((0.25, "a pea"), (4.0, "a cherry"), (14.0, "a walnut"), (60.0, "an egg"), (200.0, "an orange"))  # mL
MEDICINES = {
    "adt": "hormone treatment that stops testosterone", "morphine": "an opioid", "paracetamol": "paracetamol",
    "nsaid": "an anti-inflammatory tablet", "fluids": "saline by drip", "calcitonin": "calcitonin", "vitamin_d": "vitamin D",
    "calcium_supplement": "calcium", "calcium_iv": "calcium by drip", "magnesium_supplement": "magnesium",
    "phosphate_supplement": "phosphate", "prednisone": "prednisone", "dacarbazine": "dacarbazine",
    "egfr_inhibitor": "a tablet against the driver mutation",
    "osimertinib": "a newer tablet against the driver mutation", "vegf_inhibitor": "a tablet against the tumour's vessels",
    "immunotherapy": "immunotherapy", "cdk46_inhibitor": "a CDK4/6 inhibitor", "progestin": "a progestin",
    "aromatase_inhibitor": "an aromatase inhibitor", "platinum_doublet": "chemotherapy with platinum",
    "platinum_etoposide": "chemotherapy with platinum and etoposide",
}  # fmt: skip
OPERATIONS = {
    "cement": "is filled with bone cement", "fixation": "is held with plates and screws", "rod": "gets a rod inside",
    "prosthesis": "is replaced by a prosthesis", "decompression": "is opened to free the cord, and held with screws",
    "laminectomy": "is opened to free the cord", "ablation": "is treated with a probe that kills by heat or cold",
}  # fmt: skip
PICTURES = {
    "xray": "An X-ray", "bone_scan": "A bone scan", "ct": "A CT scan", "mri": "An MRI scan", "fdg_pet": "A PET scan",
    "naf_pet": "A PET scan of the bones", "psma_pet": "A PSMA PET scan", "spect_ct": "A bone scan with CT",
    "fdg_pet_alone": "A PET scan without CT",
}  # fmt: skip


def count(n: int, what: str, plural: str = "") -> str:
    """``one bone``, ``three bones``, ``15 bones``."""
    return f"{NUMBERS[n] if n < len(NUMBERS) else n} {what if n == 1 else plural or what + 's'}"


def when(day: int) -> str:
    """A day as people remember it: the nearer to the diagnosis, the finer."""
    if day == 0:
        return "the day of the diagnosis"
    days, side = abs(day), "after" if day > 0 else "before"
    return f"{span(days)} {side} the diagnosis"


def span(days: int) -> str:
    """``9 days``, ``5 weeks``, ``3 years and 2 months``: in figures, so that the eye finds them."""
    some = lambda n, what: f"{n} {what if n == 1 else what + 's'}"
    if days < 14:
        return some(days, "day")
    if days < 60:
        return some(round(days / 7), "week")
    years, months = divmod(round(days / 30.4375), 12)
    return " and ".join(some(n, what) for n, what in ((years, "year"), (months, "month")) if n)


def listed(parts: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def bone(number: int) -> str:
    """A site of the skeleton: ``the L3 vertebra``, ``the left first rib``."""
    return f"the {skeleton.bones()[number].label}"


def bones(numbers: list[int], organs: Sequence[str] = (), most: int = 4) -> str:
    """Some bones, and organs as `ORGANS` names them; of many bones only the first are named."""
    named = [bone(n) for n in (numbers if len(numbers) <= most else numbers[: most - 1])]
    rest = [] if len(numbers) <= most else [f"{count(len(numbers) - most + 1, 'other bone')}"]
    return listed([*named, *rest, *organs])


def medicine(name: str, again: bool = False) -> str:
    """A drug as a patient would be told of it; ``the opioid`` where it is spoken of again."""
    said = MEDICINES.get(name, drug.catalogue()[name].label.split(" (")[0])
    article = next((a for a in ("a ", "an ") if said.startswith(a)), "")
    return f"the {said.removeprefix(article)}" if again and article else said


def operation(name: str, site: int) -> str:
    """What an operation did to a bone."""
    where = bone(site)
    return f"{sentence(where)} {OPERATIONS.get(name, 'is operated on: ' + procedures.catalogue()[name].label)}."


def sentence(text: str) -> str:
    """With a capital at the start."""
    return text[0].upper() + text[1:]


def size(volume_ml: float) -> str | None:
    """What a tumour of this volume is as big as, None while it is too small to name."""
    fitting = [name for limit, name in SIZES if volume_ml >= limit]
    return fitting[-1] if fitting else None


def pain(score: float) -> str:
    """Worst pain of the day in words."""
    return "mild" if score < 4 else "moderate" if score < 7 else "severe"


def function(ecog: int) -> str:
    """Performance status in words."""
    return (
        "as active as ever", "up and about, but not fit for hard work", "up for more than half of the day, but not fit for work",
        "in bed or a chair for more than half of the day", "in bed all day",
    )[ecog]  # fmt: skip
