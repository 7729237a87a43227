#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/deadline.hpp"
#include "profile/pattern.hpp"
#include "profile/words.hpp"
#include "yaml/reader.hpp"

/// The protocol seam: what a protocol is to everybody but the wire. A protocol is one folder under drivers/
/// that implements these interfaces, and one row in drivers/registry.cpp. Everything here is pure and
/// immutable but FrameFinder, which one thread uses.
///
/// A *frame* is all the bytes of one message as they go over the wire: a line with its end, a header with
/// body and checksum. Its *body* is what profiles describe and examples show: the line's text, the fields
/// between header and checksum.
namespace jigd::profile {

struct Profile;
struct Serial;

/// What the simulated board writes for a group of an answer; nullopt leaves what the example has there.
using Replacement = std::function<std::optional<std::string>(const std::string& group)>;

/// What bodies of one sort look like (an event, a refusal, noise), and what they say.
class Matcher {
  public:
    Matcher() = default;
    Matcher(const Matcher&) = delete;
    Matcher& operator=(const Matcher&) = delete;
    virtual ~Matcher() = default;

    /// As the profile writes it.
    [[nodiscard]] virtual const std::string& text() const = 0;
    [[nodiscard]] virtual const std::vector<std::string>& groups() const = 0;
    /// The groups, when the whole of `body` is of this sort.
    [[nodiscard]] virtual std::optional<Captures> match(std::string_view body) const = 0;
    /// Whether it lies anywhere in `body`: a banner is recognised behind the rubbish of a power-on.
    [[nodiscard]] virtual bool find(std::string_view body) const = 0;
    /// The body `example` with other values in its groups.
    [[nodiscard]] virtual std::string fill(const std::string& example, const Replacement& value) const = 0;
};

/// One command of a board and its answer, in both directions: the host encodes the command and decodes the
/// answer, a simulated board parses the command and makes the answer.
class StepForm {
  public:
    StepForm() = default;
    StepForm(const StepForm&) = delete;
    StepForm& operator=(const StepForm&) = delete;
    virtual ~StepForm() = default;

    /// The command as the profile writes it.
    [[nodiscard]] virtual const std::string& text() const = 0;
    /// The parameters that it carries, in order.
    [[nodiscard]] virtual std::vector<std::string> params() const = 0;
    /// The words that stand for the values of a parameter; nullptr where there are none.
    [[nodiscard]] virtual const Words* words(const std::string& param) const = 0;
    /// Whether there is a command: a step without one awaits one more answer to the command before.
    [[nodiscard]] virtual bool is_sent() const { return true; }
    /// Whether the board answers at all.
    [[nodiscard]] virtual bool is_answered() const = 0;
    /// What the answer captures. A name that is also a parameter is the board repeating it.
    [[nodiscard]] virtual std::vector<std::string> captures() const = 0;
    /// What the answer must look like, as the profile writes it; "" when there is none.
    [[nodiscard]] virtual std::string answer_text() const = 0;

    /// Whether events are taken out of its answer before that is matched, so that none can be taken for it.
    [[nodiscard]] virtual bool excludes_events() const { return false; }
    /// Whether `body` could be its answer, whatever the parameters are.
    [[nodiscard]] virtual bool may_answer(std::string_view body) const = 0;

    /// The whole frame of the command. `params` holds every parameter (defaults filled in). Throws
    /// Error{bad_request} for a value that could end the frame early or does not fit into it.
    [[nodiscard]] virtual std::string encode(const nlohmann::json& params) const = 0;
    /// The whole frame for people, with "…" for each of `secrets`.
    [[nodiscard]] virtual std::string masked(const nlohmann::json& params,
                                             const std::vector<std::string>& secrets) const = 0;
    /// A parameter as the frame spells it; an answer that repeats the parameter must capture just that.
    [[nodiscard]] virtual std::string spelt(const std::string& param, const nlohmann::json& value) const = 0;
    /// The bytes by which the frame tells a secret parameter, to be shown nowhere.
    [[nodiscard]] virtual std::string secret(const std::string& param, const nlohmann::json& value) const {
        return spelt(param, value);
    }
    /// What `body` says as the answer to the command with `params`; nullopt when it is not an answer to it.
    [[nodiscard]] virtual std::optional<Captures> decode(std::string_view body,
                                                         const nlohmann::json& params) const = 0;

