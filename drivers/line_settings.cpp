#include "drivers/line_settings.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include "core/error.hpp"

namespace jigd::drivers {

namespace {

__u32 milliseconds(Milliseconds delay) {
    return static_cast<__u32>(delay.count());
}

} // namespace

void set_rs485(int handle, const profile::Rs485& settings, const std::string& path) {
    serial_rs485 wanted{};
    wanted.flags = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
    wanted.delay_rts_before_send = milliseconds(settings.delay_before);
    wanted.delay_rts_after_send = milliseconds(settings.delay_after);
    const bool is_set = ::ioctl(handle, TIOCSRS485, &wanted) == 0;
    const auto error = errno;
    // The kernel writes back what the driver made of it.
    if (is_set && (wanted.flags & SER_RS485_ENABLED) != 0) {
        return;
    }
    throw Error(Code::jig_offline,
                fmt::format("{} can't do RS-485, which `serial.rs485` asks for ({}); use another adapter, or "
                            "write rs485: off for one that switches the direction itself",
                            path,
                            is_set ? "its driver left it off" : std::generic_category().message(error)));
}

void prefer_low_latency(int handle, bool low_latency) {
    serial_struct settings{};
    if (::ioctl(handle, TIOCGSERIAL, &settings) != 0) {
        return;
    }
    constexpr int flag = static_cast<int>(ASYNC_LOW_LATENCY);
    const int flags = low_latency ? settings.flags | flag : settings.flags & ~flag;
    if (flags != settings.flags) {
        settings.flags = flags;
        // It makes a good line faster and never makes one work: a refusal is no reason to go without the jig.
        ::ioctl(handle, TIOCSSERIAL, &settings);
    }
}

std::optional<LineErrors> line_errors_of(int handle) {
    serial_icounter_struct counted{};
    if (::ioctl(handle, TIOCGICOUNT, &counted) != 0) {
        return std::nullopt;
    }
    const auto count = [](int value) { return static_cast<std::uint32_t>(value); };
    return LineErrors{.frame = count(counted.frame),
                      .parity = count(counted.parity),
                      .overrun = count(counted.overrun),
                      .buffer_overrun = count(counted.buf_overrun),
                      .breaks = count(counted.brk)};
}

} // namespace jigd::drivers
