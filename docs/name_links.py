"""A Sphinx extension: names in the docstrings become links.

A name in single backticks, such as `Adam`, becomes a link to its page, also from the docstring of
another module, and anything else there becomes code. The fitted attributes of a class are in its
section Attributes alone.
"""

from typing import Any

from docutils import nodes
from sphinx.ext.autosummary import AutoLink


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
    app.connect("autodoc-skip-member", skip_fitted_attributes)
    app.connect("missing-reference", link_by_last_name)
    app.add_role("name", Name())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
