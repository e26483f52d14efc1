"""The kernel's scheme in C, as the machine's limit.

The equations are not written a second time: they are run on symbols, as for SBML, and written down as straight C over eight
people at a time. The scheme around them (quick states, slow states, lesions, what lesions add up to, hazards) is written by hand
after `world/kernel_scalar.py`. It knows no drugs and lets no event happen; hazards are used up as in the kernel. Compiled
with gcc -O3 -march=native, and checked against the kernel before it is timed.
"""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from seedsoil.biology import body, rates
from seedsoil.biology.body import Body, Effects, Lesion, LesionTraits, Quick, Site, Soil, Sums, Traits
from seedsoil.biology.person import Hazards
from seedsoil.doors.sbml import Book, Term
from seedsoil.world import equations
from seedsoil.world.day import World
from seedsoil.world.kernel_scalar import WORST
from seedsoil.world.records import LESION_EVENTS, SLOTS, Noticed

WIDTH = 8
SAME = 1e-9  # relative difference to the kernel up to which it is the same scheme
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fPIC", "-shared", "-std=gnu11")
BINARY = {"+": "({} + {})", "-": "({} - {})", "*": "({} * {})", "/": "({} / {})", "max": "larger({}, {})", "min": "smaller({}, {})"}
UNARY = {"neg": "(-{})", "abs": "fabs({})", "exp": "exp({})", "log": "log({})", "sqrt": "sqrt({})"}
PLACES = {"y": Body, "x": Traits, "rx": Effects, "c": Sums, "s": Soil, "l": Lesion, "t": LesionTraits, "z": Site}


class _Fields:
    """A record whose fields are places in C arrays."""

    def __init__(self, book: Book, place: str, names: tuple[str, ...]) -> None:
        self._made = {name: book.name(place.format(i)) for i, name in enumerate(names)}

    def __getattr__(self, name: str) -> Term:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._made[name]


def functions(params: tuple[str, ...]) -> dict[str, list[object]]:
    """What each function of the model gives back, in terms of its arguments."""
    book = Book()
    y, x, rx, c, s, l, t, z = (_Fields(book, f"{name}[{{}}][w]", record._fields) for name, record in PLACES.items())
    p = _Fields(book, "p[{}]", params)
    age, fall = book.name("age[w]"), book.name("fall[w]")
    flat = lambda pairs: [side for pair in pairs for side in pair]
    return {
        "quick": flat(rates.quick(y, x, rx, c, p)),
        "slow": flat(rates.slow(y, x, rx, c, p)),
        "soil": list(rates.soil(y, x, rx, c, p)),
        "lesion": flat(rates.lesion(l, s, x, t, z, rx, p)),
        "contribution": list(rates.contribution(l, y, s, x, t, z, rx, p)),
        "hazards": list(rates.hazards(y, x, c, rx, age, p)),
        "lesion_hazards": list(rates.lesion_hazards(l, y, x, t, z, rx, fall, p)),
        "noticed": list(equations.noticed(y, x, c, rx, fall, p)),
    }


def function_in_c(name: str, wanted: list[object]) -> str:
    """One function over eight people: every operation once, in the order in which it is needed."""
    lines, known = [], {}

    def said(one: object) -> str:
        if not isinstance(one, Term):
            return repr(float(one))
        if one.operation == "number":
            return repr(one.number)
        return one.name if one.operation == "name" else known[id(one)]

    def write(one: Term) -> None:
        todo = [(one, False)]
        while todo:
            term, ready = todo.pop()
            if not term.of or id(term) in known:
                continue
            if not ready:
                todo.append((term, True))
                todo += [(part, False) for part in reversed(term.of)]
                continue
            lines.append(f"const double v{len(lines)} = {_operation(term, [said(part) for part in term.of])};")
            known[id(term)] = f"v{len(lines) - 1}"

    for one in wanted:
        if isinstance(one, Term):
            write(one)
    stores = [f"out[{i}][w] = {said(one)};" for i, one in enumerate(wanted)]
    inside = "\n    ".join([*lines, *stores])
    return f"static inline void {name}(ARGUMENTS)\n{{\n  for (int w = 0; w < W; w++) {{\n    {inside}\n  }}\n}}\n"


def _operation(term: Term, parts: list[str]) -> str:
    if term.operation in BINARY:
        return BINARY[term.operation].format(*parts)
    if term.operation in UNARY:
        return UNARY[term.operation].format(*parts)
    exponent = term.of[1].number if term.of[1].operation == "number" else None
    if exponent is not None and exponent in (2.0, 4.0, 8.0, 16.0):
        return f"power{exponent:.0f}({parts[0]})"
    return f"pow({parts[0]}, {parts[1]})"


