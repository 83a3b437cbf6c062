"""The compiled core, `_core`: of its builds the one that suits this processor."""

from sk_bp._core.builds import core as _core

__all__ = ["_core"]
