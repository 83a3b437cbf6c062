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
            for (Offset e = X.starts[k]; e < X.starts[k + 1]; ++e) add(X.columns[e], number);
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
        constexpr Offset ahead = 6;
        std::fill(out, out + samples * n, T(0));
        Offset e = first ? sample_ends_[first - 1] : 0;
        for (Offset i = first; i < first + samples; ++i, out += n) {
            const Offset end = sample_ends_[i];
            add_rows(e, end, n, out, [&](Offset k) {
                if (k + ahead < n_entries()) prefetch<Use::read>(weight_row(W, n, groups_[k + ahead]), n);
                return ScaledRow<T>{values_[k] * scales[groups_[k]], weight_row(W, n, groups_[k])};
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

    const T* weight_row(const T* W, Offset n, Index group) const {
        return W + Offset(columns_[group]) * n;
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
