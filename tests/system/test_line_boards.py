"""Boards of lines and prompts by their YAML alone. What they say is typed here from their makers' documents, byte for
byte, and not taken from the profile."""

import pytest

from programs import Jigd
from pty_device import PtyDevice


class Device(PtyDevice):
    """`answer(command)` gives what it says to a command, without the end that `END` is; a list gives it in portions."""

    END = b"\n"

    def __init__(self):
        self.commands = []
        self.garble = None  # what a test makes of an answer: bytes → bytes or a list of them
        super().__init__()

    def take(self, buffer):
        *commands, rest = buffer.split(self.END)
        for command in commands:
            self.commands.append(command)
            answer = self.answer(command)
            if self.garble:
                answer = self.garble(answer)
            self.say_in_portions([answer] if isinstance(answer, bytes) else answer)
        return rest

    def answer(self, command):
        raise NotImplementedError


class Numato(Device):
    """docs.numato.com, 8 channel USB relay module: echo, the answer in a line of its own, >."""

    END = b"\r"

    def __init__(self):
        self.relays = 0
        super().__init__()

    def answer(self, command):
        words = command.split()
        said = b""
        if words[:2] == [b"relay", b"read"]:
            said = (b"on" if self.relays >> int(words[2]) & 1 else b"off") + b"\n\r"
        elif words[:2] in ([b"relay", b"on"], [b"relay", b"off"]):
            bit = 1 << int(words[2])
            self.relays = self.relays | bit if words[1] == b"on" else self.relays & ~bit
        elif words[:2] == [b"relay", b"writeall"]:
            self.relays = int(words[2], 16)
        elif command == b"id get":
            said = b"00000042\n\r"
        return command + b"\n\r" + said + b">"


class Supply(Device):
    """Agilent E3631A user's guide, with the error queue of SCPI-1999, volume 2, 21.8."""

    def __init__(self):
        self.volts, self.amps, self.on = 0.0, 1.0, False
        self.errors = ['-113,"Undefined header"']  # somebody else's, from before
        super().__init__()

    def answer(self, command):
        word, _, value = command.partition(b" ")
        said = {b"*IDN?": "HEWLETT-PACKARD,E3631A,MY40001234,1.4-5.0-1.0",
                b"VOLT?": f"{self.volts:+.8E}", b"CURR?": f"{self.amps:+.8E}", b"OUTP?": f"{int(self.on)}",
                b"MEAS:VOLT?": f"{self.volts * self.on:+.8E}", b"MEAS:CURR?": "+0.00000000E+00"}.get(word)
        if word == b"SYST:ERR?":
            said = self.errors.pop(0) if self.errors else '+0,"No error"'
        elif word == b"*CLS":
            self.errors.clear()
        elif word == b"VOLT" and float(value) > 6.18:
            self.errors.append('-222,"Data out of range"')
        elif word == b"VOLT":
            self.volts = float(value)
        elif word == b"OUTP":
            self.on = value == b"ON"
        return b"" if said is None else said.encode() + b"\r\n"


class Grbl(Device):
    """Grbl 1.1 wiki, Interface: ? and ! act at once; the line end behind them is an empty line."""

    def __init__(self):
        self.x, self.y = 0.0, 0.0
        super().__init__()

    def answer(self, command):
        if command == b"$I":
            return b"[VER:1.1f.20170801:left]\r\n[OPT:V,15,128]\r\nok\r\n"
        if command == b"?":
            return b"<Idle|MPos:%.3f,%.3f,0.000|FS:0,0>\r\nok\r\n" % (self.x, self.y)
        if command.startswith(b"G53 G0 X"):
            x, y = command[8:].split(b" Y")
            if float(x) > 300:
                return b"error:15\r\n"
            self.x, self.y = float(x), float(y)
        elif command == b"$X":
            return b"[MSG:Caution: Unlocked]\r\nok\r\n"
        return b"ok\r\n"


class Zephyr(Device):
    """docs.zephyrproject.org, Shell, with colours as the shell's VT100 backend writes them."""

    END = b"\r"
    PROMPT = b"\x1b[1;32muart:~$ \x1b[m"

    def answer(self, command):
        said = {b"hwinfo devid": b"Length: 12\r\nID: 0x9e6b44aea1e2b8980c4d32a6\r\n",
                b"kernel version": b"Zephyr version 3.5.0\r\n",
                b"kernel uptime": [b"Upt", b"[00:00:23.703,000] \x1b[1;33m<wrn> app: it is ", b"warm\x1b[0m\r\nime: 23703 ms\r\n"],
                b"gpio get gpio@50000000 11": b"1\r\n", b"": b""}.get(command)
        if said is None:
            said = b"" if command.startswith(b"gpio ") else command.split()[0] + b": command not found\r\n"
        portions = said if isinstance(said, list) else [said]
        return [command + b"\r\n", *portions, self.PROMPT]


