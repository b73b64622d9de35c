"""How the pages of this folder become a site: `make docs`. Why Sphinx: decisions/documentation.md."""

import re
from importlib.metadata import version as installed

from sphinx.application import Sphinx

project = "nightdesk"
author = "the nightdesk developers"
release = installed("nightdesk")

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

# Anchors of headings as GitHub makes them, so that a link works in both.
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]

html_theme = "furo"
html_title = "nightdesk"
# Nothing of the site is loaded from elsewhere: no fonts, no scripts, no edit buttons, and it opens from disk.
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["wide-tables.css"]
pygments_style = "tango"
pygments_dark_style = "monokai"

# A Markdown file outside of this folder is no page of the site: as any other file it goes along to be downloaded.
_OUTSIDE = re.compile(r"\]\((\.\./[^)#\s]+\.md)(?:#[^)]*)?\)")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", lambda _app, _page, source: source.append(_OUTSIDE.sub(r"](path:\1)", source.pop())))
