"""How Sphinx builds the documentation site: `sphinx-build -W docs build/site`."""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # for repository_links

from sklearn.experimental import enable_halving_search_cv  # noqa: F401  an example imports it

import sk_bp

project = "sk_bp"
author = "The sk_bp developers"
copyright = author
version = release = sk_bp.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "repository_links",
    "plain_docstrings",
    "name_links",
]
exclude_patterns = ["_templates", "auto_examples/*.ipynb"]
templates_path = ["_templates"]
default_role = "name"  # of name_links: what stands in single backticks
suppress_warnings = ["config.cache"]  # the configuration of the gallery holds functions

# Pages are Markdown, and good to read in the repository too.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# The reference is made of the docstrings.
autosummary_generate = True
autodoc_typehints = "none"  # the docstrings state the types
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
numpydoc_class_members_toctree = False


def gallery_options(gallery: dict[str, Any], script: dict[str, Any]) -> list[str]:
    """The command line of an example: it leaves its picture to the gallery."""
    return ["--gallery"]


sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"^(docstrings|example|__init__)\.py$",
    "reset_argv": gallery_options,
    "doc_module": ("sk_bp",),
    "reference_url": {"sk_bp": None},
    "backreferences_dir": "generated/examples_of",
    "abort_on_example_error": True,
    "min_reported_time": 1,
    "remove_config_comments": True,
    "show_signature": False,
    "within_subsection_order": "FileNameSortKey",
    "nested_sections": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "sk_bp"
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}  # light or dark, as the browser asks for
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": True,
    "header_links_before_dropdown": 6,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
