"""What the examples share: their options on the command line, and what becomes of a picture."""

import argparse


def read_options(description, arguments=None):
    """Read the options that every example has.

    Parameters
    ----------
    description : str
        The example's docstring; ``--help`` prints its first line.
    arguments : list of str, default=None
        The command line; None means that of the process.

    Returns
    -------
    options : argparse.Namespace
        `save`, where the picture goes, and `short`.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--save", metavar="FILE", help="write the picture there, do not show it")
    parser.add_argument("--short", action="store_true", help="with less data and fewer epochs")
    return parser.parse_args(arguments)


def finish(figure, options):
    """Save the picture, or show it where there is a screen."""
    from matplotlib import pyplot

    if options.save:
        figure.savefig(options.save, dpi=110)
        print(f"\nThe picture is in {options.save}.")
    elif figure.canvas.required_interactive_framework:
        pyplot.show()
    else:
        print("\nThere is no screen to show the picture on; --save FILE writes it.")
    pyplot.close(figure)
