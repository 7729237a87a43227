"""A small Debian with a booted systemd, in a container: for tests of what only a real installation shows.

    root = make_root(folder, packages)          # some 30 s, kept in `folder`
    with Container(root, {"/deb": folder}) as container:
        container.run("systemctl", "start", "jigd")

It shares the network with its host, so brokers on loopback are reached. What it writes is kept in memory and gone at
its end. Takes root, mmdebstrap and systemd-container.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import uuid

from programs import wait_until

CGROUPS = pathlib.Path("/sys/fs/cgroup")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Without libnss-systemd, users that systemd makes up have no names.
BASE = ["systemd", "systemd-sysv", "dbus", "libnss-systemd", "procps", "udev", "kmod"]


def debian():
    """The code name of the Debian that runs here."""
    lines = pathlib.Path("/etc/os-release").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)["VERSION_CODENAME"]


def apt_sources():
    """The files that name them here."""
    places = [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]
    return [path for path in places if path.suffix in (".list", ".sources") and path.is_file()]


def make_root(folder, packages):
    """A folder with this Debian and `packages`; made anew only when those have changed."""
    root, contents = folder / "root", folder / "contents"
    wanted = " ".join([debian(), *BASE, *packages])
    if not contents.exists() or contents.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
                        f"--include={','.join([*BASE, *packages])}", debian(), root, *apt_sources()], check=True)
        (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
        contents.write_text(wanted)
    return root


class _Groups:
    """Where the host has version 1 of control groups and no systemd of its own, as in many CIs: a group in each
    hierarchy that the container may call its own."""

    def __init__(self, name):
        hierarchies = [] if (CGROUPS / "cgroup.controllers").exists() else sorted(CGROUPS.iterdir())
        self._folders = [hierarchy / name for hierarchy in hierarchies if (hierarchy / "cgroup.procs").exists()]
        for folder in self._folders:
            folder.mkdir()
            for setting in ("cpuset.cpus", "cpuset.mems"):
                if (folder / setting).exists():
                    (folder / setting).write_text((folder.parent / setting).read_text())

    @property
    def are_needed(self):
        return bool(self._folders)

    def enter(self):
        for folder in self._folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        for folder in self._folders:
            for each in sorted(folder.glob("**/"), key=lambda path: len(path.parts), reverse=True):
                each.rmdir()


class Container:
    """Booted, for the time of a `with` block."""

    def __init__(self, root, shown=None):
        """`shown`: folders of the host by where they are seen inside, read-only."""
        self._name = f"jigd-test-{uuid.uuid4().hex[:8]}"
        self._groups = _Groups(self._name)
        binds = [f"--bind-ro={folder}:{place}" for place, folder in (shown or {}).items()]
        self._nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "-D", root, f"--machine={self._name}", "--boot", "--register=no",
             *(["--keep-unit"] if self._groups.are_needed else []), "--console=pipe", "--capability=all",
             "--system-call-filter=bpf", "--volatile=overlay", *binds],
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}, preexec_fn=self._groups.enter,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        try:
            wait_until(self._leader, what="the container's first process")
            wait_until(lambda: self.output("systemctl", "is-system-running") in ("running", "degraded"), 60,
                       what="the end of its boot")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def command(self, *words):
        """Words that run others inside, from the host."""
        return ["nsenter", "-t", self._leader(), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "env", "-i",
                f"PATH={PATH}", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *map(str, words)]

    def try_run(self, *words, timeout=120):
        """What became of it, with all that it said in `stdout`."""
        return subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)

    def output(self, *words):
        return self.try_run(*words).stdout.strip()

    def run(self, *words, timeout=120):
        """What it said; it must succeed."""
        done = self.try_run(*words, timeout=timeout)
        assert done.returncode == 0, f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout}"
        return done.stdout.strip()

    def write(self, path, text):
        subprocess.run(self.command("tee", path), input=text, stdout=subprocess.DEVNULL, text=True, check=True)

    def close(self):
        if self._nspawn.poll() is None:
            self._nspawn.terminate()  # systemd-nspawn kills what it holds
            try:
                self._nspawn.wait(10)
            except subprocess.TimeoutExpired:
                os.kill(int(self._leader()), signal.SIGKILL)
                self._nspawn.wait(10)
        self._groups.remove()

    def _leader(self):
        """The process that is number 1 inside, by its number here."""
        assert self._nspawn.poll() is None, "systemd-nspawn ended"
        children = pathlib.Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        return children[0] if children else None
