"""Whether something fits into memory, asked before it is allocated."""

import math
import os


def check_memory(n_bytes: float, what: str, remedy: str) -> None:
    """Raise MemoryError if so many bytes are not free.

    Systems that promise more memory than they have would end the process later, without a word.

    Parameters
    ----------
    n_bytes : float
    what : str
        What needs them, as the subject of a sentence.
    remedy : str
        A sentence that says what the user can do.

    Raises
    ------
    MemoryError

    Examples
    --------
    >>> from sk_bp.memory import check_memory
    >>> check_memory(1e18, "1e17 weights", "Use fewer.")
    Traceback (most recent call last):
        ...
    MemoryError: 1e17 weights need 1000000000.0 GB, but only ... GB are free. Use fewer.
    """
    available = _available_memory()
    if n_bytes > available:
        raise MemoryError(
            f"{what} need {n_bytes / 1e9:.1f} GB, but only {available / 1e9:.1f} GB are free. "
            f"{remedy}"
        )


def _available_memory() -> float:
    """Bytes of free memory, or else of all memory; infinity if the system reports neither."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024.0 * int(line.split()[1])
    except OSError:
        pass
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    return math.inf