class Adam(Device):
    """ADAM-4000 Series User's Manual, $AAM, $AA6 and #AABB: an ADAM-4060 at address 01, as it is delivered."""

    END = b"\r"

    def __init__(self):
        self.relays = 0
        super().__init__()

    def answer(self, command):
        if not command[1:].startswith(b"01"):
            return b""  # another module's
        if command == b"$01M":
            return b"!014060\r"
        if command == b"$016":
            return b"!%02X0000\r" % self.relays
        if command.startswith(b"#0100"):
            self.relays = int(command[5:], 16)
            return b">\r"
        return b"?01\r"


class Marlin(Device):
    """marlinfw.org/docs/gcode (M114, M115, M400) and Marlin 2's host keepalive."""

    UUID = b"cede2a2f-41a2-4748-9b12-c55c62f367ff"

    def __init__(self):
        self.homed, self.place = False, (0.0, 0.0, 0.0)
        super().__init__()

    def answer(self, command):
        word = command.split()[0]
        if word == b"M115":
            return [b"FIRMWARE_NAME:Marlin 2.1.2 (Jan  1 2023 12:00:00) SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin "
                    b"PROTOCOL_VERSION:1.0 MACHINE_TYPE:3D Printer EXTRUDER_COUNT:1 UUID:" + self.UUID + b"\n",
                    b"Cap:SERIAL_XON_XOFF:0\nCap:EEPROM:1\n", b"ok\n"]
        if word == b"M114":
            return b"X:%.2f Y:%.2f Z:%.2f E:0.00 Count X:0 Y:0 Z:0\nok\n" % self.place
        if word == b"G0":
            if not self.homed:
                return b"echo:Home XYZ First, the axes are not homed\n"
            self.place = tuple(float(each[1:]) for each in command.split()[1:])
        elif word == b"G28":
            self.homed = True
            return [b"echo:busy: processing\n", b"X:0.00 Y:0.00 Z:0.00 E:0.00 Count X:0 Y:0 Z:0\n", b"ok\n"]
        elif word == b"M400":
            return [b"echo:busy: processing\n", b"ok\n"]
        return b"ok\n"


def served(tmp_path, broker, device, serial, profile, identity=None):
    more = {"jig": {"identity": {"serial": identity}}} if identity else {}
    return Jigd(tmp_path, broker.url, device.path, serial, profile=profile, **more)


def test_a_prompt_ends_what_has_no_line_and_relays_are_proved_by_reading(tmp_path, broker, caller, serial):
    with Numato() as device, served(tmp_path, broker, device, serial, "numato-relay-8ch", "00000042") as jigd:
        jigd.wait_serving()
        for channel, on in ((1, True), (8, True), (1, False)):
            reply = caller.call(serial, "SetRelay", {"channel": channel, "on": on})
            assert reply.ok and reply.result["source"] == "observed", reply.json
        assert device.relays == 0x80
        assert caller.call(serial, "SafeState").ok and device.relays == 0
        # The prompt of one command comes when its caller has given up; it is not the next one's.
        device.garble = lambda answer: []
        assert caller.call(serial, "SetRelay", {"channel": 2, "on": True}).code == "jig_timeout"
        device.garble = None
        device.say(b">")
        reply = caller.call(serial, "SetRelay", {"channel": 3, "on": True}, timeout=15)
        assert reply.ok and device.relays == 0b110, reply.json
        assert b"" in device.commands, "the line end of resync"
        assert jigd.stop() == 0, jigd.output


def test_a_refusal_that_is_kept_in_a_queue_names_the_set(tmp_path, broker, caller, serial):
    with Supply() as device, served(tmp_path, broker, device, serial, "scpi-power-supply", "MY40001234") as jigd:
        jigd.wait_serving()
        reply = caller.call(serial, "SetVoltage", {"volts": 5.0})
        assert reply.ok and reply.result["source"] == "observed" and reply.result["volts"] == 5.0, reply.json
        device.errors.append('-410,"Query INTERRUPTED"')
        reply = caller.call(serial, "SetVoltage", {"volts": 7.0})
        assert reply.code == "jig_refused" and "SetVoltage" in reply.error["message"], reply.json
        assert reply.error["board_code"] == -410 and reply.error["executed"] == "unknown", "the queue's oldest"
        assert device.errors == [], "the next request's refusals are its own"
        reply = caller.call(serial, "SetVoltage", {"volts": 7.0})
        assert reply.error["board_code"] == -222 and reply.error["board_text"] == "Data out of range"
        assert caller.call(serial, "JigStatus").result["values"]["volts"] == 5.0
        assert caller.call(serial, "SetOutput", {"on": True}).ok and device.on
        assert caller.call(serial, "SafeState").ok and not device.on
        assert jigd.stop() == 0, jigd.output


