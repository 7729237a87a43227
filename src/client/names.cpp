#include "client/names.hpp"

#include <algorithm>

namespace jigd::client {

namespace {

constexpr std::size_t max_name_length = 64;

bool has_length_of_a_name(std::string_view text) {
    return !text.empty() && text.size() <= max_name_length;
}

bool is_alphanumeric(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= 'a' && letter <= 'z');
}

} // namespace

bool is_serial(std::string_view text) {
    return has_length_of_a_name(text) && std::all_of(text.begin(), text.end(), [](char letter) {
               return is_alphanumeric(letter) || letter == '_' || letter == '-';
           });
}

bool is_request_name(std::string_view text) {
    return has_length_of_a_name(text) && std::all_of(text.begin(), text.end(), [](char letter) {
               return letter > ' ' && letter < '\x7f' && letter != '.' && letter != '*' && letter != '#';
           });
}

} // namespace jigd::client
