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
#include <chrono>
#include <ctime>
#include <exception>
#include <new>
#include <thread>

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
    static constexpr double smallest_shared_work = 1.4e6;
};

inline int threads_now() { return ThreadShare().threads(std::numeric_limits<double>::max()); }

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

/* Tell the processor that this thread only waits for another one. */
inline void pause_briefly(int& rounds) {
    if (++rounds > 2000) {
        std::this_thread::yield();  // the other thread may need this processor
        return;
    }
#if defined(__SSE2__) || defined(_M_X64)
    _mm_pause();
#endif
}

/* Whether other work keeps the processors busy, so that a call had better compute alone.
 *
 * Where every processor has two threads to run, helpers are sent to sleep within a block for
 * milliseconds, and what they spin while they wait is taken from somebody's work. A leader that was
 * itself denied its processor for much of a call takes that as a sign, and for a while no call
 * of this process asks for help; twice as long each time, up to a second. As no result depends on who
 * computes a block, this may well depend on the clock. */
class Contention {
public:
    using Clock = std::chrono::steady_clock;
    using Milliseconds = std::chrono::duration<double, std::milli>;

    static bool expected() { return Clock::now().time_since_epoch().count() < alone_until_.load(); }

    Contention() : cpu_start_(thread_milliseconds()), start_(Clock::now()) {}

    /* Called by the leader once the helpers have left. */
    void note() const {
        const auto now = Clock::now();
        const double wall = Milliseconds(now - start_).count();
        const double cpu = thread_milliseconds() - cpu_start_;
        if (cpu > 0.8 * wall - 0.1) {
            pause_ = std::max(shortest_pause, pause_ / 2);
            return;
        }
        const auto pause = std::chrono::duration_cast<Clock::duration>(Milliseconds(pause_.load()));
        alone_until_ = (now + pause).time_since_epoch().count();
        pause_ = std::min(longest_pause, 2 * pause_);
    }

private:
    static constexpr double shortest_pause = 10, longest_pause = 1000;

    /* What this thread has computed so far; wall time where the system does not tell. */
    static double thread_milliseconds() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
        timespec time;
        if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0)
            return 1e3 * double(time.tv_sec) + 1e-6 * double(time.tv_nsec);
#endif
        return Milliseconds(Clock::now().time_since_epoch()).count();
    }

    static inline std::atomic<Clock::rep> alone_until_{0};
    static inline std::atomic<double> pause_{shortest_pause};

    double cpu_start_;
    Clock::time_point start_;
};

/* The threads of one call into the core: a leader, which runs the call, and helpers, which take blocks
 * of work whenever the leader offers some.
 *
 * The leader waits for blocks, not for helpers: a helper that the system has sent to sleep does not
 * hold up the others, and the leader finishes the work alone if need be. (A barrier of OpenMP waits
 * for every thread. Where another process was busy on one of two processors, that made an epoch twenty
 * times as long.) So OpenMP gives the threads, once a call, and blocks are handed out here.
 */
class Team {
public:
    /* Runs lead(team), with n_threads threads at most. An exception (memory may run out) comes out here,
     * as none may leave a parallel region. */
    template <class Lead>
    static void run(int n_threads, const Lead& lead) {
        if (n_threads > 1 && Contention::expected()) n_threads = 1;
        Team team(n_threads);
#if defined(_OPENMP)
        if (n_threads > 1) {
            const Contention contention;
            std::exception_ptr error;
#pragma omp parallel num_threads(n_threads)
            {
                FlushSubnormals flush;
                const int thread = omp_get_thread_num();
                if (thread == 0) {
                    try {
                        lead(team);
                    } catch (...) {
                        error = std::current_exception();
                    }
                    team.finished_.store(true, std::memory_order_release);
                } else {
                    team.help(thread);
                }
            }
            contention.note();
            if (error) std::rethrow_exception(error);
            return;
        }
#endif
        FlushSubnormals flush;
        lead(team);
    }

    int n_threads() const { return n_threads_; }

    /* Calls body(block, thread) for each block in 0 .. n_blocks - 1, the last ones first. Called by the
     * leader only. If a body throws, the other blocks are still called, and then bad_alloc is thrown. */
    template <class Body>
    void for_each_block(Offset n_blocks, const Body& body) {
        if (n_threads_ <= 1 || n_blocks <= 1) {
            for (Offset block = n_blocks; block-- > 0;) body(block, 0);
            return;
        }
        body_.store(&body, std::memory_order_relaxed);
        call_.store(&call<Body>, std::memory_order_relaxed);
        done_.store(0, std::memory_order_relaxed);
        ++round_;
        offer_.store((round_ << 32) | std::uint64_t(n_blocks), std::memory_order_release);
        while (take_block(0)) {
        }
        int rounds = 0;
        while (done_.load(std::memory_order_acquire) != n_blocks) pause_briefly(rounds);
        if (failed_.load(std::memory_order_relaxed)) {
            failed_.store(false, std::memory_order_relaxed);
            throw std::bad_alloc();  // nothing else is ever thrown inside a block
        }
    }

private:
    explicit Team(int n_threads) : n_threads_(n_threads) {}

    template <class Body>
    static void call(const void* body, Offset block, int thread) {
        (*static_cast<const Body*>(body))(block, thread);
    }

    /* Do one block of those on offer, if there is one. The number of the round stands in the same word
     * as the number of blocks left, so that a helper that comes late finds that its round is over. */
    bool take_block(int thread) {
        std::uint64_t offer = offer_.load(std::memory_order_acquire);
        do {
            if ((offer & 0xffffffff) == 0) return false;
        } while (!offer_.compare_exchange_weak(offer, offer - 1, std::memory_order_acq_rel));
        // A block is ours, so this round cannot end, and body_ and call_ are its own.
        const auto call = call_.load(std::memory_order_relaxed);
        try {
            call(body_.load(std::memory_order_relaxed), Offset(offer & 0xffffffff) - 1, thread);
        } catch (...) {
            failed_.store(true, std::memory_order_relaxed);
        }
        done_.fetch_add(1, std::memory_order_release);
        return true;
    }

    void help(int thread) {
        int rounds = 0;
        while (!finished_.load(std::memory_order_acquire)) {
            if (take_block(thread))
                rounds = 0;
            else
                pause_briefly(rounds);
        }
    }

    int n_threads_;
    std::uint64_t round_ = 0;
    std::atomic<std::uint64_t> offer_{0};
    std::atomic<Offset> done_{0};
    std::atomic<const void*> body_{nullptr};
    std::atomic<void (*)(const void*, Offset, int)> call_{nullptr};
    std::atomic<bool> finished_{false};
    std::atomic<bool> failed_{false};
};

}  // namespace sk_bp
