/* Losses: what a row of outputs z costs, and its derivative with respect to z.
 *
 * Each takes the raw outputs, before the output activation: the loss and that activation are one
 * formula, which neither overflows nor cancels, and whose derivative is (prediction - target).
 * Adding one: a struct here, a line in with_loss, a class in losses.py.
 */
#pragma once

#include <cmath>
#include <stdexcept>
#include <string>

#include "batch.hpp"
#include "exponential.hpp"
#include "types.hpp"

namespace sk_bp {

enum class Loss { squared_error, binary_log_loss, categorical_log_loss };
enum class Output { identity, logistic, softmax };

/* Half the squared error, summed over the outputs. */
struct SquaredError {
    template <class T>
    static double row(T* z, const T* y, Offset n) {
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            z[j] -= y[j];
            loss += 0.5 * double(z[j]) * double(z[j]);
        }
        return loss;
    }
};

/* log(1 + e^z) - y z with y in {0, 1}, summed over the outputs. */
struct BinaryLogLoss {
    template <class T>
    static double row(T* z, const T* y, Offset n) {
        double loss = 0;
        for (Offset j = 0; j < n; ++j) {
            const T tail = exponential(-std::abs(z[j]));
            loss += double(z[j] < T(0) ? T(0) : z[j]) - double(z[j]) * double(y[j]) +
                    double(std::log1p(tail));
            z[j] = (z[j] < T(0) ? tail : T(1)) / (T(1) + tail) - y[j];
        }
        return loss;
    }
};

/* z becomes its softmax; returns log(sum e^z). */
template <class T>
double softmax(T* z, Offset n) {
    T top = z[0];
    for (Offset j = 1; j < n; ++j) top = z[j] > top ? z[j] : top;
    T sum = 0;
    for (Offset j = 0; j < n; ++j) z[j] = exponential(z[j] - top);
    for (Offset j = 0; j < n; ++j) sum += z[j];
    const T share = T(1) / sum;
    for (Offset j = 0; j < n; ++j) z[j] *= share;
    return double(top) + std::log(double(sum));
}

/* log(sum_j e^z_j) - z_y with y one class number a row. */
struct CategoricalLogLoss {
    template <class T>
    static double row(T* z, const T* y, Offset n) {
        const Offset target = Offset(*y);
        const double score = z[target];
        const double loss = softmax(z, n) - score;
        z[target] -= T(1);
        return loss;
    }
};

inline Loss loss_named(const std::string& name) {
    if (name == "squared_error") return Loss::squared_error;
    if (name == "binary_log_loss") return Loss::binary_log_loss;
    if (name == "categorical_log_loss") return Loss::categorical_log_loss;
    throw std::invalid_argument("unknown loss: " + name);
}

inline Output output_named(const std::string& name) {
    if (name == "identity") return Output::identity;
    if (name == "logistic") return Output::logistic;
    if (name == "softmax") return Output::softmax;
    throw std::invalid_argument("unknown output: " + name);
}

template <class Body>
double with_loss(Loss loss, const Body& body) {
    switch (loss) {
        case Loss::squared_error: return body(SquaredError{});
        case Loss::binary_log_loss: return body(BinaryLogLoss{});
        case Loss::categorical_log_loss: return body(CategoricalLogLoss{});
    }
    return 0;
}

/* z (rows x n) becomes scale * weight * d loss / d z; returns the weighted sum of the losses.
 * Row i of the block is row sample(i) of the targets. */
template <class T>
double loss_and_delta(Loss loss, T* z, const Targets<T>& targets, const Order& sample, double scale,
                      Offset rows, Offset n) {
    return with_loss(loss, [&](auto f) {
        CompensatedSum sum;
        for (Offset i = 0; i < rows; ++i, z += n) {
            const Offset k = sample(i);
            const double weight = targets.weight ? double(targets.weight[k]) : 1.0;
            sum.add(weight * f.row(z, targets.y + k * targets.width, n));
            const T factor = T(scale * weight);
            for (Offset j = 0; j < n; ++j) z[j] *= factor;
        }
        return sum.total();
    });
}

/* z (rows x n) becomes what predict_proba shows. */
template <class T>
void apply_output(Output output, T* z, Offset rows, Offset n) {
    if (output == Output::softmax)
        for (Offset i = 0; i < rows; ++i) softmax(z + i * n, n);
    if (output == Output::logistic)
        for (Offset i = 0; i < rows * n; ++i) z[i] = T(1) / (T(1) + exponential(-z[i]));
}

}  // namespace sk_bp
