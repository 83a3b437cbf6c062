/* Output activations: what turns the raw outputs z of a sample into predictions.
 *
 * Adding one: a struct here, its name in Output, a class in Python. `elementwise` says that each
 * number is turned by itself, so that a whole block may be handed over as one long row.
 */
#pragma once

#include <cmath>

#include "exponential.hpp"
#include "registry.hpp"
#include "types.hpp"

namespace sk_bp {

/* The largest of z is infinite: the outputs that equal it share all probability. NaN stays NaN. */
template <class T>
void share_among_infinite(T* z, Offset n, T top) {
    for (Offset j = 0; j < n; ++j)
        if (!std::isnan(z[j])) z[j] = z[j] == top ? T(1) : T(0);
}

/* z becomes its softmax; returns log(sum e^z). */
template <class T>
double softmax(T* z, Offset n) {
    T top = z[0];
    for (Offset j = 1; j < n; ++j) top = z[j] > top ? z[j] : top;
    T sum = 0;
    if (std::isinf(top))
        share_among_infinite(z, n, top);
    else
        for (Offset j = 0; j < n; ++j) z[j] = exponential(z[j] - top);
    for (Offset j = 0; j < n; ++j) sum += z[j];
    const T share = T(1) / sum;
    for (Offset j = 0; j < n; ++j) z[j] *= share;
    return double(top) + std::log(double(sum));
}

struct IdentityOutput {
    static constexpr const char* name = "identity";
    static constexpr bool elementwise = true;
    template <class T>
    void apply(T*, Offset) const {}
};

struct LogisticOutput {
    static constexpr const char* name = "logistic";
    static constexpr bool elementwise = true;
    template <class T>
    void apply(T* z, Offset n) const {
        for (Offset j = 0; j < n; ++j) z[j] = logistic(z[j]);
    }
};

struct SoftmaxOutput {
    static constexpr const char* name = "softmax";
    static constexpr bool elementwise = false;
    template <class T>
    void apply(T* z, Offset n) const {
        softmax(z, n);
    }
};

struct ExponentialOutput {
    static constexpr const char* name = "exponential";
    static constexpr bool elementwise = true;
    template <class T>
    void apply(T* z, Offset n) const {
        for (Offset j = 0; j < n; ++j) z[j] = exponential(z[j]);
    }
};

/* By insertion: there are few, and NaN does no harm. */
struct SortedOutput {
    static constexpr const char* name = "sorted";
    static constexpr bool elementwise = false;
    template <class T>
    void apply(T* z, Offset n) const {
        for (Offset i = 1; i < n; ++i) {
            const T value = z[i];
            Offset j = i;
            for (; j > 0 && z[j - 1] > value; --j) z[j] = z[j - 1];
            z[j] = value;
        }
    }
};

using Output = std::variant<IdentityOutput, LogisticOutput, SoftmaxOutput, ExponentialOutput,
                            SortedOutput>;

template <>
inline constexpr const char* kind_of<Output> = "output";

/* z (samples x n) becomes the outputs. */
template <class T>
void apply_output(const Output& output, T* z, Offset samples, Offset n) {
    std::visit(
        [&](auto f) {
            if constexpr (decltype(f)::elementwise)
                f.apply(z, samples * n);
            else
                for (Offset i = 0; i < samples; ++i) f.apply(z + i * n, n);
        },
        output);
}

}  // namespace sk_bp
