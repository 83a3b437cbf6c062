"""Values of every kind that users may pass: numbers at the edges, other types, objects."""

from decimal import Decimal
from fractions import Fraction

import numpy as np


class Nothing:
    """An object that is of no use."""

    def __repr__(self):
        return "Nothing()"


HUGE = [10**30, -(10**30), 2**31, 2**63, 10**400]
VALUES = [
    *(np.nan, np.inf, -np.inf, -1, 0, 1, -1.0, 0.0, 0.5, 1.0, 1.5, 2, 3, 1e308, 5e-324, *HUGE),
    *(True, False, None, "", "a", "auto", "0.5", b"3", 1j, [], (), [1], [0.5], [None], ["a"]),
    *([np.nan], [1, 2], [[1]], {}, {"a": 1}, set(), np.array([]), np.array(1), np.array([0.5])),
    *(np.float16(0.5), np.float32(0.5), np.longdouble(0.5), np.longdouble("1e4000"), np.int8(3)),
    *(np.uint8(3), np.uint64(2**64 - 1), np.bool_(True), np.str_("relu"), np.complex128(1)),
    *(np.datetime64("2020"), Decimal("0.5"), Fraction(1, 2), Nothing(), object, int, range(3)),
]


def some_values(name):
    """Every eighth value, from a place that depends on the name: all are tried somewhere."""
    values = VALUES[sum(map(ord, name)) % 8 :: 8]
    return [
        v
        for v in values
        if not (name.startswith(AMOUNTS) and isinstance(v, (int, np.integer)) and v > 100)
    ]


# Parameters that say how much there is to do: as many as anybody asks for.
AMOUNTS = ("max_iter", "n_models", "n_restarts")
