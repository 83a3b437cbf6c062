"""What the examples share: options, optional libraries, and what becomes of a picture."""

import argparse
import importlib
from pathlib import Path
from types import ModuleType


def read_options(description, arguments=None, picture=True):
    """Read the options that every example has.

    Parameters
    ----------
    description : str
        The example's docstring; ``--help`` prints its first line.
    arguments : list of str, default=None
        The command line; None means that of the process.
    picture : bool, default=True
        Whether it draws a picture, and so can save it.

    Returns
    -------
    options : argparse.Namespace
        `save`, where the picture goes, `gallery`, whether it stays open, and `short`.
    """
    parser = argparse.ArgumentParser(description="".join(description.splitlines()[:1]))
    if picture:
        parser.add_argument("--save", metavar="FILE", help="write the picture, do not show it")
        parser.add_argument("--gallery", action="store_true", help="leave the picture to Sphinx")
    parser.add_argument("--short", action="store_true", help="with less data and fewer epochs")
    options = parser.parse_args(arguments)
    if picture and options.save and not Path(options.save).absolute().parent.is_dir():
        parser.error(f"--save {options.save}: there is no such folder")
    return options


def optional(name: str) -> ModuleType:
    """Import a library of the extra ``search``, or end with a message that says how to install it.

    Parameters
    ----------
    name : str
        The library, such as "optuna".

    Returns
    -------
    library : module

    Raises
    ------
    SystemExit
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        message = f'This example needs {name}, which is not installed: pip install ".[search]"'
        raise SystemExit(message) from error


def finish(figure, options):
    """Save the picture, show it where there is a screen, or leave it to the gallery."""
    import matplotlib
    from matplotlib import pyplot

    if options.gallery:
        return  # the gallery takes every figure that is open
    if options.save:
        figure.savefig(options.save, dpi=110)
        print(f"\nThe picture is in {options.save}.")
    elif matplotlib.get_backend().lower() != "agg":
        pyplot.show()
    else:
        print("\nThere is no screen to show the picture on; --save FILE writes it.")
    pyplot.close(figure)