SCHEME = r"""
#define ARGUMENTS const row *restrict y, const row *restrict x, const row *restrict rx, const row *restrict c, \
  const double *restrict p, const row *restrict s, const row *restrict l, const row *restrict t, const row *restrict z, \
  const double *restrict age, const double *restrict fall, row *restrict out
"""

LOOP = r"""
static inline double update(double x, double gain, double loss)
{
  const double a = 1.0 + loss * (0.5 + loss / 6.0);
  return (x + gain * a) / (1.0 + loss * a);
}

/* Fields first..last carried on by a day with the mean of two stages' rates. */
static inline void stage(const row *x0, const row *r0, const row *r1, int first, int last, row *out)
{
  for (int f = first; f < last; f++)
    for (int w = 0; w < W; w++) {
      const int k = 2 * (f - first);
      out[f][w] = update(x0[f][w], 0.5 * (r0[k][w] + r1[k][w]), 0.5 * (r0[k + 1][w] + r1[k + 1][w]));
    }
}

typedef struct {
  row y[BODY], x[TRAITS], rx[EFFECTS], sums[SUMS], mean[2][SUMS], carried[SUMS], soil[SOIL];
  row l[SLOTS][LESION], t[SLOTS][LESION_TRAITS], z[SLOTS][SITE], there[SLOTS], left[HAZARDS], lesion_left[SLOTS][LESION_EVENTS];
  row age, fall;
  int many;
} group;

static void add_up(group *g, const double *p, row *out)
{
  row part[SUMS];
  soil(g->y, g->x, g->rx, g->carried, p, 0, 0, 0, 0, 0, 0, g->soil);
  for (int f = 0; f < SUMS; f++)
    for (int w = 0; w < W; w++) out[f][w] = 0.0;
  for (int k = 0; k < g->many; k++) {
    contribution(g->y, g->x, g->rx, g->carried, p, g->soil, g->l[k], g->t[k], g->z[k], 0, 0, part);
    for (int f = 0; f < SUMS; f++)
      for (int w = 0; w < W; w++) {
        const double one = g->there[k][w] * part[f][w];
        out[f][w] = WORST[f] ? larger(out[f][w], one) : out[f][w] + one;
      }
  }
}

static void day_of(group *g, const double *p, int events)
{
  row work[BODY], middle[BODY], before[BODY], r0[2 * BODY], r1[2 * BODY], fresh[SUMS], each[HAZARDS];
  for (int f = 0; f < SUMS; f++)
    for (int w = 0; w < W; w++) g->carried[f][w] = larger(0.0, 2.0 * g->mean[0][f][w] - g->mean[1][f][w]);
  memcpy(before, g->y, sizeof before);
  memcpy(work, g->y, sizeof work);
  quick(g->y, g->x, g->rx, g->carried, p, 0, 0, 0, 0, 0, 0, r0);
  stage(g->y, r0, r0, 0, QUICK, work);
  quick(work, g->x, g->rx, g->carried, p, 0, 0, 0, 0, 0, 0, r1);
  stage(g->y, r0, r1, 0, QUICK, g->y);
  for (int f = 0; f < QUICK; f++)
    for (int w = 0; w < W; w++) middle[f][w] = work[f][w] = 0.5 * (before[f][w] + g->y[f][w]);
  memcpy(work + QUICK, g->y + QUICK, sizeof(row) * (BODY - QUICK));
  slow(work, g->x, g->rx, g->carried, p, 0, 0, 0, 0, 0, 0, r0);
  stage(g->y, r0, r0, QUICK, BODY, work);
  slow(work, g->x, g->rx, g->carried, p, 0, 0, 0, 0, 0, 0, r1);
  stage(g->y, r0, r1, QUICK, BODY, g->y);
  for (int f = QUICK; f < BODY; f++)
    for (int w = 0; w < W; w++) middle[f][w] = 0.5 * (before[f][w] + g->y[f][w]);
  soil(middle, g->x, g->rx, g->carried, p, 0, 0, 0, 0, 0, 0, g->soil);
  for (int k = 0; k < g->many; k++) {
    row now[LESION];
    memcpy(now, g->l[k], sizeof now);
    lesion(0, g->x, g->rx, 0, p, g->soil, g->l[k], g->t[k], g->z[k], 0, 0, r0);
    stage(g->l[k], r0, r0, 0, GROWING, now);
    lesion(0, g->x, g->rx, 0, p, g->soil, now, g->t[k], g->z[k], 0, 0, r1);
    stage(g->l[k], r0, r1, 0, GROWING, g->l[k]);
  }
  add_up(g, p, fresh);
  for (int f = 0; f < SUMS; f++)
    for (int w = 0; w < W; w++) {
      g->mean[1][f][w] = g->mean[0][f][w];
      g->mean[0][f][w] = 0.5 * (g->sums[f][w] + fresh[f][w]);
      g->sums[f][w] = fresh[f][w];
    }
  if (!events) return;
  hazards(g->y, g->x, g->rx, g->sums, p, 0, 0, 0, 0, g->age, 0, each);
  for (int h = 0; h < HAZARDS; h++)
    for (int w = 0; w < W; w++) g->left[h][w] -= each[h][w];
  memcpy(g->fall, each[FALL], sizeof(row));
  for (int k = 0; k < g->many; k++) {
    lesion_hazards(g->y, g->x, g->rx, 0, p, 0, g->l[k], g->t[k], g->z[k], 0, g->fall, each);
    for (int h = 0; h < LESION_EVENTS; h++)
      for (int w = 0; w < W; w++) g->lesion_left[k][h][w] -= each[h][w];
  }
}

static void gather(row *to, const double *from, int fields, int stride)
{
  for (int w = 0; w < W; w++)
    for (int f = 0; f < fields; f++) to[f][w] = from[(long)w * stride + f];
}

static void scatter(const row *from, double *to, int fields, int stride)
{
  for (int w = 0; w < W; w++)
    for (int f = 0; f < fields; f++) to[(long)w * stride + f] = from[f][w];
}

/* n is a multiple of W; nobody is on a drug, and all live by the same parameters. */
void advance(long n, long days, long day, int events, double *body, double *lesions, const long *count, const short *site,
             const double *traits, int traits_stride, const double *lesion_traits, int lesion_stride, const double *sites,
             int site_stride, const double *p, const double *effects, double *sums, double *mean, unsigned char *settled,
             double *left, double *lesion_left, double *noticed_, const double *healthy)
{
  group *g = aligned_alloc(64, (sizeof(group) + 63) / 64 * 64);
  for (long i = 0; i < n; i += W) {
    gather(g->y, body + i * BODY, BODY, BODY);
    gather(g->x, traits + i * traits_stride, TRAITS, traits_stride);
    gather(g->rx, effects + i * EFFECTS, EFFECTS, EFFECTS);
    gather(g->sums, sums + i * SUMS, SUMS, SUMS);
    gather(g->mean[0], mean + i * 2 * SUMS, SUMS, 2 * SUMS);
    gather(g->mean[1], mean + i * 2 * SUMS + SUMS, SUMS, 2 * SUMS);
    gather(g->left, left + i * HAZARDS, HAZARDS, HAZARDS);
    g->many = 0;
    for (int w = 0; w < W; w++) if (count[i + w] > g->many) g->many = count[i + w];
    for (int k = 0; k < g->many; k++)
      for (int w = 0; w < W; w++) {
        const long at = (i + w) * SLOTS + k;
        const int here = k < count[i + w];
        g->there[k][w] = here;
        for (int f = 0; f < LESION; f++) g->l[k][f][w] = here ? lesions[at * LESION + f] : healthy[f];
        for (int f = 0; f < LESION_TRAITS; f++) g->t[k][f][w] = lesion_traits[(here ? at : (i + w) * SLOTS) * lesion_stride + f];
        for (int f = 0; f < SITE; f++) g->z[k][f][w] = sites[(here ? site[at] : 0) * site_stride + f];
        for (int f = 0; f < LESION_EVENTS; f++) g->lesion_left[k][f][w] = lesion_left[at * LESION_EVENTS + f];
      }
    row fresh[SUMS];
    memcpy(g->carried, g->sums, sizeof fresh);
    int void_ = 0;
    for (int w = 0; w < W; w++) void_ |= !settled[i + w];
    if (void_) {
      add_up(g, p, fresh);
      for (int w = 0; w < W; w++)
        if (!settled[i + w]) {
          for (int f = 0; f < SUMS; f++) g->sums[f][w] = g->mean[0][f][w] = g->mean[1][f][w] = fresh[f][w];
          settled[i + w] = 1;
        }
    }
    for (long step = 0; step < days; step++) {
      for (int w = 0; w < W; w++) g->age[w] = g->x[AGE][w] + (day + step) / 365.25;
      day_of(g, p, events);
    }
    row unhealed = {0}, told[NOTICED];
    for (int k = 0; k < g->many; k++)
      for (int w = 0; w < W; w++) unhealed[w] = larger(unhealed[w], g->there[k][w] * g->l[k][UNHEALED][w]);
    noticed(g->y, g->x, g->rx, g->sums, p, 0, 0, 0, 0, 0, unhealed, told);
    scatter(told, noticed_ + i * NOTICED, NOTICED, NOTICED);
    scatter(g->y, body + i * BODY, BODY, BODY);
    scatter(g->sums, sums + i * SUMS, SUMS, SUMS);
    scatter(g->mean[0], mean + i * 2 * SUMS, SUMS, 2 * SUMS);
    scatter(g->mean[1], mean + i * 2 * SUMS + SUMS, SUMS, 2 * SUMS);
    scatter(g->left, left + i * HAZARDS, HAZARDS, HAZARDS);
    for (int k = 0; k < g->many; k++)
      for (int w = 0; w < W; w++)
        if (k < count[i + w]) {
          const long at = (i + w) * SLOTS + k;
          for (int f = 0; f < GROWING; f++) lesions[at * LESION + f] = g->l[k][f][w];
          for (int f = 0; f < LESION_EVENTS; f++) lesion_left[at * LESION_EVENTS + f] = g->lesion_left[k][f][w];
        }
  }
  free(g);
}
"""


