"""The deterministic core of one virtual person as SBML: the same equations, written by running them on symbols.

One person and their lesions without events, luck or clinic: every state of the body and of each lesion with its rate, every number
of the model and every trait of the person as a parameter, the effects of treatment as parameters that start at none. Tools that
read SBML (level 3 version 2 core) can simulate it; time is in days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import numpy as np

from seedsoil.biology import rates
from seedsoil.biology.body import Body, Effects, Lesion, Sums
from seedsoil.errors import InputError
from seedsoil.grammar import skeleton
from seedsoil.grammar.units import units_of
from seedsoil.study.cohort import mixture_of
from seedsoil.study.newcomers import newly_found
from seedsoil.world import parameters
from seedsoil.world.day import World
from seedsoil.world.kernel_scalar import WORST

SBML = "http://www.sbml.org/sbml/level3/version2/core"
MATHML = "http://www.w3.org/1998/Math/MathML"
OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divide", "**": "power", "neg": "minus", "abs": "abs",
             "exp": "exp", "log": "ln", "sqrt": "root", "max": "max", "min": "min"}  # fmt: skip
PASSES = 6  # until what the lesions add up to no longer changes by being fed back


class Term:
    """A number, a name, or an operation on terms. The same term is made once, so that shared parts stay shared."""

    __slots__ = ("book", "name", "number", "of", "operation")
    __array_priority__ = 1000

    def __init__(self, book: Book, operation: str, of: tuple[Term, ...] = (), name: str = "", number: float = 0.0) -> None:
        self.book, self.operation, self.of, self.name, self.number = book, operation, of, name, number

    def _with(self, operation: str, *others: object) -> Term:
        return self.book.term(operation, *others)

    def __add__(self, other):
        return self._with("+", self, other)

    def __radd__(self, other):
        return self._with("+", other, self)

    def __sub__(self, other):
        return self._with("-", self, other)

    def __rsub__(self, other):
        return self._with("-", other, self)

    def __mul__(self, other):
        return self._with("*", self, other)

    def __rmul__(self, other):
        return self._with("*", other, self)

    def __truediv__(self, other):
        return self._with("/", self, other)

    def __rtruediv__(self, other):
        return self._with("/", other, self)

    def __pow__(self, other):
        return self._with("**", self, other)

    def __rpow__(self, other):
        return self._with("**", other, self)

    def __neg__(self):
        return self._with("neg", self)

    def __pos__(self):
        return self

    def __abs__(self):
        return self._with("abs", self)

    def __array_ufunc__(self, function, method, *inputs, **_):
        """NumPy's exp, log and sqrt, which the equations use, and its arithmetic with numbers on the left."""
        names = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/", "power": "**",
                 "negative": "neg", "absolute": "abs", "exp": "exp", "log": "log", "sqrt": "sqrt"}  # fmt: skip
        if method != "__call__" or function.__name__ not in names:
            return NotImplemented
        return self._with(names[function.__name__], *inputs)


@dataclass
class Book:
    """All terms of one model, each once, in the order in which they were made."""

    terms: dict[tuple, Term] = field(default_factory=dict)

    def name(self, name: str) -> Term:
        return self._kept(("name", name), lambda: Term(self, "name", name=name))

    def number(self, value: float) -> Term:
        return self._kept(("number", float(value)), lambda: Term(self, "number", number=float(value)))

    def term(self, operation: str, *of: object) -> Term:
        parts = tuple(one if isinstance(one, Term) else self.number(one) for one in of)
        if all(one.operation == "number" for one in parts):
            return self.number(_evaluated(operation, [one.number for one in parts]))
        plain = self._simpler(operation, parts) or self._power(operation, parts) or self._larger(operation, parts)
        if plain is not None:
            return plain
        return self._kept((operation, *map(id, parts)), lambda: Term(self, operation, parts))

    def _kept(self, key: tuple, make) -> Term:
        if key not in self.terms:
            self.terms[key] = make()
        return self.terms[key]

    def _simpler(self, operation: str, parts: tuple[Term, ...]) -> Term | None:
        """What a sum with nothing or a product with one or nothing is."""
        value = [one.number if one.operation == "number" else None for one in parts]
        if operation == "*" and 0.0 in value:
            return self.number(0.0)
        if operation == "/" and value[0] == 0.0:
            return self.number(0.0)
        for k, nothing in ((0, {"+": 0.0, "*": 1.0}), (1, {"+": 0.0, "-": 0.0, "*": 1.0, "/": 1.0, "**": 1.0})):
            if len(parts) == 2 and operation in nothing and value[k] == nothing[operation]:
                return parts[1 - k]
        return None


    def _power(self, operation: str, parts: tuple[Term, ...]) -> Term | None:
        """A term times itself is its square, and a square times itself the fourth power, as steep curves are written."""
        if operation != "*" or parts[0] is not parts[1]:
            return None
        of = parts[0]
        if of.operation == "**" and of.of[1].operation == "number":
            return self.term("**", of.of[0], 2.0 * of.of[1].number)
        return self.term("**", of, 2.0)

    def _larger(self, operation: str, parts: tuple[Term, ...]) -> Term | None:
        """Half of a sum and the size of a difference is the larger of two; see `grammar.algebra`."""
        if operation != "*" or parts[0].number != 0.5 or parts[1].operation not in ("+", "-"):
            return None
        whole, (left, right) = parts[1], parts[1].of
        if right.operation != "abs":
            return None
        if left is right.of[0]:
            return self.term("max", left, 0.0) if whole.operation == "+" else None
        gap = right.of[0]
        if left.operation == "+" and gap.operation == "-" and left.of == gap.of:
            return self.term("max" if whole.operation == "+" else "min", *left.of)
        return None


