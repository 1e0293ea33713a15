"""Sphinx configuration of the documentation site: ``python -m docs`` builds it."""

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import wavepacket

project = "wavepacket"
author = "The wavepacket developers"
copyright = author
version = release = wavepacket.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["_build"]
# Notebooks are kept without outputs: the build runs them, and a cell that fails is an error.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_output_stderr = "remove"
myst_enable_extensions = ["colon_fence", "attrs_block"]
myst_heading_anchors = 4

autodoc_typehints = "signature"
# A lambda as it is written: its repr is no Python, and types beside it lost their links.
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = napoleon_use_ivar = True
autodoc_typehints_format = "short"

default_role = "code"

html_theme = "pydata_sphinx_theme"
html_title = "wavepacket"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 5,
    "secondary_sidebar_items": ["page-toc"],
}
html_show_sourcelink = False
# Pages without pages below them have nothing to navigate to at their left.
html_sidebars = {name: [] for name in ("index", "theory", "python")}


_ENTRY = re.compile(r"^(\*{0,2}\w[\w, *]*) : (.+)$")


def _plain(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Keep |k| an absolute value; what stands behind a parameter is its description, types are in signatures."""
    found: list[str] = []
    for line in lines:
        text = line.replace("|", "\\|")
        entry = _ENTRY.match(text)
        found += [entry[1], f"    {entry[2]}"] if entry else [text]
    lines[:] = found


def setup(app: Any) -> None:
    """Register what docstrings need, before napoleon reads them."""
    app.connect("autodoc-process-docstring", _plain, priority=100)