def source(params: tuple[str, ...]) -> str:
    """The whole program."""
    sizes = {
        "W": WIDTH, "SLOTS": SLOTS, "BODY": len(Body._fields), "QUICK": len(Quick._fields), "LESION": len(Lesion._fields),
        "GROWING": len(body.Growing._fields), "TRAITS": len(Traits._fields), "LESION_TRAITS": len(LesionTraits._fields),
        "SITE": len(Site._fields), "SOIL": len(Soil._fields), "SUMS": len(Sums._fields), "EFFECTS": len(Effects._fields),
        "HAZARDS": len(Hazards._fields), "LESION_EVENTS": len(LESION_EVENTS), "NOTICED": len(Noticed._fields),
        "FALL": Hazards._fields.index("fall"), "AGE": Traits._fields.index("age_years"),
        "UNHEALED": Lesion._fields.index("unhealed"),
    }  # fmt: skip
    head = ["#include <math.h>", "#include <stdlib.h>", "#include <string.h>", *(f"#define {n} {v}" for n, v in sizes.items())]
    head += ["typedef double row[W] __attribute__((aligned(64)));",
             f"static const int WORST[SUMS] = {{{', '.join(str(int(worst)) for worst in WORST)}}};",
             "static inline double larger(double a, double b) { return a > b ? a : b; }",
             "static inline double smaller(double a, double b) { return a < b ? a : b; }",
             "static inline double power2(double a) { return a * a; }"]  # fmt: skip
    head += [f"static inline double power{n}(double a) {{ return power{n // 2}(a * a); }}" for n in (4, 8, 16)]
    written = [function_in_c(name, wanted) for name, wanted in functions(params).items()]
    return "\n".join([*head, SCHEME, *written, LOOP])


