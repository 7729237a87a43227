"""A Modbus RTU unit by pymodbus, the other side of our own framing: `pymodbus_slave.py UNIT` prints the device to open,
then `ready`. Like modbus_slave.cpp it has 32 coils, all open, and 32 input registers, register N holding 100 N."""

import asyncio
import os
import sys
import tty

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncSerialServer
from pymodbus.transaction import ModbusRtuFramer

SIZE = 32


def open_line():
    """A pseudo-terminal that stays alive while nobody else has it open."""
    line, device = os.openpty()
    tty.setraw(device)
    return line, os.ttyname(device)


def join(one, other):
    """pymodbus opens a device, as jigd does: two lines with a cable between them."""
    loop = asyncio.get_running_loop()
    loop.add_reader(one, lambda: os.write(other, os.read(one, 4096)))
    loop.add_reader(other, lambda: os.write(one, os.read(other, 4096)))


async def serve(unit):
    line, path = open_line()
    own_line, own_path = open_line()
    join(line, own_line)
    blocks = {name: ModbusSequentialDataBlock(0, [0] * SIZE) for name in ("co", "di", "hr")}
    blocks["ir"] = ModbusSequentialDataBlock(0, [100 * place for place in range(SIZE)])
    context = ModbusServerContext({unit: ModbusSlaveContext(**blocks, zero_mode=True)}, single=False)
    server = await StartAsyncSerialServer(context, framer=ModbusRtuFramer, port=own_path, baudrate=9600,
                                          defer_start=True)
    await server.start()
    print(path, "ready", sep="\n", flush=True)
    await server.serve_forever()


asyncio.run(serve(int(sys.argv[1])))
