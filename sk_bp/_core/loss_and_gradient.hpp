/* The loss of some samples, and its gradient added to a flat array. */
#pragma once

#include "backprop.hpp"

namespace sk_bp {

/* Adds gradients up in an array like that of the parameters. */
template <class T>
class GradientSum final : public GradientTarget<T> {
public:
    GradientSum(T* sum, Offset row_length) : sum_(sum), row_length_(row_length) {}

    void update(Offset first, Offset n, const T* g, bool) override {
        for (Offset j = 0; j < n; ++j) sum_[first + j] += g[j];
    }

    void update_columns(const SparseBatch<T>& batch, Offset first, Offset last, const T* delta,
                        T* g) override {
        for (Offset k = first; k < last; ++k) {
            batch.gradient_row(k, delta, row_length_, g);
            update(Offset(batch.columns()[k]) * row_length_, row_length_, g, true);
        }
    }

private:
    T* sum_;
    Offset row_length_;
};

struct LossSum {
    double loss = 0;  // weighted
    Stop stop = Stop::none;
};

template <class T>
class LossAndGradient {
public:
    LossAndGradient(Network<T> network, const Loss& loss, bool sparse,
                    std::vector<Dropout> dropouts)
        : propagation_(std::move(network), loss, sparse, std::move(dropouts)) {}

    /* All samples as one batch; scale * weight * d loss / d parameters is added to the gradient,
     * unless there is a reason to stop. */
    LossSum add(const Samples<T>& X, const Targets<T>& targets, double scale, T* gradient) {
        const ThreadShare share;
        LossSum sum;
        const Batch all{nullptr, 0, X.n_samples};
        if (all.size == 0) return sum;
        propagation_.take(X);
        GradientSum<T> target(gradient, propagation_.network().layers[0].n_out);
        Team::run(share.threads(propagation_.work(all.size)), [&](Team& team) {
            propagation_.start(all);
            sum.loss = propagation_.forward_and_back(team, targets, scale, target);
            double bound = 0;
            sum.stop = propagation_.check(sum.loss * scale, 1.0, bound);
            if (sum.stop == Stop::none) propagation_.pass_gradient(team, target, Batch{}, false);
        });
        return sum;
    }

private:
    BackPropagation<T> propagation_;
};

}  // namespace sk_bp
