/* Idle steps: what k steps with zero gradient do to a row of weights, known for every k at once.
 *
 * A row that was last updated at step a and is idle in steps a+1 .. i has, after step i,
 *
 *     w <- P(a, i) w - sum_{h = a+1 .. i} P(h, i) d_h,        P(a, i) = p_{a+1} ... p_i,
 *
 * where p_h is the decay factor of step h, and d_h the drift: what a moving average that has not
 * come to rest still adds. Where d_h is (a number of the row) c_h f(h - a), with c_h a number of the
 * step and f a fixed function that falls like r^k, the row's part is a common factor and
 *
 *     S(a, i) = sum_{h = a+1 .. i} P(h, i) c_h f(h - a)
 *
 * is the same for all rows last updated at step a. S is kept for each a. Step i turns it into
 * p_i S + c_i f(i - a) for the last W values of a and touches no older one; W is where f has fallen
 * below the rounding error. An older S is frozen as of step a + W and only decays from then on. So a
 * step costs W multiply-adds, a row costs O(1), for any schedule of rates; and since S is always
 * relative to the present, nothing overflows however strong the decay. A drift that never falls, f = 1, needs
 * no window: with G the sum over all steps so far, S(a, i) = G(i) - P(a, i) G(a).
 */
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "types.hpp"

namespace sk_bp {

constexpr int most_drift_sums = 5;

/* The functions f_j(k), k = 1 .. W, of a rule that drifts; empty for one that does not. */
using DriftTables = std::vector<std::vector<double>>;

/* All rows are brought up to date, and the clock starts anew, after so many steps. */
constexpr Offset steps_before_restart = 1 << 20;

/* The number of terms of r^k, k = 1, 2, ..., above the rounding error. */
inline Offset drift_window(double r) {
    if (!(r > 0)) return 0;
    if (r >= 1) return steps_before_restart;
    const double window = std::ceil(std::log(1e-16) / std::log(r));
    return window < double(steps_before_restart) ? Offset(window) : steps_before_restart;
}

/* 1 - e^x for x <= 0; a short series where x is small, as it is for most gaps. */
inline double one_minus_exp(double x) {
    if (x > -1e-4) return -x * (1 + x * (0.5 + x * (1.0 / 6 + x * (1.0 / 24))));
    return -std::expm1(x);
}

class IdleClock;

/* The idle steps of one row. */
struct IdleSteps {
    Offset count = 0;
    double decay = 0;  // 1 - P
    std::array<double, most_drift_sums> sums{};
    Offset last_update = 0;
    const IdleClock* clock = nullptr;

    /* The sum for f = 1, which never falls. */
    double unfading_sum() const;
};

class IdleClock {
public:
    explicit IdleClock(DriftTables tables = {}) : reversed_(std::move(tables)) {
        for (auto& table : reversed_) std::reverse(table.begin(), table.end());
        restart();
    }

    /* The number of steps since the last restart. */
    Offset now() const { return Offset(log_decay_.size()) - 1; }

    /* Forget the past; every row must be up to date. */
    void restart() {
        log_decay_.assign(1, 0.0);
        first_coefficient_.assign(1, 0.0);
        unfading_.assign(1, 0.0);
        sums_.assign(reversed_.size(), std::vector<double>(1, 0.0));
    }

    /* One more step has been made, with decay factor 1 - decay and drift coefficients c_j. */
    void advance(double decay, const std::array<double, most_drift_sums>& coefficients) {
        const Offset step = now() + 1;
        log_decay_.push_back(log_decay_.back() + std::log1p(-decay));
        first_coefficient_.push_back(coefficients[0]);
        unfading_.push_back((1.0 - decay) * unfading_.back() + coefficients[0]);
        for (std::size_t j = 0; j < sums_.size(); ++j) {
            const Offset window = Offset(reversed_[j].size());
            const Offset first = std::max<Offset>(0, step - window);
            add(sums_[j].data() + first, reversed_[j].data() + (first + window - step),
                1.0 - decay, coefficients[j], step - first);
            sums_[j].push_back(0.0);
        }
    }

