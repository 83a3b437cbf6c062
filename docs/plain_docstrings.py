"""A Sphinx extension: docstrings that are written as plain text become valid reStructuredText.

In the docstrings of sk_bp, |x| is an absolute value and coefs_ a name; in reStructuredText both
would be references. Docstrings inherited from scikit-learn refer to pages of its own site, which
is not at hand when the documentation is built; such a reference becomes its text. A name in single
backticks, such as `Adam`, becomes a link to its page, and anything else there code.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.ext.autosummary import AutoLink

BAR = "\N{DIVIDES}"  # looks like |, and is as wide, so that tables keep their columns
LITERAL = re.compile(r"(``.*?``|`[^`]*`_?)")
REFERENCE = re.compile(r":(?:ref|term|doc|class|func|meth|mod):`~?([^`<]*?)\s*(?:<[^`]*>)?`")


def escaped(line: str) -> str:
    """The line with other bars, and with escaped trailing underscores, where it is not literal."""
    parts = LITERAL.split(line)
    parts[::2] = [
        re.sub(r"(?<=\w)_(?=\W|$)", r"\\_", part.replace("|", BAR)) for part in parts[::2]
    ]
    return "".join(parts)


def escape_lines(lines: list[str]) -> None:
    r"""Escape the lines of a docstring in place, but for blocks of code and formulas.

    Parameters
    ----------
    lines : list of str

    Examples
    --------
    >>> lines = ["The error |d| of coefs_ in `fit`::", "", "    |d|", ">>> model.coefs_"]
    >>> escape_lines(lines)
    >>> lines
    ['The error ∣d∣ of coefs\\_ in `fit`::', '', '    |d|', '>>> model.coefs_']
    """
    literal_below, in_doctest = None, False  # the indentation of the line that ended with ::
    for i, line in enumerate(lines):
        indentation = len(line) - len(line.lstrip())
        if not line.strip():
            in_doctest = False
            continue
        if literal_below is not None and indentation <= literal_below:
            literal_below = None
        in_doctest = in_doctest or line.lstrip().startswith(">>>")
        if literal_below is None and not in_doctest:
            lines[i] = escaped(REFERENCE.sub(r"\1", line))
        if literal_below is None and line.endswith("::"):
            literal_below = indentation


def process_docstring(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Escape a docstring that autodoc has read and numpydoc has arranged."""
    escape_lines(lines)


class Name(AutoLink):
    """What stands in single backticks: a link if it is an object that has a page, else code."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the nodes; AutoLink makes emphasis of what it cannot import."""
        found, messages = super().run()
        return [
            nodes.literal(self.rawtext, node.astext()) if isinstance(node, nodes.emphasis) else node
            for node in found
        ], messages


def skip_fitted_attributes(
    app: Any, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out properties such as coefs_, which the section Attributes of the class describes."""
    return True if isinstance(obj, property) and name.endswith("_") else None


def link_by_last_name(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Resolve a name that is documented once, but in another module, by its last part."""
    if node.get("refdomain") != "py":
        return None
    last = node["reftarget"].rpartition(".")[2]
    domain = env.domains["py"]
    found = [full for full in domain.objects if full.rpartition(".")[2] == last]
    if len(found) != 1 or not node["reftarget"].startswith(("sk_bp", last)):
        return None
    node["reftarget"] = found[0]
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], found[0], node, contnode
    )


def setup(app: Any) -> dict[str, bool]:
    """Connect the extension to Sphinx."""
    app.connect("autodoc-process-docstring", process_docstring, priority=900)  # after numpydoc
    app.connect("autodoc-skip-member", skip_fitted_attributes)
    app.connect("missing-reference", link_by_last_name)
    app.add_role("name", Name())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
