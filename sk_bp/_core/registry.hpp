/* Values that Python chooses by name: an activation, a loss, an output activation.
 *
 * Each kind is a std::variant of structs, which is its registry. A struct has
 *
 *     static constexpr const char* name     what Python calls it
 *     explicit Struct(const Parameters&)    if it has parameters, which become its members
 *
 * so that a new one is a struct and an entry in the list of the variant. std::visit finds the struct
 * once for a block of work, never for an element.
 */
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "parameters.hpp"

namespace sk_bp {

/* What the variant is called in an error; each registry says it. */
template <class Variant>
inline constexpr const char* kind_of = "name";

template <class Variant>
struct Registry;

template <class... Structs>
struct Registry<std::variant<Structs...>> {
    using Variant = std::variant<Structs...>;

    static std::vector<std::string> names() { return {Structs::name...}; }

    static Variant make(const Choice& choice) {
        std::optional<Variant> made;
        (make_if_named<Structs>(choice, made), ...);
        if (made) return *made;
        throw std::invalid_argument(std::string("unknown ") + kind_of<Variant> + ": " +
                                    choice.name);
    }

private:
    template <class Struct>
    static void make_if_named(const Choice& choice, std::optional<Variant>& made) {
        if (choice.name != Struct::name) return;
        if constexpr (std::is_constructible_v<Struct, const Parameters&>)
            made.emplace(Struct(choice.parameters));
        else
            made.emplace(Struct{});
    }
};

/* The value that Python chose. */
template <class Variant>
Variant make(const Choice& choice) {
    return Registry<Variant>::make(choice);
}

/* All names that a choice may have. */
template <class Variant>
std::vector<std::string> names() {
    return Registry<Variant>::names();
}

}  // namespace sk_bp
