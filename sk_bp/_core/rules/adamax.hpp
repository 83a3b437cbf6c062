/* Adamax: Adam with the largest gradient in place of the root mean square. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

/* State: m, u. Idle steps divide m by u, both as they fall: beta_1^k m / (beta_2^k u). */
template <class T>
class Adamax {
public:
    explicit Adamax(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")), beta_2_(h.at("beta_2")) {}

    int n_slots() const { return 2; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, 1}; }
    bool drifts() const { return beta_1_ > 0; }
    DriftTables drift_tables() const {
        if (drifts()) return {falling_powers(beta_1_ / beta_2_)};
        return {};
    }
    void begin(Step& step) {
        step.drift[0] = step.eta / (1 - std::pow(beta_1_, double(step.t)));
        eta_ = T(step.drift[0]);
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T decay = T(steps.decay), drift = T(steps.sums[0]);
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT m = row.slot[0];
        const T* SK_BP_RESTRICT u = row.slot[1];
        for (Offset j = 0; j < row.n; ++j) w[j] -= decay * w[j] + drift * (m[j] / not_zero(u[j]));
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        T* SK_BP_RESTRICT u = row.slot[1];
        const T keep_m = T(beta_1_) * rest[0], gain_m = T(1 - beta_1_);
        const T keep_u = T(beta_2_) * rest[1];
        for (Offset j = 0; j < row.n; ++j) {
            m[j] = keep_m * m[j] + gain_m * g[j];
            const T faded = keep_u * u[j], size = std::abs(g[j]);
            u[j] = size > faded ? size : faded;
            w[j] -= decay * w[j] + eta_ * (m[j] / not_zero(u[j]));
        }
    }

private:
    /* Where u is 0, so is m. */
    static T not_zero(T u) { return u > T(0) ? u : T(1); }

    double beta_1_, beta_2_;
    T eta_ = 0;
};

}  // namespace sk_bp
