/* Gradients that are added up instead of applied. */
#pragma once

#include "rule.hpp"

namespace sk_bp {

/* Not an optimizer: the weights' place is taken by a sum of gradients. */
template <class T>
class GradientSum {
public:
    explicit GradientSum(const Hyperparameters&) {}
    int n_slots() const { return 0; }
    std::array<double, most_slots> rest_ratios() const { return {1, 1, 1}; }
    bool drifts() const { return false; }
    DriftTables drift_tables() const { return {}; }
    void begin(Step&) {}
    void idle(Row<T>, const IdleSteps&) const {}
    void step(Row<T> row, const T* g, const Rest<T>&, T) const {
        for (Offset j = 0; j < row.n; ++j) row.w[j] += g[j];
    }
};

}  // namespace sk_bp
