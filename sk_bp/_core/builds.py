"""The core is built twice from the same source: for any processor, and for those with AVX2.

The second computes eight numbers at once where the first computes four. Both give the same bits.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from sk_bp._core import _cpu

if TYPE_CHECKING:
    from sk_bp._core import _core as core
else:
    core = import_module("sk_bp._core._core_avx2" if _cpu.has_avx2() else "sk_bp._core._core")

__all__ = ["core"]
