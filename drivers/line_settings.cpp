#include "drivers/line_settings.hpp"

#include <array>
#include <cerrno>
#include <system_error>

// The kernel's own termios2 carries any speed as a number. Its header and libc's <termios.h> exclude each
// other.
#include <asm/termbits.h>
#include <fmt/format.h>
#include <linux/serial.h>
#include <sys/ioctl.h>

#include "core/error.hpp"

namespace jigd::drivers {

namespace {

__u32 milliseconds(Milliseconds delay) {
    return static_cast<__u32>(delay.count());
}

tcflag_t control_flags(const profile::Serial& settings) {
    constexpr std::array<tcflag_t, 4> data_bits{CS5, CS6, CS7, CS8};
    constexpr int fewest_bits = 5;
    // Without CLOCAL a three-wire cable hangs up for want of a carrier. HUPCL stays off: see
    // keep_modem_lines_at_close().
    tcflag_t flags =
        CREAD | CLOCAL | data_bits.at(static_cast<std::size_t>(settings.data_bits - fewest_bits));
    if (settings.stop_bits == 2) {
        flags |= CSTOPB;
    }
    if (settings.flow == profile::Flow::rts_cts) {
        flags |= CRTSCTS;
    }
    switch (settings.parity) {
    case profile::Parity::none:
        return flags;
    case profile::Parity::even:
        return flags | PARENB;
    case profile::Parity::odd:
        return flags | PARENB | PARODD;
    case profile::Parity::space:
        return flags | PARENB | CMSPAR;
    case profile::Parity::mark:
        return flags | PARENB | CMSPAR | PARODD;
    }
    return flags;
}

/// INPCK without IGNPAR and PARMRK: a byte with a parity or framing error is read as NUL. Left as it came it
/// could be another good digit; dropped, 1250 reads as 250. The error counters rise in any case, but not
/// every adapter has them. A break is read as NUL, too.
tcflag_t input_flags(const profile::Serial& settings) {
    return settings.flow == profile::Flow::xon_xoff ? INPCK | IXON | IXOFF : INPCK;
}

std::size_t waiting_output(int handle) {
    int waiting = 0;
    return ::ioctl(handle, TIOCOUTQ, &waiting) == 0 && waiting > 0 ? static_cast<std::size_t>(waiting) : 0;
}

/// What the UART has sent since it exists; 0 where it doesn't count.
int sent_bytes(int handle) {
    serial_icounter_struct counted{};
    return ::ioctl(handle, TIOCGICOUNT, &counted) == 0 ? counted.tx : 0;
}

} // namespace

std::optional<TerminalSettings> terminal_settings_of(int handle) {
    termios2 now{};
    if (::ioctl(handle, TCGETS2, &now) != 0) {
        return std::nullopt;
    }
    return TerminalSettings{.input = now.c_iflag,
                            .output = now.c_oflag,
                            .control = now.c_cflag,
                            .local = now.c_lflag,
                            .input_speed = now.c_ispeed,
                            .output_speed = now.c_ospeed};
}

void set_flags(int handle, const profile::Serial& settings, const std::string& path) {
    constexpr tcflag_t speed = CBAUD | CIBAUD;
    constexpr cc_t xon = 0x11;
    constexpr cc_t xoff = 0x13;
    termios2 before{};
    bool is_set = ::ioctl(handle, TCGETS2, &before) == 0;
    if (is_set) {
        termios2 wanted{};
        wanted.c_iflag = input_flags(settings);
        wanted.c_cflag = control_flags(settings) | (before.c_cflag & speed);
        wanted.c_ispeed = before.c_ispeed;
        wanted.c_ospeed = before.c_ospeed;
        // With VMIN 1 a non-blocking read of nothing is EAGAIN on a live line, and 0 on one that is gone
        // only.
        wanted.c_cc[VMIN] = 1;
        wanted.c_cc[VSTART] = xon;
        wanted.c_cc[VSTOP] = xoff;
        is_set = ::ioctl(handle, TCSETS2, &wanted) == 0;
    }
    if (!is_set) {
        throw Error(Code::jig_offline, fmt::format("{} can't be set to raw bytes: {}; check the cable", path,
                                                   std::generic_category().message(errno)));
    }
}

void keep_modem_lines_at_close(int handle) {
    termios2 settings{};
    if (::ioctl(handle, TCGETS2, &settings) == 0) {
        settings.c_cflag &= ~static_cast<tcflag_t>(HUPCL);
        ::ioctl(handle, TCSETS2, &settings);
    }
}

std::size_t discard_output(int handle) {
    const auto sent_before = sent_bytes(handle);
    const auto waiting = waiting_output(handle);
    ::ioctl(handle, TCFLSH, TCOFLUSH);
    // USB adapters may keep their bytes through a flush, and some may have left just now: then nobody knows.
    const bool all_dropped = waiting_output(handle) == 0 && sent_bytes(handle) == sent_before;
    return all_dropped ? waiting : 0;
}

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
        // It makes a good line faster and never makes one work: a refusal is not a reason to go without the
        // jig.
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

std::string risen(const LineErrors& before, const LineErrors& after) {
    std::string text;
    const auto add = [&text](std::uint32_t from, std::uint32_t to, const char* what) {
        if (to != from) {
            text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", to - from, what,
                                to - from == 1 ? "" : "s");
        }
    };
    add(before.frame, after.frame, "framing error");
    add(before.parity, after.parity, "parity error");
    add(before.overrun, after.overrun, "overrun");
    add(before.buffer_overrun, after.buffer_overrun, "buffer overrun");
    return text;
}

} // namespace jigd::drivers
