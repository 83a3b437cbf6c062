/* iRprop+: a step size for each weight, from the signs of its gradients alone. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

/* State: the step sizes (0: not begun), the gradients before, the changes of the weights before. */
template <class T>
class Rprop {
public:
    explicit Rprop(const Hyperparameters& h)
        : increase_(T(h.at("increase"))),
          decrease_(T(h.at("decrease"))),
          smallest_(T(h.at("min_step"))),
          largest_(T(h.at("max_step"))) {}

    int n_slots() const { return 3; }
    std::array<double, most_slots> rest_ratios() const { return {1, 0, 0}; }
    bool drifts() const { return false; }
    DriftTables drift_tables() const { return {}; }
    void begin(Step& step) {
        first_ = T(step.eta);
        back_ = step.loss_grew ? T(1) : T(0);
    }
    void idle(Row<T>, const IdleSteps&) const {}
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT size = row.slot[0];
        T* SK_BP_RESTRICT before = row.slot[1];
        T* SK_BP_RESTRICT change = row.slot[2];
        for (Offset j = 0; j < row.n; ++j) {
            const T old_sign = sign(rest[1] * before[j]), new_sign = sign(g[j]);
            const T agreement = old_sign * new_sign;
            T step = size[j] > T(0) ? size[j] : first_;
            step *= agreement > T(0) ? increase_ : agreement < T(0) ? decrease_ : T(1);
            step = step > largest_ ? largest_ : step;
            size[j] = step < smallest_ ? smallest_ : step;
            // A change of sign: the minimum was passed. Go back if the loss grew, and rest a step.
            const bool passed = agreement < T(0);
            const T undone = -back_ * rest[2] * change[j];
            const T next = passed ? undone : -new_sign * size[j];
            before[j] = passed ? T(0) : g[j];
            change[j] = next;
            w[j] -= decay * w[j] - next;
        }
    }

private:
    static T sign(T x) { return T(x > T(0)) - T(x < T(0)); }

    T increase_, decrease_, smallest_, largest_;
    T first_ = 0, back_ = 0;
};

}  // namespace sk_bp
