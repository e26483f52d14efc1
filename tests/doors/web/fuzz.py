"""Requests that nobody would send, as many as one likes; none may end in a fault of ours.

    python -m tests.doors.web.fuzz 10000

Deterministic: the n-th request is always the same.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import httpx
from starlette.testclient import TestClient
from tests.doors.web.page import COMPLAINTS, page

from seedsoil.doors.web.app import OPERATIONS
from seedsoil.doors.web.desk import cases

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
WORDS = (
    "", "0", "-1", "null", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "a" * 3000, "chart-" + "0" * 16, "job-" + "f" * 16,
    "' OR 1=1 --", "<script>", "\u202e", "💀", "saad2002", "NaN", "%ff%fe", "constructor", "__proto__",
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 1e308, 10**40, 0.1, "", "standard", "x" * 5000, "\ud800", [], {}, [[]], {"a": {"b": {}}}, "2024-13-45",
    float("nan"), float("inf"),
)  # fmt: skip
NAMES = ("name", "orders", "do", "what", "day", "care", "site", "dose_gy")
KINDS = (
    "application/json", "text/plain", "application/toml", "application/fhir+json", "multipart/form-data", "", "application/json; x",
)  # fmt: skip
HEADERS = (
    {}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"},
    {"Cookie": "seedsoil-session=" + "A" * 43}, {"Cookie": "seedsoil-session=\xff"}, {"Range": "bytes=0-0,5-99999999999"},
    {"Content-Length": "99999999999"}, {"If-None-Match": "*"}, {"Accept-Encoding": "gzip;q=NaN"}, {"Authorization": "Bearer \xe9"},
)  # fmt: skip


def request(n: int) -> dict:
    """The n-th request."""
    luck = random.Random(n)
    operation = luck.choice(OPERATIONS)
    path = operation.path
    for name in ("{chart}", "{job}", "{person}", "{trial}"):
        path = path.replace(name, luck.choice(WORDS))
    if luck.random() < 0.15:
        path = "/" + "/".join(luck.choice((*WORDS, "static", "api", "enter")) for _ in range(luck.randint(1, 4)))
    out: dict = {"method": operation.method if luck.random() < 0.75 else luck.choice(METHODS), "path": path}
    out["headers"] = dict(luck.choice(HEADERS)) if luck.random() < 0.3 else {}
    if out["method"] not in ("GET", "HEAD"):
        out["headers"].setdefault("Content-Type", "application/json" if luck.random() < 0.7 else luck.choice(KINDS))
        out["body"] = body(luck, operation)
    return out


def body(luck: random.Random, operation) -> bytes:
    """Something to send: JSON of nearly the right shape, of a wrong one, a mangled chart, or bytes."""
    kind = luck.random()
    if kind < 0.5 and operation.body is not None:
        fields = list(operation.body.model_fields)
        return text({name: value(luck, 3) for name in fields if luck.random() < 0.7} | ({"x": 1} if luck.random() < 0.1 else {}))
    if kind < 0.7:
        return text(value(luck, 4))
    if kind < 0.85:
        chart = luck.choice([path.read_bytes() for path in cases().values()])
        cut = luck.randrange(len(chart))
        return chart[:cut] + luck.choice([b"", b"\x00", b'"}]}', b"[[[["]) + chart[cut + luck.randrange(200) :]
    noise = luck.randbytes(luck.randint(0, 200))
    return luck.choice([noise, b"[" * 100_000, b'{"a":' * 20_000, b"\xef\xbb\xbf{}", b"1e999", b'"\\ud800"'])


def value(luck: random.Random, depth: int):
    """Any JSON value, and some that are none."""
    if depth and luck.random() < 0.4:
        return {luck.choice(NAMES): value(luck, depth - 1) for _ in range(3)}
    if depth and luck.random() < 0.3:
        return [value(luck, depth - 1) for _ in range(luck.randint(0, 3))]
    return luck.choice((*VALUES, "start", "zoledronate", "none", "breast", 20, 1))


def text(document) -> bytes:
    import json

    return json.dumps(document).encode("utf-8", "surrogatepass")


def send(client: TestClient, n: int) -> tuple[int, bytes]:
    """Send the n-th request; its status and answer."""
    asked = request(n)
    headers = {k: v.encode("latin-1", "replace").decode("latin-1") for k, v in asked["headers"].items()}
    path = asked["path"].encode("utf-8", "replace").decode("utf-8")
    answer = client.request(asked["method"], path, content=asked.get("body"), headers=headers)
    return answer.status_code, answer.content


def run(client: TestClient, numbers, user_paths: tuple[bytes, ...]) -> Counter:
    """Send many; fails on a fault of ours, or on a path of the user's machine in an answer."""
    seen: Counter = Counter()
    for n in numbers:
        try:
            status, content = send(client, n)
        except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeError):  # the client itself would not send it
            seen["not sent"] += 1
            continue
        assert status < 500, (n, request(n), content[:300])
        assert not any(path in content for path in user_paths), (n, content[:300])
        seen[status] += 1
    assert COMPLAINTS == [], COMPLAINTS
    return seen


def main() -> None:
    """Send as many as asked for."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder, page(Path(folder)) as client:
        client.get("/")
        print(run(client, range(many), (folder.encode(), str(Path.cwd()).encode())))


if __name__ == "__main__":
    main()
