#include "core/wire_trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <stdexcept>

#include "core/utf8.hpp"

namespace jigd {

namespace {

using WallTime = std::chrono::system_clock::time_point;
using Microseconds = std::chrono::microseconds;

bool is_printable(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char byte) {
        return (byte >= ' ' && byte <= '~') || byte == '\t' || byte == '\r' || byte == '\n';
    });
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        hex += digits[byte / 16U];
        hex += digits[byte % 16U];
    }
    return hex;
}

std::string from_hex(const std::string& name, std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at < hex.size(); at += 2) {
        const auto pair = hex.substr(at, 2);
        unsigned char byte = 0;
        const auto [end, error] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
        if (pair.size() != 2 || error != std::errc{} || end != pair.data() + pair.size()) {
            throw std::invalid_argument(name + ": '" + std::string(pair) +
                                        "' is not a byte of two hex digits");
        }
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::string format_time(WallTime time) {
    const auto exact = std::chrono::floor<Microseconds>(time);
    const auto day = std::chrono::floor<std::chrono::days>(exact);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(exact - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

[[noreturn]] void refuse_time(std::string_view text) {
    throw std::invalid_argument("at: '" + std::string(text) +
                                "' is not a time in UTC, such as 2026-01-31T10:32:00.123456Z");
}

/// Takes `digits` digits and what follows them off `rest`; anything else is not part of a time.
unsigned take_number(std::string_view& rest, std::size_t digits, std::string_view follower,
                     std::string_view whole) {
    unsigned number = 0;
    const auto* const end = rest.data() + std::min(digits, rest.size());
    const auto [stop, error] = std::from_chars(rest.data(), end, number);
    if (error != std::errc{} || stop != rest.data() + digits || !rest.substr(digits).starts_with(follower)) {
        refuse_time(whole);
    }
    rest.remove_prefix(digits + follower.size());
    return number;
}

/// The fraction of a second with its dot, of up to nine digits, or none; the rest is the Z.
Microseconds take_fraction(std::string_view rest, std::string_view whole) {
    if (rest == "Z") {
        return Microseconds(0);
    }
    if (!rest.starts_with('.') || !rest.ends_with('Z') || rest.size() < 3 || rest.size() > 11) {
        refuse_time(whole);
    }
    auto digits = std::string(rest.substr(1, rest.size() - 2));
    if (!std::all_of(digits.begin(), digits.end(), [](char digit) { return digit >= '0' && digit <= '9'; })) {
        refuse_time(whole);
    }
    digits.resize(6, '0');
    return Microseconds(std::stoi(digits));
}

WallTime parse_time(std::string_view whole) {
    auto rest = whole;
    const auto year = take_number(rest, 4, "-", whole);
    const auto month = take_number(rest, 2, "-", whole);
    const auto day = take_number(rest, 2, "T", whole);
    const auto hour = take_number(rest, 2, ":", whole);
    const auto minute = take_number(rest, 2, ":", whole);
    const auto second = take_number(rest, 2, "", whole);
    const auto fraction = take_fraction(rest, whole);
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(month), std::chrono::day(day));
    // The clock's 64 bits of nanoseconds reach from 1678 to 2261.
    if (!date.ok() || year < 1700 || year > 2200 || hour > 23 || minute > 59 || second > 60) {
        refuse_time(whole);
    }
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + fraction;
}

void put(nlohmann::json& object, const std::string& name, const std::string& bytes, bool as_text) {
    if (as_text) {
        object[name] = bytes;
    } else {
        object[name + "_hex"] = to_hex(bytes);
    }
}

const std::string& text_of(const std::string& name, const nlohmann::json& value) {
    if (!value.is_string()) {
        throw std::invalid_argument(name + " is a " + value.type_name() + ", not text");
    }
    return value.get_ref<const std::string&>();
}

/// The member `name`, or `name`_hex.
std::optional<std::string> take(const nlohmann::json& object, const std::string& name) {
    if (const auto found = object.find(name); found != object.end()) {
        return text_of(name, *found);
    }
    const auto name_hex = name + "_hex";
    if (const auto found = object.find(name_hex); found != object.end()) {
        return from_hex(name_hex, text_of(name_hex, *found));
    }
    return std::nullopt;
}

nlohmann::json parse_object(std::string_view line) {
    nlohmann::json object;
    try {
        object = nlohmann::json::parse(line);
    } catch (const nlohmann::json::exception&) {
        throw std::invalid_argument("this is not JSON");
    }
    if (!object.is_object()) {
        throw std::invalid_argument(std::string("this is a JSON ") + object.type_name() + ", not an object");
    }
    return object;
}

} // namespace

nlohmann::json to_json(const WireEntry& entry) {
    nlohmann::json object = {{"at", format_time(entry.at)}};
    put(object, entry.sent ? "sent" : "received", entry.bytes, is_printable(entry.bytes));
    if (entry.left_off > 0) {
        object["left_off"] = entry.left_off;
    }
    if (!entry.request.empty()) {
        put(object, "request", entry.request, is_utf8(entry.request));
    }
    if (entry.correlation_id) {
        put(object, "correlation_id", *entry.correlation_id, is_utf8(*entry.correlation_id));
    }
    if (entry.requester) {
        put(object, "requester", *entry.requester, is_utf8(*entry.requester));
    }
    return object;
}

std::string to_trace_line(const WireEntry& entry) {
    return to_json(entry).dump();
}

WireEntry parse_trace_line(std::string_view line) {
    const auto object = parse_object(line);
    const auto at = object.find("at");
    if (at == object.end()) {
        throw std::invalid_argument("there is no 'at', the time");
    }
    auto sent = take(object, "sent");
    auto received = take(object, "received");
    if (sent.has_value() == received.has_value()) {
        throw std::invalid_argument("there must be one of sent, sent_hex, received, received_hex");
    }
    WireEntry entry;
    entry.at = parse_time(text_of("at", *at));
    entry.sent = sent.has_value();
    entry.bytes = sent ? *std::move(sent) : *std::move(received);
    if (const auto left_off = object.find("left_off"); left_off != object.end()) {
        if (!left_off->is_number_unsigned()) {
            throw std::invalid_argument("left_off is not a number of bytes");
        }
        entry.left_off = left_off->get<std::size_t>();
    }
    entry.request = take(object, "request").value_or("");
    entry.correlation_id = take(object, "correlation_id");
    entry.requester = take(object, "requester");
    return entry;
}

} // namespace jigd
