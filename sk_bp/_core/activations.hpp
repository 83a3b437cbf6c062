/* Activation functions: the value a = T(z), and the derivative, from z and a.
 *
 * Where keeps_slope is false, slope reads a alone, and is computed on the way back. Where it is true,
 * slope reads z, is computed on the way forward, and kept: written with the same expressions as value,
 * it shares the exponential. The slopes of the last layer are always kept. Adding one: a struct here, its name in Activation, a class in
 * activations.py.
 */
#pragma once

#include <cmath>

#include "exponential.hpp"
#include "normal.hpp"
#include "registry.hpp"
#include "types.hpp"

namespace sk_bp {

/* z, but for infinity the largest number, as 0 times infinity would be NaN. */
template <class T>
inline T not_infinite_below(T z) {
    return z < std::numeric_limits<T>::lowest() ? std::numeric_limits<T>::lowest() : z;
}
template <class T>
inline T finite(T z) {
    const T x = not_infinite_below(z);
    return x > std::numeric_limits<T>::max() ? std::numeric_limits<T>::max() : x;
}

struct Identity {
    static constexpr const char* name = "identity";
    static constexpr bool keeps_slope = false;
    template <class T>
    T value(T z) const {
        return z;
    }
    template <class T>
    T slope(T, T) const {
        return T(1);
    }
};

struct Logistic {
    static constexpr const char* name = "logistic";
    static constexpr bool keeps_slope = false;
    template <class T>
    T value(T z) const {
        return logistic(z);
    }
    template <class T>
    T slope(T, T a) const {
        return a * (T(1) - a);
    }
};

struct Tanh {
    static constexpr const char* name = "tanh";
    static constexpr bool keeps_slope = false;
    template <class T>
    T value(T z) const {
        return hyperbolic_tangent(z);
    }
    template <class T>
    T slope(T, T a) const {
        return T(1) - a * a;
    }
};

struct Relu {
    static constexpr const char* name = "relu";
    static constexpr bool keeps_slope = false;
    template <class T>
    T value(T z) const {
        return z < T(0) ? T(0) : z;  // in this order NaN stays NaN
    }
    template <class T>
    T slope(T, T a) const {
        return a > T(0) ? T(1) : T(0);
    }
};

/* z, or slope z below 0 (Maas, Hannun & Ng 2013). */
struct LeakyRelu {
    static constexpr const char* name = "leaky_relu";
    static constexpr bool keeps_slope = false;
    explicit LeakyRelu(const Parameters& parameters) : below(parameters.at("slope")) {}
    template <class T>
    T value(T z) const {
        return z < T(0) ? T(below) * z : z;
    }
    template <class T>
    T slope(T, T a) const {
        return a > T(0) ? T(1) : T(below);
    }
    double below;
};

/* `above` times z, or `below` times e^z - 1 where z < 0. */
struct ExponentialBelow {
    static constexpr bool keeps_slope = true;  // a + below would cancel
    template <class T>
    T value(T z) const {
        T x = z > T(0) ? T(0) : z;
        x = x < -saturated<T> ? -saturated<T> : x;
        return z > T(0) ? T(above) * z : T(below) * exponential_minus_1(x);
    }
    template <class T>
    T slope(T z, T) const {
        return z > T(0) ? T(above) : T(below) * exponential(z);
    }
    double above, below;
};

/* z, or alpha (e^z - 1) where z < 0 (Clevert, Unterthiner & Hochreiter 2016). */
struct Elu : ExponentialBelow {
    static constexpr const char* name = "elu";
    explicit Elu(const Parameters& parameters) : ExponentialBelow{1, parameters.at("alpha")} {}
};

/* An elu and its scale by which mean 0 and variance 1 are kept (Klambauer et al. 2017). */
struct Selu : ExponentialBelow {
    static constexpr const char* name = "selu";
    Selu() : ExponentialBelow{scale, scale * 1.6732632423543772848} {}

private:
    static constexpr double scale = 1.0507009873554804934;
};

/* log(1 + e^z) (Dugas et al. 2000); its derivative is the logistic function. */
struct Softplus {
    static constexpr const char* name = "softplus";
    static constexpr bool keeps_slope = true;
    template <class T>
    T value(T z) const {
        return (z < T(0) ? T(0) : z) + log_1_plus(exponential(-std::abs(z)));
    }
    template <class T>
    T slope(T z, T) const {
        const T w = exponential(-std::abs(z));
        return (z < T(0) ? w : T(1)) / (T(1) + w);
    }
};

/* z / (1 + |z|) (Bergstra et al. 2009); derivative 1 / (1 + |z|)^2. */
struct Softsign {
    static constexpr const char* name = "softsign";
    static constexpr bool keeps_slope = true;  // 1 - |a| would cancel
    template <class T>
    T value(T z) const {
        const T x = finite(z);
        return x / (T(1) + std::abs(x));
    }
    template <class T>
    T slope(T z, T) const {
        const T share = T(1) / (T(1) + std::abs(z));
        return share * share;
    }
};

/* z / 6 + 1/2, but at least 0 and at most 1; in this form it does not cancel. */
struct HardSigmoid {
    static constexpr const char* name = "hard_sigmoid";
    static constexpr bool keeps_slope = false;
    template <class T>
    T value(T z) const {
        const T a = (z + T(3)) * T(1.0 / 6);
        const T low = a < T(0) ? T(0) : a;
        return low > T(1) ? T(1) : low;
    }
    template <class T>
    T slope(T, T a) const {
        return a > T(0) && a < T(1) ? T(1.0 / 6) : T(0);
    }
};

/* z s(z) with s the logistic function (Elfwing, Uchibe & Doya 2018; "swish"). */
struct Silu {
    static constexpr const char* name = "silu";
    static constexpr bool keeps_slope = true;
    template <class T>
    T value(T z) const {
        const T tail = exponential(-std::abs(z));
        const T share = T(1) / (T(1) + tail), rest = tail * share;
        return not_infinite_below(z) * (z < T(0) ? rest : share);
    }
    /* s (1 + z (1 - s)); both s and 1 - s come from e^-|z|, so that neither cancels. */
    template <class T>
    T slope(T z, T) const {
        const T tail = exponential(-std::abs(z));
        const T share = T(1) / (T(1) + tail), rest = tail * share;
        const bool negative = z < T(0);
        return (negative ? rest : share) * (T(1) + finite(z) * (negative ? share : rest));
    }
};

/* z Phi(z) with Phi the normal distribution function (Hendrycks & Gimpel 2016), not the tanh formula
 * that approximates it. */
struct Gelu {
    static constexpr const char* name = "gelu";
    static constexpr bool keeps_slope = true;
    template <class T>
    T value(T z) const {
        const NormalTail<T> normal(std::abs(z));
        const T tail = normal.density * normal.ratio;
        return not_infinite_below(z) * (z < T(0) ? tail : T(1) - tail);
    }
    /* Phi(z) + z phi(z), which is phi(z) (R(|z|) - |z|) below 0, and 1 less that above. */
    template <class T>
    T slope(T z, T) const {
        const NormalTail<T> normal(std::abs(z));
        const T below = normal.density * (normal.ratio - normal.x);
        return z < T(0) ? below : T(1) - below;
    }
};

/* z tanh(log(1 + e^z)) (Misra 2020). As polynomials in w = e^-|z|, nothing cancels: the tanh is
 * (1 + 2w) / (1 + 2w + 2w^2), or w (2 + w) / (2 + 2w + w^2) where z < 0. */
struct Mish {
    static constexpr const char* name = "mish";
    static constexpr bool keeps_slope = true;
    template <class T>
    T value(T z) const {
        const T w = exponential(-std::abs(z)), w2 = w * w;
        const bool negative = z < T(0);
        const T share = negative ? w * (T(2) + w) : T(1) + T(2) * w;
        const T bottom = share + (negative ? T(2) : T(2) * w2);
        return not_infinite_below(z) * (share / bottom);
    }
    template <class T>
    T slope(T z, T) const {
        const T w = exponential(-std::abs(z)), w2 = w * w;
        const bool negative = z < T(0);
        const T share = negative ? w * (T(2) + w) : T(1) + T(2) * w;
        const T bottom = share + (negative ? T(2) : T(2) * w2);
        T linear = z < Exponential<T>::lowest ? Exponential<T>::lowest : z;  // w is 0 there
        linear = T(4) * (linear > -Exponential<T>::lowest ? -Exponential<T>::lowest : linear);
        const T top = negative
                          ? w * (linear + T(4) + w * (linear + T(6)) + w2 * (T(4) + w))
                          : T(1) + w * (T(4) + w * (linear + T(6)) + w2 * (linear + T(4)));
        return top / (bottom * bottom);
    }
};

using Activation = std::variant<Identity, Logistic, Tanh, Relu, LeakyRelu, Elu, Selu, Softplus,
                                Softsign, HardSigmoid, Silu, Gelu, Mish>;

template <>
inline constexpr const char* kind_of<Activation> = "activation";

inline bool is_identity(const Activation& activation) {
    return std::holds_alternative<Identity>(activation);
}

inline bool keeps_slope(const Activation& activation) {
    return std::visit([](const auto& f) { return f.keeps_slope; }, activation);
}

/* z (samples x n) becomes T(z + b), in place; `slopes`, unless it is null, gets the derivatives. */
template <class T>
void activate(const Activation& activation, T* SK_BP_RESTRICT z, const T* SK_BP_RESTRICT b,
              Offset samples, Offset n, T* SK_BP_RESTRICT slopes) {
    std::visit(
        [&](auto f) {
            for (Offset i = 0; i < samples; ++i, z += n) {
                if (slopes)
                    for (Offset j = 0; j < n; ++j) {
                        const T x = z[j] + b[j];
                        z[j] = f.value(x);
                        slopes[i * n + j] = f.slope(x, z[j]);
                    }
                else
                    for (Offset j = 0; j < n; ++j) z[j] = f.value(z[j] + b[j]);
            }
        },
        activation);
}

/* delta (n numbers) is multiplied by the derivatives: those kept, or those at the values a. */
template <class T>
void multiply_by_slope(const Activation& activation, T* SK_BP_RESTRICT delta, const T* slopes,
                       const T* a, Offset n) {
    std::visit(
        [&](auto f) {
            using Function = decltype(f);
            if constexpr (std::is_same_v<Function, Identity>) return;
            if constexpr (Function::keeps_slope)
                for (Offset j = 0; j < n; ++j) delta[j] *= slopes[j];
            else
                for (Offset j = 0; j < n; ++j) delta[j] *= f.slope(a[j], a[j]);
        },
        activation);
}

/* The value and the derivative at each of n numbers z. */
template <class T>
void values_and_slopes(const Activation& activation, const T* z, Offset n,
                       T* SK_BP_RESTRICT values, T* SK_BP_RESTRICT slopes) {
    std::visit(
        [&](auto f) {
            for (Offset j = 0; j < n; ++j) {
                values[j] = f.value(z[j]);
                slopes[j] = f.slope(z[j], values[j]);
            }
        },
        activation);
}

}  // namespace sk_bp