def _evaluated(operation: str, of: list[float]) -> float:
    if len(of) == 2:
        a, b = of
        return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b, "**": lambda: a**b,
                "max": lambda: max(a, b), "min": lambda: min(a, b)}[operation]()  # fmt: skip
    return {"neg": lambda v: -v, "abs": abs, "exp": math.exp, "log": math.log, "sqrt": math.sqrt}[operation](of[0])


class _Named:
    """A record whose fields are names of the model, each written down with its value when it is first read."""

    def __init__(self, book: Book, prefix: str, record, noted: dict[str, float]) -> None:
        self._book, self._prefix, self._record, self._noted = book, prefix, record, noted

    def __getattr__(self, field_: str) -> Term:
        if field_.startswith("_"):
            raise AttributeError(field_)
        name = f"{self._prefix}{field_}"
        self._noted[name] = float(self._record[field_])
        return self._book.name(name)


@dataclass
class Core:
    """The equations of one person: states with their start, rate and unit; parameters with their value."""

    title: str
    states: dict[str, tuple[float, Term, str]]
    parameters: dict[str, float]
    outputs: dict[str, Term]  # what the lesions add up to


def core_of(world: World, row: int, title: str) -> Core:
    """The deterministic core of one person of a world, as they are now."""
    people, book, noted = world.people, Book(), {}
    y = Body(*(book.name(f"body_{name}") for name in Body._fields))
    rx = Effects(*(book.name(f"effect_{name}") for name in Effects._fields))
    noted |= {f"effect_{name}": 0.0 for name in Effects._fields}
    record = lambda prefix, rec: _Named(book, prefix, rec, noted)
    p, x = record("p_", world.numbers.params[people.set_of[row]]), record("trait_", people.traits[row])
    lesions = []
    for k in range(int(people.lesions[row])):
        own = f"lesion{k + 1}_"
        l = Lesion(*(book.name(own + name) for name in Lesion._fields))
        site = record(f"{own}site_", world.numbers.sites[people.site[row, k]])
        lesions.append((own, l, record(f"{own}trait_", people.lesion_traits[row, k]), site))
    sums = _fed_back(book, y, x, rx, p, lesions)
    states: dict[str, tuple[float, Term, str]] = {}
    pairs = [*rates.quick(y, x, rx, sums, p)._asdict().items(), *rates.slow(y, x, rx, sums, p)._asdict().items()]
    at = lambda name: float(people.body[row, Body._fields.index(name)])
    for name, (gain, loss) in pairs:
        states[f"body_{name}"] = (at(name), book.term("-", gain, getattr(y, name) * loss), _unit(Body, name))
    soil = rates.soil(y, x, rx, sums, p)
    for k, (own, l, t, site) in enumerate(lesions):
        changing = rates.lesion(l, soil, x, t, site, rx, p)._asdict()
        for i, name in enumerate(Lesion._fields):
            start = float(people.lesion[row, k, i])
            if name in changing:
                gain, loss = changing[name]
                states[own + name] = (start, book.term("-", gain, getattr(l, name) * loss), _unit(Lesion, name))
            else:
                noted[own + name] = start
    outputs = {f"sum_{name}": term for name, term in zip(Sums._fields, sums, strict=True) if isinstance(term, Term)}
    return Core(title, states, noted, outputs)


