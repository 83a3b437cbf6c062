/* Weighted sums of rows that lie anywhere in memory: the way forward through the first layer, on sparse
 * input.
 */
#pragma once

#include "types.hpp"

namespace sk_bp {

template <class T>
struct ScaledRow {
    T x;
    const T* row;
};

#if defined(__AVX2__)
constexpr Offset register_bytes = 32;
#else
constexpr Offset register_bytes = 16;
#endif

/* As many numbers as are added in one instruction. */
template <class T>
class Lanes {
public:
    static constexpr Offset size = register_bytes / sizeof(T);

    void add(T x, const T* row) {
        Numbers other;
        std::memcpy(&other, row, sizeof(other));
#if defined(__GNUC__)
        numbers_ += x * other;
#else
        for (Offset i = 0; i < size; ++i) numbers_.at[i] += x * other.at[i];
#endif
    }

    void store(T* to) const { std::memcpy(to, &numbers_, sizeof(numbers_)); }

private:
#if defined(__GNUC__)
    typedef T Numbers __attribute__((vector_size(register_bytes)));
#else
    struct Numbers {
        T at[size];
    };
#endif
    Numbers numbers_{};
};

/* So many sums stay in the 16 registers of x86, beside a row's part and its factor. */
constexpr Offset most_lanes = 13;

/* Numbers j .. j + width - 1 of the sum, which are `n_lanes` registers, the last of which may overlap
 * with the one before. */
template <Offset n_lanes = most_lanes, class T, class Rows>
void sum_lanes(Offset first, Offset last, Offset j, Offset width, T* sum, const Rows& rows) {
    if constexpr (n_lanes > 1)
        if (width <= (n_lanes - 1) * Lanes<T>::size)
            return sum_lanes<n_lanes - 1>(first, last, j, width, sum, rows);
    const Offset end = width - Lanes<T>::size;
    Lanes<T> sums[n_lanes];
    for (Offset e = first; e < last; ++e) {
        const ScaledRow<T> a = rows(e, j, width);
        for (Offset i = 0; i + 1 < n_lanes; ++i) sums[i].add(a.x, a.row + i * Lanes<T>::size);
        sums[n_lanes - 1].add(a.x, a.row + end);
    }
    for (Offset i = 0; i + 1 < n_lanes; ++i) sums[i].store(sum + j + i * Lanes<T>::size);
    sums[n_lanes - 1].store(sum + j + end);
}

/* sum (n numbers) = the sum of x * row over entries first .. last - 1, in this order. rows(e, j, width)
 * gives x of entry e and where its row's numbers j .. j + width - 1 lie. */
template <class T, class Rows>
void sum_rows(Offset first, Offset last, Offset n, T* sum, const Rows& rows) {
    constexpr Offset least = Lanes<T>::size, most = most_lanes * least;
    if (n < least) {
        std::fill_n(sum, n, T(0));
        for (Offset e = first; e < last; ++e) {
            const ScaledRow<T> a = rows(e, 0, n);
            for (Offset i = 0; i < n; ++i) sum[i] += a.x * a.row[i];
        }
        return;
    }
    for (Offset done = 0; done < n; done += most) {
        const Offset j = std::min(done, n - least);
        sum_lanes(first, last, j, std::min(most, n - j), sum, rows);
    }
}

}  // namespace sk_bp
