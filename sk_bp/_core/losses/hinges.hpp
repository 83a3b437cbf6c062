/* Losses of margins: z where y is 1, -z where y is 0. What has a margin of 1 or more costs nothing. */
#pragma once

#include "sums.hpp"

namespace sk_bp {

/* By how much the margin is too small; 0 if it is large enough. NaN stays NaN. */
template <class T>
T lacking(T z, T y) {
    const T lack = T(1) - (y > T(0) ? z : -z);
    return lack <= T(0) ? T(0) : lack;
}

struct Hinge : SumOverOutputs<Hinge> {
    static constexpr const char* name = "binary_hinge";
    static constexpr const char* name_for_classes = "categorical_hinge";
    template <class T>
    Cost<T> of(T z, T y) const {
        const T lack = lacking(z, y);
        return {double(lack), lack == T(0) ? T(0) : y > T(0) ? T(-1) : T(1)};
    }
};

struct SquaredHinge : SumOverOutputs<SquaredHinge> {
    static constexpr const char* name = "binary_squared_hinge";
    static constexpr const char* name_for_classes = "categorical_squared_hinge";
    template <class T>
    Cost<T> of(T z, T y) const {
        const T lack = lacking(z, y);
        return {double(lack) * double(lack), T(2) * (y > T(0) ? -lack : lack)};
    }
};

}  // namespace sk_bp