    /// The parameters that the command `body` carries, as text where nothing tells their type; nullopt when
    /// it is not this command.
    [[nodiscard]] virtual std::optional<nlohmann::json> parse(std::string_view body) const = 0;
    /// Whether `body` is this command with arguments that can't be parsed.
    [[nodiscard]] virtual bool resembles(std::string_view body) const = 0;
    /// The answer `example` with other values in its groups.
    [[nodiscard]] virtual std::string answer(const std::string& example, const Replacement& value) const = 0;
};

/// What was found on the wire.
struct Frame {
    std::string body;
    /// Why nothing of it is to be believed, such as "the checksum is 12, not 34"; "" when it is whole.
    std::string damage{};
    /// Which of the host's commands it is, or answers, as Codec::numbered() counts them; nullopt where frames
    /// carry no number.
    std::optional<std::uint64_t> number{};
    /// It carries the number of no command that waits: never an answer, whatever it looks like.
    bool is_unasked = false;
    /// It came between the lines of an answer, which was said before it.
    bool is_within_answer = false;
};

/// Bytes in any portions → frames. Memory is bounded, whatever comes.
class FrameFinder {
  public:
    FrameFinder() = default;
    FrameFinder(const FrameFinder&) = delete;
    FrameFinder& operator=(const FrameFinder&) = delete;
    virtual ~FrameFinder() = default;

    virtual void feed(std::string_view bytes) = 0;
    /// The frame with this command was just sent; nullptr when no answer is awaited any more. For protocols
    /// whose answers do not tell by themselves how long they are, or which command they answer. Lives until
    /// the next call.
    virtual void expect(const StepForm* /*step*/, std::string_view /*frame*/) {}
    /// The next whole frame, in order; nullopt when there is none yet.
    [[nodiscard]] virtual std::optional<Frame> next() = 0;
    /// What has come of a frame whose end has not. As meaningful as is_within_frame().
    [[nodiscard]] virtual std::string_view partial() const = 0;
    /// Whether a frame has started whose end has not come. Only meaningful after next() said nullopt.
    [[nodiscard]] virtual bool is_within_frame() const = 0;
    /// Forgets the frame that has started; what follows is the beginning of another.
    virtual void drop_partial() = 0;
    /// Whether nothing but a pause ends what has started, so that what comes after one is something else.
    [[nodiscard]] virtual bool ends_at_pause() const { return false; }
    /// Frames longer than a board may send, so far; nothing of them is kept.
    [[nodiscard]] virtual std::uint64_t overlong() const = 0;
};

/// Whose frames are to be found.
enum class Side { host, board };

/// A protocol as one profile configures it.
class Codec {
  public:
    Codec() = default;
    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;
    virtual ~Codec() = default;

    // Reading a profile: each adds what is wrong to `problems`, and then gives null.

    /// The keys of a step that are this protocol's own (`send` and `match`, say); the common ones are read
    /// elsewhere.
    [[nodiscard]] virtual std::shared_ptr<const StepForm> read_step(yaml::MapReader& step,
                                                                    yaml::Problems& problems) const = 0;
    /// The `match` of an error, an event or noise.
    [[nodiscard]] virtual std::shared_ptr<const Matcher> read_match(const yaml::Node& match,
                                                                    yaml::Problems& problems) const = 0;
    /// The `match` of a restart banner, which is looked for anywhere.
    [[nodiscard]] virtual std::shared_ptr<const Matcher> read_banner(const yaml::Node& match,
                                                                     yaml::Problems& problems) const = 0;
    /// A body as examples show it: `tx`, `rx`, the `example` of an event.
    [[nodiscard]] virtual std::optional<std::string> read_body(const yaml::Node& node,
                                                               yaml::Problems& problems) const = 0;
    /// Whether answers capture text, whose fields must say what it means; else values have types already.
    [[nodiscard]] virtual bool captures_text() const { return true; }
    /// Whether that text is Latin-1, each byte a character, and not UTF-8.
    [[nodiscard]] virtual bool is_latin1() const { return false; }
    /// How a step's answer, or an event, captures `name`, for messages.
    [[nodiscard]] virtual std::string capture_of(std::string_view name) const {
        return "(?P<" + std::string(name) + ">...) in the match";
    }
    /// What only this protocol can find wrong with the whole profile.
    virtual void check(const Profile& /*profile*/, const yaml::Node& /*root*/,
                       yaml::Problems& /*problems*/) const {}

