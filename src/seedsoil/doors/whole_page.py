"""One HTML file that needs nothing else: the frame of every page that is written or printed."""

from __future__ import annotations

from html import escape
from importlib.resources import files

# The browser itself is told to fetch nothing: whatever text a chart brings, the page stays alone.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; {images}base-uri 'none'; form-action 'none'"


def whole_page(title: str, style: str, body: str, kind: str = "", pictures: bool = False) -> str:
    """The page around a body that is HTML already.

    title: plain text. style: name of a style sheet beside this file. kind: class of the body. pictures: whether the body
    holds pictures inside itself.
    """
    sheet = files("seedsoil.doors").joinpath(style).read_text(encoding="utf-8")
    policy = POLICY.format(images="img-src data:; " if pictures else "")
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title>
<style>
{sheet}</style>
</head>
<body{f' class="{kind}"' if kind else ""}>
{body}
</body>
</html>
"""
