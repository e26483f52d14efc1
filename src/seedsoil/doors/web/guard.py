"""Who may ask, and what the browser may do with the answer: the outermost layer of the page."""

from __future__ import annotations

import hmac
import ipaddress
import json
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 5 * 2**20  # bytes of a chart; what is asked for in JSON is far smaller
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
TOKEN_COOKIE = "seedsoil-token"
ENTRANCE = "/enter"
OPEN_TO_ALL = (ENTRANCE, "/static/base.css", "/static/mark.svg")


TOO_LARGE = f"That is more than {MOST_BODY // 2**20} MB, the most this page reads."


class TooLarge(HTTPException):
    """A body beyond the limit, whatever length was announced."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LARGE)


class Guard:
    """Refuses strangers' hosts, other sites' requests, missing tokens and bodies too large; adds the headers that bind the
    browser; turns a defect into one sentence without a path."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None, token: str | None, complain) -> None:
        self.app, self.hosts, self.token, self.complain = app, hosts, token, complain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        headers = Headers(scope=scope)
        refused = self._refused(scope, headers)
        if refused:
            await _answer(dressed, *refused)
            return
        try:
            await self.app(scope, _limited(receive, headers), dressed)
        except Exception as trouble:
            self.complain(trouble)
            if not begun:
                await _answer(dressed, 500, "This is our fault, not yours. The server's own window says more.")

    def _refused(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if self.hosts is not None and host.lower() not in self.hosts:
            return 421, "This server answers only under the address it printed when it started."
        if _from_elsewhere(scope, headers, host):
            return 403, "Requests from other sites are refused."
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return 400, "The length of the request is not a number."
        if int(length[:12]) > MOST_BODY or len(length) > 12:
            return 413, TOO_LARGE
        if self.token and scope["path"] not in OPEN_TO_ALL and not self._has_token(headers):
            if scope["path"] == "/":
                return None  # the page sends a browser to the entrance
            return 401, "This server is open to the network and asks for the token that it printed when it started."
        return None

    def _has_token(self, headers: Headers) -> bool:
        return bool(self.token) and has_token(self.token, headers)


def has_token(token: str, headers: Headers) -> bool:
    """Whether a request carries the token: as a cookie, or as `Authorization: Bearer`."""
    given = [headers.get("authorization", "").removeprefix("Bearer ")]
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == TOKEN_COOKIE:
            given.append(value)
    return any(hmac.compare_digest(one.encode("utf-8", "replace"), token.encode()) for one in given)


def _from_elsewhere(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether a browser says that another site sent this. A link to the page itself may be followed from anywhere."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and urlsplit_host(origin) != host.lower():
        return True
    if site in (None, "same-origin", "none"):
        return False
    follows_a_link = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate" and scope["path"] == "/"
    return not follows_a_link


def urlsplit_host(origin: str) -> str:
    """The host and port of an origin; nothing for one that makes no sense (`null` among them)."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def hosts_of(address: str, port: int) -> frozenset[str] | None:
    """Names under which the page may be asked for; None where the server is open to the network and a token guards it."""
    if not is_loopback(address):
        return None
    names = {"localhost", "127.0.0.1", "[::1]", f"[{address}]" if ":" in address else address}
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))


def is_loopback(address: str) -> bool:
    """Whether only this computer can reach the address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _limited(receive: Receive, headers: Headers) -> Receive:
    """The body as it comes in, up to the limit, whatever length was announced."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY:
            raise TooLarge
        return message

    return bounded


async def _answer(send: Send, status: int, said: str) -> None:
    body = json.dumps({"trouble": {"said": said, "ours": status == 500}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
