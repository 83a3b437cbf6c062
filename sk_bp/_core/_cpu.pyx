# cython: language_level=3
"""What the processor can do."""

from libcpp cimport bool as cbool


cdef extern from "cpu.hpp" namespace "sk_bp":
    cbool runs_avx2()


def has_avx2():
    """Whether the core that is built for AVX2 is there, and the processor runs it."""
    return runs_avx2()
