/* Activation functions: the value at z, and the derivative written in the value a.
 *
 * Adding one: a struct here, a line in with_activation, a line in activations.py.
 */
#pragma once

#include <stdexcept>
#include <string>

#include "exponential.hpp"
#include "types.hpp"

namespace sk_bp {

enum class Activation { identity, logistic, tanh, relu };

struct Identity {
    template <class T>
    static T value(T z) {
        return z;
    }
    template <class T>
    static T slope(T) {
        return T(1);
    }
};

struct Logistic {
    template <class T>
    static T value(T z) {
        return T(1) / (T(1) + exponential(-z));
    }
    template <class T>
    static T slope(T a) {
        return a * (T(1) - a);
    }
};

struct Tanh {
    template <class T>
    static T value(T z) {
        return hyperbolic_tangent(z);
    }
    template <class T>
    static T slope(T a) {
        return T(1) - a * a;
    }
};

struct Relu {
    template <class T>
    static T value(T z) {
        return z < T(0) ? T(0) : z;  // in this order NaN stays NaN
    }
    template <class T>
    static T slope(T a) {
        return a > T(0) ? T(1) : T(0);
    }
};

inline Activation activation_named(const std::string& name) {
    if (name == "identity") return Activation::identity;
    if (name == "logistic") return Activation::logistic;
    if (name == "tanh") return Activation::tanh;
    if (name == "relu") return Activation::relu;
    throw std::invalid_argument("unknown activation: " + name);
}

template <class Body>
void with_activation(Activation activation, const Body& body) {
    switch (activation) {
        case Activation::identity: return body(Identity{});
        case Activation::logistic: return body(Logistic{});
        case Activation::tanh: return body(Tanh{});
        case Activation::relu: return body(Relu{});
    }
}

/* z (rows x n) becomes T(z + b), in place. */
template <class T>
void activate(Activation activation, T* SK_BP_RESTRICT z, const T* SK_BP_RESTRICT b, Offset rows,
              Offset n) {
    with_activation(activation, [&](auto f) {
        for (Offset i = 0; i < rows; ++i, z += n)
            for (Offset j = 0; j < n; ++j) z[j] = f.value(z[j] + b[j]);
    });
}

/* delta (n numbers) is multiplied by the derivative at the values a. */
template <class T>
void multiply_by_slope(Activation activation, T* SK_BP_RESTRICT delta, const T* SK_BP_RESTRICT a,
                       Offset n) {
    if (activation == Activation::identity) return;
    with_activation(activation, [&](auto f) {
        for (Offset j = 0; j < n; ++j) delta[j] *= f.slope(a[j]);
    });
}

}  // namespace sk_bp
