// A jig of your own: an Arduino (or anything that compiles this) with relays and a door switch, for jigd's profile
// arduino-jig. Copy it, change the pins, and add your commands here and there.
//
// A frame is AA, length, sequence, body, CRC. The length counts sequence and body; the CRC is CRC-16/XMODEM of length,
// sequence and body, high byte first. An answer carries the sequence of its command, so that a late one is never taken
// for another's; what comes unasked carries 0. A frame with a wrong CRC is not answered: nothing was done.
//
//   01              who are you          81 <firmware> <8 characters of serial number>
//   02              status               82 <relays, bit 0 is relay 1> <door: 1 closed> <seconds of the fail-safe, 2 bytes>
//   03 <n> <0|1>    switch relay n       83 <n> <0|1>
//   04              all relays off       84
//   05 <s, 2 bytes> the fail-safe: all relays off when the host has been silent for s seconds; 0 = never
//                                        85 <s>
//   anything else                        FF <1 unknown, 2 out of range>
//   unasked: C0 <door>; C1 (the fail-safe has switched the relays off)

#include <Arduino.h>

const byte firmware = 1;
const char serial_number[] = "JIG00001";  // another one for each board: by it jigd knows the right one
const byte relay_pins[] = {4, 5, 6, 7};
const byte relay_count = sizeof relay_pins;
const byte door_pin = 2;
const byte longest_body = 16;
const unsigned long gap_ms = 100;  // what stops in mid-frame is forgotten

byte relays = 0;
bool door_closed = false;
unsigned int fail_safe_seconds = 0;
unsigned long heard_at = 0;

byte frame[2 + longest_body];  // length, sequence, body
byte received = 0;             // of AA, the frame and its CRC
unsigned int received_crc = 0;
unsigned long byte_at = 0;

unsigned int crc_of(const byte *bytes, byte count) {
  unsigned int crc = 0;
  for (byte i = 0; i < count; i++) {
    crc ^= (unsigned int)bytes[i] << 8;
    for (byte bit = 0; bit < 8; bit++) {
      crc = ((crc & 0x8000) ? (crc << 1) ^ 0x1021 : crc << 1) & 0xFFFF;
    }
  }
  return crc;
}

void say(byte sequence, const byte *body, byte count) {
  byte out[2 + longest_body];
  out[0] = count + 1;
  out[1] = sequence;
  memcpy(out + 2, body, count);
  const unsigned int crc = crc_of(out, count + 2);
  Serial.write(0xAA);
  Serial.write(out, count + 2);
  Serial.write(crc >> 8);
  Serial.write(crc & 0xFF);
}

void switch_relay(byte number, bool on) {
  bitWrite(relays, number - 1, on);
  digitalWrite(relay_pins[number - 1], on ? HIGH : LOW);
}

void all_off() {
  for (byte number = 1; number <= relay_count; number++) {
    switch_relay(number, false);
  }
}

void refuse(byte sequence, byte code) {
  const byte body[] = {0xFF, code};
  say(sequence, body, sizeof body);
}

void identify(byte sequence) {
  byte body[10] = {0x81, firmware};
  memcpy(body + 2, serial_number, 8);
  say(sequence, body, sizeof body);
}

void tell_status(byte sequence) {
  const byte body[] = {0x82, relays, door_closed, highByte(fail_safe_seconds), lowByte(fail_safe_seconds)};
  say(sequence, body, sizeof body);
}

void carry_out(byte sequence, const byte *body, byte count) {
  if (body[0] == 0x01 && count == 1) {
    identify(sequence);
  } else if (body[0] == 0x02 && count == 1) {
    tell_status(sequence);
  } else if (body[0] == 0x03 && count == 3) {
    if (body[1] < 1 || body[1] > relay_count || body[2] > 1) {
      refuse(sequence, 2);
      return;
    }
    switch_relay(body[1], body[2]);
    const byte answer[] = {0x83, body[1], body[2]};
    say(sequence, answer, sizeof answer);
  } else if (body[0] == 0x04 && count == 1) {
    all_off();
    const byte answer[] = {0x84};
    say(sequence, answer, sizeof answer);
  } else if (body[0] == 0x05 && count == 3) {
    fail_safe_seconds = word(body[1], body[2]);
    const byte answer[] = {0x85, body[1], body[2]};
    say(sequence, answer, sizeof answer);
  } else {
    refuse(sequence, 1);
  }
}

// One byte of AA, length, sequence, body, CRC.
void take(byte value) {
  if (received == 0) {
    received = value == 0xAA ? 1 : 0;
    return;
  }
  if (received == 1 && (value < 2 || value > longest_body + 1)) {
    received = 0;
    return;
  }
  const byte in_frame = received - 1;
  const byte size = received == 1 ? 0 : frame[0] + 1;  // of length, sequence and body
  if (received == 1 || in_frame < size) {
    frame[in_frame] = value;
  } else {
    received_crc = received_crc << 8 | value;
  }
  received++;
  if (received > 1 && received == frame[0] + 4) {
    received = 0;
    if ((received_crc & 0xFFFF) == crc_of(frame, frame[0] + 1)) {
      heard_at = millis();
      carry_out(frame[1], frame + 2, frame[0] - 1);
    }
  }
}

void setup() {
  for (byte i = 0; i < relay_count; i++) {
    digitalWrite(relay_pins[i], LOW);
    pinMode(relay_pins[i], OUTPUT);
  }
  pinMode(door_pin, INPUT_PULLUP);
  door_closed = digitalRead(door_pin) == LOW;
  Serial.begin(115200);
}

void loop() {
  const unsigned long now = millis();
  if (received > 0 && now - byte_at > gap_ms) {
    received = 0;
  }
  while (Serial.available() > 0) {
    byte_at = now;
    take(Serial.read());
  }
  const bool is_closed = digitalRead(door_pin) == LOW;
  if (is_closed != door_closed) {
    door_closed = is_closed;
    const byte event[] = {0xC0, door_closed};
    say(0, event, sizeof event);
  }
  if (fail_safe_seconds > 0 && relays != 0 && now - heard_at > fail_safe_seconds * 1000UL) {
    all_off();
    const byte event[] = {0xC1};
    say(0, event, sizeof event);
  }
}
