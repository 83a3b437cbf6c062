/* exp, log and tanh as plain arithmetic, so that compilers turn loops over them into vector code.
 *
 * e^x = 2^n e^r with n the whole number nearest to x / log 2 and |r| <= log(2) / 2; e^r - 1 is a Taylor
 * polynomial, long enough for its error to stay below the rounding. The standard library's functions,
 * called number by number, take two to ten times as long. exp is within 1 unit in the last place,
 * e^x - 1 within 1.5, tanh and log(1 + w) within 2.5; they give the limits at infinity and keep NaN.
 */
#pragma once

#include <cmath>

#include "types.hpp"

namespace sk_bp {

template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    using Bits = std::int32_t;
    static constexpr int degree = 7, mantissa = 23, bias = 127;
    static constexpr float lowest = -104.0f, highest = 89.0f;
    static constexpr float whole = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
    static constexpr float log2_high = 0.693359375f, log2_low = -2.12194440054690583e-4f;
};

template <>
struct Exponential<double> {
    using Bits = std::int64_t;
    static constexpr int degree = 13, mantissa = 52, bias = 1023;
    static constexpr double lowest = -746.0, highest = 710.0;
    static constexpr double whole = 6755399441055744.0;  // 1.5 * 2^52
    static constexpr double log2_high = 0.693147180369123816490;
    static constexpr double log2_low = 1.90821492927058770002e-10;
};

/* 2^n for a whole n within the range of exponents. */
template <class T>
inline T power_of_two(T n) {
    using E = Exponential<T>;
    const T shifted = n + (E::whole + T(E::bias));
    typename E::Bits bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = typename E::Bits(std::make_unsigned_t<typename E::Bits>(bits) << E::mantissa);
    T result;
    std::memcpy(&result, &bits, sizeof bits);
    return result;
}

/* 1/2 + r/6 + r^2/24 + ..., so that e^r = 1 + r + r^2 times this. */
template <class T, int k = 2>
inline T taylor(T r) {
    constexpr auto inverse_factorial = [] {
        double factorial = 1;
        for (int i = 2; i <= k; ++i) factorial *= i;
        return T(1 / factorial);
    }();
    if constexpr (k < Exponential<T>::degree)
        return inverse_factorial + r * taylor<T, k + 1>(r);
    else
        return inverse_factorial;
}

/* x = n log 2 + r + low, where low is the rounding error of r. */
template <class T>
struct Reduced {
    T n, r, low;
    explicit Reduced(T x) {
        using E = Exponential<T>;
        n = (x * T(1.44269504088896340736) + E::whole) - E::whole;
        const T high = x - n * E::log2_high;  // exact
        r = high - n * E::log2_low;
        low = (high - r) - n * E::log2_low;
    }
};

/* e^(x - low), where x has too few digits to hold a small low as well. */
template <class T>
inline T exponential_of_difference(T x, T low) {
    using E = Exponential<T>;
    x = x < E::lowest ? E::lowest : x;
    x = x > E::highest ? E::highest : x;
    const Reduced<T> reduced(x);
    const T r = reduced.r - low;
    const T power = T(1) + (r + r * r * taylor(r));
    const T half = (reduced.n * T(0.5) + E::whole) - E::whole;  // 2^n itself may be out of range
    return power * power_of_two(half) * power_of_two(reduced.n - half);
}

template <class T>
inline T exponential(T x) {
    return exponential_of_difference(x, T(0));
}

template <class T>
inline T logistic(T x) {
    return T(1) / (T(1) + exponential(-x));
}

/* e^x - 1 for |x| up to 20 (float) or 45 (double), where -1 is its limit to the last digit. */
template <class T>
inline T exponential_minus_1(T x) {
    const Reduced<T> reduced(x);
    const T r = reduced.r, scale = power_of_two(reduced.n);
    const T high = (scale - T(1)) + scale * r;
    const T lost = scale * r - (high - (scale - T(1)));
    return high + (lost + scale * (reduced.low + r * r * taylor(r)));
}

template <class T>
inline constexpr T saturated = sizeof(T) == 4 ? T(20) : T(45);

/* tanh|x| = E / (E + 2) with E = e^(2|x|) - 1, computed without cancellation. */
template <class T>
inline T hyperbolic_tangent(T x) {
    T twice = std::abs(x + x);
    twice = twice > saturated<T> ? saturated<T> : twice;
    const T E = exponential_minus_1(twice);
    return std::copysign(E / (E + T(2)), x);
}

/* 1 + q/3 + q^2/5 + ..., so that artanh s = s times this at q = s^2. */
template <class T, int k = 0>
inline T artanh_series(T q) {
    constexpr T term = T(1.0 / (2 * k + 1));
    if constexpr (k < (sizeof(T) == 4 ? 5 : 11))
        return term + q * artanh_series<T, k + 1>(q);
    else
        return term;
}

/* log(1 + w) for w from 0 to 1: log u = 2 artanh((u - 1) / (u + 1)) with u = 1 + w, or half of it
 * beyond sqrt(2), so that the series is short. */
template <class T>
inline T log_1_plus(T w) {
    const bool halved = w > T(0.41421356);
    const T s = (halved ? w - T(1) : w) / (halved ? w + T(3) : w + T(2));
    return (halved ? T(0.69314718055994530942) : T(0)) + T(2) * s * artanh_series(s * s);
}

}  // namespace sk_bp
