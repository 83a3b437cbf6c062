/* Losses of errors, prediction - target. */
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "../exponential.hpp"
#include "sums.hpp"
#include "../parameters.hpp"

namespace sk_bp {

/* Half the squared error, summed over the outputs. */
struct SquaredError : SumOverOutputs<SquaredError> {
    static constexpr const char* name = "squared_error";
    template <class T>
    Cost<T> of(T z, T y) const {
        const T error = z - y;
        return {0.5 * double(error) * double(error), error};
    }
};

/* The size of the error; 0 is taken for its derivative at 0. */
struct AbsoluteError : SumOverOutputs<AbsoluteError> {
    static constexpr const char* name = "absolute_error";
    template <class T>
    Cost<T> of(T z, T y) const {
        const T error = z - y;
        return {double(std::abs(error)), T(error > T(0)) - T(error < T(0))};
    }
};

/* Half the square of an error up to delta, linear beyond (Huber 1964). */
struct Huber : SumOverOutputs<Huber> {
    static constexpr const char* name = "huber";
    explicit Huber(const Parameters& parameters) : delta(parameters.at("delta")) {}
    template <class T>
    Cost<T> of(T z, T y) const {
        const T most = T(delta), error = z - y, size = std::abs(error);
        return {size > most ? delta * (double(size) - 0.5 * delta)
                            : 0.5 * double(error) * double(error),
                size > most ? std::copysign(most, error) : error};
    }
    double delta;
};

/* log(cosh(error)), by the formula of the two that does not cancel; its derivative is tanh(error). */
struct LogCosh : SumOverOutputs<LogCosh> {
    static constexpr const char* name = "log_cosh";
    template <class T>
    Cost<T> of(T z, T y) const {
        constexpr double log_2 = 0.693147180559945309417;
        const T error = z - y, slope = hyperbolic_tangent(error);
        const double size = std::abs(double(error)), square = double(slope) * double(slope);
        return {size < 1 ? -0.5 * std::log1p(-square)
                         : size + std::log1p(exponential(-2 * size)) - log_2,
                slope};
    }
};

/* quantile times what a prediction is too low by, 1 - quantile times what it is too high by (Koenker &
 * Bassett 1978). Several quantiles are predicted by one output each, and share one target. */
struct Pinball {
    static constexpr const char* name = "pinball";
    explicit Pinball(const Parameters& parameters) {
        for (std::size_t k = 0; parameters.count("quantile_" + std::to_string(k)); ++k)
            quantiles.push_back(parameters.at("quantile_" + std::to_string(k)));
        if (quantiles.empty()) parameters.at("quantile_0");  // an error that says what is missing
    }
    /* 0, which no y has, unless there is an output for each quantile. */
    Offset target_width(Offset n) const {
        if (quantiles.size() == 1) return n;
        return Offset(quantiles.size()) == n ? 1 : 0;
    }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        const bool several = quantiles.size() > 1;
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            const double quantile = quantiles[several ? j : 0];
            const T error = z[j] - y[several ? 0 : j];
            const double steepness = error < T(0) ? -quantile : 1 - quantile;
            loss += steepness * double(error);
            z[j] = error == T(0) ? T(0) : T(steepness);
        }
        return loss;
    }
    std::vector<double> quantiles;
};

}  // namespace sk_bp
