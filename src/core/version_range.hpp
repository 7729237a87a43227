#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jigd {

/// Which versions are meant: `>=1.4 <2`, `1.4.2`, `!=1.5`. Comparisons separated by blanks, all of which must
/// hold; a version without an operator means exactly it. Versions are dotted numbers: 1.4 is 1.4.0.
class VersionRange {
  public:
    /// Throws std::invalid_argument that says what is wrong and how it is written.
    explicit VersionRange(std::string text);

    /// Whether `version` is one of them. What follows the dotted number (`1.4.2-rc1`, `1.4b`) and a leading v
    /// are not compared; a text without a leading number is none of any range.
    [[nodiscard]] bool contains(std::string_view version) const;
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    enum class Comparison { equal, not_equal, less, at_most, greater, at_least };
    struct Bound {
        Comparison comparison;
        std::vector<unsigned> version;
    };
    std::string text_;
    std::vector<Bound> bounds_;
};

} // namespace jigd
