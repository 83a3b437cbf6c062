/* Threads, and the state of the floating-point unit in them.
 *
 * Work is split into blocks whose shape does not depend on the number of threads, and no result
 * depends on who computes a block: the same bits come out for any number of threads. So the number
 * may be chosen freely, for each call: OpenMP's own limit (OMP_NUM_THREADS, threadpoolctl, joblib),
 * shared among the calls that run at this moment, so that two fits in two Python threads do not
 * fight for the same cores.
 */
#pragma once

#include <atomic>

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#endif

#include "types.hpp"

namespace sk_bp {

/* A child forked after OpenMP has started threads must not use them: it would wait for ever. */
inline std::atomic<bool> forked{false};
inline std::atomic<int> calls_under_way{0};
/* The processors this process may use; set at import, because a container's share of the machine
 * is known to Python (joblib.cpu_count) and not to OpenMP. */
inline std::atomic<int> n_processors{1};

inline void after_fork_in_child() {
    forked = true;
    calls_under_way = 0;
}

/* Held while one call computes; tells how many threads it may use. */
class ThreadShare {
public:
    ThreadShare() { ++calls_under_way; }
    ~ThreadShare() { --calls_under_way; }
    ThreadShare(const ThreadShare&) = delete;
    ThreadShare& operator=(const ThreadShare&) = delete;

    /* For work of so many multiply-adds: one thread below the size at which two pay. */
    int threads(double work) const {
#if defined(_OPENMP)
        if (forked || work < smallest_shared_work) return 1;
        const int limit = std::min(omp_get_max_threads(), n_processors.load());
        return std::max(1, limit / std::max(1, calls_under_way.load()));
#else
        (void)work;
        return 1;
#endif
    }

private:
    static constexpr double smallest_shared_work = 2e6;
};

inline int threads_now() { return ThreadShare().threads(std::numeric_limits<double>::max()); }

inline int thread_number() {
#if defined(_OPENMP)
    return omp_get_thread_num();
#else
    return 0;
#endif
}

/* Weights and averages of idle rows decay into subnormal numbers, which many processors handle a
 * hundred times slower; in the core they count as zero. The thread's setting is put back. */
class FlushSubnormals {
public:
    FlushSubnormals() {
#if defined(__SSE2__) || defined(_M_X64)
        saved_ = _mm_getcsr();
        _mm_setcsr(saved_ | 0x8040);
#elif defined(__aarch64__) && !defined(_MSC_VER)
        asm volatile("mrs %0, fpcr" : "=r"(saved_));
        asm volatile("msr fpcr, %0" : : "r"(saved_ | (1ull << 24)));
#endif
    }
    ~FlushSubnormals() {
#if defined(__SSE2__) || defined(_M_X64)
        _mm_setcsr(saved_);
#elif defined(__aarch64__) && !defined(_MSC_VER)
        asm volatile("msr fpcr, %0" : : "r"(saved_));
#endif
    }
    FlushSubnormals(const FlushSubnormals&) = delete;
    FlushSubnormals& operator=(const FlushSubnormals&) = delete;

private:
#if defined(__SSE2__) || defined(_M_X64)
    unsigned int saved_ = 0;
#else
    std::uint64_t saved_ = 0;
#endif
};

/* Calls body(block) for each block in 0 .. n_blocks - 1, on up to n_threads threads. */
template <class Body>
void for_each_block(Offset n_blocks, int n_threads, const Body& body) {
    if (n_threads <= 1 || n_blocks <= 1) {
        FlushSubnormals flush;
        for (Offset block = 0; block < n_blocks; ++block) body(block);
        return;
    }
#if defined(_OPENMP)
#pragma omp parallel num_threads(n_threads)
    {
        FlushSubnormals flush;
#pragma omp for schedule(dynamic, 1)
        for (Offset block = 0; block < n_blocks; ++block) body(block);
    }
#endif
}

}  // namespace sk_bp
