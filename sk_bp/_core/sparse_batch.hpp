/* One batch of a sparse matrix: its entries by sample, for the way forward, and by column, for the
 * gradient.
 *
 * The gradient of weight row c is a sum over the batch's entries in column c. One counting pass groups
 * them, without sorting: an array as long as X has columns, kept for the whole fit, gives each column
 * that occurs its number in the order of first appearance. Only the places that were used are cleared
 * afterwards, so the cost is that of the entries.
 */
#pragma once

#include <vector>

#include "dropout.hpp"
#include "row_sums.hpp"
#include "samples.hpp"
#include "types.hpp"

namespace sk_bp {

constexpr Index no_group = -1;

template <class T>
class SparseBatch {
public:
    /* Take these samples of X. `number` has no_group for every column of X, before and after. */
    void gather(const Samples<T>& X, const Batch& batch, const Dropout& dropout,
                std::vector<Index>& number) {
        columns_.clear();
        group_ends_.clear();
        groups_.clear();
        sample_ends_.clear();
        values_.clear();
        for (Offset i = 0; i < batch.size; ++i) {
            const Offset k = batch(i);
            if (i + 2 < batch.size) prefetch_sample(X, batch(i + 2));
            if (i + 1 < batch.size) prefetch_numbers(X, batch(i + 1), number);
            for (Offset e = X.starts[k]; e < X.starts[k + 1]; ++e) {
                if (e + numbers_ahead < X.starts[k + 1])
                    prefetch<Use::write>(&number[X.columns[e + numbers_ahead]], 1);
                add(X.columns[e], number);
            }
            values_.insert(values_.end(), X.values + X.starts[k], X.values + X.starts[k + 1]);
            if (dropout.active()) drop(X, k, dropout, batch.step, i);
            sample_ends_.push_back(Offset(groups_.size()));
        }
        group_by_column();
        for (const Index column : columns_) number[column] = no_group;
        scales.assign(columns_.size(), T(1));
    }

    /* The number of columns that occur, the groups, and of entries. */
    Offset n_groups() const { return Offset(columns_.size()); }
    Offset n_entries() const { return Offset(groups_.size()); }
    /* The columns of the groups. */
    const Index* columns() const { return columns_.data(); }

    /* What each group's weight row is to be multiplied by on the way forward. */
    std::vector<T> scales;

    /* out (samples x n) = X W for these samples of the batch. */
    void multiply(Offset first, Offset samples, const T* W, Offset n, T* out) const {
        constexpr Offset ahead = 10;
        Offset e = first ? sample_ends_[first - 1] : 0;
        for (Offset i = first; i < first + samples; ++i, out += n) {
            const Offset end = sample_ends_[i];
            sum_rows(e, end, n, out, [&](Offset k, Offset j, Offset width) {
                const auto row = [&](Offset i) { return W + Offset(columns_[groups_[i]]) * n + j; };
                if (k + ahead < n_entries()) prefetch<Use::read>(row(k + ahead), width);
                return ScaledRow<T>{values_[k] * scales[groups_[k]], row(k)};
            });
            e = end;
        }
    }

    /* g (n numbers) = the sum of x * delta[i] over the entries (i, x) of group k. */
    void gradient_row(Offset k, const T* delta, Offset n, T* SK_BP_RESTRICT g) const {
        const Offset first = k ? group_ends_[k - 1] : 0, last = group_ends_[k];
        const T x0 = by_column_[first].value;
        const T* SK_BP_RESTRICT d0 = delta + by_column_[first].sample * n;
        for (Offset j = 0; j < n; ++j) g[j] = x0 * d0[j];
        for (Offset e = first + 1; e < last; ++e) {
            const T x = by_column_[e].value;
            const T* SK_BP_RESTRICT d = delta + by_column_[e].sample * n;
            for (Offset j = 0; j < n; ++j) g[j] += x * d[j];
        }
    }

private:
    struct Entry {
        Index sample;  // its position in the batch
        T value;
    };

    static constexpr Offset numbers_ahead = 32;

    /* Ask for the first entries of sample k; the others follow them in memory. */
    static void prefetch_sample(const Samples<T>& X, Offset k) {
        const Offset n = std::min<Offset>(256, X.starts[k + 1] - X.starts[k]);
        prefetch<Use::read>(X.columns + X.starts[k], n);
        prefetch<Use::read>(X.values + X.starts[k], n);
    }

    /* Ask for the numbers of its first columns. */
    static void prefetch_numbers(const Samples<T>& X, Offset k, const std::vector<Index>& number) {
        const Offset end = std::min(X.starts[k] + numbers_ahead, X.starts[k + 1]);
        for (Offset e = X.starts[k]; e < end; ++e)
            prefetch<Use::write>(&number[X.columns[e]], 1);
    }

    /* Sample k's values, which stand at the end, at place i of the batch. */
    void drop(const Samples<T>& X, Offset k, const Dropout& dropout, Offset step, Offset i) {
        const Offset n = X.starts[k + 1] - X.starts[k];
        const Index* columns = X.columns + X.starts[k];
        T* x = values_.data() + (Offset(values_.size()) - n);
        for (Offset e = 0; e < n; ++e) x[e] *= dropout.mask<T>(step, i, columns[e]);
    }

    void add(Index column, std::vector<Index>& number) {
        Index& k = number[column];
        if (k == no_group) {
            k = Index(columns_.size());
            columns_.push_back(column);
            group_ends_.push_back(0);
        }
        ++group_ends_[k];
        groups_.push_back(k);
    }

    /* group_ends_ holds counts, then the position at which each group's next entry goes, and so ends
     * as the position after each group's last entry. */
    void group_by_column() {
        Offset total = 0;
        for (Offset& end : group_ends_) {
            const Offset count = end;
            end = total;
            total += count;
        }
        by_column_.resize(total);
        Offset e = 0;
        for (std::size_t i = 0; i < sample_ends_.size(); ++i)
            for (; e < sample_ends_[i]; ++e)
                by_column_[group_ends_[groups_[e]]++] = Entry{Index(i), values_[e]};
    }

    std::vector<Index> columns_;      // of each group
    std::vector<Offset> group_ends_;  // after grouping: where each group ends in by_column_
    std::vector<Entry> by_column_;
    std::vector<Offset> sample_ends_;  // where each sample ends in groups_ and values_
    std::vector<Index> groups_;     // of each entry, by sample
    std::vector<T> values_;
};

}  // namespace sk_bp
