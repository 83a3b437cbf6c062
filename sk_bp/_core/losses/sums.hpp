/* Losses that are sums over the outputs, each of which has a target of its own. */
#pragma once

#include <limits>

#include "../types.hpp"

namespace sk_bp {

/* The loss of one output, and its derivative. */
template <class T>
struct Cost {
    double loss;
    T slope;
};

/* The sum of Pair::of(z_j, y_j), which gives a Cost, over the outputs. */
template <class Pair>
struct SumOverOutputs {
    Offset target_width(Offset n) const { return n; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        const Pair& pair = static_cast<const Pair&>(*this);
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            const Cost<T> cost = pair.of(z[j], y[j]);
            loss += cost.loss;
            z[j] = cost.slope;
        }
        return loss;
    }
};

/* Whether y is the number of one of n classes. */
template <class T>
bool is_class(T y, Offset n) {
    return y >= T(0) && y < T(n);
}

/* The loss of a wrong class number, at which training stops. */
constexpr double no_loss = std::numeric_limits<double>::quiet_NaN();

/* A loss of 0/1 targets with one class number a sample: the output of that class should be 1, all
 * others 0. */
template <class Bits>
struct OneVersusRest {
    static constexpr const char* name = Bits::name_for_classes;
    Offset target_width(Offset) const { return 1; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        if (!is_class(*y, n)) return no_loss;
        const Offset target = Offset(*y);
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            const Cost<T> cost = bits.of(z[j], j == target ? T(1) : T(0));
            loss += cost.loss;
            z[j] = cost.slope;
        }
        return loss;
    }
    Bits bits;
};

}  // namespace sk_bp
