"""A text data set that needs no download: the docstrings of NumPy, SciPy and scikit-learn.

Every public function and class of the three libraries, as installed, is one document; the module
that defines it, such as ``scipy.stats`` or ``sklearn.linear_model``, is its label. That is some
3,500 documents of about 60 classes, as wide and as sparse as text is: 250,000 distinct words and
pairs of neighbouring words. The figures vary a little with the versions installed, and with a few
docstrings that SciPy fills with random numbers.
"""

import importlib
import inspect
import pkgutil
import warnings
from collections import Counter

LIBRARIES = ("numpy", "scipy", "sklearn")
# Tests, the work of others, and what is left of modules that are gone or have moved.
SKIPPED = {"conftest", "core", "distutils", "externals", "f2py", "matlib", "tests"}


def load_docstrings(min_per_module=4):
    """Collect the docstrings of NumPy, SciPy and scikit-learn.

    Parameters
    ----------
    min_per_module : int, default=4
        Modules with fewer docstrings are left out, so that a stratified split has enough of each.

    Returns
    -------
    texts : list of str
        The docstrings, each once.
    modules : list of str
        For each docstring, the first two parts of the name of the module that defines its object.
    """
    module_of = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated modules and names warn when looked at
        # All are imported before any is read: importing SciPy adds to NumPy's docstrings.
        libraries = [importlib.import_module(name) for name in LIBRARIES]
        sources = [module for library in libraries for module in public_modules(library)]
        for module in sources:
            for text, label in documented_objects(module):
                module_of.setdefault(text, label)
    sizes = Counter(module_of.values())
    kept = [(text, label) for text, label in module_of.items() if sizes[label] >= min_per_module]
    texts, modules = zip(*kept, strict=True)
    return list(texts), list(modules)


def public_modules(package):
    """Yield a package and, at any depth, its public modules that can be imported."""
    yield package
    for info in pkgutil.iter_modules(getattr(package, "__path__", ())):
        if info.name.startswith("_") or info.name in SKIPPED:
            continue
        try:
            module = importlib.import_module(f"{package.__name__}.{info.name}")
        except ImportError:  # it needs something optional that is not installed
            continue
        yield from public_modules(module)


def documented_objects(module):
    """Yield the docstring and the label of each public function and class of a module."""
    names = getattr(module, "__all__", None) or dir(module)
    for name in sorted(names):
        member = getattr(module, name, None)
        text = inspect.getdoc(member)
        if name.startswith("_") or not callable(member) or not text:
            continue
        home = (getattr(member, "__module__", None) or module.__name__).split(".")
        if home[0] in LIBRARIES and len(home) > 1 and home[1].startswith("_"):
            home = home[:1]  # numpy._core and the like
        if home[0] in LIBRARIES:
            yield text, ".".join(home[:2])


if __name__ == "__main__":
    texts, modules = load_docstrings()
    print(f"{len(texts):,} docstrings from {len(set(modules))} modules, the largest of them:")
    for module, size in Counter(modules).most_common(5):
        print(f"{size:6,} {module}")
