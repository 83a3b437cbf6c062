/* Half the Tweedie deviance of a positive mean mu = e^z, and its special cases.
 *
 * With power p, a = 2 - p and b = p - 1, so that a + b = 1, and d = z - log y, it is
 *
 *     y^a (f(a d) / a + f(-b d) / b),    f(t) = e^t - 1 - t,
 *
 * a term being left out where its a or b is 0, which is its limit. The derivative with respect to z is
 * mu^a - y mu^-b. (Jorgensen 1987; f(t) >= 0 shows that no deviance is negative.) */
#pragma once

#include <cmath>

#include "sums.hpp"
#include "../parameters.hpp"

namespace sk_bp {

template <class Named>
struct Deviance : SumOverOutputs<Named> {
    explicit Deviance(double power) : a(2 - power), b(power - 1) {}

    template <class T>
    Cost<T> of(T z, T y) const {
        const double growing = a == 0 ? 1 : std::exp(a * double(z));  // mu^a
        if (y == T(0)) return {growing / a, T(growing)};
        const double falling = double(y) * (b == 0 ? 1 : std::exp(-b * double(z)));  // y mu^-b
        const double scale = std::pow(double(y), a), d = double(z) - std::log(double(y));
        double loss = 0;
        if (a != 0) loss += excess(scale, a * d, growing) / a;
        if (b != 0) loss += excess(scale, -b * d, falling) / b;
        return {loss, T(growing - falling)};
    }

private:
    /* scale f(t), where grown is scale e^t, known to be finite if f is. */
    static double excess(double scale, double t, double grown) {
        return std::abs(t) < 1 ? scale * (std::expm1(t) - t) : grown - scale * (1 + t);
    }

    double a, b;
};

struct Poisson : Deviance<Poisson> {
    static constexpr const char* name = "poisson";
    Poisson() : Deviance(1) {}
};

struct Gamma : Deviance<Gamma> {
    static constexpr const char* name = "gamma";
    Gamma() : Deviance(2) {}
};

struct Tweedie : Deviance<Tweedie> {
    static constexpr const char* name = "tweedie";
    explicit Tweedie(const Parameters& parameters) : Deviance(parameters.at("power")) {}
};

}  // namespace sk_bp
