"""The compiled core. All else is in pyproject.toml, which cannot say flags by platform."""

import os
import platform
import sys
from glob import glob

import numpy as np
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

MISSING = """
sk_bp could not be compiled; what the compiler said is above. It needs a C++17 compiler with OpenMP:
  Debian, Ubuntu:  apt install g++
  Fedora:          dnf install gcc-c++
  macOS:           xcode-select --install; brew install libomp, and CPPFLAGS and LDFLAGS as in
                   CONTRIBUTING.md
  Windows:         the Build Tools for Visual Studio, with C++
"""


class BuildCore(build_ext):
    """Compiles the core, and says what is missing where that fails."""

    def run(self):
        try:
            super().run()
        except (BaseError, CCompilerError, OSError) as error:
            raise SystemExit(f"{error}\n{MISSING}") from error


# Without these two, loops with a root or a comparison in them stay scalar. Both keep NaN and
# infinity as they are (-ffast-math would not).
# No product and sum become one operation, which would round otherwise in the core for AVX2.
common = [
    "-O3", "-std=c++17", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
]  # fmt: skip
avx2_args = ["-mavx2"]

if sys.platform == "win32":  # MSVC
    compile_args, link_args = ["/O2", "/std:c++17", "/openmp"], []
    avx2_args = ["/arch:AVX2"]
elif sys.platform == "darwin":  # clang, with Homebrew's or conda's libomp
    compile_args = [*common, "-Xpreprocessor", "-fopenmp"]
    link_args = ["-lomp"]
else:
    compile_args = [*common, "-fopenmp"]
    link_args = ["-fopenmp"]

# tools/sanitize.sh sets it. CPython's own flags let signed numbers overflow; here that is an error.
sanitizers = os.environ.get("SK_BP_SANITIZE")
if sanitizers:
    chosen = [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all"]
    compile_args += [*chosen, "-fno-wrapv", "-fno-omit-frame-pointer", "-O1", "-g"]
    link_args += chosen

# On macOS one build may be for two architectures.
has_avx2_build = sys.platform != "darwin" and platform.machine().lower() in ("x86_64", "amd64")


def extension(name, *, args=(), macros=()):
    """A module of the core, of the source of this name."""
    return Extension(
        f"sk_bp._core.{name}",
        sources=[f"sk_bp/_core/{name}.pyx"],
        depends=["sk_bp/_core/_core.pyx", *sorted(glob("sk_bp/_core/**/*.hpp", recursive=True))],
        include_dirs=["sk_bp/_core", np.get_include()],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"), *macros],
        extra_compile_args=[*compile_args, *args],
        extra_link_args=link_args,
        language="c++",
    )


modules = [extension("_core"), extension("_cpu", macros=[("SK_BP_AVX2", None)] * has_avx2_build)]
if has_avx2_build:
    modules.append(extension("_core_avx2", args=avx2_args))
setup(ext_modules=modules, cmdclass={"build_ext": BuildCore})
