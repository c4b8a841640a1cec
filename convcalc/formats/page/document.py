"""A page as one file: its policy lets it reach nothing, and run no script and read no style sheet but its own."""

from __future__ import annotations

import os
from base64 import b64encode
from hashlib import sha256

from convcalc.formats.page.colors import dark_rules, variables
from convcalc.formats.page.markup import Page, id_of, safe, unique
from convcalc.version import __version__


def written(page: Page) -> str:
    """A page, with links to its sections where there are several."""
    sections = page.sections
    style, script = variables() + own("page.css") + dark_rules(), own("page.js")
    policy = f"default-src 'none'; style-src {digest(style)}; script-src {digest(script)}; base-uri 'none'; form-action 'none'"
    ids = unique([id_of(section.title) or "section" for section in sections], "-")
    links = "".join(f'<a href="#{one}">{safe(section.title)}</a>' for one, section in zip(ids, sections, strict=True))
    parts = "\n".join(
        f'<section aria-labelledby="{one}">\n<h2 id="{one}">{safe(section.title)}</h2>\n{section.body}\n</section>'
        for one, section in zip(ids, sections, strict=True)
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="convcalc {__version__}">
<title>{safe(page.title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{safe(page.title)}</h1>
<p class="quiet">{safe(page.lead)}</p>
{f"<nav aria-label='Sections'>{links}</nav>" if len(sections) > 1 else ""}
</header>
<main>
{parts}
</main>
<footer class="quiet"><p>convcalc {__version__}</p></footer>
<script>{script}</script>
</body>
</html>
"""


def own(name: str) -> str:
    """A file that stands beside this one."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding="utf-8") as file:
        return file.read()


def digest(text: str) -> str:
    """What a policy names a style sheet or a script by."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
