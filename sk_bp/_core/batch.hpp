/* One batch of a sparse matrix, grouped by column.
 *
 * The gradient row of column c is a sum over the batch's entries in column c, so the entries are
 * wanted by column. One counting pass does it, without sorting: an array as long as X has columns,
 * kept for the whole fit, gives each column that occurs its number in the order of first appearance.
 * Only the places that were used are cleared afterwards, so the cost is that of the entries.
 */
#pragma once

#include <vector>

#include "types.hpp"

namespace sk_bp {

template <class T>
class ColumnGroups {
public:
    /* Group the entries of the rows order[0], ..., order[rows - 1] of X. */
    void gather(const Samples<T>& X, const Offset* order, Offset first, Offset rows) {
        number_.resize(X.n_columns, none);
        columns_.clear();
        starts_.clear();
        count(X, order, first, rows);
        place(X, order, first, rows);
        for (const Index column : columns_) number_[column] = none;
    }

    Offset size() const { return Offset(columns_.size()); }
    Offset n_entries() const { return Offset(rows_.size()); }
    const Index* columns() const { return columns_.data(); }

    /* g (n numbers) = the sum of x * delta[row] over the entries (row, x) of group k. */
    void gradient_row(Offset k, const T* delta, Offset n, T* SK_BP_RESTRICT g) const {
        const Offset first = k ? starts_[k - 1] : 0, last = starts_[k];
        const T x0 = values_[first];
        const T* SK_BP_RESTRICT d0 = delta + rows_[first] * n;
        for (Offset j = 0; j < n; ++j) g[j] = x0 * d0[j];
        for (Offset e = first + 1; e < last; ++e) {
            const T x = values_[e];
            const T* SK_BP_RESTRICT d = delta + rows_[e] * n;
            for (Offset j = 0; j < n; ++j) g[j] += x * d[j];
        }
    }

private:
    static constexpr Index none = -1;

    static Offset sample(const Offset* order, Offset i) { return order ? order[i] : i; }

    void count(const Samples<T>& X, const Offset* order, Offset first, Offset rows) {
        group_.clear();
        for (Offset i = first; i < first + rows; ++i) {
            const Offset r = sample(order, i);
            for (Offset e = X.starts[r]; e < X.starts[r + 1]; ++e) {
                Index& k = number_[X.columns[e]];
                if (k == none) {
                    k = Index(columns_.size());
                    columns_.push_back(X.columns[e]);
                    starts_.push_back(0);
                }
                ++starts_[k];
                group_.push_back(k);
            }
        }
    }

    /* starts_ holds counts, then the position at which each group's next entry goes, and so ends as
     * the position after each group's last entry. */
    void place(const Samples<T>& X, const Offset* order, Offset first, Offset rows) {
        Offset total = 0;
        for (Offset& start : starts_) {
            const Offset count = start;
            start = total;
            total += count;
        }
        rows_.resize(total);
        values_.resize(total);
        Offset entry = 0;
        for (Offset i = 0; i < rows; ++i) {
            const Offset r = sample(order, first + i);
            for (Offset e = X.starts[r]; e < X.starts[r + 1]; ++e) {
                const Offset position = starts_[group_[entry++]]++;
                rows_[position] = Index(i);
                values_[position] = X.values[e];
            }
        }
    }

    std::vector<Index> number_;   // of each column of X, or none
    std::vector<Index> columns_;  // the columns that occur
    std::vector<Offset> starts_;  // after place: where each group ends
    std::vector<Index> group_;    // the group of each entry, in row order
    std::vector<Index> rows_;     // by group: the row within the batch
    std::vector<T> values_;
};

}  // namespace sk_bp
