"""Who may ask, what comes back, and what never does."""

from __future__ import annotations

import re
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.doors.web import fuzz
from tests.doors.web.page import CASE, COMPLAINTS, HOST, page, visitor

from seedsoil.doors.web import app as web
from seedsoil.doors.web import guard, server
from seedsoil.errors import InputError

TOKEN = "correct-horse-battery"
SERVED = sorted(path for path in web.STATIC.rglob("*") if path.is_file())


@pytest.fixture
def client(tmp_path: Path):
    with page(tmp_path) as one:
        yield one
    assert COMPLAINTS == []


def test_what_belongs_to_one_session_is_not_there_for_another(client: TestClient) -> None:
    chart = client.post("/api/cases", json={"case": CASE}).json()["id"]
    asked = {"plans": [{"name": "none", "care": "none"}], "years": 0.25, "twins": 20}
    job = client.post(f"/api/charts/{chart}/forecasts", json=asked).json()["job"]
    person = client.post("/api/people", json={"cancer": "breast", "seed": 12}).json()["id"]
    other = visitor(client)
    other.get("/")
    paths = [f"/api/charts/{chart}", f"/api/charts/{chart}/pages/patient", f"/api/jobs/{job}", f"/api/jobs/{job}/result"]
    paths += [f"/api/jobs/{job}/events", f"/api/people/{person}/observe", f"/api/people/{person}/truth"]
    assert [other.get(path).status_code for path in paths] == [404] * len(paths)
    assert other.delete(f"/api/jobs/{job}").status_code == 404
    assert other.delete(f"/api/charts/{chart}").status_code == 204 and client.get(f"/api/charts/{chart}").status_code == 200
    assert other.get("/api/charts").json() == {"charts": []} and other.get("/api/jobs").json() == {"jobs": []}
    client.delete(f"/api/jobs/{job}")


def test_forgetting_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    with page(tmp_path) as client:
        chart = client.post("/api/cases", json={"case": CASE}).json()["id"]
        assert client.delete("/api/session").status_code == 204
        assert client.get(f"/api/charts/{chart}").status_code == 404
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert chart.encode() not in stored


def test_a_deleted_chart_takes_its_forecasts_with_it(client: TestClient) -> None:
    chart = client.post("/api/cases", json={"case": CASE}).json()["id"]
    asked = {"plans": [{"name": "none", "care": "none"}], "years": 0.25, "twins": 20}
    job = client.post(f"/api/charts/{chart}/forecasts", json=asked).json()["job"]
    assert client.delete(f"/api/charts/{chart}").status_code == 204
    assert client.get(f"/api/charts/{chart}").status_code == 404 and client.get(f"/api/jobs/{job}").status_code == 404


def test_the_data_folder_is_the_user_s_own(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with page(folder) as client:
        client.get("/")
        assert folder.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_a_second_page_over_the_same_data_is_refused(tmp_path: Path) -> None:
    with page(tmp_path), pytest.raises(InputError, match="another page is running"), page(tmp_path):
        pass


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{HOST}.evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_requests_of_other_sites_are_refused(client: TestClient, headers: dict) -> None:
    assert client.post("/api/cases", json={"case": CASE}, headers=headers).status_code == 403
    assert client.get("/api/charts", headers=headers).status_code == 403
    assert client.get("/api/charts", headers={"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_another_name_for_this_computer_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example:8765"}).status_code == 421
    assert client.get("/", headers={"Host": "localhost:8765"}).status_code == 200


def test_a_link_to_the_page_may_be_followed_from_elsewhere_but_not_embedded(client: TestClient) -> None:
    navigation = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=navigation).status_code == 200
    answer = client.get("/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/api", "/api/nothing", "/enter"])
def test_every_answer_binds_the_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


