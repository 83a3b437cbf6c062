/* Losses: what the outputs z of a sample cost, and the derivative with respect to z.
 *
 * Each takes the raw outputs, before the output activation: the loss and that activation are one
 * formula, which neither overflows nor cancels, and whose derivative is (prediction - target).
 * Adding one: a struct here, its name in Loss, a class in losses.py. A loss has
 *
 *     target_width(n)   how many numbers of y a sample has, for n outputs
 *     row(z, y, n)      turns z into d loss / d z, and returns the loss
 */
#pragma once

#include <cmath>
#include <limits>

#include "exponential.hpp"
#include "outputs.hpp"
#include "registry.hpp"
#include "samples.hpp"
#include "types.hpp"

namespace sk_bp {

/* Half the squared error, summed over the outputs. */
struct SquaredError {
    static constexpr const char* name = "squared_error";
    Offset target_width(Offset n) const { return n; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            z[j] -= y[j];
            loss += 0.5 * double(z[j]) * double(z[j]);
        }
        return loss;
    }
};

/* Half the square of an error up to delta, linear beyond, summed over the outputs (Huber 1964). */
struct Huber {
    static constexpr const char* name = "huber";
    explicit Huber(const Parameters& parameters) : delta(parameters.at("delta")) {}
    Offset target_width(Offset n) const { return n; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        const T most = T(delta);
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            const T error = z[j] - y[j], size = std::abs(error);
            loss += size > most ? delta * (double(size) - 0.5 * delta)
                                : 0.5 * double(error) * double(error);
            z[j] = size > most ? std::copysign(most, error) : error;
        }
        return loss;
    }
    double delta;
};

/* log(1 + e^z) - y z with y in {0, 1}, summed over the outputs: log(1 + e^-|z|), and |z| for what
 * stands on the wrong side. An infinite z on the right side costs nothing. */
struct BinaryLogLoss {
    static constexpr const char* name = "binary_log_loss";
    Offset target_width(Offset n) const { return n; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            const T tail = exponential(-std::abs(z[j]));
            const double wrong = z[j] < T(0) ? double(y[j]) : 1 - double(y[j]);
            const double distance = wrong == 0 ? 0 : wrong * double(std::abs(z[j]));
            loss += distance + double(std::log1p(tail));
            z[j] = (z[j] < T(0) ? tail : T(1)) / (T(1) + tail) - y[j];
        }
        return loss;
    }
};

/* log(sum_j e^z_j) - z_y with y one class number a sample; NaN if there is no such class. */
struct CategoricalLogLoss {
    static constexpr const char* name = "categorical_log_loss";
    Offset target_width(Offset) const { return 1; }
    template <class T>
    double row(T* z, const T* y, Offset n) const {
        if (!(*y >= T(0) && *y < T(n))) return std::numeric_limits<double>::quiet_NaN();
        const Offset target = Offset(*y);
        const double score = z[target];
        const double log_sum = softmax(z, n);
        const double loss = std::isfinite(score) ? log_sum - score : -std::log(double(z[target]));
        z[target] -= T(1);
        return loss;
    }
};

using Loss = std::variant<SquaredError, Huber, BinaryLogLoss, CategoricalLogLoss>;

template <>
inline constexpr const char* kind_of<Loss> = "loss";

inline Offset target_width(const Loss& loss, Offset n_outputs) {
    return std::visit([&](const auto& f) { return f.target_width(n_outputs); }, loss);
}

/* z, the outputs (n a sample) of a batch or a part of one, becomes scale * weight * d loss / d z;
 * returns the weighted sum of the losses. */
template <class T>
double loss_and_delta(const Loss& loss, T* z, const Targets<T>& targets, const Batch& batch,
                      double scale, Offset n) {
    return std::visit(
        [&](auto f) {
            CompensatedSum sum;
            for (Offset i = 0; i < batch.size; ++i, z += n) {
                const Offset k = batch(i);
                const double weight = targets.weight ? double(targets.weight[k]) : 1.0;
                sum.add(weight * f.row(z, targets.y + k * targets.width, n));
                const T factor = T(scale * weight);
                for (Offset j = 0; j < n; ++j) z[j] *= factor;
            }
            return sum.total();
        },
        loss);
}

}  // namespace sk_bp
