/* The network: y = T(W x + b), layer after layer, and the error carried back.
 *
 * Everything here works on a block of samples, in memory that the caller gives, so that blocks can
 * go to different threads.
 */
#pragma once

#include <vector>

#include "activations.hpp"
#include "blas.hpp"
#include "dropout.hpp"
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

/* Where a block of samples has its numbers of one layer, n_out a sample. */
template <class T>
struct LayerNumbers {
    T* values = nullptr;
    T* slopes = nullptr;  // derivatives, where they are kept; else null
    T* deltas = nullptr;
    T* masks = nullptr;  // where dropout multiplies the values by them; else null
    T* kept = nullptr;   // the values times the masks

    /* What the next layer reads. */
    T* outputs() const { return masks ? kept : values; }
};

template <class T>
using NetworkNumbers = std::vector<LayerNumbers<T>>;

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

    Offset n_parameters() const {
        Offset n = 0;
        for (const auto& layer : layers) n += (layer.n_in + 1) * layer.n_out;
        return n;
    }

    /* Multiply-adds of one sample through all layers after the first. */
    double work_after_first() const {
        double sum = 0;
        for (std::size_t l = 1; l < layers.size(); ++l)
            sum += double(layers[l].n_in) * double(layers[l].n_out);
        return sum;
    }

    /* From x W in the first layer's values, the values of all layers. The last are the outputs that
     * the loss reads. */
    void forward(Offset samples, const NetworkNumbers<T>& at) const {
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const Layer<T>& layer = layers[l];
            if (l > 0)
                multiply(at[l - 1].outputs(), layer.W, at[l].values, samples, layer.n_in,
                         layer.n_out);
            activate(layer.activation, at[l].values, layer.b, samples, layer.n_out, at[l].slopes);
            if (at[l].masks) {
                std::copy_n(at[l].values, samples * layer.n_out, at[l].kept);
                multiply_by(at[l].kept, at[l].masks, samples * layer.n_out);
            }
        }
    }

    /* From the derivatives with respect to the outputs, in the last layer's deltas, the deltas of all
     * layers: the derivatives with respect to what stands before the activation. */
    void backward(Offset samples, const NetworkNumbers<T>& at) const {
        if (at.back().slopes)
            multiply_by(at.back().deltas, at.back().slopes, samples * n_outputs());
        for (std::size_t l = layers.size() - 1; l > 0; --l) {
            const Layer<T>&layer = layers[l], &below = layers[l - 1];
            const LayerNumbers<T>& to = at[l - 1];
            multiply_transposed(at[l].deltas, layer.W, to.deltas, samples, layer.n_out, layer.n_in);
            multiply_by_slope(below.activation, to.deltas, to.slopes, to.values,
                              samples * below.n_out);
            if (to.masks) multiply_by(to.deltas, to.masks, samples * below.n_out);
        }
    }
};

/* Memory for what going forward and back leaves in each layer. */
template <class T>
class LayerMemory {
public:
    /* Have room for so many samples. The last layer's values share the place of its deltas: the
     * outputs turn into them, so that the slopes of a last activation are kept. dropouts[l] is that of
     * layer l's inputs. */
    void reserve(const Network<T>& network, Offset samples, const std::vector<Dropout>& dropouts) {
        layers_.resize(network.layers.size());
        for (std::size_t l = 0; l < layers_.size(); ++l) {
            const Layer<T>& layer = network.layers[l];
            layers_[l].n = layer.n_out;
            const std::size_t size = samples * layer.n_out;
            const bool last = l + 1 == layers_.size();
            grow(layers_[l].deltas, size);
            if (!last) grow(layers_[l].values, size);
            if (last ? !is_identity(layer.activation) : keeps_slope(layer.activation))
                grow(layers_[l].slopes, size);
            if (!last && dropouts[l + 1].active()) {
                grow(layers_[l].masks, size);
                grow(layers_[l].kept, size);
            }
        }
    }

    /* The numbers from this sample on. */
    NetworkNumbers<T> from(Offset sample) {
        NetworkNumbers<T> at(layers_.size());
        for (std::size_t l = 0; l < at.size(); ++l) {
            OneLayer& layer = layers_[l];
            const Offset start = sample * layer.n;
            at[l].deltas = layer.deltas.data() + start;
            at[l].values = l + 1 < at.size() ? layer.values.data() + start : at[l].deltas;
            if (!layer.slopes.empty()) at[l].slopes = layer.slopes.data() + start;
            if (!layer.masks.empty()) {
                at[l].masks = layer.masks.data() + start;
                at[l].kept = layer.kept.data() + start;
            }
        }
        return at;
    }

    /* What layer l hands to the next one. */
    const T* outputs(std::size_t l) const {
        return (layers_[l].masks.empty() ? layers_[l].values : layers_[l].kept).data();
    }
    const T* deltas(std::size_t l) const { return layers_[l].deltas.data(); }
    T* deltas(std::size_t l) { return layers_[l].deltas.data(); }

private:
    struct OneLayer {
        Offset n = 0;
        std::vector<T> values, slopes, deltas, masks, kept;
    };

    static void grow(std::vector<T>& room, std::size_t size) {
        if (room.size() < size) room.resize(size);
    }

    std::vector<OneLayer> layers_;
};

}  // namespace sk_bp
