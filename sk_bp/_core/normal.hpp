/* The standard normal distribution as plain arithmetic: its density phi and its tail Phi(-x), x >= 0.
 *
 * The tail is phi(x) R(x) with Mills' ratio R, which falls so slowly that (x + 2) R(x) is a polynomial
 * in t = (x - 4) / (x + 4) (Shepherd & Laframboise 1981, for erfc). So the tail keeps its relative
 * accuracy where 1 - Phi(x) would be 0. The coefficients are those of Chebyshev interpolation up to
 * `farthest`, beyond which the tail is 0 in this type. Both are within 4 units in the last place.
 */
#pragma once

#include "exponential.hpp"

namespace sk_bp {

template <class T>
struct Normal;

template <>
struct Normal<float> {
    static constexpr float farthest = 14.5f;
    static constexpr float whole = Exponential<float>::whole / 256;  // adding it rounds to 8 bits
    static constexpr float mills[] = {
        1.41991436f, -0.669523299f, 0.346862018f, -0.10805808f, -0.0033093344f, 0.0237279143f,
        -0.0113971382f, 0.000630940194f, 0.00139341294f, 5.750325e-05f};
};

template <>
struct Normal<double> {
    static constexpr double farthest = 39;
    static constexpr double whole = Exponential<double>::whole / 1048576;  // 20 bits
    static constexpr double mills[] = {
        1.4199142974813639, -0.6695234172878649, 0.34686443844570675, -0.10805333353198752,
        -0.003341419015889501, 0.023672602435975302, -0.011266834156768032, 0.0008853178846568221,
        0.0012726472145904108, -0.0003508903899103817, -0.0001484036139776177,
        6.487405855576842e-05, 2.3366172981174462e-05, -1.0678236968593126e-05,
        -4.880581135113506e-06, 1.524028426619875e-06, 1.128068493123083e-06,
        -1.2420517395209766e-07, -2.327850663576251e-07, -1.937135796829048e-08,
        3.058531336824085e-08, 7.3252870030316615e-09, -4.7497355201226e-10};
};

template <class T, std::size_t k = 0>
inline T mills_polynomial(T t) {
    if constexpr (k + 1 < std::size(Normal<T>::mills))
        return Normal<T>::mills[k] + t * mills_polynomial<T, k + 1>(t);
    else
        return Normal<T>::mills[k];
}

/* phi(x) = e^(-x^2 / 2) / sqrt(2 pi) for x >= 0. The square is split into that of the first digits of
 * x, which is exact, and a small rest. */
template <class T>
inline T normal_density(T x) {
    const T head = (x + Normal<T>::whole) - Normal<T>::whole;
    const T rest = (x - head) * (T(0.5) * x + T(0.5) * head);
    const T low = rest < T(1) ? rest : T(1);  // infinity less infinity: e to the other part is 0
    return T(0.39894228040143267794) * exponential_of_difference(T(-0.5) * head * head, low);
}

/* The density and R at x >= 0; x is cut off at `farthest`, where the density is 0. (One that were
 * computed from x cut off would take three times as long: compilers split it into two cases.) */
template <class T>
struct NormalTail {
    T x, density, ratio;
    explicit NormalTail(T distance) {
        x = distance > Normal<T>::farthest ? Normal<T>::farthest : distance;
        density = normal_density(distance);
        ratio = mills_polynomial((x - T(4)) / (x + T(4))) / (x + T(2));
    }
};

}  // namespace sk_bp
