/* Whether the processor, and the system, run what is compiled for AVX2. */
#pragma once

#if defined(_MSC_VER) && defined(_M_X64)
#include <immintrin.h>
#include <intrin.h>
#endif

namespace sk_bp {

/* False where no such core is built (SK_BP_AVX2 is not defined). */
inline bool runs_avx2() {
#if defined(SK_BP_AVX2) && defined(__GNUC__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
#elif defined(SK_BP_AVX2) && defined(_MSC_VER)
    int leaf[4];
    __cpuid(leaf, 0);
    if (leaf[0] < 7) return false;
    __cpuid(leaf, 1);
    const bool system_saves_registers = (leaf[2] & (1 << 27)) && (_xgetbv(0) & 6) == 6;
    __cpuidex(leaf, 7, 0);
    return system_saves_registers && (leaf[1] & (1 << 5));
#else
    return false;
#endif
}

}  // namespace sk_bp
