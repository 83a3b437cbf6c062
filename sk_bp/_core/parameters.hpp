/* What Python says of a thing that it chooses: its name, and numbers by their names. */
#pragma once

#include <map>
#include <stdexcept>
#include <string>

namespace sk_bp {

/* Numbers by their names. */
class Parameters : public std::map<std::string, double> {
public:
    /* The number of this name; an error that says the name if there is none. */
    double at(const std::string& name) const {
        const auto found = find(name);
        if (found == end()) throw std::invalid_argument("missing parameter: " + name);
        return found->second;
    }
};

struct Choice {
    std::string name;
    Parameters parameters;
};

}  // namespace sk_bp
