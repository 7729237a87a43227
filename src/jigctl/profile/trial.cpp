#include "jigctl/profile/trial.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/error.hpp"
#include "drivers/judge.hpp"
#include "jigctl/profile/exchanges.hpp"
#include "jigctl/profile/wording.hpp"
#include "jigsim/board.hpp"
#include "jigsim/direct_port.hpp"

namespace jigd::jigctl {

namespace {

/// A simulated board that has just been switched on, and the way to it.
class Bench {
  public:
    explicit Bench(const profile::Profile& profile)
        : board_(profile), port_(board_), exchanges_(port_, profile) {}

    [[nodiscard]] Exchanges& exchanges() { return exchanges_; }

    /// Brings the board into the state that the result of `example` shows. What it can't be brought into is
    /// what the example's own answer says.
    void show(const profile::Request& request, const profile::Example& example) {
        for (const auto& field : request.result) {
            try {
                board_.set_state(field.state.resolve(example.params).text(), example.result.at(field.name),
                                 port_.now());
            } catch (const std::invalid_argument&) {
                continue;
            }
        }
        port_.discard_input();
    }

  private:
    jigsim::SimulatedBoard board_;
    jigsim::DirectPort port_;
    Exchanges exchanges_;
};

std::string call_of(const std::string& request, const nlohmann::json& params) {
    auto text = request;
    for (const auto& [name, value] : params.items()) {
        text += " " + name + "=" + bare(value);
    }
    return text;
}

/// The parameters that may be shown.
nlohmann::json open_params(const profile::Request& request, nlohmann::json params) {
    for (const auto& secret : profile::secrets_of(request)) {
        if (params.contains(secret)) {
            params[secret] = "…";
        }
    }
    return params;
}

/// Does it, and says what went wrong.
template<typename Act>
Trial attempt(std::string what, Act act) {
    Trial trial{.what = std::move(what), .problem = "", .result = ""};
    try {
        trial.problem = act();
    } catch (const Error& error) {
        trial.problem = error.what();
    }
    return trial;
}

std::string difference(const nlohmann::json& expected, const nlohmann::json& result) {
    for (const auto& [name, value] : expected.items()) {
        if (result.value(name, nlohmann::json()) != value) {
            return "'" + name + "' is " + result.value(name, nlohmann::json()).dump() +
                   ", where the example says " + value.dump();
        }
    }
    return "";
}

std::string run_example(const profile::Profile& profile, const profile::Request& request,
                        const profile::Example& example) {
    Bench bench(profile);
    if (request.kind == Kind::read) {
        bench.show(request, example);
    }
    const auto result = bench.exchanges().run(request, example.params);
    if (auto problem = difference(example.result, result); !problem.empty()) {
        return problem;
    }
    if (!request.verify) {
        return "";
    }
    const auto problem = bench.exchanges().contradiction(request, example.params);
    return problem.empty() ? "" : "verify: " + problem + "; does sets say what the request changes?";
}

std::string run_safe_state(const profile::Profile& profile) {
    Bench bench(profile);
    for (const auto& step : profile.safe_state) {
        (void)bench.exchanges().run(profile.requests.at(step.request), step.params);
    }
    for (const auto& step : profile.safe_state) {
        const auto& request = profile.requests.at(step.request);
        const auto problem = request.verify ? bench.exchanges().contradiction(request, step.params) : "";
        if (!problem.empty()) {
            return "verify of " + step.request + ": " + problem;
        }
    }
    return "";
}

std::string judge_event(const profile::Profile& profile, const profile::Event& event) {
    const auto heard = drivers::Judge(profile).event(*event.example);
    if (!heard || heard->name != event.name) {
        return "its example is taken for " +
               (heard ? "the event " + heard->name : std::string("something else"));
    }
    return heard->values.is_null() ? "its example has values that the profile does not allow" : "";
}

std::string describe(const Identity& identity) {
    std::string text;
    for (const auto& part : {identity.model, identity.serial, identity.firmware}) {
        text += part ? (text.empty() ? "" : " ") + *part : "";
    }
    return text;
}

/// Whether the board is the wanted one.
Trial identify(const profile::Profile& profile, Exchanges& exchanges, const WantedBoard& wanted) {
    if (!profile.identify) {
        return {.what = "identify",
                .problem =
                    wanted.may_be_unknown
                        ? ""
                        : "this board can't be asked who it is (identify: none), so another one would be "
                          "asked, too; with --unidentified it is read all the same",
                .result = "not asked"};
    }
    std::string found;
    auto trial = attempt("identify", [&]() -> std::string {
        const auto identity = exchanges.identify();
        found = describe(identity);
        if (!wanted.serial.empty() && identity.serial != wanted.serial) {
            return "the board is " + found + ", not the one with serial " + wanted.serial +
                   "; nothing else was sent";
        }
        return "";
    });
    trial.result = found;
    return trial;
}

/// The parameters with which a read is asked: those of its examples, each once.
std::vector<nlohmann::json> questions(const profile::Request& request) {
    std::vector<nlohmann::json> questions;
    if (request.params.empty()) {
        questions.push_back(nlohmann::json::object());
    }
    for (const auto& example : request.examples) {
        if (std::find(questions.begin(), questions.end(), example.params) == questions.end()) {
            questions.push_back(example.params);
        }
    }
    return questions;
}

} // namespace

std::vector<Trial> try_on_simulator(const profile::Profile& profile) {
    std::vector<Trial> trials;
    if (profile.identify) {
        trials.push_back(attempt("identify", [&] {
            (void)Bench(profile).exchanges().identify();
            return std::string();
        }));
    }
    if (!profile.on_open.empty()) {
        trials.push_back(attempt("on_open", [&] {
            Bench(profile).exchanges().set_up();
            return std::string();
        }));
    }
    for (const auto& entry : profile.requests) {
        const auto& request = entry.second; // a structured binding can't be captured
        for (const auto& example : request.examples) {
            trials.push_back(attempt(call_of(request.name, open_params(request, example.params)),
                                     [&] { return run_example(profile, request, example); }));
        }
    }
    for (const auto& event : profile.events) {
        if (event.example) {
            trials.push_back(attempt("event " + event.name, [&] { return judge_event(profile, event); }));
        }
    }
    if (!profile.safe_state.empty()) {
        trials.push_back(attempt("safe_state", [&] { return run_safe_state(profile); }));
    }
    return trials;
}

std::vector<Trial> try_on_board(const profile::Profile& profile, drivers::Port& port,
                                const WantedBoard& wanted) {
    Exchanges exchanges(port, profile);
    exchanges.settle();
    std::vector<Trial> trials{identify(profile, exchanges, wanted)};
    if (trials.front().problem.empty() && !profile.on_open.empty()) {
        trials.push_back(attempt("on_open", [&] {
            exchanges.set_up();
            return std::string();
        }));
    }
    if (!trials.back().problem.empty()) {
        return trials;
    }
    for (const auto& entry : profile.requests) {
        const auto& request = entry.second;
        if (request.kind != Kind::read || request.steps.empty()) {
            continue;
        }
        for (const auto& params : questions(request)) {
            std::string shown;
            auto trial = attempt(call_of(request.name, open_params(request, params)), [&] {
                shown = exchanges.run(request, params).dump();
                return std::string();
            });
            trial.result = shown;
            trials.push_back(std::move(trial));
        }
    }
    return trials;
}

} // namespace jigd::jigctl
