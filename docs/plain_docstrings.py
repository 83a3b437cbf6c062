"""A Sphinx extension: docstrings that are written as plain text become valid reStructuredText.

In the docstrings of sk_bp, |x| is an absolute value and coefs_ a name; in reStructuredText both
would be references. Docstrings inherited from scikit-learn refer to pages of its own site, which
is not at hand when the documentation is built; such a reference becomes its text.
"""

import re
from typing import Any

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


def setup(app: Any) -> dict[str, bool]:
    """Connect the extension to Sphinx."""
    app.connect("autodoc-process-docstring", process_docstring, priority=900)  # after numpydoc
    return {"parallel_read_safe": True, "parallel_write_safe": True}
