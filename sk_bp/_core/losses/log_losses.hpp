/* The log-loss and the focal loss, from raw outputs, so that no probability is rounded to 0. */
#pragma once

#include <cmath>

#include "../exponential.hpp"
#include "sums.hpp"
#include "../outputs.hpp"
#include "../parameters.hpp"

namespace sk_bp {

/* log(1 + e^z) - t z with y in {0, 1} and t = (1 - s) y + s / 2, s being the smoothing: log(1 + e^-|z|),
 * and |z| for what stands on the wrong side. An infinite z on the right side costs nothing. */
struct BinaryLogLoss : SumOverOutputs<BinaryLogLoss> {
    static constexpr const char* name = "binary_log_loss";
    explicit BinaryLogLoss(const Parameters& parameters)
        : smoothing(parameters.at("label_smoothing")) {}
    template <class T>
    Cost<T> of(T z, T y) const {
        const T target = T(1 - smoothing) * y + T(0.5 * smoothing);
        const T tail = exponential(-std::abs(z));
        const double wrong = z < T(0) ? double(target) : 1 - double(target);
        const double distance = wrong == 0 ? 0 : wrong * double(std::abs(z));
        const T slope = (z < T(0) ? tail : T(1)) / (T(1) + tail) - target;
        return {distance + double(std::log1p(tail)), slope};
    }
    double smoothing;
};

/* log(sum_j e^z_j) - sum_j t_j z_j with y one class number a sample and t_j = s / n, and 1 - s more for
 * j = y; NaN if there is no such class. */
struct CategoricalLogLoss {
    static constexpr const char* name = "categorical_log_loss";
    explicit CategoricalLogLoss(const Parameters& parameters)
        : smoothing(parameters.at("label_smoothing")) {}
    Offset target_width(Offset) const { return 1; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        if (!is_class(*y, n)) return no_loss;
        const Offset target = Offset(*y);
        const double score = z[target];
        const double smoothed = smoothing == 0 ? 0 : smoothing * (score - mean(z, n));
        const double log_sum = softmax(z, n);
        const double loss = std::isfinite(score) ? log_sum - score : -std::log(double(z[target]));
        if (smoothing != 0)
            for (Offset j = 0; j < n; ++j) z[j] -= T(smoothing / double(n));
        z[target] -= T(1 - smoothing);
        return loss + smoothed;
    }
    double smoothing;

private:
    template <class T>
    static double mean(const T* z, Offset n) {
        double sum = 0;
        for (Offset j = 0; j < n; ++j) sum += double(z[j]);
        return sum / double(n);
    }
};

/* The log-loss l of a target's probability p times q^gamma, q = 1 - p (Lin et al. 2017). */
struct Focus {
    explicit Focus(const Parameters& parameters) : gamma(parameters.at("gamma")) {}

    double loss(double l, double q) const { return std::pow(q, gamma) * l; }
    /* The derivative with respect to l. As l goes to 0, l / q goes to 1. */
    double slope(double l, double p, double q) const {
        return std::pow(q, gamma) * (1 + gamma * p * (q > 0 ? l / q : 1));
    }
    double gamma;
};

/* Focal loss of y in {0, 1}. */
struct BinaryFocal : SumOverOutputs<BinaryFocal> {
    static constexpr const char* name = "binary_focal";
    explicit BinaryFocal(const Parameters& parameters) : focus(parameters) {}
    template <class T>
    Cost<T> of(T z, T y) const {
        const double sign = y > T(0) ? 1 : -1, margin = sign * double(z);
        const double tail = exponential(-std::abs(margin)), share = 1 / (1 + tail);
        const double q = margin < 0 ? share : tail * share;
        const double p = margin < 0 ? tail * share : share;
        const double l = std::log1p(tail) + (margin < 0 ? -margin : 0);
        return {focus.loss(l, q), T(-sign * q * focus.slope(l, p, q))};
    }
    Focus focus;
};

/* Focal loss with y one class number a sample; NaN if there is no such class. */
struct CategoricalFocal {
    static constexpr const char* name = "categorical_focal";
    explicit CategoricalFocal(const Parameters& parameters) : focus(parameters) {}
    Offset target_width(Offset) const { return 1; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        if (!is_class(*y, n)) return no_loss;
        const Offset target = Offset(*y);
        const double score = z[target], log_sum = softmax(z, n), p = z[target];
        double q = 0;  // 1 - p without cancellation
        for (Offset j = 0; j < n; ++j) q += j == target ? 0 : double(z[j]);
        const double far = std::isfinite(score) ? log_sum - score : -std::log(p);
        const double l = q < 0.5 ? -std::log1p(-q) : far;
        const double slope = focus.slope(l, p, q);
        z[target] = T(-q);
        for (Offset j = 0; j < n; ++j) z[j] = T(slope * double(z[j]));
        return focus.loss(l, q);
    }
    Focus focus;
};

}  // namespace sk_bp
