#include "record/identity.hpp"

#include <fmt/format.h>

namespace jigd::record {

namespace {

/// FNV-1a of parts, each with its length, so that no two lists of parts make the same bytes.
class Hash {
  public:
    Hash& add(std::string_view part) {
        add_number(part.size());
        for (const char byte : part) {
            add_byte(static_cast<unsigned char>(byte));
        }
        return *this;
    }
    /// An absent part is not an empty one.
    Hash& add_optional(const std::optional<std::string>& part) {
        add_byte(part ? 1 : 0);
        return part ? add(*part) : *this;
    }
    Hash& add_number(std::uint64_t number) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            add_byte(static_cast<unsigned char>((number >> shift) & 0xffU));
        }
        return *this;
    }
    /// FNV-1a alone leaves the last bytes in the low bits only.
    [[nodiscard]] std::uint64_t value() const {
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }

  private:
    void add_byte(unsigned char byte) { state_ = (state_ ^ byte) * 0x100000001b3U; }

    std::uint64_t state_ = 0xcbf29ce484222325U;
};

} // namespace

bool is_never_looked_up(const RequestHeader& request) {
    return request.request == safe_state_request || (!request.message_id && !request.redelivered);
}

std::string caller_key(const Caller& caller) {
    const auto user_id = caller.user_id.value_or("");
    return fmt::format("{}:{}{}", user_id.size(), user_id, caller.app_id.value_or(""));
}

std::uint64_t message_hash(std::string_view message_id, std::string_view caller) {
    return Hash().add("message").add(message_id).add(caller).value();
}

std::uint64_t origin_hash(const RequestHeader& request) {
    return Hash()
        .add("origin")
        .add_optional(request.reply_to)
        .add_optional(request.correlation_id)
        .add(request.request)
        .value();
}

std::string canonical(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string stored_params(const Job& job, const std::vector<std::string>& secrets) {
    if (secrets.empty()) {
        return canonical(job.params);
    }
    const auto identity =
        job.message_id ? message_hash(*job.message_id, caller_key(job.caller)) : origin_hash(job);
    auto params = job.params;
    for (const auto& name : secrets) {
        const auto secret = params.find(name);
        if (secret == params.end()) {
            continue;
        }
        const auto hash = Hash().add_number(identity).add(name).add(canonical(*secret)).value();
        *secret = fmt::format("secret {:08x}", hash & 0xffffffffU);
    }
    return canonical(params);
}

} // namespace jigd::record