@functools.cache
def library(params: tuple[str, ...]) -> ctypes.CDLL | None:
    """The compiled program; None where there is no gcc."""
    if not shutil.which("gcc"):
        return None
    with tempfile.TemporaryDirectory(prefix="seedsoil-c-") as name:  # what is loaded stays after its file has gone
        folder = Path(name)
        (folder / "kernel.c").write_text(source(params), "utf-8")
        subprocess.run(["gcc", *FLAGS, "-o", folder / "kernel.so", folder / "kernel.c", "-lmvec", "-lm"], check=True)
        return ctypes.CDLL(str(folder / "kernel.so"))


def advance(world: World, days: int, events: bool = True) -> None:
    """Carry everybody of a world on, as `World.advance` does, but for drugs and for events, which do not happen."""
    people, params = world.people, world.numbers.params
    assert len(people.key) % WIDTH == 0 and len(params) == 1 and not people.taking.any()
    assert people.site.dtype == np.int16 and people.lesions.dtype == np.int64
    at = lambda array: array.ctypes.data_as(ctypes.c_void_p)
    plain = lambda record: record.view(record.dtype[0]).reshape(len(record.reshape(-1)), -1).astype(float, copy=False)
    traits, lesion_traits, sites = plain(people.traits), plain(people.lesion_traits.reshape(-1)), plain(world.numbers.sites)
    healthy = np.array([float(name in ("osteoclasts", "osteoblasts", "lamellar")) for name in Lesion._fields])
    library(params.dtype.names).advance(
        ctypes.c_long(len(people.key)), ctypes.c_long(days), ctypes.c_long(world.day), ctypes.c_int(events), at(people.body),
        at(people.lesion), at(people.lesions), at(people.site), at(traits), ctypes.c_int(traits.shape[1]), at(lesion_traits),
        ctypes.c_int(lesion_traits.shape[1]), at(sites), ctypes.c_int(sites.shape[1]), at(plain(params)), at(people.last_effect),
        at(people.sums), at(people.mean), at(people.settled), at(people.left), at(people.lesion_left), at(people.noticed),
        at(healthy),
    )  # fmt: skip
    world.day += days


def apart(one: World, other: World) -> float:
    """The largest difference between two worlds' bodies and lesions: ``|a - b| / (|b| + 1e-3)``."""
    worst = 0.0
    for name in ("body", "lesion", "sums", "noticed"):
        a, b = getattr(one.people, name), getattr(other.people, name)
        worst = max(worst, float(np.max(np.abs(a - b) / (np.abs(b) + 1e-3))))
    return worst
