/* What a rule is, and the few things that rules share.
 *
 * The rule of an optimizer is written once, in a file of this folder, for rows of weights. It says what one
 * step with gradient g does to a row of weights w and to its state (at most three arrays as long as the
 * row), and what k idle steps (zero gradient) do to them. Dense layers are rows with k = 0; the same code
 * serves float32 and float64. A rule has
 *
 *     n_slots()          how many arrays of state it keeps
 *     rest_ratios()      what one idle step multiplies each of them by
 *     drifts()           whether idle steps do more to the weights than decay them
 *     drift_tables()     the functions f_j(k) of its drift, as far as the clock is to sum them
 *     begin(step)        what is the same for all rows of a step; fills step.drift, the c_j
 *     idle(row, steps)   for a rule that drifts: the weights after idle steps, the state still as of
 *                        the last update
 *     step(row, g, rest, decay)
 *                        one step; rest[i] is rest_ratios()[i]^k, which brings the state up to date
 *                        on the way; decay is 1 - p, p the decay factor applied before the update
 *
 * A rule that also keeps a few numbers for all weights, from which it finds its own step length, says
 * how many by numbers_of, and is given the first weights as well. See Prodigy.
 *
 * The recurrences and their sources stand in sk_bp/optimizers, in files of the same names and in the same
 * symbols; the derivations of the idle steps in docs/sparse_steps.md.
 */
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "../idle.hpp"
#include "../parameters.hpp"
#include "../types.hpp"

namespace sk_bp {

using Hyperparameters = Parameters;

constexpr int most_slots = 3;

template <class T>
struct Row {
    T* w;
    std::array<T*, most_slots> slot;
    Offset n;
};

template <class T>
using Rest = std::array<T, most_slots>;

struct Step {
    Offset t;        // 1, 2, ... since the optimizer's state was made
    double eta;      // the learning rate of this step
    bool loss_grew;  // whether the loss is larger than it was a step before
    std::array<double, most_drift_sums> drift{};
};

/* How many numbers a rule keeps beside the slots. */
template <class Rule>
inline constexpr int numbers_of = 0;

/* Two sums over the weights of a block; in double, and in lanes side by side. */
class DistanceSums {
public:
    /* Calls f(j, first, second) for j = 0 .. n - 1, which adds to first and second. */
    template <class F>
    void add(Offset n, const F& f) {
        Offset j = 0;
        for (; j + lanes <= n; j += lanes)
            for (Offset lane = 0; lane < lanes; ++lane) f(j + lane, first_[lane], second_[lane]);
        for (Offset lane = 0; j < n; ++j, ++lane) f(j, first_[lane], second_[lane]);
    }
    double first() const { return sum(first_); }
    double second() const { return sum(second_); }

private:
    static constexpr Offset lanes = 8;
    static double sum(const double* parts) {
        double result = 0;
        for (Offset lane = 0; lane < lanes; ++lane) result += parts[lane];
        return result;
    }
    double first_[lanes] = {}, second_[lanes] = {};
};

/* Not below the smallest normal number, so that 0 / epsilon stays 0 where the row was never touched
 * and a smaller epsilon would have been rounded to zero. */
template <class T>
T safe_epsilon(double epsilon) {
    return std::max(T(epsilon), std::numeric_limits<T>::min());
}

/* r, r^2, ..., r^W. */
inline std::vector<double> falling_powers(double r) {
    std::vector<double> table(drift_window(r));
    for (std::size_t k = 0; k < table.size(); ++k) table[k] = std::pow(r, double(k + 1));
    return table;
}

/* w <- P w - drift direction. */
template <class T>
void move_along(Row<T> row, const T* SK_BP_RESTRICT direction, double decay, double drift) {
    const T by = T(decay), along = T(drift);
    T* SK_BP_RESTRICT w = row.w;
    for (Offset j = 0; j < row.n; ++j) w[j] -= by * w[j] + along * direction[j];
}

}  // namespace sk_bp
