/* One batch of a sparse matrix: its entries by row, for the way forward, and by column, for the
 * gradient.
 *
 * The gradient row of column c is a sum over the batch's entries in column c. One counting pass groups
 * them, without sorting: an array as long as X has columns, kept for the whole fit, gives each column
 * that occurs its number in the order of first appearance. Only the places that were used are cleared
 * afterwards, so the cost is that of the entries.
 */
#pragma once

#include <vector>

#include "types.hpp"

namespace sk_bp {

/* Which sample stands at a position: order[i], or i itself where there is no order. */
struct Order {
    const Offset* order = nullptr;
    Offset first = 0;
    Offset operator()(Offset i) const { return order ? order[first + i] : first + i; }
};

constexpr Index no_group = -1;

template <class T>
class SparseBatch {
public:
    /* Take rows samples of X. `number` has no_group for every column of X, before and after. */
    void gather(const Samples<T>& X, const Order& sample, Offset rows, std::vector<Index>& number) {
        columns_.clear();
        group_ends_.clear();
        groups_.clear();
        row_ends_.clear();
        values_.clear();
        for (Offset i = 0; i < rows; ++i) {
            const Offset r = sample(i);
            for (Offset e = X.starts[r]; e < X.starts[r + 1]; ++e) add(X.columns[e], number);
            values_.insert(values_.end(), X.values + X.starts[r], X.values + X.starts[r + 1]);
            row_ends_.push_back(Offset(groups_.size()));
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

    /* What the weights of each group's row are to be multiplied by on the way forward. */
    std::vector<T> scales;

    /* out (rows x n) = X W for the rows first, ..., of the batch. */
    void multiply(Offset first, Offset rows, const T* W, Offset n, T* out) const {
        constexpr Offset ahead = 6;
        std::fill(out, out + rows * n, T(0));
        Offset e = first ? row_ends_[first - 1] : 0;
        for (Offset i = first; i < first + rows; ++i, out += n) {
            T* SK_BP_RESTRICT z = out;
            for (; e < row_ends_[i]; ++e) {
                if (e + ahead < n_entries()) prefetch(row_of(W, n, groups_[e + ahead]), n);
                const T x = values_[e] * scales[groups_[e]];
                const T* SK_BP_RESTRICT w = row_of(W, n, groups_[e]);
                for (Offset j = 0; j < n; ++j) z[j] += x * w[j];
            }
        }
    }

    /* g (n numbers) = the sum of x * delta[row] over the entries (row, x) of group k. */
    void gradient_row(Offset k, const T* delta, Offset n, T* SK_BP_RESTRICT g) const {
        const Offset first = k ? group_ends_[k - 1] : 0, last = group_ends_[k];
        const T x0 = by_column_[first].value;
        const T* SK_BP_RESTRICT d0 = delta + by_column_[first].row * n;
        for (Offset j = 0; j < n; ++j) g[j] = x0 * d0[j];
        for (Offset e = first + 1; e < last; ++e) {
            const T x = by_column_[e].value;
            const T* SK_BP_RESTRICT d = delta + by_column_[e].row * n;
            for (Offset j = 0; j < n; ++j) g[j] += x * d[j];
        }
    }

private:
    struct Entry {
        Index row;  // within the batch
        T value;
    };

    const T* row_of(const T* W, Offset n, Index group) const {
        return W + Offset(columns_[group]) * n;
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
        for (std::size_t i = 0; i < row_ends_.size(); ++i)
            for (; e < row_ends_[i]; ++e)
                by_column_[group_ends_[groups_[e]]++] = Entry{Index(i), values_[e]};
    }

    std::vector<Index> columns_;      // of each group
    std::vector<Offset> group_ends_;  // after grouping: where each group ends in by_column_
    std::vector<Entry> by_column_;
    std::vector<Offset> row_ends_;  // where each row ends in groups_ and values_
    std::vector<Index> groups_;     // of each entry, by row
    std::vector<T> values_;
};

}  // namespace sk_bp
