/* The journal of a round: which weight rows of the first layer its steps have touched, how often, and
 * what these rows and their state were before. With it a round can be told to others as its changed
 * rows, and undone, at the cost of the rows that it has touched.
 *
 * Used where data are trained on in parallel: each process makes the steps of one part of the data,
 * hands over the rows that it has changed, and goes back to the weights that all started from. Then
 * the changes of all parts, combined, are applied everywhere. See docs/distributed.md.
 */
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "rules/rule.hpp"
#include "types.hpp"

namespace sk_bp {

template <class T>
class Journal {
public:
    /* A row before the round. */
    struct Entry {
        Index column;
        Index last_update;  // in steps of the clock
        T* numbers;         // weights, then each slot
    };

    bool on() const { return on_; }

    /* Begin a round; rows of row_length weights and n_slots arrays of state. */
    void start(Offset n_rows, Offset row_length, int n_slots) {
        row_length_ = row_length;
        n_slots_ = n_slots;
        touches_.resize(n_rows, 0);
        on_ = true;
    }

    /* A step is about to change this row. Several threads may call it, each for rows of its own. */
    void note(Index column, const Row<T>& row, Index last_update) {
        if (touches_[column]++ > 0) return;
        const std::lock_guard<std::mutex> lock(mutex_);
        Entry entry{column, last_update, room()};
        T* to = std::copy_n(row.w, row.n, entry.numbers);
        for (int i = 0; i < n_slots_; ++i) to = std::copy_n(row.slot[i], row.n, to);
        entries_.push_back(entry);
    }

    Offset size() const { return Offset(entries_.size()); }
    Index touches(Index column) const { return touches_[column]; }

    /* The entries, in ascending order of their columns. */
    const std::vector<Entry>& sorted() {
        std::sort(entries_.begin(), entries_.end(),
                  [](const Entry& a, const Entry& b) { return a.column < b.column; });
        return entries_;
    }

    /* The row as it was before. */
    Row<T> before(const Entry& entry) const {
        Row<T> row{entry.numbers, {}, row_length_};
        for (int i = 0; i < n_slots_; ++i) row.slot[i] = entry.numbers + (i + 1) * row_length_;
        return row;
    }

    /* End the round, and forget it. */
    void stop() {
        for (const Entry& entry : entries_) touches_[entry.column] = 0;
        entries_.clear();
        chunks_.clear();
        on_ = false;
    }

private:
    static constexpr Offset rows_per_chunk = 1024;

    /* Room for one more row, which stays where it is. */
    T* room() {
        const Offset numbers = (n_slots_ + 1) * row_length_;
        const Offset place = size() % rows_per_chunk;
        if (place == 0) chunks_.emplace_back(new T[rows_per_chunk * numbers]);
        return chunks_.back().get() + place * numbers;
    }

    bool on_ = false;
    Offset row_length_ = 0;
    int n_slots_ = 0;
    std::vector<Index> touches_;  // of each column
    std::vector<Entry> entries_;
    std::vector<std::unique_ptr<T[]>> chunks_;
    std::mutex mutex_;
};

/* Changed rows on their way out of a trainer, or into one: arrays with a row for each column. */
template <class T>
struct ChangedRows {
    Offset n = 0;
    Index* columns = nullptr;  // ascending
    Index* touches = nullptr;  // how many batches touched each of them; not read when applied
    T* weights = nullptr;
    std::array<T*, most_slots> slots{};
    bool relative = false;  // weights: the difference to those after as many idle steps
};

/* Idle steps, and what the clock knows of them, by which a copy of a trainer goes on. */
struct Waiting {
    std::vector<Index> last_update;
    std::vector<std::vector<double>> clock;
};

}  // namespace sk_bp
