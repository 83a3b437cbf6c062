#!/usr/bin/env bash
# Runs the tests that exercise the compiled core, with the core built under a sanitizer:
#
#     tools/sanitize.sh address    memory errors and undefined behaviour (needs g++)
#     tools/sanitize.sh thread     data races (needs g++, and LLVM's libomp with libarcher)
#
# What follows is run in place of these tests, with the sanitized core first on the path:
#
#     tools/sanitize.sh address pytest -x tests/test_l1.py
#     tools/sanitize.sh address python tools/fuzz_binding.py --seconds 300
#     tools/sanitize.sh fuzz python tools/fuzz_binding.py --coverage -max_total_time=300
#
# The last one needs clang, and atheris from PyPI. The first finding ends the run with a report. The
# package that is installed stays as it is. LLVM is the folder of LLVM's bin and lib.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests=(
    tests/test_activation_extremes.py tests/test_activations.py tests/test_averages.py
    tests/test_binding.py tests/test_broken_sparse.py tests/test_dropout.py tests/test_errors_in_training.py
    tests/test_gradient.py tests/test_gradient_norms.py tests/test_idle.py tests/test_idle_rows.py
    tests/test_jacobian.py tests/test_l1.py tests/test_losses.py tests/test_max_grad_norm.py
    tests/test_minimizers.py tests/test_parallel.py tests/test_rprop.py tests/test_scaling.py
    tests/test_sparse.py tests/test_sparse_streams.py tests/test_tabular_scaling.py
    tests/test_threads.py
)

kind=${1:?address, thread or fuzz}
shift
llvm=${LLVM:-/usr/lib/llvm-14}
case $kind in
address)
    export CXX=${CXX:-g++} SK_BP_SANITIZE=address,undefined
    libraries="$($CXX -print-file-name=libasan.so) $($CXX -print-file-name=libstdc++.so.6)"
    # CPython and NumPy keep memory until the process ends.
    settings=(ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1)
    ;;
thread)
    tests=(tests/test_binding.py tests/test_parallel.py tests/test_threads.py
        -k "not processes and not loky and not multiprocessing and not dask and not fork")
    export CXX=${CXX:-g++} SK_BP_SANITIZE=thread
    # LLVM's OpenMP in place of GNU's: libarcher tells the sanitizer what it orders. The core and the
    # locks of Python are watched; NumPy and OpenBLAS are not built for it.
    libraries="$($CXX -print-file-name=libtsan.so) $llvm/lib/libomp.so"
    settings=(OMP_TOOL_LIBRARIES="$llvm/lib/libarcher.so" LD_LIBRARY_PATH="$llvm/lib"
        TSAN_OPTIONS="halt_on_error=1 ignore_noninstrumented_modules=1")
    ;;
fuzz)
    export CXX=$llvm/bin/clang++ SK_BP_SANITIZE=fuzzer-no-link,address
    libraries=$(python -c "import atheris; print(atheris.path())")/asan_with_fuzzer.so
    settings=(ASAN_OPTIONS=detect_leaks=0)
    ;;
*)
    echo "address, thread or fuzz, not $kind" >&2
    exit 2
    ;;
esac
export CC=$CXX LDSHARED="$CXX -shared" LDCXXSHARED="$CXX -shared"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# From a copy: objects that were built without the sanitizer would be taken as they are.
mkdir "$scratch/source"
git ls-files setup.py setup.cfg pyproject.toml README.md LICENSE sk_bp |
    tar --create --files-from - | tar --extract --directory "$scratch/source"
pip install --quiet --no-deps --target "$scratch/library" "$scratch/source"

(($# > 0)) || set -- pytest -q "${tests[@]}"
env PYTHONPATH="$scratch/library" LD_PRELOAD="$libraries" "${settings[@]}" "$@"
