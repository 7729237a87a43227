#pragma once

#include <map>
#include <string>
#include <string_view>

#include "yaml/document.hpp"

namespace jigd::profile {

/// Names that stand for a value when the profile is loaded (`define`, the variables of `for`), and the
/// scalars that they stand for.
class Bindings {
  public:
    [[nodiscard]] bool empty() const { return values_.empty(); }
    [[nodiscard]] bool contains(const std::string& name) const { return values_.contains(name); }
    [[nodiscard]] const std::map<std::string, yaml::Node>& values() const { return values_; }
    void put(const std::string& name, const yaml::Node& scalar) { values_.insert_or_assign(name, scalar); }

    /// `text` with the values in place of their placeholders: "R{channel-1}", "(?P<r{channel}>[01])". Others
    /// stay. What can't be put in is added to `problems`.
    [[nodiscard]] std::string put_into(std::string_view text, const yaml::Mark& mark,
                                       yaml::Problems& problems) const;
    /// The same of a scalar. A placeholder alone becomes the value with its type: "{channels}" is 4.
    [[nodiscard]] yaml::Node put_into(const yaml::Node& scalar, yaml::Problems& problems) const;

    /// Adds that there is no `name`, and which is the nearest.
    void report_unknown(const std::string& name, const yaml::Mark& mark, yaml::Problems& problems) const;

  private:
    [[nodiscard]] std::string value_of(const std::string& inside, const yaml::Mark& mark,
                                       yaml::Problems& problems) const;

    std::map<std::string, yaml::Node> values_;
};

/// A scalar at `mark`.
[[nodiscard]] yaml::Node scalar_of(const yaml::Mark& mark, std::string text, bool quoted);

} // namespace jigd::profile
