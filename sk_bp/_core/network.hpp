/* The network: y = T(W x + b), layer after layer, and the error carried back.
 *
 * Everything here works on a block of rows, in memory that the caller gives, so that blocks can go
 * to different threads.
 */
#pragma once

#include <vector>

#include "activations.hpp"
#include "batch.hpp"
#include "blas.hpp"
#include "blocks.hpp"
#include "losses.hpp"
#include "types.hpp"

namespace sk_bp {

/* W is n_in x n_out in C order, b has n_out numbers. */
template <class T>
struct Layer {
    Offset n_in, n_out;
    Activation activation;
    T* W;
    T* b;
};

/* out (rows x n) = X W, over the stored entries of the samples of a block. */
template <class T>
void multiply_sparse(const Samples<T>& X, const Order& sample, Offset rows, const T* W, Offset n,
                     T* out) {
    constexpr Offset ahead = 6;
    const Offset last = X.starts[X.n_rows];
    std::fill(out, out + rows * n, T(0));
    for (Offset i = 0; i < rows; ++i, out += n) {
        const Offset r = sample(i);
        T* SK_BP_RESTRICT z = out;
        for (Offset e = X.starts[r]; e < X.starts[r + 1]; ++e) {
            if (e + ahead < last) prefetch(W + Offset(X.columns[e + ahead]) * n, n);
            const T x = X.values[e];
            const T* SK_BP_RESTRICT w = W + Offset(X.columns[e]) * n;
            for (Offset j = 0; j < n; ++j) z[j] += x * w[j];
        }
    }
}

/* The rows of a dense X that a block needs, in one piece: X itself where they lie so, else a copy
 * in `room`. */
template <class T>
const T* dense_rows(const Samples<T>& X, const Order& sample, Offset rows, T* room) {
    if (!sample.order) return X.dense + sample.first * X.n_columns;
    for (Offset i = 0; i < rows; ++i)
        std::copy_n(X.dense + sample(i) * X.n_columns, X.n_columns, room + i * X.n_columns);
    return room;
}

template <class T>
class Network {
public:
    std::vector<Layer<T>> layers;

    Offset n_outputs() const { return layers.back().n_out; }

    Offset widest() const {
        Offset n = 0;
        for (const auto& layer : layers) n = std::max(n, layer.n_out);
        return n;
    }

    /* Multiply-adds of one row of X through all layers. */
    double work(const Samples<T>& X) const {
        double sum = input_work(X, layers[0].n_out);
        for (std::size_t l = 1; l < layers.size(); ++l)
            sum += double(layers[l].n_in) * double(layers[l].n_out);
        return sum;
    }

    /* values[0] = X W for a block of rows of the first layer; x_room has room for its dense rows. */
    void multiply_first(const Samples<T>& X, const Order& sample, Offset rows, T* x_room,
                        T* values) const {
        const Layer<T>& layer = layers[0];
        if (X.sparse())
            multiply_sparse(X, sample, rows, layer.W, layer.n_out, values);
        else
            multiply(dense_rows(X, sample, rows, x_room), layer.W, values, rows, layer.n_in,
                     layer.n_out);
    }

    /* From values[0] = X W, the values of all layers for a block of rows; values[l] has room for
     * rows x layers[l].n_out. The last are the raw outputs. */
    void forward(Offset rows, T* const* values) const {
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const Layer<T>& layer = layers[l];
            if (l > 0)
                multiply(values[l - 1], layer.W, values[l], rows, layer.n_in, layer.n_out);
            activate(layer.activation, values[l], layer.b, rows, layer.n_out);
        }
    }

    /* From deltas[last], the deltas of the layers before it. */
    void backward(Offset rows, T* const* values, T* const* deltas) const {
        for (std::size_t l = layers.size() - 1; l > 0; --l) {
            const Layer<T>&layer = layers[l], &below = layers[l - 1];
            multiply_transposed(deltas[l], layer.W, deltas[l - 1], rows, layer.n_out, layer.n_in);
            multiply_by_slope(below.activation, deltas[l - 1], values[l - 1], rows * below.n_out);
        }
    }
};

}  // namespace sk_bp
