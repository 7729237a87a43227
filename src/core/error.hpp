#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace jigd {

/// Why a request was not answered with a result. The spelling is the wire's (docs/protocol.md, "Errors").
enum class Code {
    bad_request,     ///< the caller's words are wrong: body, parameter, missing field
    unknown_request, ///< this jig serves no request of that name
    forbidden,       ///< known, but the configuration does not allow it
    busy,            ///< the jig was occupied for as long as the caller could wait; nothing was done
    expired,         ///< the caller's timeout was over before the jig was touched
    jig_offline,     ///< no open serial port
    jig_timeout,     ///< the board did not answer in time
    jig_protocol,    ///< the board answered something that does not match
    jig_refused,     ///< the board understood and said no
    jig_mismatch,    ///< another board than the configured one is on the port
    interlock,       ///< a condition that guards the request does not hold
    superseded,      ///< a SafeState that arrived later came first
    outcome_unknown, ///< it may or may not have been carried out
    shutting_down,   ///< jigd is stopping
    internal,        ///< a bug of ours
};

/// Whether the actuation of a failed request took place.
enum class Executed { no, yes, unknown };

[[nodiscard]] std::string_view to_string(Code code);
[[nodiscard]] std::string_view to_string(Executed executed);
/// The one that to_string() spells so; nullopt for any other text.
[[nodiscard]] std::optional<Code> code_from(std::string_view text);
[[nodiscard]] std::optional<Executed> executed_from(std::string_view text);

/// The one exception of the project that reaches a caller. `what()` says what happened, where, and what to
/// try. Holds its text itself: std::runtime_error's copies share one, which two threads would then let go of.
class Error : public std::exception {
  public:
    /// `details`: an object whose members join the `error` object of the reply (e.g. the board's own code).
    explicit Error(Code code, std::string message, Executed executed = Executed::no,
                   nlohmann::json details = nlohmann::json::object())
        : message_(std::move(message)), code_(code), executed_(executed), details_(std::move(details)) {}

    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
    [[nodiscard]] Code code() const { return code_; }
    [[nodiscard]] Executed executed() const { return executed_; }
    [[nodiscard]] const nlohmann::json& details() const { return details_; }
    /// True when the same request may succeed later and asking again can't act twice.
    [[nodiscard]] bool retryable() const;

    /// The same error with another word on whether the actuation took place.
    [[nodiscard]] Error with(Executed executed) const { return Error(code_, what(), executed, details_); }

  private:
    std::string message_;
    Code code_;
    Executed executed_;
    nlohmann::json details_;
};

} // namespace jigd
