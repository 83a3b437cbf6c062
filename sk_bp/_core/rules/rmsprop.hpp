/* RMSProp: gradients by the root of the average of their squares. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

/* State: s, then the momentum buffer u if there is one, then the mean gradient if centered. */
template <class T>
class RMSProp {
public:
    explicit RMSProp(const Hyperparameters& h)
        : rho_(h.at("rho")),
          mu_(h.at("momentum")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))),
          centered_(h.at("centered") != 0),
          mean_slot_(mu_ > 0 ? 2 : 1) {}

    int n_slots() const { return 1 + (mu_ > 0) + centered_; }
    std::array<double, most_slots> rest_ratios() const {
        return {rho_, mu_ > 0 ? mu_ : rho_, rho_};
    }
    bool drifts() const { return mu_ > 0; }
    DriftTables drift_tables() const {
        if (drifts()) return {falling_powers(mu_)};
        return {};
    }
    void begin(Step& step) {
        eta_ = T(step.eta);
        step.drift[0] = step.eta;
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        move_along(row, row.slot[1], steps.decay, steps.sums[0]);
    }
    void step(Row<T> row, const T* g, const Rest<T>& rest, T decay) const {
        if (centered_)
            mu_ > 0 ? step<true, true>(row, g, rest, decay) : step<true, false>(row, g, rest, decay);
        else
            mu_ > 0 ? step<false, true>(row, g, rest, decay)
                    : step<false, false>(row, g, rest, decay);
    }

private:
    template <bool centered, bool momentum>
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT s = row.slot[0];
        T* SK_BP_RESTRICT u = row.slot[1];
        T* SK_BP_RESTRICT mean = row.slot[mean_slot_];
        const T rho = T(rho_) * rest[0], gain = T(1 - rho_), keep = T(mu_) * rest[1];
        for (Offset j = 0; j < row.n; ++j) {
            s[j] = rho * s[j] + gain * g[j] * g[j];
            T spread = s[j];
            if constexpr (centered) {
                mean[j] = rho * mean[j] + gain * g[j];
                spread -= mean[j] * mean[j];
                spread = spread < T(0) ? T(0) : spread;  // rounding may take it below
            }
            T direction = g[j] / std::sqrt(spread + epsilon_);
            if constexpr (momentum) direction = u[j] = keep * u[j] + direction;
            w[j] -= decay * w[j] + eta_ * direction;
        }
    }

    double rho_, mu_;
    T epsilon_, eta_ = 0;
    bool centered_;
    int mean_slot_;
};

}  // namespace sk_bp