    /// Whether frames themselves tell events from answers, whatever both look like.
    [[nodiscard]] virtual bool marks_events() const { return false; }
    /// Whether noise can be cut out of the middle of a frame (Noise::anywhere); finder_for() does that.
    [[nodiscard]] virtual bool cuts_noise() const { return false; }
    /// What of an answer could be taken for an event or a refusal: all of it, or each line of several.
    [[nodiscard]] virtual std::vector<std::string> parts(const std::string& body) const { return {body}; }

    // The wire.

    /// Finds the frames that come in on this side.
    [[nodiscard]] virtual std::unique_ptr<FrameFinder> finder(Side side) const = 0;
    /// As finder(), where only the whole profile tells how long what may come is.
    [[nodiscard]] virtual std::unique_ptr<FrameFinder> finder_for(Side side,
                                                                  const Profile& /*profile*/) const {
        return finder(side);
    }
    /// The whole frame `frame` with the number of the host's command `index`, counted from 0 since open; for
    /// protocols whose answers carry it.
    [[nodiscard]] virtual std::string numbered(std::string frame, std::uint64_t /*index*/) const {
        return frame;
    }
    /// The frame by which the board says `body`.
    [[nodiscard]] virtual std::string framed(std::string_view body) const = 0;
    /// The body by which the board refuses `command`, where a profile writes `refusal`: an exception's code
    /// on Modbus, whose frame repeats the command's function.
    [[nodiscard]] virtual std::string refusal(std::string_view refusal, std::string_view /*command*/) const {
        return std::string(refusal);
    }
    /// What the board sends behind each answer, and alone where it has none, such as a prompt.
    [[nodiscard]] virtual std::string behind_answer() const { return {}; }
    /// A body for people, on one line.
    [[nodiscard]] virtual std::string describe(std::string_view body) const = 0;
    /// The frame of a command for people.
    [[nodiscard]] virtual std::string describe_frame(std::string_view frame) const { return describe(frame); }
    /// Whether `body` is nothing at all, such as blanks and line ends.
    [[nodiscard]] virtual bool is_blank(std::string_view body) const { return body.empty(); }
    /// How long the line must be silent behind an exchange, beside the profile's own pace.
    [[nodiscard]] virtual Duration rest_after(const StepForm& /*step*/, const Serial& /*serial*/) const {
        return Duration::zero();
    }

    /// Whether the board repeats each command before it answers.
    [[nodiscard]] virtual bool echoes() const { return false; }
    /// The repetition of the command with `body`, as the board sends it.
    [[nodiscard]] virtual std::string echo_of(std::string_view body) const { return framed(body); }
    /// What of `body` follows a repetition of the command `frame`; nullopt when it does not repeat it.
    [[nodiscard]] virtual std::optional<std::string> behind_echo(std::string_view /*body*/,
                                                                 std::string_view /*frame*/) const {
        return std::nullopt;
    }

    // What to check, for the messages of people who wait in vain.

    /// Why an answer may be too long.
    [[nodiscard]] virtual std::string about_overlong() const = 0;
    /// Why an answer may stop before its end.
    [[nodiscard]] virtual std::string about_partial() const = 0;
};

/// A protocol that a profile can name as its `driver`.
struct Protocol {
    std::string_view driver;
    std::string_view section; ///< the key of a profile's own section for it
    std::string_view description;
    /// Reads that section, which may be absent.
    std::shared_ptr<const Codec> (*read)(const std::optional<yaml::Node>& section, const Serial& serial,
                                         yaml::Problems& problems);
    bool is_binary = false; ///< its bytes need 8 data bits
    /// A whole profile to begin with, which loads and whose comments say what to change; "@NAME@" stands for
    /// its name. "" = none.
    std::string_view skeleton = {};
};
using Protocols = std::span<const Protocol>;

} // namespace jigd::profile
