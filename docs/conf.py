"""Sphinx's configuration."""

from __future__ import annotations

project = "Flask-SchemaMigrate"
copyright = "2026, the Flask-SchemaMigrate authors"
release = version = "0.1.0"
extensions = ["sphinx.ext.autodoc", "pallets_sphinx_themes", "sphinx_click"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
html_theme = "flask"
html_title = f"{project} {version}"
exclude_patterns = ["_build"]
nitpicky = False
