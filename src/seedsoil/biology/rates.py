"""The model on one screen: for every state, what is gained a day and what share is lost.

y person, l lesion, x traits of the person, t traits of the lesion, site its bone, rx effects of treatments, sums over all
lesions, p parameters. Each field of the returned record is a pair: ``dx/dt = gain - loss x``. How time is stepped is the
world's business.
"""

from __future__ import annotations

from seedsoil.biology import bone, cord, minerals, person, spread, strength, tumour
from seedsoil.biology.body import Growing, Quick, Slow, Soil, Sums
from seedsoil.biology.person import Hazards
from seedsoil.grammar.algebra import smaller


def quick(y, x, rx, sums, p):
    """Gain and loss of what moves within days."""
    hormone = minerals.effective_pth(y, minerals.pthrp(y, x, sums), p)
    volume = minerals.volume(y, rx, p)
    return Quick(
        calcium=minerals.calcium(y, x, rx, hormone, sums, volume[0] - volume[1] * y.volume, p),
        phosphate=minerals.phosphate(y, x, rx, sums, p),
        volume=volume,
        osteoclasts=bone.osteoclasts(y, rx, hormone / p.pth_normal, p),
    )


def slow(y, x, rx, sums, p):
    """Gain and loss of what moves over days to years."""
    pthrp = minerals.pthrp(y, x, sums)
    drive = minerals.effective_pth(y, pthrp, p) / p.pth_normal
    kill, kill_resistant = rx.kill_sensitive, rx.kill_resistant
    liver = tumour.visceral(y.liver_sensitive, y.liver_resistant, p.capacity_liver, kill, kill_resistant, x)
    lung = tumour.visceral(y.lung_sensitive, y.lung_resistant, p.capacity_lung, kill, kill_resistant, x)
    brain = tumour.visceral(y.brain_sensitive, y.brain_resistant, p.capacity_brain, rx.kill_brain, 0.0 * kill, x)
    return Slow(
        calcitriol=minerals.calcitriol(y, pthrp, p),
        magnesium=minerals.magnesium(y, rx, p),
        vitamin_d=minerals.vitamin_d(y, x, rx, p),
        osteoid=bone.osteoid(y, x, sums, p),
        parathyroid=minerals.parathyroid(y, x, p),
        gfr=minerals.gfr(y, x, rx, p),
        osteoblasts=bone.osteoblasts(y, rx, pthrp, p),
        precursors=bone.precursors(y, rx, drive, p),
        skeleton=bone.skeleton(y, x, sums, drive, p),
        haemoglobin=person.haemoglobin(y, x, sums, rx, p),
        platelets=person.platelets(y, x, sums, rx, p),
        neutrophils=person.neutrophils(y, x, sums, rx, p),
        progenitors=person.progenitors(y, rx, p),
        calcitonin_tolerance=minerals.calcitonin_tolerance(rx, p),
        opioid_tolerance=person.opioid_tolerance(rx, p),
        primary=tumour.primary(y, x, rx, p),
        liver_sensitive=liver[0],
        liver_resistant=liver[1],
        lung_sensitive=lung[0],
        lung_resistant=lung[1],
        brain_sensitive=brain[0],
        brain_resistant=brain[1],
        organs_asleep=spread.organs_asleep(y, x, sums, p),
        wasting=person.wasting(y, x, sums, p),
        function=person.function(y, x, sums, rx, p),
    )


def soil(y, x, rx, sums, p):
    """What every lesion feels of the body."""
    hormones = minerals.effective_pth(y, minerals.pthrp(y, x, sums), p) / p.pth_normal
    return Soil(
        drive=bone.zone_drive(hormones, rx),
        mineralising=bone.mineralising(y, x, sums, p),
        osteoclasts=y.osteoclasts,
        osteoblasts=y.osteoblasts,
        poison=p.poison_uptake * rx.osteoclast_poison,
        stunned=bone.stunned(y, rx),
        surface_dose=tumour.shared_out(rx, bone.formation(y, sums)),
        surface_range=tumour.particle_range(rx, p),
    )


def lesion(l, soil, x, t, site, rx, p):
    """Gain and loss of one lesion."""
    return Growing(
        sensitive=tumour.sensitive(l, soil, x, t, site, rx, p),
        resistant=tumour.resistant(l, soil, x, t, site, rx, p),
        dead=tumour.dead(l, soil, x, rx, p),
        osteoclasts=bone.zone_osteoclasts(l, soil, t, p),
        osteoblasts=bone.zone_osteoblasts(l, t, p),
        lamellar=bone.lamellar(l, soil, t, site, p),
        woven=bone.woven(l, soil, t, site, p),
        inflammation=person.inflammation(l, site, p),
        soothed=person.soothed(l, soil, p),
        flare=person.flare(p),
        damage=strength.damage(p),
        weakness=strength.weakness(l, p),
        oedema=cord.oedema(l, site, rx, p),
        cord_injury=cord.cord_injury(l, site, p),
        unhealed=strength.unhealed(l, p),
        support=strength.support(l, site, p),
    )


def contribution(l, y, soil, x, t, site, rx, p):
    """What one lesion adds to the person's `Sums`; deficit and largest irritation are worst-of, not sums."""
    volume = l.sensitive + l.resistant
    rest, moving = person.irritation(l, y, x, t, site, rx, p)
    return Sums(
        tumour=volume * l.awake,
        pthrp=t.pthrp_secretion * volume * (1.0 + p.pthrp_feedback * smaller(bone.factors_released(l), 12.0)),
        resorbed=bone.calcium_freed(l, soil, t, site, p),
        formed=bone.calcium_claimed(l, soil, t, site, p),
        alp=bone.alkaline_phosphatase(l, site, p),
        marrow_replaced=person.marrow_replaced(l, site, p),
        shedding=spread.surface(volume * l.awake, p),
        rest_pain=rest,
        activity_pain=moving,
        cord_deficit=cord.deficit(l, site, p),
        immobility=site.immobility * l.unhealed,
        pain_of_largest=rest + moving,
    )


def hazards(y, x, sums, rx, age_years, p):
    """Events a day of the person."""
    organs = spread.growing_in_organs(y, x, sums, p)
    vertebra, hip = strength.intact_fractures(y, x, age_years, p)
    falls = person.falls(y, x, sums, rx, age_years, p)
    deaths = person.deaths(y, x, sums, age_years, p)
    return Hazards(
        new_lesion=spread.clumps(y, x, sums, p),
        liver=organs * p.liver_weight,
        lung=organs * p.lung_weight,
        brain=organs * p.brain_weight,
        vertebra=vertebra,
        hip=hip,
        fall=falls,
        death_tumour=deaths[0],
        death_calcium=deaths[1],
        death_marrow=deaths[2],
        death_immobility=deaths[3],
        death_other=deaths[4],
    )


def lesion_hazards(l, y, x, t, site, rx, falls, p):
    """Events a day of one lesion: fracture in everyday activity, fracture in a fall, waking."""
    return (
        strength.breaking(l, y, x, t, site, rx, p),
        strength.breaking_in_fall(l, y, x, t, site, falls, p),
        spread.waking(l, y, x, p),
    )