def _fed_back(book: Book, y: Body, x, rx: Effects, p, lesions: list) -> Sums:
    """What the lesions add up to. They feel the sums themselves, so they are reckoned until nothing changes any more."""
    sums = Sums(*(book.number(0.0) for _ in Sums._fields))
    for _ in range(PASSES):
        soil = rates.soil(y, x, rx, sums, p)
        each = [rates.contribution(l, y, soil, x, t, site, rx, p) for _, l, t, site in lesions]
        total = [book.number(0.0)] * len(Sums._fields)
        for one in each:
            for s, value in enumerate(one):
                value = value if isinstance(value, Term) else book.number(value)
                total[s] = _larger(total[s], value) if WORST[s] else total[s] + value
        before, sums = sums, Sums(*total)
        if all(a is b for a, b in zip(before, sums, strict=True)):
            return sums
    raise InputError("sbml", None, fix="the lesions feed back on themselves within a day; this is our fault, please report it")


def _larger(a: Term, b: Term) -> Term:
    return 0.5 * (a + b + abs(a - b))


def _unit(record: type, name: str) -> str:
    return units_of(record)[name].name


# ---- the document ---------------------------------------------------------------------------------------------------


def document(core: Core) -> str:
    """The core as an SBML document."""
    wanted = [*(rate for _, rate, _ in core.states.values()), *core.outputs.values()]
    named = _shared(wanted)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<sbml xmlns="{SBML}" level="3" version="2">',
        f'<model id="seedsoil_core" name={quoteattr(core.title)}>',
        "<notes><body xmlns=\"http://www.w3.org/1999/xhtml\"><p>A virtual person, not a real one. Research use, not for care. "
        "Time in days.</p></body></notes>",
        "<listOfParameters>",
    ]  # fmt: skip
    lines += [_parameter(name, start, False, unit) for name, (start, _, unit) in core.states.items()]
    lines += [_parameter(name, value, True) for name, value in core.parameters.items()]
    lines += [_parameter(name, None, False) for name in (*named.values(), *core.outputs)]
    lines += ["</listOfParameters>", "<listOfRules>"]
    for term, name in named.items():
        lines.append(_rule("assignmentRule", name, _math(term, named, whole=True)))
    for name, term in core.outputs.items():
        lines.append(_rule("assignmentRule", name, _math(term, named)))
    for name, (_, rate, _) in core.states.items():
        lines.append(_rule("rateRule", name, _math(rate, named)))
    lines += ["</listOfRules>", "</model>", "</sbml>", ""]
    return "\n".join(lines)


def _shared(wanted: list[Term]) -> dict[Term, str]:
    """Terms that are used more than once, each with a name; parts come before what is made of them."""
    uses: dict[int, int] = {}
    order: list[Term] = []
    stack = [(term, False) for term in reversed(wanted)]
    while stack:
        term, done = stack.pop()
        if done:
            order.append(term)
            continue
        uses[id(term)] = uses.get(id(term), 0) + 1
        if uses[id(term)] == 1 and term.of:
            stack.append((term, True))
            stack += [(part, False) for part in reversed(term.of)]
    many = [term for term in order if uses[id(term)] > 1]
    return {term: f"part{number}" for number, term in enumerate(many, 1)}


def _parameter(name: str, value: float | None, constant: bool, unit: str = "") -> str:
    start = "" if value is None else f' value="{value!r}"'
    said = f" name={quoteattr(f'{name} [{unit}]')}" if unit else ""
    return f'<parameter id="{name}"{said}{start} constant="{str(constant).lower()}"/>'


def _rule(kind: str, name: str, math_: str) -> str:
    return f'<{kind} variable="{name}"><math xmlns="{MATHML}">{math_}</math></{kind}>'


def _math(term: Term, named: dict[Term, str], whole: bool = False) -> str:
    if term in named and not whole:
        return f"<ci>{named[term]}</ci>"
    if term.operation == "name":
        return f"<ci>{term.name}</ci>"
    if term.operation == "number":
        return f"<cn>{term.number!r}</cn>" if "e" not in repr(term.number) else _scientific(term.number)
    return f"<apply><{OPERATORS[term.operation]}/>{''.join(_math(part, named) for part in term.of)}</apply>"


def _scientific(value: float) -> str:
    head, _, tail = repr(value).partition("e")
    return f'<cn type="e-notation">{head}<sep/>{int(tail)}</cn>'


def newcomer(cancer: str, seed: int, person: int = 0) -> World:
    """A world of one person on the day after their bone metastases were found."""
    world = newly_found(mixture_of(cancer), np.array([person]), seed, parameters.typical(), 0)
    world.advance(events=False)
    return world


def of_newcomer(cancer: str, seed: int, person: int = 0) -> Core:
    """The core of one person newly found to have bone metastases."""
    world = newcomer(cancer, seed, person)
    bones = skeleton.bones()
    sites = ", ".join(bones[int(s)].label for s in world.people.site[0, : world.people.lesions[0]])
    return core_of(world, 0, f"{cancer} cancer, seed {seed}, person {person}: lesions in {sites}")
