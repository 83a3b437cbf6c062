"""A Sphinx extension: links between the files of the repository lead to the pages of the site.

The pages of `docs/` are written to be read in the repository, where they link to examples, to the
benchmarks and to `CONTRIBUTING.md`. On the site an example is a page of the gallery, and the pages
that are not in `docs/` are copies in `docs/repository/`, which this extension makes. A link to a
file that has no page, such as a test, becomes its path. The contents of a part of the site are the
pages that its first page links to, in this order.
"""

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.resolve()
ROOT = DOCS.parent
COPIES = DOCS / "repository"
OUTSIDE = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "benchmarks/RESULTS.md",
)
FIRST_PAGES = ("about", "topics", "guide/README")  # of a part of the site
NOT_IN_THE_GALLERY = ("docstrings.py", "example.py")
LINK = re.compile(r"(?<!!)\[(?P<text>[^\[\]]*)\]\((?P<target>[^)\s]+)\)")
# Links are matched so that they are skipped.
NAME = re.compile(r"\[[^\]]*\]\([^)]*\)|`(?P<name>[\w.]+)(?P<call>\([^`<>]*\))?`")
PICTURE = re.compile(r"!\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


def page_of(path: Path) -> str | None:
    """The page of the site for a file of the repository, or None if there is none."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_relative_to(DOCS) and path.suffix in (".md", ".rst", ".png"):
        return "/" + path.relative_to(DOCS).as_posix()
    if name in OUTSIDE:
        return f"/{COPIES.name}/{name}"
    if name in ("examples", "examples/README.md"):
        return "/auto_examples/index.rst"
    if path.parent == ROOT / "examples" and path.name not in NOT_IN_THE_GALLERY:
        return f"/auto_examples/{path.stem}.rst"
    return None


def with_links_of_the_site(text: str, written_in: Path) -> str:
    """The text of a page, its links to files of the repository replaced.

    Parameters
    ----------
    text : str
        The Markdown of the page.
    written_in : Path
        The folder that relative links start from.

    Returns
    -------
    text : str

    Examples
    --------
    >>> with_links_of_the_site("[a script](../examples/plot_sine.py)", DOCS)
    '[a script](/auto_examples/plot_sine.rst)'
    >>> with_links_of_the_site("[tests](../tests/cases.py)", DOCS)
    '`tests/cases.py`'
    """

    def replaced(found: re.Match[str]) -> str:
        target, hash_sign, anchor = found["target"].partition("#")
        if re.match(r"\w+:", target) or not target:
            return found[0]
        path = (written_in / target).resolve()
        page = page_of(path)
        if page is None:
            return f"`{path.relative_to(ROOT).as_posix()}`"
        shown = "!" if found[0].startswith("!") else ""
        return f"{shown}[{found['text']}]({page}{hash_sign}{anchor})"

    return LINK.sub(replaced, PICTURE.sub(replaced, text))


def contents(text: str) -> str:
    """A hidden table of contents of the pages that a text links to.

    Parameters
    ----------
    text : str
        Markdown with links of the site.

    Returns
    -------
    toctree : str

    Examples
    --------
    >>> print(contents("[one](/one.md), [a script](/auto_examples/plot_sine.rst)"))
    <BLANKLINE>
    ```{toctree}
    :hidden:
    <BLANKLINE>
    /one
    ```
    """
    targets = [found["target"].partition("#")[0] for found in LINK.finditer(text)]
    pages = dict.fromkeys(
        target.removesuffix(".md") for target in targets if target.endswith(".md")
    )
    of_others = {f"/{name}" for name in FIRST_PAGES}
    return "\n".join(
        [
            "",
            "```{toctree}",
            ":hidden:",
            "",
            *(page for page in pages if page not in of_others),
            "```",
        ]
    )


def reference_names() -> dict[str, str]:
    """The full name of everything in the reference, by the name that stands in the pages."""
    names, module = {}, ""
    for line in (DOCS / "api.rst").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\.\. (?:currentmodule|automodule):: (\S+)", line):
            module = found[1]
            names[module] = module
        elif found := re.match(r"   (\w+)$", line):
            names[found[1]] = names[f"{module}.{found[1]}"] = f"{module}.{found[1]}"
    return names


def with_links_to_the_reference(text: str, names: dict[str, str]) -> str:
    """The text of a page, names in backticks linked to their pages in the reference.

    Headings, blocks of code and links stay as they are.

    Parameters
    ----------
    text : str
        The Markdown of the page.
    names : dict of str to str
        Full names, by the names that are linked.

    Returns
    -------
    text : str

    Examples
    --------
    >>> with_links_to_the_reference("`Adam` and `alpha`", {"Adam": "sk_bp.Adam"})
    '{py:obj}`Adam <sk_bp.Adam>` and `alpha`'
    """

    def replaced(found: re.Match[str]) -> str:
        full = names.get(found["name"] or "")
        shown = f"{found['name']}{found['call'] or ''}"
        return f"{{py:obj}}`{shown} <{full}>`" if full else found[0]

    blocks = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    for i in range(0, len(blocks), 2):
        lines = blocks[i].split("\n")
        lines = [line if line.startswith("#") else NAME.sub(replaced, line) for line in lines]
        blocks[i] = "\n".join(lines)
    return "".join(blocks)


def copy_outside_pages(app: Any) -> None:
    """Copy the pages that are not in docs/ to where Sphinx finds them."""
    for name in OUTSIDE:
        page, copy = ROOT / name, COPIES / name
        text = page.read_text(encoding="utf-8")
        if not copy.exists() or copy.read_text(encoding="utf-8") != text:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text, encoding="utf-8")


def replace_links(app: Any, docname: str, source: list[str]) -> None:
    """Replace the links of a Markdown page before it is parsed."""
    path = Path(app.env.doc2path(docname)).resolve()
    if path.suffix == ".md":
        original = ROOT / path.relative_to(COPIES) if path.is_relative_to(COPIES) else path
        text = with_links_of_the_site(source[0], original.parent)
        source[0] = with_links_to_the_reference(text, reference_names())
        if docname in FIRST_PAGES:
            source[0] += contents(source[0])


def setup(app: Any) -> dict[str, bool]:
    """Connect the extension to Sphinx."""
    app.connect("builder-inited", copy_outside_pages)
    app.connect("source-read", replace_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
