#include "jigctl/board/guess.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "drivers/hex_text.hpp"
#include "jigctl/board/guess_identity.hpp"
#include "jigctl/board/shape.hpp"
#include "jigctl/board/tokens.hpp"

namespace jigd::jigctl {

namespace {

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return result;
}

/// An exchange whose answer is in lines.
struct Lines {
    std::string tx;
    std::vector<std::string> rx;
};

/// Whether the board repeats what it is sent; the repetitions are taken away then.
bool take_echo(std::vector<Lines>& exchanges) {
    const auto is_repeated = [](const Lines& each) { return !each.rx.empty() && each.rx.front() == each.tx; };
    const bool echoes = !exchanges.empty() && std::all_of(exchanges.begin(), exchanges.end(), is_repeated);
    for (auto& exchange : exchanges) {
        if (echoes) {
            exchange.rx.erase(exchange.rx.begin());
        }
    }
    return echoes;
}

/// The pattern of a refusal; "" = it is none.
std::string refusal_pattern(const std::string& line) {
    static const std::set<std::string> words{"ERR",  "ERROR",  "NAK",     "NACK",
                                             "FAIL", "FAILED", "INVALID", "UNKNOWN"};
    const auto tokens = tokens_of(line);
    if (tokens.empty() || words.count(upper(tokens.front().text)) == 0) {
        return line == "?" ? R"(\?)" : "";
    }
    constexpr std::size_t place_of_code = 2;
    const bool has_code = tokens.size() > place_of_code && tokens[place_of_code].kind == Token::Kind::number;
    return escaped(tokens.front().text) +
           (has_code ? escaped(tokens[1].text) + R"((?P<code>-?\d+) ?(?P<text>.*))" : R"(\W*(?P<text>.*))");
}

void add_once(std::vector<std::string>& list, const std::string& text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) {
        list.push_back(text);
    }
}

void make_names_unique(std::vector<GuessedRequest>& requests) {
    std::set<std::string> taken{"JigIdentity", "JigCapabilities", "JigHealth", "JigTrace", "SafeState"};
    for (auto& request : requests) {
        const auto base = request.name;
        for (int count = 2; !taken.insert(request.name).second; ++count) {
            request.name = base + std::to_string(count);
        }
    }
}

/// JigStatus is the read without parameters that tells the most, if that is a lot.
void name_the_status(std::vector<GuessedRequest>& requests) {
    constexpr std::size_t a_lot = 3;
    auto* status = requests.data();
    for (auto& request : requests) {
        const bool tells_more = request.params.empty() && request.result.size() > status->result.size();
        status = tells_more || !status->params.empty() ? &request : status;
    }
    if (status != nullptr && status->params.empty() && status->result.size() >= a_lot) {
        status->name = "JigStatus";
    }
}

/// Fields of one name would be one value of the jig; only those of JigStatus, or else the first, keep it.
void tell_states_apart(std::vector<GuessedRequest>& requests) {
    std::map<std::string, const GuessedRequest*> owners;
    for (const auto& request : requests) {
        for (const auto& field : request.result) {
            auto& owner = owners[field.name];
            owner = owner == nullptr || request.name == "JigStatus" ? &request : owner;
        }
    }
    for (auto& request : requests) {
        for (auto& field : request.result) {
            if (owners.at(field.name) != &request) {
                constexpr std::string_view get = "Get";
                const auto place = request.name.substr(request.name.starts_with(get) ? get.size() : 0);
                field.schema.insert(field.schema.size() - 1, ", state: " + name_of(place) + "." + field.name);
            }
        }
    }
}

