#!/usr/bin/python3
"""The jig's server as pika code in the seed's manner: JigStatus from a board on a tty, parsed, answered as JSON.

    pika_server.py URL SERIAL TTY
"""

import json
import os
import re
import sys
import termios
import tty as tty_module

import pika

STATUS = re.compile(rb"STATUS door=(\w+) dut=(\w+) vbus_mv=(\d+) current_ma=(\d+) temp_c=([\d.-]+) usb=(\w+) "
                    rb"relays=([01]{8})\r\n")


def open_tty(path):
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty_module.setraw(descriptor, termios.TCSANOW)
    return descriptor


def read_status(descriptor):
    os.write(descriptor, b"STATUS?\n")
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(descriptor, 512)
    door, dut, vbus, current, temperature, usb, relays = STATUS.fullmatch(line).groups()
    return {"door": door.decode(), "dut": dut.decode(), "vbus_mv": int(vbus), "current_ma": int(current),
            "temp_c": float(temperature), "usb": usb.decode(), "relays": [bit == 0x31 for bit in reversed(relays)]}


def main(url, serial, path):
    descriptor = open_tty(path)
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "amq.topic", f"{serial}.Req.*")

    def on_request(_channel, method, properties, _body):
        channel.basic_ack(method.delivery_tag)
        if method.routing_key == f"{serial}.Req.JigStatus" and properties.correlation_id and properties.reply_to:
            answer = {"ok": True, "jig": serial, "request": "JigStatus", "result": {"values": read_status(descriptor)}}
            channel.basic_publish("", properties.reply_to, json.dumps(answer),
                                  pika.BasicProperties(correlation_id=properties.correlation_id))

    channel.basic_consume(queue, on_request)
    channel.start_consuming()


if __name__ == "__main__":
    main(*sys.argv[1:])
