"""Debian's ser2net as the serial server, with a configuration of its own on loopback."""

import pathlib
import socket

from programs import Program, wait_until


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Ser2net(Program):
    """Serves `device` on a port of its own: byte for byte, or by RFC 2217. A second one may be given the port of an
    earlier one."""

    def __init__(self, folder, device, rfc2217=False, port=None):
        self.port = port or free_port()
        self.url = f"{'rfc2217' if rfc2217 else 'tcp'}://127.0.0.1:{self.port}"
        config = pathlib.Path(folder) / f"ser2net-{self.port}.yaml"
        config.write_text(
            "%YAML 1.1\n---\nconnection: &jig\n"
            f"  accepter: {'telnet(rfc2217),' if rfc2217 else ''}tcp,127.0.0.1,{self.port}\n"
            f"  connector: serialdev,{device},9600n81,local\n", encoding="ascii")
        super().__init__("/usr/sbin/ser2net", "-n", "-d", "-u", "-c", config)
        wait_until(self._listens, what="ser2net on its port")

    def _listens(self):
        assert self.process.poll() is None, self.output
        return f":{self.port:04X} 00000000:0000 0A" in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii")
