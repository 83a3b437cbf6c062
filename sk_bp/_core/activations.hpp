/* Activation functions: the value a = T(z), and the derivative, from z and a.
 *
 * Where slope_needs_input is false, slope reads a alone, and z is not kept. Adding one: a struct here,
 * its name in Activation, a class in activations.py.
 */
#pragma once

#include <cmath>

#include "exponential.hpp"
#include "registry.hpp"
#include "types.hpp"

namespace sk_bp {

struct Identity {
    static constexpr const char* name = "identity";
    static constexpr bool slope_needs_input = false;
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
    static constexpr bool slope_needs_input = false;
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
    static constexpr bool slope_needs_input = false;
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
    static constexpr bool slope_needs_input = false;
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
    static constexpr bool slope_needs_input = false;
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

/* z s(z) with s the logistic function (Elfwing, Uchibe & Doya 2018; "swish"). */
struct Silu {
    static constexpr const char* name = "silu";
    static constexpr bool slope_needs_input = true;
    template <class T>
    T value(T z) const {
        const T x = z < lowest<T> ? lowest<T> : z;  // s is 0 there, and 0 times infinity would be NaN
        return x * logistic(x);
    }
    /* s (1 + z (1 - s)); both s and 1 - s come from e^-|z|, so that neither cancels. */
    template <class T>
    T slope(T z, T) const {
        T x = z < lowest<T> ? lowest<T> : z;
        x = x > -lowest<T> ? -lowest<T> : x;
        const T tail = exponential(-std::abs(x));
        const T share = T(1) / (T(1) + tail), rest = tail * share;
        const bool negative = x < T(0);
        return (negative ? rest : share) * (T(1) + x * (negative ? share : rest));
    }

private:
    template <class T>
    static constexpr T lowest = std::numeric_limits<T>::lowest();
};

using Activation = std::variant<Identity, Logistic, Tanh, Relu, LeakyRelu, Silu>;

template <>
inline constexpr const char* kind_of<Activation> = "activation";

inline bool slope_needs_input(const Activation& activation) {
    return std::visit([](const auto& f) { return f.slope_needs_input; }, activation);
}

/* z (samples x n) becomes T(z + b), in place; `inputs`, unless it is null, gets z + b. */
template <class T>
void activate(const Activation& activation, T* SK_BP_RESTRICT z, const T* SK_BP_RESTRICT b,
              Offset samples, Offset n, T* SK_BP_RESTRICT inputs) {
    std::visit(
        [&](auto f) {
            for (Offset i = 0; i < samples; ++i, z += n) {
                if (inputs)
                    for (Offset j = 0; j < n; ++j) inputs[i * n + j] = z[j] + b[j];
                for (Offset j = 0; j < n; ++j) z[j] = f.value(z[j] + b[j]);
            }
        },
        activation);
}

/* delta (n numbers) is multiplied by the derivative at the inputs z and the values a. */
template <class T>
void multiply_by_slope(const Activation& activation, T* SK_BP_RESTRICT delta, const T* z,
                       const T* a, Offset n) {
    std::visit(
        [&](auto f) {
            using Function = decltype(f);
            if constexpr (std::is_same_v<Function, Identity>) return;
            const T* inputs = Function::slope_needs_input ? z : a;  // of a, nothing is read as z
            for (Offset j = 0; j < n; ++j) delta[j] *= f.slope(inputs[j], a[j]);
        },
        activation);
}

}  // namespace sk_bp