def test_an_answer_of_several_lines_ends_where_it_says(tmp_path, broker, caller, serial):
    with Grbl() as device, served(tmp_path, broker, device, serial, "grbl-mover", "left") as jigd:
        jigd.wait_serving()
        assert "1.1f" in str(caller.call(serial, "JigIdentity").result)
        reply = caller.call(serial, "MoveTo", {"x": 12.5, "y": -3})
        assert reply.ok and reply.result["source"] == "observed" and reply.result["x"] == 12.5, reply.json
        reply = caller.call(serial, "MoveTo", {"x": 900, "y": 0})
        assert reply.code == "jig_refused" and reply.error["board_code"] == 15, reply.json
        assert caller.call(serial, "Unlock").ok
        # Half of an answer, and the rest when its caller has given up: it answers nobody.
        device.garble = lambda answer: answer[:-4]
        assert caller.call(serial, "JigStatus").code == "jig_timeout"
        device.garble = None
        device.say(b"ok\r\n")
        for _ in range(3):
            assert caller.call(serial, "JigStatus", timeout=15).result["values"]["x"] == 12.5
        assert jigd.stop() == 0, jigd.output


def test_noise_in_the_middle_of_an_answer_is_cut_out(tmp_path, broker, caller, serial):
    number = "0x9e6b44aea1e2b8980c4d32a6"
    with Zephyr() as device, served(tmp_path, broker, device, serial, "zephyr-shell", number) as jigd:
        jigd.wait_serving()
        values = caller.call(serial, "JigStatus").result["values"]
        assert values["uptime_ms"] == 23703 and values["version"] == "3.5.0", values
        pin = {"port": "gpio@50000000", "pin": 11}
        assert caller.call(serial, "SetPin", {**pin, "high": True}).ok
        assert caller.call(serial, "GetPin", pin).result == {"high": True}
        device.say(b"\x1b[8D\x1b[J[00:00:25.000,000] <inf> app: hello\r\n" + device.PROMPT)
        assert caller.call(serial, "JigStatus").result["values"]["uptime_ms"] == 23703
        assert caller.call(serial, "GetPin", {**pin, "port": "x y"}).code == "bad_request"
        assert jigd.stop() == 0, jigd.output


def test_a_module_that_answers_in_hexadecimal(tmp_path, broker, caller, serial):
    with Adam() as device, served(tmp_path, broker, device, serial, "adam-4060") as jigd:
        jigd.wait_serving()
        assert "4060" in str(caller.call(serial, "JigIdentity").result)
        for relays in (4, 15, 10):
            reply = caller.call(serial, "SetRelays", {"relays": relays})
            assert reply.ok and reply.result["source"] == "observed" and device.relays == relays, reply.json
        assert caller.call(serial, "JigStatus").result["values"]["relays"] == 10
        device.garble = lambda answer: b"?01\r"
        assert caller.call(serial, "JigStatus").code == "jig_refused"
        device.garble = None
        assert caller.call(serial, "SafeState").ok and device.relays == 0
        assert jigd.stop() == 0, jigd.output


def test_a_mover_that_says_that_it_is_busy(tmp_path, broker, caller, serial):
    with Marlin() as device, served(tmp_path, broker, device, serial, "marlin-mover", Marlin.UUID.decode()) as jigd:
        jigd.wait_serving()
        reply = caller.call(serial, "MoveTo", {"x": 10, "y": 2.5, "z": 5})
        assert reply.code == "jig_refused" and "not homed" in reply.error["board_text"], reply.json
        assert caller.call(serial, "Home", {}).ok
        reply = caller.call(serial, "MoveTo", {"x": 10, "y": 2.5, "z": 5})
        assert reply.ok and reply.result["source"] == "observed" and device.place == (10.0, 2.5, 5.0), reply.json
        assert caller.call(serial, "JigStatus").result["values"]["z"] == 5.0
        assert jigd.stop() == 0, jigd.output


@pytest.mark.parametrize("profile, command, answer, request_name, params, result", [
    ("dsd-sh-ur-at-relay", b"AT+CH2=?\r\n", b"OK+CH2=1\n\0", "GetRelay", {"channel": 2}, {"on": True}),
    ("u-boot-prompt", b"printenv bootdelay\r", b"printenv bootdelay\r\nbootdelay=2\r\n=> ", "GetVariable",
     {"name": "bootdelay"}, {"value": "2"}),
    ("kincony-relay", b"RELAY-READ-255,3", b"RELAY-READ-255,3,1,OK\0", "GetRelay", {"channel": 3}, {"on": True}),
])
def test_one_exchange_as_documented(tmp_path, broker, caller, serial, profile, command, answer, request_name, params,
                                    result):
    known = {command: answer,
             b"printenv serial#\r": b"printenv serial#\r\nserial#=" + serial.encode() + b"\r\n=> ",
             b"RELAY-SCAN_DEVICE-NOW": b"RELAY-SCAN_DEVICE-CHANNEL_8,OK\0",
             b"\r": b"\r\n=> "}  # the last: each of U-Boot's commands ends like it

    class Documented(PtyDevice):
        def take(self, buffer):
            # By its end: a busy machine can be late, and then it is asked again before it answered.
            heard = next((each for each in known if buffer.endswith(each)), None)
            if heard is None:
                return buffer
            self.say(known[heard])
            return b""

    with Documented() as device, served(tmp_path, broker, device, serial, profile) as jigd:
        jigd.wait_serving()
        reply = caller.call(serial, request_name, params)
        assert reply.ok and reply.result == result, reply.json
        assert jigd.stop() == 0, jigd.output
