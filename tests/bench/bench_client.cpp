// Asks one jig many times on one kept connection, at most WINDOW requests in flight, and prints what it took
// as one line of JSON.
//
//     bench_client URL SERIAL REQUEST COUNT WINDOW [BODY-BYTES]
//
// BODY-BYTES: a parameter pads the request to about that size (an echo's answer then has it too).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "client/client.hpp"

namespace {

using namespace std::chrono_literals;
using Microseconds = std::chrono::duration<double, std::micro>;

struct Plan {
    std::string serial;
    std::string request;
    std::size_t count = 0;
    std::size_t window = 1;
    nlohmann::json params = nlohmann::json::object();
};

struct Measured {
    double seconds = 0;
    std::vector<double> latencies; ///< microseconds, sorted
    std::size_t answer_bytes = 0;
};

Measured measure(jigd::client::Client& client, const Plan& plan) {
    std::map<std::string, jigd::TimePoint> started;
    Measured measured;
    const auto begin = jigd::Clock::now();
    std::size_t sent = 0;
    while (measured.latencies.size() < plan.count) {
        while (sent < plan.count && started.size() < plan.window) {
            const auto now = jigd::Clock::now();
            started.emplace(client.start(plan.serial, plan.request, plan.params, {.timeout = 10s}), now);
            ++sent;
        }
        const auto completion = client.next();
        const auto now = jigd::Clock::now();
        const auto* reply = completion ? std::get_if<jigd::client::Reply>(&completion->outcome) : nullptr;
        // A bare server's answer is not an envelope; an envelope must be a good one.
        if (reply == nullptr || (reply->defect.empty() && !reply->ok)) {
            throw std::runtime_error("a request to " + plan.serial + " failed" +
                                     (reply != nullptr ? ": " + reply->body : ""));
        }
        measured.answer_bytes = reply->body.size();
        const auto entry = started.find(completion->id);
        measured.latencies.push_back(Microseconds(now - entry->second).count());
        started.erase(entry);
    }
    measured.seconds = std::chrono::duration<double>(jigd::Clock::now() - begin).count();
    std::sort(measured.latencies.begin(), measured.latencies.end());
    return measured;
}

double percentile(const std::vector<double>& sorted, double share) {
    return sorted.at(static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1)));
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 6 || argc > 7) {
        throw std::runtime_error("usage: bench_client URL SERIAL REQUEST COUNT WINDOW [BODY-BYTES]");
    }
    jigd::client::Client client({.broker = argv[1], .name = "jigd bench"});
    Plan plan{
        .serial = argv[2], .request = argv[3], .count = std::stoul(argv[4]), .window = std::stoul(argv[5])};
    if (argc == 7) {
        plan.params["padding"] = std::string(std::stoul(argv[6]), 'x');
    }
    const auto measured = measure(client, plan);
    const nlohmann::json result{{"p50_us", percentile(measured.latencies, 0.5)},
                                {"p99_us", percentile(measured.latencies, 0.99)},
                                {"rate", static_cast<double>(plan.count) / measured.seconds},
                                {"seconds", measured.seconds},
                                {"answer_bytes", measured.answer_bytes}};
    std::printf("%s\n", result.dump().c_str());
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_client: %s\n", error.what());
    return 1;
}
