/* Gradient descent, plain or with momentum. */
#pragma once

#include "rule.hpp"

namespace sk_bp {

template <class T>
class SGD {
public:
    explicit SGD(const Hyperparameters& h)
        : mu_(h.at("momentum")), gain_(T(1 - h.at("dampening"))), nesterov_(h.at("nesterov") != 0) {}

    int n_slots() const { return mu_ > 0 ? 1 : 0; }
    std::array<double, most_slots> rest_ratios() const { return {mu_, 1, 1}; }
    bool drifts() const { return mu_ > 0; }
    DriftTables drift_tables() const {
        if (drifts()) return {falling_powers(mu_)};
        return {};
    }
    void begin(Step& step) {
        eta_ = T(step.eta);
        step.drift[0] = step.eta * (nesterov_ ? mu_ : 1);
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        move_along(row, row.slot[0], steps.decay, steps.sums[0]);
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT v = row.slot[0];
        const T keep = T(mu_) * rest[0], mu = T(mu_);
        if (!(mu_ > 0)) {
            for (Offset j = 0; j < row.n; ++j) w[j] -= decay * w[j] + eta_ * g[j];
            return;
        }
        for (Offset j = 0; j < row.n; ++j) {
            v[j] = keep * v[j] + gain_ * g[j];
            const T direction = nesterov_ ? g[j] + mu * v[j] : v[j];
            w[j] -= decay * w[j] + eta_ * direction;
        }
    }

private:
    double mu_;
    T gain_, eta_ = 0;
    bool nesterov_;
};

}  // namespace sk_bp
