/* Matrix products through the BLAS that SciPy carries.
 *
 * SciPy hands out function pointers (scipy.linalg.cython_blas), so nothing is linked; the binding
 * stores them here when it is imported. All matrices are in C order; BLAS wants Fortran order, and
 * reading a C matrix as Fortran transposes it, so each product is asked for as its transpose.
 */
#pragma once

#include "types.hpp"

namespace sk_bp {

template <class T>
using Gemm = void (*)(char*, char*, int*, int*, int*, T*, T*, int*, T*, int*, T*, T*, int*);

template <class T>
struct Blas {
    static inline Gemm<T> gemm = nullptr;
};

/* C (m x n) = A (m x k) B (k x n). */
template <class T>
void multiply(const T* A, const T* B, T* C, Offset m, Offset k, Offset n) {
    char no = 'N';
    int rows = int(m), inner = int(k), columns = int(n);
    T one = 1, zero = 0;
    Blas<T>::gemm(&no, &no, &columns, &rows, &inner, &one, const_cast<T*>(B), &columns,
                  const_cast<T*>(A), &inner, &zero, C, &columns);
}

/* C (m x n) = A (m x k) B' with B (n x k): the delta carried back through a layer's weights. */
template <class T>
void multiply_transposed(const T* A, const T* B, T* C, Offset m, Offset k, Offset n) {
    char no = 'N', yes = 'T';
    int rows = int(m), inner = int(k), columns = int(n);
    T one = 1, zero = 0;
    Blas<T>::gemm(&yes, &no, &columns, &rows, &inner, &one, const_cast<T*>(B), &inner,
                  const_cast<T*>(A), &inner, &zero, C, &columns);
}

/* C (m x n) = a' b with a of m numbers and b of n. */
template <class T>
void outer_product(const T* a, Offset m, const T* b, Offset n, T* C) {
    for (Offset i = 0; i < m; ++i)
        for (Offset j = 0; j < n; ++j) C[i * n + j] = a[i] * b[j];
}

/* C (m x n) = A' B with A (k x m) whose rows lie `stride` apart, and B (k x n): a block of rows of
 * a weight gradient, from the layer's inputs A and its deltas B. */
template <class T>
void multiply_inputs(const T* A, Offset stride, const T* B, T* C, Offset m, Offset k, Offset n) {
    char no = 'N', yes = 'T';
    int rows = int(m), inner = int(k), columns = int(n), lda = int(stride);
    T one = 1, zero = 0;
    Blas<T>::gemm(&no, &yes, &columns, &rows, &inner, &one, const_cast<T*>(B), &columns,
                  const_cast<T*>(A), &lda, &zero, C, &columns);
}

}  // namespace sk_bp
