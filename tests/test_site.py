"""The documentation site has everything public, and its extensions do what they say."""

import ast
import doctest
import importlib
import inspect
import re
import runpy

import pytest
from documents import ROOT

DOCS = ROOT / "docs"
pytestmark = pytest.mark.skipif(
    not (DOCS / "conf.py").exists(), reason="the site is in a clone, not in an installed package"
)
MODULES = (
    "sk_bp",
    "sk_bp.activations",
    "sk_bp.averages",
    "sk_bp.callbacks",
    "sk_bp.dask",
    "sk_bp.inspection",
    "sk_bp.losses",
    "sk_bp.onnx",
    "sk_bp.optimizers",
    "sk_bp.schedules",
    "sk_bp.tabular",
    "sk_bp.weights",
)
# Parts of the others, which nobody imports from these modules.
NOT_IN_THE_REFERENCE = {"Averaged", "Value"}


def public_names(module):
    """What a module lists, or defines without a list: classes and functions."""
    members = vars(importlib.import_module(module))
    names = members.get("__all__") or [name for name in members if not name.startswith("_")]
    return {
        name
        for name in names
        if (inspect.isclass(members[name]) or inspect.isfunction(members[name]))
        and members[name].__module__.startswith("sk_bp")
    }


@pytest.mark.parametrize("module", MODULES)
def test_the_reference_lists_everything_public(module):
    entries = re.findall(r"^   (\w+)$", (DOCS / "api.rst").read_text(encoding="utf-8"), re.M)
    assert len(entries) == len(set(entries))
    assert public_names(module) - NOT_IN_THE_REFERENCE <= set(entries)


@pytest.mark.parametrize("extension", ["plain_docstrings", "repository_links"])
def test_the_examples_in_an_extension_of_the_site_are_right(extension):
    members = runpy.run_path(str(DOCS / f"{extension}.py"))
    tests = [
        found
        for name, member in members.items()
        if inspect.isfunction(member)
        for found in doctest.DocTestFinder(recurse=False).find(member, name, globs=members)
    ]
    results = [doctest.DocTestRunner().run(test) for test in tests]
    assert sum(result.attempted for result in results) > 0
    assert sum(result.failed for result in results) == 0


def test_every_chapter_of_the_guide_has_a_picture_its_script_and_code():
    for page in (DOCS / "guide").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        if page.name != "README.md":
            assert re.search(r"!\[[^\]]{20,}\]\(\.\./pictures/\w+\.png\)", text), page.name
            assert re.search(r"\.py\)|default_rates\.md\)", text), page.name
            assert "```python" in text, page.name


def test_every_picture_is_shown_on_a_page():
    shown = {
        name
        for page in [ROOT / "README.md", *DOCS.rglob("*.md")]
        for name in re.findall(r"pictures/(\w+\.png)", page.read_text(encoding="utf-8"))
    }
    assert {path.name for path in (DOCS / "pictures").glob("*.png")} == shown


@pytest.mark.parametrize("script", sorted(ROOT.glob("examples/*.py")), ids=lambda path: path.stem)
def test_every_script_of_the_gallery_has_a_title(script):
    if script.name not in ("docstrings.py", "example.py"):
        title, line = ast.get_docstring(ast.parse(script.read_text("utf-8"))).splitlines()[:2]
        assert re.fullmatch("=+", line)
        assert len(line) >= len(title)
