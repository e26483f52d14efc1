"""The checker: does a resource keep the rules of the profile that it names?

Read from the cut-down snapshots in data/fhir. Checked are cardinality, slices included, the types a choice allows, fixed and
pattern values, required value sets that can be listed, what a reference may lead to, elements that nobody knows, and the form of
dates, codes and numbers. Not checked: invariants in FHIRPath, terminology that cannot be listed (`unchecked`).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from seedsoil.grammar.tables import data_file

BASE = "http://hl7.org/fhir/StructureDefinition/"
RULES = ("cardinality", "slice", "choice", "fixed", "pattern", "value set", "reference", "unknown element", "form", "profile")
_TIME, _ZONE = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?", r"(Z|[+-]\d\d:\d\d)"
FORMS = {
    "boolean": None, "integer": None, "decimal": None, "unsignedInt": None, "positiveInt": None,
    "date": re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"),
    "dateTime": re.compile(rf"\d{{4}}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T{_TIME}{_ZONE})?)?)?"),
    "instant": re.compile(rf"\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T{_TIME}{_ZONE}"),
    "time": re.compile(_TIME),
    "code": re.compile(r"\S+( \S+)*"), "id": re.compile(r"[A-Za-z0-9\-.]{1,64}"),
    "uri": re.compile(r"\S+"), "url": re.compile(r"\S+"), "canonical": re.compile(r"\S+"),
    "oid": re.compile(r"urn:oid:[0-2](\.\d+)+"),
    "uuid": re.compile(r"urn:uuid:[0-9a-f\-]{36}"), "base64Binary": re.compile(r"[\sA-Za-z0-9+/=]*"),
    "string": re.compile(r"[\s\S]*\S[\s\S]*"), "markdown": re.compile(r"[\s\S]*\S[\s\S]*"), "xhtml": re.compile(r"<div[\s\S]*"),
    "System.String": re.compile(r"[\s\S]*\S[\s\S]*"),
}  # fmt: skip


class Issue(NamedTuple):
    """One rule that a resource breaks."""

    where: str
    rule: str  # one of RULES
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why} ({self.rule})"


class Node:
    """One element of a profile, with the elements in it and the slices of it."""

    __slots__ = ("at", "children", "name", "slices")

    def __init__(self, name: str, at: dict) -> None:
        self.name, self.at = name, at
        self.children: dict[str, Node] = {}
        self.slices: list[Node] = []

    @property
    def many(self) -> bool:
        return bool(self.at.get("many"))

    @property
    def most(self) -> float:
        return float("inf") if self.at["max"] == "*" else int(self.at["max"])


Find = Callable[[str], dict | None]  # reference -> the resource it leads to, None where that is not at hand


@functools.cache
def _raw() -> dict[str, dict]:
    return {p["url"]: p for p in json.loads(data_file("fhir", "profiles.json").read_text("utf-8"))}


@functools.cache
def lineage() -> dict[str, list[str]]:
    """Type and ancestors of every profile that a reference may name."""
    return json.loads(data_file("fhir", "lineage.json").read_text("utf-8"))


@functools.cache
def _value_sets() -> dict[str, dict[str, frozenset[str]] | None]:
    raw = json.loads(data_file("fhir", "valuesets.json").read_text("utf-8"))
    return {url: listed and {system: frozenset(codes) for system, codes in listed.items()} for url, listed in raw.items()}


def unchecked() -> list[str]:
    """Required value sets whose codes cannot be listed, so that nobody checks them here."""
    return sorted(url for url, listed in _value_sets().items() if listed is None)


def known(url: str) -> bool:
    """Whether the checker has this profile."""
    return url in _raw()


@functools.cache
def tree(url: str) -> Node:
    """A profile as a tree of elements."""
    raw = _raw()[url]
    first, *rest = raw["elements"]
    root = Node(raw["type"], first)
    for element in rest:
        node = root
        for part in element["id"].split(".")[1:-1]:
            node = _step(node, part)
        name, _, piece = element["id"].split(".")[-1].partition(":")
        if piece:
            node.children[name].slices.append(Node(piece, element))
        else:
            node.children[name] = Node(name, element)
    return root


def _step(node: Node, part: str) -> Node:
    name, _, piece = part.partition(":")
    node = node.children[name]
    return next(s for s in node.slices if s.name == piece) if piece else node


# ---- what is checked ------------------------------------------------------------------------------------------------


def check_bundle(bundle: dict) -> list[Issue]:
    """A bundle and every resource in it."""
    held = {}
    for entry in bundle.get("entry", []):
        resource = entry.get("resource", {})
        held[entry.get("fullUrl")] = held[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
    out = check(bundle, held.get)
    for entry in bundle.get("entry", []):
        out += check(entry.get("resource", {}), held.get)
    return out


def check(resource: dict, find: Find = lambda reference: None) -> list[Issue]:
    """A resource against every profile it names; one that names none, or none that is known, breaks a rule too."""
    kind = resource.get("resourceType")
    where = f"{kind}/{resource.get('id', '?')}"
    named = resource.get("meta", {}).get("profile", [])
    if not named:
        return [Issue(where, "profile", "it names no profile")]
    out = [Issue(where, "profile", f"{url} is not a profile known here") for url in named if not known(url)]
    for url in filter(known, named):
        out += conform(resource, url, find, where)
    return list(dict.fromkeys(out))


def conform(resource: dict, url: str, find: Find, where: str = "") -> Iterator[Issue]:
    """A resource against one profile."""
    where = where or f"{resource.get('resourceType')}/{resource.get('id', '?')}"
    if resource.get("resourceType") != _raw()[url]["type"]:
        yield Issue(where, "profile", f"a {resource.get('resourceType')} cannot be a {url.rpartition('/')[2]}")
        return
    yield from Checking(url, find).inside(resource, tree(url), where)


class Checking:
    """One pass over a resource with one profile."""

    def __init__(self, url: str, find: Find, pending: frozenset = frozenset()) -> None:
        self.root, self.find, self.pending = tree(url), find, pending

    def inside(self, value: dict, node: Node, where: str, only: bool = False) -> Iterator[Issue]:
        """The elements in an object. `only`: a slice, of which just what it says itself is checked."""
        expected = {"resourceType", "fhir_comments"} if where.count(".") == 0 or "resourceType" in value else set()
        for child in node.children.values():
            items, names = _items(value, child)
            expected |= names
            yield from self._child(child, items, value, f"{where}.{child.name}")
        if only:
            return
        for name in value:
            if name.removeprefix("_") not in expected:
                rule = "choice" if _is_choice(name, node) else "unknown element"
                yield Issue(f"{where}.{name}", rule, "it is not allowed here")

    def _child(self, node: Node, items: list[tuple[object, str]], parent: dict, where: str) -> Iterator[Issue]:
        count = len(items)
        if count < node.at["min"]:
            yield Issue(where, "cardinality", f"there are {count}, at least {node.at['min']} needed")
        if count > node.most:
            yield Issue(where, "cardinality", f"there are {count}, at most {node.at['max']} allowed")
        held = parent.get(node.name)
        if held is not None and isinstance(held, list) != node.many and not node.name.endswith("[x]"):
            yield Issue(where, "form", "a list is needed" if node.many else "a single value is needed")
            return
        for i, (item, kind) in enumerate(items):
            yield from self.value(item, node, kind, f"{where}[{i}]" if node.many else where)
        if node.slices:
            yield from self._sliced(node, items, where)

    def value(self, item: object, node: Node, kind: str, where: str, only: bool = False) -> Iterator[Issue]:
        """One value against one element."""
        yield from _fits(item, node.at, where)
        if node.at.get("binding") and not _bound(item, node.at["binding"]):
            yield Issue(where, "value set", f"its code is not in {node.at['binding']}")
        if kind in FORMS:
            if not _formed(item, kind):
                yield Issue(where, "form", f"{str(item)[:40]!r} is no {kind}")
            return
        if not isinstance(item, dict):
            yield Issue(where, "form", f"{str(item)[:40]!r} is no {kind or 'object'}")
            return
        if kind == "Reference":
            yield from self._leads(item, node, where)
        content = node.at.get("content")
        if content:
            node = functools.reduce(_step, content.split(".")[1:], self.root)
        if node.children:
            yield from self.inside(item, node, where, only)
        for url in self._own_profiles(item, node, kind, only):
            yield from Checking(url, self.find, self.pending).inside(item, tree(url), where)

    def _own_profiles(self, item: dict, node: Node, kind: str, only: bool) -> list[str]:
        """The profiles of a value itself: those of its type in this place, that of an extension, or else the bare type."""
        if kind == "Resource" or item.get("resourceType"):
            return []
        urls = [url for url in node.at.get("types", {}).get(kind, {}).get("profile", []) if known(url)]
        if only:
            return urls
        if kind == "Extension" and isinstance(item.get("url"), str) and known(item["url"]):
            return [item["url"]]
        return urls or ([BASE + kind] if not node.children and known(BASE + kind) else [])

    def _leads(self, item: dict, node: Node, where: str) -> Iterator[Issue]:
        """Whether a reference leads to what it may."""
        allowed = node.at.get("types", {}).get("Reference", {}).get("target")
        words = item.get("reference")
        if not allowed or not isinstance(words, str) or words.startswith("#"):
            return
        target = self.find(words)
        kind = (target or {}).get("resourceType") or (words.split("/")[-2] if words.count("/") and ":" not in words else None)
        if kind is None:
            return
        if not any(self._may_be(url, kind, target) for url in allowed):
            names = " or ".join(url.rpartition("/")[2] for url in allowed)
            yield Issue(where, "reference", f"it leads to {words[:80]!r}; allowed is {names}")

    def _may_be(self, url: str, kind: str, target: dict | None) -> bool:
        """Whether a target may stand where `url` is asked for: its type is right and, where at hand, its profile."""
        line = lineage().get(url)
        wanted = line[0] if line else url.rpartition("/")[2]
        if wanted not in ("Resource", kind):
            return False
        if target is None or line is None or url == BASE + kind:
            return True
        named = target.get("meta", {}).get("profile", [])
        if any(url == name or url in lineage().get(name, ()) for name in named):
            return True
        key = (id(target), url)
        if not known(url) or key in self.pending:
            return True
        return not any(Checking(url, self.find, self.pending | {key}).inside(target, tree(url), kind))

    # ---- slices -----------------------------------------------------------------------------------------------------

    def _sliced(self, node: Node, items: list[tuple[object, str]], where: str) -> Iterator[Issue]:
        slicing = node.at.get("slicing", {"by": [["type", "$this"]], "rules": "open"})
        taken: dict[str, int] = {s.name: 0 for s in node.slices}
        for i, (item, kind) in enumerate(items):
            mine = next((s for s in node.slices if _in_slice(item, kind, s, slicing["by"])), None)
            if mine is not None:
                taken[mine.name] += 1
                yield from self.value(item, mine, kind, f"{where}[{i}]:{mine.name}", only=True)
            elif slicing["rules"] == "closed":
                yield Issue(f"{where}[{i}]", "slice", "no slice takes it")
        for piece in node.slices:
            if taken[piece.name] < piece.at["min"]:
                yield Issue(f"{where}:{piece.name}", "slice", f"there are {taken[piece.name]}, at least {piece.at['min']} needed")
            if taken[piece.name] > piece.most:
                yield Issue(f"{where}:{piece.name}", "slice", f"there are {taken[piece.name]}, at most {piece.at['max']} allowed")


def _items(value: dict, node: Node) -> tuple[list[tuple[object, str]], set[str]]:
    """The values an object has of one element, each with its type; and the names under which they may stand."""
    types = list(node.at.get("types", {})) or ["BackboneElement" if node.children or node.at.get("content") else "Element"]
    if not node.name.endswith("[x]"):
        found = value.get(node.name)
        if found is None:
            found = value.get(f"_{node.name}") and [value[f"_{node.name}"]]
            return [(item, "Element") for item in found or []], {node.name}
        return [(item, types[0]) for item in (found if isinstance(found, list) else [found])], {node.name}
    stem = node.name.removesuffix("[x]")
    names = {stem + code[0].upper() + code[1:]: code for code in types}
    return [(value[name], code) for name, code in names.items() if name in value], set(names)


def _is_choice(name: str, node: Node) -> bool:
    return any(c.endswith("[x]") and re.fullmatch(c.removesuffix("[x]") + r"[A-Z]\w*", name) for c in node.children)


def _fits(item: object, at: dict, where: str) -> Iterator[Issue]:
    if "fixed" in at and item != at["fixed"]:
        yield Issue(where, "fixed", f"it must be {json.dumps(at['fixed'])[:120]}")
    if "pattern" in at and not _matches(item, at["pattern"]):
        yield Issue(where, "pattern", f"it must contain {json.dumps(at['pattern'])[:160]}")


def _matches(item: object, pattern: object) -> bool:
    """Whether everything in a pattern is also in the value."""
    if isinstance(pattern, dict):
        return isinstance(item, dict) and all(key in item and _matches(item[key], wanted) for key, wanted in pattern.items())
    if isinstance(pattern, list):
        return isinstance(item, list) and all(any(_matches(one, wanted) for one in item) for wanted in pattern)
    return item == pattern


def _bound(item: object, url: str) -> bool:
    """Whether a code, Coding, CodeableConcept or Quantity is in a value set, where its codes can be listed."""
    listed = _value_sets().get(url)
    if listed is None:
        return True
    if isinstance(item, str):
        return any(item in codes for codes in listed.values())
    if not isinstance(item, dict):
        return False
    codings = item.get("coding", [item] if "code" in item else None)
    if codings is None:
        return False
    return any(isinstance(c, dict) and c.get("code") in listed.get(c.get("system"), ()) for c in codings)


def _formed(item: object, kind: str) -> bool:
    form = FORMS[kind]
    if form is not None:
        return isinstance(item, str) and form.fullmatch(item) is not None
    if kind == "boolean":
        return isinstance(item, bool)
    if isinstance(item, bool) or not isinstance(item, int if kind != "decimal" else int | float):
        return False
    return item >= {"unsignedInt": 0, "positiveInt": 1}.get(kind, float("-inf"))


# ---- which slice a value is in --------------------------------------------------------------------------------------


def _in_slice(item: object, kind: str, piece: Node, by: list[list[str]]) -> bool:
    return bool(by) and all(_told_apart(item, kind, piece, how, path) for how, path in by)


def _told_apart(item: object, kind: str, piece: Node, how: str, path: str) -> bool:
    steps = [] if path == "$this" else path.split(".")
    if how == "type":
        found = [item] if not steps else list(_values(item, steps))
        wanted = set(_constraint(piece, steps).get("types", {}))
        if steps or kind == "Resource":
            return any(isinstance(v, dict) and (v.get("resourceType") in wanted or "Resource" in wanted) for v in found)
        return kind in wanted
    at = _constraint(piece, steps)
    if how not in ("value", "pattern"):
        return False
    found = [item] if not steps else list(_values(item, steps))
    if "fixed" in at:
        return at["fixed"] in found
    if "pattern" in at:
        return any(_matches(v, at["pattern"]) for v in found)
    if "binding" in at and _value_sets().get(at["binding"]) is not None:
        return any(_bound(v, at["binding"]) for v in found)
    if path == "url":
        profiles = [url for more in piece.at.get("types", {}).values() for url in more.get("profile", [])]
        return any(v in profiles for v in found)
    return False


def _values(item: object, steps: list[str]) -> Iterator[object]:
    if isinstance(item, list):
        for one in item:
            yield from _values(one, steps)
    elif not steps:
        yield item
    elif isinstance(item, dict):
        yield from _values(item.get(steps[0]), steps[1:])


def _constraint(piece: Node, steps: list[str]) -> dict:
    """What a slice says of the element by which it is told apart; its own words first, then those of its type's profile."""
    node = piece
    for i, step in enumerate(steps):
        child = node.children.get(step) or node.children.get(f"{step}[x]")
        if child is None:
            for more in node.at.get("types", {}).values():
                for url in more.get("profile", []):
                    if known(url):
                        return _constraint(tree(url), steps[i:])
            return {}
        node = child
    return node.at
