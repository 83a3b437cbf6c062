/* The few types that every part of the core shares. */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#if defined(_MSC_VER)
#define SK_BP_RESTRICT __restrict
#else
#define SK_BP_RESTRICT __restrict__
#endif

namespace sk_bp {

using Index = std::int32_t;   // a column, or a sample within a batch
using Offset = std::int64_t;  // a position in an array, a count, a step

enum class Use { read, write };

/* Ask for n numbers that will be needed soon. Where the build knows instructions for both uses, those
 * that are only read stay in the caches of other processors.
 *
 * GCC believes that a function which does nothing but this has no effect, and leaves out the calls
 * of it; so it is told of one. */
template <Use use, class T>
inline void prefetch(const T* numbers, Offset n) {
#if defined(__GNUC__)
    asm volatile("");
    constexpr Offset line = 64 / sizeof(T);
    for (Offset j = 0; j < n; j += line) __builtin_prefetch(numbers + j, use == Use::write);
#else
    (void)numbers, (void)n;
#endif
}

/* The largest |x|, or NaN or infinity if there is one. Absolute values of floating-point numbers
 * order as the integers of their bits do, and NaN lies above infinity there, so that nothing
 * non-finite is lost, as it would be in a comparison of the numbers. */
template <class T>
T largest_magnitude(const T* x, Offset n) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
    Bits largest = 0;
    for (Offset i = 0; i < n; ++i) {
        Bits bits;
        std::memcpy(&bits, x + i, sizeof(T));
        bits &= std::numeric_limits<Bits>::max();
        largest = bits > largest ? bits : largest;
    }
    T result;
    std::memcpy(&result, &largest, sizeof(T));
    return result;
}

/* A sum whose rounding does not grow with the number of terms (Kahan 1965). Adding many equal losses
 * rounds the same way each time. */
class CompensatedSum {
public:
    void add(double x) {
        const double corrected = x - lost_;
        const double sum = sum_ + corrected;
        lost_ = (sum - sum_) - corrected;
        sum_ = sum;
    }

    double total() const { return sum_; }

private:
    double sum_ = 0, lost_ = 0;
};

/* A sum of squares that grows piece by piece. In double, where neither the squares of large numbers
 * overflow nor those of small ones vanish; in lanes side by side, so that it becomes vector code. */
class SquareSum {
public:
    template <class T>
    void add(const T* x, Offset n) {
        Offset i = 0;
        for (; i + lanes <= n; i += lanes)
            for (Offset j = 0; j < lanes; ++j) sums_[j] += double(x[i + j]) * double(x[i + j]);
        for (Offset j = 0; i < n; ++i, ++j) sums_[j] += double(x[i]) * double(x[i]);
    }

    double total() const {
        double result = 0;
        for (const double sum : sums_) result += sum;
        return result;
    }

private:
    static constexpr Offset lanes = 8;
    double sums_[lanes] = {};
};

}  // namespace sk_bp
