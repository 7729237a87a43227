#pragma once

#include <deque>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace jigd::drivers {

/// Keeps secrets out of what is shown: a board may repeat the PIN that it was sent, in portions and late.
/// Pure.
class SecretMask {
  public:
    /// As it stood in a command. At most 64 are kept, the last ones.
    void remember(const std::string& secret);

    /// `text` with "…" for each secret.
    [[nodiscard]] std::string masked(std::string_view text) const;
    /// The members of an object that are text, likewise.
    [[nodiscard]] nlohmann::json masked_details(nlohmann::json details) const;

    /// What may be shown now of bytes that come in portions: what may be the beginning of a secret waits for
    /// what follows.
    [[nodiscard]] std::string feed(std::string_view bytes);

  private:
    [[nodiscard]] std::size_t beginning_at_end_of(std::string_view text) const;

    std::deque<std::string> secrets_;
    std::string waiting_; ///< perhaps the beginning of a secret
};

} // namespace jigd::drivers
