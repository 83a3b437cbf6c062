/* Lion: steps of one size, along the sign of a momentum. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

/* State: m. Its sign, and so the drift of an idle row, stays as it is, however long the row is idle. */
template <class T>
class Lion {
public:
    explicit Lion(const Hyperparameters& h) : beta_1_(h.at("beta_1")), beta_2_(h.at("beta_2")) {}

    int n_slots() const { return 1; }
    std::array<double, most_slots> rest_ratios() const { return {beta_2_, 1, 1}; }
    bool drifts() const { return beta_1_ > 0 && beta_2_ > 0; }
    DriftTables drift_tables() const { return {}; }
    void begin(Step& step) {
        eta_ = T(step.eta);
        step.drift[0] = step.eta;
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T decay = T(steps.decay), drift = T(steps.unfading_sum());
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT m = row.slot[0];
        for (Offset j = 0; j < row.n; ++j) w[j] -= decay * w[j] + along(drift, m[j]);
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        const T beta_1 = T(beta_1_), gain_1 = T(1 - beta_1_);
        const T beta_2 = T(beta_2_), gain_2 = T(1 - beta_2_), rested = rest[0];
        for (Offset j = 0; j < row.n; ++j) {
            const T before = rested * m[j];
            w[j] -= decay * w[j] + along(eta_, beta_1 * before + gain_1 * g[j]);
            m[j] = beta_2 * before + gain_2 * g[j];
        }
    }

private:
    /* x sign(direction) */
    static T along(T x, T direction) {
        const T positive = direction > T(0) ? x : T(0);
        return direction < T(0) ? -x : positive;
    }

    double beta_1_, beta_2_;
    T eta_ = 0;
};

}  // namespace sk_bp
