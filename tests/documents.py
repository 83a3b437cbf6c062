"""How the tests of the documents read them: docstrings, and tables of the pages."""

import ast
import inspect
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Entry(NamedTuple):
    """One name of a section such as Parameters, with its type and description as written."""

    name: str
    type: str
    text: str


def section(documented, title):
    """The entries of one section of a numpydoc docstring; empty if there is no such section."""
    lines = (inspect.getdoc(documented) or "").splitlines()
    for place, line in enumerate(lines[:-1]):
        if line == title and set(lines[place + 1]) == {"-"}:
            return list(_entries(lines[place + 2 :]))
    return []


def _entries(lines):
    """The entries up to the heading of the next section."""
    heads = [i for i, line in enumerate(lines) if line and not line.startswith(" ")]
    for i, after in zip(heads, [*heads[1:], len(lines)], strict=True):
        if i + 1 < len(lines) and lines[i + 1] and set(lines[i + 1]) == {"-"}:
            return
        names, _, type_ = lines[i].partition(" : ")
        text = " ".join(line.strip() for line in lines[i + 1 : after]).strip()
        for name in names.split(", "):
            yield Entry(name, type_, text)


def stated_default(type_, constants):
    """The default in a parameter's type, as a tuple of one value; () if none is stated.

    It is a literal, or the name of one of the constants.
    """
    found = re.search(r"default=(.+)$", type_)
    if not found:
        return ()
    return (constants[found[1]] if found[1] in constants else ast.literal_eval(found[1]),)


def rst_tables(documented):
    """The tables of a docstring, each a list of rows, which are lists of cells."""
    lines = (inspect.getdoc(documented) or "").splitlines()
    borders = [place for place, line in enumerate(lines) if re.fullmatch(r"=+( +=+)+", line)]
    for top, _, bottom in zip(borders[::3], borders[1::3], borders[2::3], strict=True):
        starts = [found.start() for found in re.finditer(r"=+", lines[top])]
        spans = list(zip(starts, [*starts[1:], None], strict=True))
        rows = [[line[a:b].strip() for a, b in spans] for line in lines[top + 1 : bottom]]
        yield [row for row in rows if row[0] and set(row[0]) != {"="}]


def rst_table(documented):
    """The only table of a docstring as a list of dicts, keyed by the heading."""
    (table,) = rst_tables(documented)
    return _with_headings(table)


def markdown_table(page, first_heading):
    """The table of a page whose first column has this heading, as a list of dicts."""
    lines = page.read_text(encoding="utf-8").splitlines()
    (top,) = [i for i, line in enumerate(lines) if _cells(line)[:1] == [first_heading]]
    rows = [_cells(lines[top])]
    for line in lines[top + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(_cells(line))
    return _with_headings(rows)


def _cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


def _with_headings(rows):
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def in_backticks(text):
    """What stands in single backticks, outside blocks of code."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"`([^`]+)`", text)
