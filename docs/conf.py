"""How the pages of this folder become a site: `make docs`. Why Sphinx: decisions/documentation.md."""

import re
from importlib.metadata import version as installed
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

project = "nightdesk"
author = "the nightdesk developers"
release = installed("nightdesk")

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

# Anchors of headings as GitHub makes them, so that a link works in both.
myst_heading_anchors = 4

# Quotation marks stay as they are written: code stands in sentences as well.
smartquotes = False

html_theme = "furo"
html_title = "nightdesk"
# Nothing of the site is loaded from elsewhere: no fonts, no scripts, no edit buttons, and it opens from disk.
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["narrow-pages.css"]
# Colours that can be told from their ground by everybody (WCAG AAA); they come with Furo.
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

# A Markdown file outside of this folder is no page of the site: as any other file it goes along to be downloaded.
_OUTSIDE = re.compile(r"\]\((\.\./[^)#\s]+\.md)(?:#[^)]*)?\)")

# What a browser would fetch from elsewhere: scripts, styles, fonts, pictures. Links that a reader follows are no part of it.
_REMOTE = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="(?:https?:)?//[^"]*|url\(['"]?(?:https?:)?//[^)]*""")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", lambda _app, _page, source: source.append(_OUTSIDE.sub(r"](path:\1)", source.pop())))
    app.connect("build-finished", lambda app, error: None if error else _refuse_remote(Path(app.outdir)))


def _refuse_remote(site: Path) -> None:
    """The site opens from disk, on a machine without a network."""
    files = (path for kind in ("html", "css") for path in site.rglob(f"*.{kind}"))
    if found := [f"{path.name}: {hit}" for path in files for hit in _REMOTE.findall(path.read_text(encoding="utf-8"))]:
        raise ExtensionError(f"the site would load from elsewhere: {'; '.join(found)}")
