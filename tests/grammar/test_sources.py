"""Every source that a number names is in the list of sources, and the list is sound."""

import csv
import re
import tomllib
from collections import defaultdict

from seedsoil.grammar.tables import data_file

KEY = re.compile(r"[a-z][a-z0-9_]*")
# a list of codes may say in words where a code was seen, instead of naming a source
SEEN_IN = re.compile(r" |^recalled$|^charts$")
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$")


def _bibliography() -> list[tuple[str, str, dict[str, str]]]:
    """(kind, key, fields) of every entry; the file keeps one field a line."""
    text = data_file("sources.bib").read_text("utf-8")
    found = []
    for kind, key, body in re.findall(r"^@(\w+)\{([^,\n]*),\n(.*?)^\}$", text, flags=re.M | re.S):
        lines = [FIELD.match(line) for line in body.splitlines()]
        assert all(lines), f"{key}: a line is not `  name = {{...}},`"
        found.append((kind, key, {m[1]: m[2] for m in lines if m}))
    assert len(found) == len(re.findall(r"^@", text, flags=re.M)), "an entry is not closed"
    return found


def _split(value) -> list[str]:
    parts = value if isinstance(value, list) else re.split(r"[;,]", str(value))
    return [str(p).strip() for p in parts if str(p).strip()]


def _named_in(body, where: str, found: dict[str, set[str]]) -> None:
    if isinstance(body, list):
        for item in body:
            _named_in(item, where, found)
    elif isinstance(body, dict):
        for name, value in body.items():
            if (name in ("source", "sources") or name.endswith("_source")) and not isinstance(value, dict):
                for key in _split(value):
                    found[key].add(where)
            else:
                _named_in(value, where, found)


def _used() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    # a trial file cites its own paper, and says of each fact where in it that stands
    for path in set(data_file().rglob("*.toml")) - set(data_file().glob("trials/**/*")):
        _named_in(tomllib.loads(path.read_text("utf-8")), path.name, found)
    for path in data_file().rglob("*.csv"):
        with open(path, encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                for key in _split(row.get("source") or ""):
                    if not (path.name == "codes.csv" and SEEN_IN.search(key)):
                        found[key].add(path.name)
    return found


def test_every_source_that_a_table_names_is_in_the_bibliography():
    known = {key for _, key, _ in _bibliography()}
    missing = {key: sorted(files) for key, files in _used().items() if key not in known}
    assert not missing, f"add these to sources.bib: {missing}"


def test_every_source_that_a_published_score_names_is_in_the_bibliography():
    known = {key for _, key, _ in _bibliography()}
    missing = {}
    for path in data_file().parent.rglob("*.py"):
        named = re.findall(r"""@published\(\s*["']([^"']+)["']""", path.read_text("utf-8"))
        missing |= {key: path.name for key in named if key not in known}
    assert known and not missing, f"add these to sources.bib: {missing}"


def test_the_bibliography_has_each_key_once_and_well_formed():
    keys = [key for _, key, _ in _bibliography()]
    assert len(keys) > 100
    assert not {k for k in keys if keys.count(k) > 1}
    assert all(KEY.fullmatch(k) for k in keys)


def test_every_entry_names_author_title_and_year():
    for kind, key, fields in _bibliography():
        assert kind in {"article", "misc", "book"}, key
        assert {"author", "title", "year"} <= fields.keys(), key
        assert all(v.strip() for v in fields.values()), key
        assert re.fullmatch(r"(19|20)\d\d|n\.d\.", fields["year"]), key
        assert kind != "article" or fields.get("journal"), key
        assert all(v.count("{") == v.count("}") for v in fields.values()), key


def test_identifiers_of_papers_have_their_usual_shape_and_belong_to_one_paper():
    shapes = {"doi": r"10\.\d{4,9}/\S+", "pmid": r"\d{7,8}", "pmcid": r"PMC\d{6,8}"}
    for name, shape in shapes.items():
        given = {key: fields[name] for _, key, fields in _bibliography() if name in fields}
        assert given
        assert all(re.fullmatch(shape, v) for v in given.values()), name
        assert len(set(given.values())) == len(given), f"two entries share one {name}"


def test_our_own_assumptions_have_a_key_of_their_own():
    assert any(key == "seedsoil" for _, key, _ in _bibliography())
    assert _used()["seedsoil"]
