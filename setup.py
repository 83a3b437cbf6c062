"""The compiled core. All else is in pyproject.toml, which cannot say flags by platform."""

import os
import sys
from glob import glob

import numpy as np
from setuptools import Extension, setup

# Without these two, loops with a root or a comparison in them stay scalar. Both keep NaN and
# infinity as they are (-ffast-math would not).
common = ["-O3", "-std=c++17", "-fno-math-errno", "-fno-trapping-math"]

if sys.platform == "win32":  # MSVC
    compile_args, link_args = ["/O2", "/std:c++17", "/openmp"], []
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

core = Extension(
    "sk_bp._core._core",
    sources=["sk_bp/_core/_core.pyx"],
    depends=sorted(glob("sk_bp/_core/**/*.hpp", recursive=True)),
    include_dirs=["sk_bp/_core", np.get_include()],
    define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
    extra_compile_args=compile_args,
    extra_link_args=link_args,
    language="c++",
)

setup(ext_modules=[core])