    /* What a round changes of the past: the sums that are not frozen yet. */
    struct Mark {
        Offset now = 0;
        std::vector<std::vector<double>> sums;
    };

    Mark mark() const {
        Mark mark{now(), {}};
        for (std::size_t j = 0; j < sums_.size(); ++j)
            mark.sums.emplace_back(sums_[j].begin() + first_open(j), sums_[j].end());
        return mark;
    }

    /* Forget all steps since the mark was made. */
    void rewind(const Mark& mark) {
        const std::size_t n = std::size_t(mark.now) + 1;
        for (auto* numbers : {&log_decay_, &first_coefficient_, &unfading_}) numbers->resize(n);
        for (std::size_t j = 0; j < sums_.size(); ++j) {
            sums_[j].resize(n);
            std::copy(mark.sums[j].begin(), mark.sums[j].end(), sums_[j].begin() + first_open(j));
        }
    }

    /* All that it knows, as arrays of equal length; see load. */
    std::vector<std::vector<double>> save() const {
        std::vector<std::vector<double>> all{log_decay_, first_coefficient_, unfading_};
        all.insert(all.end(), sums_.begin(), sums_.end());
        return all;
    }

    void load(const std::vector<std::vector<double>>& all) {
        if (all.size() != 3 + sums_.size())
            throw std::invalid_argument("these are the idle steps of another rule");
        log_decay_ = all[0];
        first_coefficient_ = all[1];
        unfading_ = all[2];
        std::copy(all.begin() + 3, all.end(), sums_.begin());
    }

    /* What all steps after step a, up to now, do to a row last updated at step a. */
    IdleSteps since(Offset a) const {
        IdleSteps steps;
        steps.count = now() - a;
        steps.last_update = a;
        steps.clock = this;
        if (steps.count == 0) return steps;
        steps.decay = one_minus_exp(log_decay_.back() - log_decay_[a]);
        for (std::size_t j = 0; j < sums_.size(); ++j) {
            const Offset frozen = a + Offset(reversed_[j].size());
            steps.sums[j] = sums_[j][a];
            if (frozen < now()) steps.sums[j] *= decay_after(frozen);
        }
        return steps;
    }

    /* P(h, now). */
    double decay_after(Offset h) const {
        return 1.0 - one_minus_exp(log_decay_.back() - log_decay_[h]);
    }

    /* c_h, the first drift coefficient of step h. */
    double coefficient(Offset h) const { return first_coefficient_[h]; }

    /* G(now) - P(a, now) G(a), with G(i) = p_i G(i-1) + c_i the sum over all steps. */
    double unfading_sum(Offset a) const {
        return unfading_.back() - decay_after(a) * unfading_[a];
    }

private:
    /* The first step whose sum the next step changes. */
    Offset first_open(std::size_t j) const {
        return std::max<Offset>(0, now() + 1 - Offset(reversed_[j].size()));
    }

    static void add(double* SK_BP_RESTRICT sums, const double* SK_BP_RESTRICT table, double decay,
                    double coefficient, Offset n) {
        for (Offset i = 0; i < n; ++i) sums[i] = decay * sums[i] + coefficient * table[i];
    }

    DriftTables reversed_;
    std::vector<double> log_decay_;          // log P(0, i)
    std::vector<double> first_coefficient_;  // c_i
    std::vector<double> unfading_;           // G(i)
    std::vector<std::vector<double>> sums_;  // S_j(a, now), or as frozen
};

inline double IdleSteps::unfading_sum() const { return clock->unfading_sum(last_update); }

/* r^k for k = 0, 1, 2, ...: how far an average has come to rest after k idle steps. */
class Powers {
public:
    explicit Powers(double ratio = 1.0) : ratio_(ratio), table_(256) {
        for (std::size_t k = 0; k < table_.size(); ++k) table_[k] = std::pow(ratio, double(k));
    }
    double operator()(Offset k) const {
        return k < Offset(table_.size()) ? table_[k] : std::pow(ratio_, double(k));
    }

private:
    double ratio_;
    std::vector<double> table_;
};

}  // namespace sk_bp
