/// A Modbus RTU unit by libmodbus, the other side of our own framing: `modbus_slave UNIT` prints the device
/// to open, then `ready`. It has 32 coils, all open, and 32 input registers, register N holding 100 N.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <modbus/modbus.h>
#include <pty.h>
#include <unistd.h>

int main(int argc, char** argv) {
    int line = -1;
    int device = -1; // kept open: without it the line is dead while nobody else has it open
    std::array<char, 64> path{};
    if (argc != 2 || openpty(&line, &device, path.data(), nullptr, nullptr) != 0) {
        std::fputs("usage: modbus_slave UNIT\n", stderr);
        return 2;
    }
    constexpr int size = 32;
    auto* unit = modbus_new_rtu(path.data(), 9600, 'N', 8, 1);
    auto* values = modbus_mapping_new(size, size, size, size);
    if (unit == nullptr || values == nullptr || modbus_set_slave(unit, std::atoi(argv[1])) != 0) {
        return 1;
    }
    for (int place = 0; place < size; ++place) {
        values->tab_input_registers[place] = static_cast<std::uint16_t>(100 * place);
    }
    (void)modbus_set_socket(unit, line);
    std::printf("%s\nready\n", path.data());
    std::fflush(stdout);
    std::array<std::uint8_t, MODBUS_RTU_MAX_ADU_LENGTH> request{};
    for (;;) {
        const int length = modbus_receive(unit, request.data());
        if (length > 0) {
            modbus_reply(unit, request.data(), length, values);
        }
    }
}
