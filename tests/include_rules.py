#!/usr/bin/python3
"""The house's walls: which room may include which, and which file may include which third-party header.

CMake can't enforce either (Debian's headers all sit in /usr/include), so this reads every #include line.
Run by ctest; prints each breach as file:line.
"""
import os
import re
import sys

ROOT = os.environ.get("JIGD_SOURCE") or os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

ROOMS = {
    "core": set(),
    "yaml": {"core"},
    "os": {"core"},
    "profile": {"core", "yaml"},
    "config": {"core", "yaml"},
    "drivers": {"core", "os", "yaml", "profile"},
    "amqp": {"core", "os"},
    "record": {"core"},
    "link": {"core", "os", "profile", "drivers"},
    "jig": {"core", "os", "profile", "link", "record"},
    "client": {"core", "amqp", "os"},
    "jigsim": {"core", "os", "yaml", "profile", "drivers"},
    "jigctl": {"core", "client", "os", "yaml", "profile", "drivers", "jigsim"},
    "daemon": {"core", "yaml", "os", "profile", "config", "drivers", "amqp", "record", "link", "jig", "jigsim"},
}

# Header prefix → the one source file that may include it (None: no file yet). The longest prefix counts.
OWNED = {
    "amqp.h": "src/amqp/library.hpp",
    "amqp_": "src/amqp/session.cpp",
    "rabbitmq-c/amqp.h": "src/amqp/library.hpp",
    "rabbitmq-c/": "src/amqp/session.cpp",
    "openssl/": "src/amqp/tls.cpp",
    "libserialport.h": "drivers/serial_port.cpp",
    "yaml-cpp/": "src/yaml/syntax.hpp",
    "re2/": "src/profile/pattern.cpp",
    "systemd/sd-journal.h": "src/os/journal_sink.cpp",
    "systemd/sd-daemon.h": "src/os/notify.cpp",
    "sqlite3.h": "src/record/database.cpp",
    "modbus.h": None,
    "httplib.h": None,
}

# Headers that pass a third-party library on → the files that may include them.
PRIVATE = {"amqp/library.hpp": ("src/amqp/library.cpp", "src/amqp/session.hpp", "src/amqp/connection.cpp"),
           "amqp/session.hpp": ("src/amqp/session.cpp", "src/amqp/connection.cpp"),
           "yaml/syntax.hpp": ("src/yaml/syntax.cpp", "src/yaml/document.cpp")}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path):
    parts = path.split("/")
    return "drivers" if parts[0] == "drivers" else parts[1]


def breaches(path, text):
    room = room_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        if quote == '"':
            target = header.split("/")[0]
            if target not in ROOMS:
                yield number, f'"{header}" is in no room; project headers are included as "room/name.hpp"'
            elif path not in PRIVATE.get(header, (path,)):
                yield number, f'"{header}" is private to {" and ".join(PRIVATE[header])}'
            elif target != room and target not in ROOMS[room]:
                yield number, f"room {room} may not see room {target} (allowed: {', '.join(sorted(ROOMS[room])) or 'none'})"
            continue
        prefix = max(filter(header.startswith, OWNED), key=len, default=None)
        if prefix is not None:
            owner = OWNED[prefix]
            if path != owner:
                yield number, f"<{header}> may be included by {owner or 'no file yet'} only"
        if room == "core" and "/" in header and not header.startswith(("nlohmann/", "sys/")):
            yield number, f"core is standard library and json only, not <{header}>"


def sources():
    for top in ("src", "drivers"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".cpp", ".hpp")):
                    full = os.path.join(folder, name)
                    yield os.path.relpath(full, ROOT), full


def self_test():
    """The rules must catch what they are for."""
    assert list(breaches("src/core/a.cpp", '#include "amqp/connection.hpp"'))
    assert list(breaches("src/jig/a.cpp", "#include <amqp.h>"))
    assert list(breaches("src/amqp/b.cpp", "#include <amqp_tcp_socket.h>"))
    assert list(breaches("src/amqp/service.cpp", '#include "amqp/library.hpp"'))
    assert not list(breaches("src/amqp/connection.cpp", '#include "amqp/library.hpp"\n#include "core/url.hpp"'))
    assert not list(breaches("src/amqp/library.hpp", "#include <amqp.h>\n#include <rabbitmq-c/amqp.h>"))
    assert list(breaches("src/amqp/session.cpp", "#include <rabbitmq-c/amqp.h>"))
    assert not list(breaches("src/amqp/session.cpp", "#include <rabbitmq-c/ssl_socket.h>"))
    assert list(breaches("drivers/line/x.cpp", "#include <libserialport.h>"))


def main():
    self_test()
    count = 0
    failed = False
    for path, full in sources():
        count += 1
        with open(full, encoding="utf-8") as file:
            for number, message in breaches(path, file.read()):
                failed = True
                print(f"{path}:{number}: {message}")
    print(f"{count} files read")
    sys.exit(1 if failed or count == 0 else 0)


if __name__ == "__main__":
    main()
