// What a request costs at the least: a loop on rabbitmq-c that takes a message, writes "STATUS?\n" to a tty,
// reads one line and sends it back. It parses nothing, checks nothing, survives nothing. Without a tty it
// echoes the request.
//
//     bench_bare_server URL SERIAL [TTY]

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <amqp.h>
#include <amqp_tcp_socket.h>

namespace {

constexpr amqp_channel_t channel = 1;

struct DestroyConnection {
    void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
};
using Connection = std::unique_ptr<amqp_connection_state_t_, DestroyConnection>;

amqp_bytes_t bytes(std::string_view text) {
    return {text.size(), const_cast<char*>(text.data())}; // the library only reads it
}

void expect(bool good, const char* what) {
    if (!good) {
        throw std::runtime_error(what);
    }
}

void expect_reply(amqp_connection_state_t state, const char* what) {
    expect(amqp_get_rpc_reply(state).reply_type == AMQP_RESPONSE_NORMAL, what);
}

Connection connect(std::string url, const std::string& serial) {
    amqp_connection_info info{};
    amqp_default_connection_info(&info);
    expect(amqp_parse_url(url.data(), &info) == AMQP_STATUS_OK, "the URL");
    Connection connection(amqp_new_connection());
    auto* state = connection.get();
    expect(amqp_socket_open(amqp_tcp_socket_new(state), info.host, info.port) == AMQP_STATUS_OK,
           "connecting");
    expect(amqp_login(state, "/", AMQP_DEFAULT_MAX_CHANNELS, AMQP_DEFAULT_FRAME_SIZE, 0,
                      AMQP_SASL_METHOD_PLAIN, info.user, info.password)
                   .reply_type == AMQP_RESPONSE_NORMAL,
           "logging in");
    amqp_channel_open(state, channel);
    expect_reply(state, "opening a channel");
    const auto queue = "bare." + serial;
    amqp_queue_declare(state, channel, bytes(queue), 0, 0, 1, 1, amqp_empty_table);
    expect_reply(state, "declaring the queue");
    amqp_queue_bind(state, channel, bytes(queue), bytes("amq.topic"), bytes(serial + ".Req.*"),
                    amqp_empty_table);
    expect_reply(state, "binding the queue");
    amqp_basic_consume(state, channel, bytes(queue), amqp_empty_bytes, 0, 0, 1, amqp_empty_table);
    expect_reply(state, "consuming");
    return connection;
}

int open_tty(const char* path) {
    const int tty = ::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    expect(tty >= 0, "opening the tty");
    termios settings{};
    expect(::tcgetattr(tty, &settings) == 0, "reading the tty's settings");
    ::cfmakeraw(&settings);
    expect(::tcsetattr(tty, TCSANOW, &settings) == 0, "setting the tty to raw");
    return tty;
}

std::string ask(int tty) {
    constexpr std::string_view command = "STATUS?\n";
    expect(::write(tty, command.data(), command.size()) == static_cast<ssize_t>(command.size()), "writing");
    std::string line(512, '\0');
    std::size_t size = 0;
    do {
        const auto got = ::read(tty, line.data() + size, line.size() - size);
        expect(got > 0, "reading");
        size += static_cast<std::size_t>(got);
    } while (line[size - 1] != '\n' && size < line.size());
    line.resize(size);
    return line;
}

void serve(amqp_connection_state_t state, int tty) {
    for (;;) {
        amqp_maybe_release_buffers(state);
        amqp_envelope_t envelope{};
        expect(amqp_consume_message(state, &envelope, nullptr, 0).reply_type == AMQP_RESPONSE_NORMAL,
               "consuming");
        const auto& request = envelope.message;
        const std::string line = tty >= 0 ? ask(tty) : std::string();
        amqp_basic_properties_t properties{};
        properties._flags = AMQP_BASIC_CORRELATION_ID_FLAG;
        properties.correlation_id = request.properties.correlation_id;
        amqp_basic_publish(state, channel, amqp_empty_bytes, request.properties.reply_to, 0, 0, &properties,
                           tty >= 0 ? bytes(line) : request.body);
        amqp_basic_ack(state, channel, envelope.delivery_tag, 0);
        amqp_destroy_envelope(&envelope);
    }
}

} // namespace

int main(int argc, char** argv) try {
    expect(argc == 3 || argc == 4, "usage: bench_bare_server URL SERIAL [TTY]");
    const int tty = argc == 4 ? open_tty(argv[3]) : -1;
    const auto connection = connect(argv[1], argv[2]);
    serve(connection.get(), tty);
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_bare_server: %s failed\n", error.what());
    return 1;
}