/// The same command, whose answers differ in some bytes.
GuessedRequest guess_byte_request(const std::vector<TypedExchange>& exchanges) {
    const auto& first = exchanges.front();
    GuessedRequest request{.name = "Command" + drivers::to_hex(first.tx.substr(0, 1)),
                           .kind = "pulse",
                           .send = drivers::to_hex(first.tx)};
    for (const auto& exchange : exchanges) {
        request.examples.push_back({.tx = drivers::to_hex(exchange.tx), .rx = drivers::to_hex(exchange.rx)});
    }
    if (first.rx.empty()) {
        return request;
    }
    request.match.emplace();
    for (std::size_t place = 0; place < first.rx.size(); ++place) {
        const bool is_same = std::all_of(exchanges.begin(), exchanges.end(),
                                         [&](const auto& each) { return each.rx[place] == first.rx[place]; });
        *request.match += place == 0 ? "" : " ";
        if (is_same) {
            *request.match += drivers::to_hex(first.rx.substr(place, 1));
            continue;
        }
        const auto name = "byte_" + std::to_string(place + 1);
        *request.match += "{" + name + ":u8}";
        request.kind = "read";
        request.result.push_back({name, "{type: integer, minimum: 0, maximum: 255}"});
        for (std::size_t index = 0; index < exchanges.size(); ++index) {
            const unsigned value = static_cast<unsigned char>(exchanges[index].rx[place]);
            request.examples[index].result.emplace_back(name, std::to_string(value));
        }
    }
    return request;
}

/// Exchanges with the same key, in the order in which the keys came.
template<typename Each, typename Key>
std::vector<std::vector<Each>> grouped(const std::vector<Each>& all, Key key) {
    std::vector<std::vector<Each>> groups;
    std::map<std::string, std::size_t> places;
    for (const auto& each : all) {
        const auto [place, is_new] = places.emplace(key(each), groups.size());
        if (is_new) {
            groups.emplace_back();
        }
        groups[place->second].push_back(each);
    }
    return groups;
}

/// One command is one request: where it was answered in another form, too, a person must say how to read
/// that.
void add_request(Guess& guess, const std::vector<Sample>& samples) {
    auto request = generalise(samples);
    const bool is_there = std::any_of(guess.requests.begin(), guess.requests.end(),
                                      [&](const auto& other) { return other.send == request.send; });
    if (!is_there) {
        guess.requests.push_back(std::move(request));
        return;
    }
    for (const auto& sample : samples) {
        guess.unclear.push_back({sample.tx, sample.rx.empty() ? "" : sample.rx + "\n"});
    }
}

} // namespace

Guess guess_lines(const Transcript& transcript) {
    Guess guess{.ends = guess_line_ends(transcript.exchanges)};
    std::vector<Lines> exchanges;
    for (const auto& exchange : transcript.exchanges) {
        exchanges.push_back({exchange.tx, guess.ends.lines_of(exchange.rx)});
    }
    guess.has_echo = take_echo(exchanges);
    std::vector<Sample> samples;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& [tx, rx] : exchanges) {
        if (rx.size() > 1) {
            std::string text;
            for (const auto& line : rx) {
                text += line + "\n";
            }
            guess.unclear.push_back({tx, text});
            continue;
        }
        const auto answer = rx.empty() ? std::string() : rx.front();
        if (const auto refusal = refusal_pattern(answer); !refusal.empty()) {
            add_once(guess.errors, refusal);
        } else if (auto identity = guess_identity(tx, answer)) {
            guess.identity = guess.identity ? guess.identity : std::move(identity);
        } else if (seen.emplace(tx, answer).second) {
            samples.push_back({tx, answer, tokens_of(tx), tokens_of(answer)});
        }
    }
    for (const auto& group : grouped(samples, shape_of)) {
        add_request(guess, group);
    }
    name_the_status(guess.requests);
    make_names_unique(guess.requests);
    tell_states_apart(guess.requests);
    for (const auto& unasked : transcript.unasked) {
        for (const auto& line : guess.ends.lines_of(unasked)) {
            add_once(guess.noise, line);
        }
    }
    return guess;
}

Guess guess_bytes(const Transcript& transcript) {
    Guess guess;
    std::vector<TypedExchange> exchanges;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& exchange : transcript.exchanges) {
        if (seen.emplace(exchange.tx, exchange.rx).second) {
            exchanges.push_back(exchange);
        }
    }
    const auto same_command = [](const TypedExchange& each) {
        return drivers::to_hex(each.tx) + "/" + std::to_string(each.rx.size());
    };
    for (const auto& group : grouped(exchanges, same_command)) {
        guess.requests.push_back(guess_byte_request(group));
    }
    make_names_unique(guess.requests);
    tell_states_apart(guess.requests);
    for (const auto& unasked : transcript.unasked) {
        add_once(guess.noise, drivers::to_hex(unasked));
    }
    return guess;
}

} // namespace jigd::jigctl
