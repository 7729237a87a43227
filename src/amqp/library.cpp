#include "amqp/library.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace jigd::amqp {

namespace {

constexpr std::size_t longest_short_string = 255;

} // namespace

timeval to_timeval(Milliseconds time) {
    return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

amqp_bytes_t to_bytes(std::string_view text) {
    return {.len = text.size(), .bytes = const_cast<char*>(text.data())};
}

std::string to_string(amqp_bytes_t bytes) {
    return bytes.len == 0 ? std::string() : std::string(static_cast<const char*>(bytes.bytes), bytes.len);
}

std::vector<amqp_table_entry_t> to_entries(const nlohmann::json& object) {
    std::vector<amqp_table_entry_t> entries;
    for (auto item = object.begin(); item != object.end(); ++item) {
        amqp_table_entry_t entry{};
        entry.key = to_bytes(item.key());
        if (item->is_boolean()) {
            entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
            entry.value.value.boolean = item->get<bool>() ? 1 : 0;
        } else if (item->is_number_integer()) {
            entry.value.kind = AMQP_FIELD_KIND_I64;
            entry.value.value.i64 = item->get<std::int64_t>();
        } else {
            entry.value.kind = AMQP_FIELD_KIND_UTF8;
            entry.value.value.bytes = to_bytes(item->get_ref<const std::string&>());
        }
        entries.push_back(entry);
    }
    return entries;
}

amqp_table_t to_table(std::vector<amqp_table_entry_t>& entries) {
    return {.num_entries = static_cast<int>(entries.size()), .entries = entries.data()};
}

Properties to_properties(const amqp_basic_properties_t& raw) {
    const auto text = [&raw](amqp_flags_t flag, amqp_bytes_t bytes) {
        return (raw._flags & flag) != 0 ? std::optional(to_string(bytes)) : std::nullopt;
    };
    Properties properties;
    properties.content_type = text(AMQP_BASIC_CONTENT_TYPE_FLAG, raw.content_type);
    properties.correlation_id = text(AMQP_BASIC_CORRELATION_ID_FLAG, raw.correlation_id);
    properties.reply_to = text(AMQP_BASIC_REPLY_TO_FLAG, raw.reply_to);
    properties.expiration = text(AMQP_BASIC_EXPIRATION_FLAG, raw.expiration);
    properties.message_id = text(AMQP_BASIC_MESSAGE_ID_FLAG, raw.message_id);
    properties.type = text(AMQP_BASIC_TYPE_FLAG, raw.type);
    properties.user_id = text(AMQP_BASIC_USER_ID_FLAG, raw.user_id);
    properties.app_id = text(AMQP_BASIC_APP_ID_FLAG, raw.app_id);
    if ((raw._flags & AMQP_BASIC_DELIVERY_MODE_FLAG) != 0) {
        properties.delivery_mode = raw.delivery_mode;
    }
    return properties;
}

amqp_bytes_t to_short_string(std::string_view text, const char* what) {
    if (text.size() > longest_short_string) {
        throw std::invalid_argument(std::string(what) + " is longer than AMQP's 255 bytes");
    }
    return to_bytes(text);
}

amqp_basic_properties_t to_raw(const Properties& properties) {
    amqp_basic_properties_t raw{};
    const auto set = [&raw](amqp_flags_t flag, amqp_bytes_t& field, const std::optional<std::string>& value,
                            const char* what) {
        if (value) {
            raw._flags |= flag;
            field = to_short_string(*value, what);
        }
    };
    set(AMQP_BASIC_CONTENT_TYPE_FLAG, raw.content_type, properties.content_type, "content_type");
    set(AMQP_BASIC_CORRELATION_ID_FLAG, raw.correlation_id, properties.correlation_id, "correlation_id");
    set(AMQP_BASIC_REPLY_TO_FLAG, raw.reply_to, properties.reply_to, "reply_to");
    set(AMQP_BASIC_EXPIRATION_FLAG, raw.expiration, properties.expiration, "expiration");
    set(AMQP_BASIC_MESSAGE_ID_FLAG, raw.message_id, properties.message_id, "message_id");
    set(AMQP_BASIC_TYPE_FLAG, raw.type, properties.type, "type");
    set(AMQP_BASIC_USER_ID_FLAG, raw.user_id, properties.user_id, "user_id");
    set(AMQP_BASIC_APP_ID_FLAG, raw.app_id, properties.app_id, "app_id");
    if (properties.delivery_mode) {
        raw._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
        raw.delivery_mode = *properties.delivery_mode;
    }
    return raw;
}

} // namespace jigd::amqp
