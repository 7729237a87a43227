#include "core/error.hpp"

namespace jigd {

namespace {

/// The one up to `last` that is spelled `text`.
template<typename Enum>
std::optional<Enum> spelled(std::string_view text, Enum last) {
    for (int number = 0; number <= static_cast<int>(last); ++number) {
        if (to_string(static_cast<Enum>(number)) == text) {
            return static_cast<Enum>(number);
        }
    }
    return std::nullopt;
}

} // namespace

std::string_view to_string(Code code) {
    switch (code) {
    case Code::bad_request:
        return "bad_request";
    case Code::unknown_request:
        return "unknown_request";
    case Code::forbidden:
        return "forbidden";
    case Code::busy:
        return "busy";
    case Code::expired:
        return "expired";
    case Code::jig_offline:
        return "jig_offline";
    case Code::jig_timeout:
        return "jig_timeout";
    case Code::jig_protocol:
        return "jig_protocol";
    case Code::jig_refused:
        return "jig_refused";
    case Code::jig_mismatch:
        return "jig_mismatch";
    case Code::interlock:
        return "interlock";
    case Code::superseded:
        return "superseded";
    case Code::outcome_unknown:
        return "outcome_unknown";
    case Code::shutting_down:
        return "shutting_down";
    case Code::internal:
        return "internal";
    }
    return "internal";
}

std::string_view to_string(Executed executed) {
    switch (executed) {
    case Executed::no:
        return "no";
    case Executed::yes:
        return "yes";
    case Executed::unknown:
        return "unknown";
    }
    return "unknown";
}

std::optional<Code> code_from(std::string_view text) {
    return spelled(text, Code::internal);
}

std::optional<Executed> executed_from(std::string_view text) {
    return spelled(text, Executed::unknown);
}

bool Error::retryable() const {
    if (executed_ != Executed::no) {
        return false;
    }
    switch (code_) {
    case Code::busy:
    case Code::expired:
    case Code::jig_offline:
    case Code::jig_timeout:
    case Code::jig_protocol:
    case Code::interlock:
    case Code::shutting_down:
        return true;
    case Code::bad_request:
    case Code::unknown_request:
    case Code::forbidden:
    case Code::jig_refused:
    case Code::jig_mismatch:
    case Code::superseded: // a retry would undo the safe state
    case Code::outcome_unknown:
    case Code::internal:
        return false;
    }
    return false;
}

} // namespace jigd