def test_uploads_are_bounded_in_size_and_kind(client: TestClient) -> None:
    large = b"{" + b" " * guard.MOST_BODY
    assert client.post("/api/charts", content=large, headers={"content-type": "application/json"}).status_code == 413
    chunks = (b" " * 2**20 for _ in range(7))  # no length announced
    assert client.post("/api/charts", content=chunks, headers={"content-type": "application/json"}).status_code == 413
    assert client.post("/api/charts", content=b"x", headers={"content-type": "image/png"}).status_code == 415
    assert client.post("/api/cases", content=b"{}", headers={"content-type": "text/plain"}).status_code == 415


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"\x80\x81", b'{"resourceType": "Bundle"}', b"[" * 100_000, b'schema = "seedsoil.patient/1"', b"a = ["],
)
def test_a_file_that_is_no_chart_is_refused_with_a_sentence(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/charts", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and len(answer.json()["trouble"]["said"]) > 15


def test_a_thousand_odd_requests_find_no_fault(tmp_path: Path) -> None:
    with page(tmp_path) as client:
        client.get("/")
        seen = fuzz.run(client, range(1000), (str(tmp_path).encode(), str(Path.cwd()).encode()))
    assert sum(seen.values()) == 1000 and seen["not sent"] < 150


def test_a_hundred_visitors_at_once_each_see_their_own(client: TestClient) -> None:
    found: list[tuple[str, list[str]]] = []

    def visit() -> None:
        one = visitor(client)
        key = one.post("/api/cases", json={"case": CASE}).json()["id"]
        found.append((key, [c["id"] for c in one.get("/api/charts").json()["charts"]]))

    threads = [threading.Thread(target=visit) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for key, _ in found}) == 100
    assert all(own == [key] for key, own in found)


# ---- nothing from the network ----------------------------------------------------------------------------------------


class Fetched(HTMLParser):
    """Everything that a page makes a browser fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        sources = ("src", "srcset", "data", "action", "poster")
        self.found += [v or "" for k, v in attrs if k in sources or (k == "href" and tag == "link")]
        self.inline += [k for k in given if k.startswith("on") or k == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_no_served_file_fetches_anything_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s\"'`)]*", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "//www.w3.org/2000/svg"}, addresses
    assert not re.search(r"@import|@font-face|url\(\s*['\"]?(?!#|\$)", text), "a style that fetches"
    assert not re.search(r"\b(eval|Function)\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|sendBeacon|WebSocket", text)
    if path.suffix == ".js":
        fetched = re.findall(r"\b(?:fetch|import|EventSource)\(\s*([^)]*)\)", text) + re.findall(r"from \"([^\"]+)\"", text)
        own = re.compile(r"(\./[\w-]+\.js|\"\./[\w-]+\.js\"|path, options|`/api/[^`]*`)")
        assert [f for f in fetched if not own.fullmatch(f.strip())] == []
    if path.suffix == ".html":
        parser = Fetched()
        parser.feed(text)
        assert parser.inline == []
        assert all(link.startswith("/") and not link.startswith("//") for link in parser.found)


def test_the_first_page_is_small(client: TestClient) -> None:
    names = {"/", "/static/base.css", "/static/page.css", "/static/print.css", "/static/mark.svg", "/api/cases", "/api/charts"}
    for name in ("app", "api", "elements", "patient", "curves", "outcomes", "plans", "progress", "skeleton", "timeline"):
        names.add(f"/static/{name}.js")
    answers = [client.get(name) for name in names]
    assert all(answer.status_code == 200 for answer in answers)
    assert sum(len(answer.content) for answer in answers) < 500_000


# ---- open to the network ---------------------------------------------------------------------------------------------


def test_another_address_demands_the_token(tmp_path: Path) -> None:
    with page(tmp_path, address="0.0.0.0", token=TOKEN) as client:
        assert client.get("/api/cases").status_code == 401
        assert client.get("/static/app.js").status_code == 401
        assert client.get("/", follow_redirects=False).headers["location"] == "/enter"
        assert client.post("/enter", data={"token": "wrong"}).status_code == 401
        assert client.get("/api/cases").status_code == 401
        assert client.post("/enter", data={"token": TOKEN}, follow_redirects=False).status_code == 303
        assert client.get("/api/cases").status_code == 200
        program = visitor(client)
        assert program.get("/api/cases", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert TOKEN not in client.get("/enter").text


def test_only_this_computer_needs_no_token() -> None:
    assert all(guard.is_loopback(a) for a in ("127.0.0.1", "localhost", "::1", "127.0.0.2"))
    assert not any(guard.is_loopback(a) for a in ("0.0.0.0", "::", "192.168.1.4", "example.org", ""))


def test_a_weak_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDSOIL_TOKEN", "short")
    with pytest.raises(InputError, match="SEEDSOIL_TOKEN"):
        server.token_for_the_network()
    monkeypatch.delenv("SEEDSOIL_TOKEN")
    assert server.token_for_the_network() != server.token_for_the_network()


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    first = server.listening("127.0.0.1", 0)
    with pytest.raises(InputError, match="--port"):
        server.listening("127.0.0.1", first.getsockname()[1])
    first.close()
