"""What `cmake --install` puts on a PC: complete, and good in systemd's eyes."""

import os
import re
import subprocess

import pytest

from programs import BIN, SOURCE


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    subprocess.run(["cmake", "--install", BIN.parent], check=True, capture_output=True,
                   env={**os.environ, "DESTDIR": str(folder)})
    return folder


def test_everything_is_there(root):
    for path in ("usr/bin/jigd", "usr/bin/jigctl", "usr/bin/jigsim", "usr/share/jigd/jigs/testx-jig.yaml",
                 "etc/jigd/jigd.yaml", "lib/systemd/system/jigd.service", "lib/sysusers.d/jigd.conf",
                 "lib/udev/rules.d/70-jigd.rules",
                 "usr/share/doc/jigd/operations.md"):
        assert any((root / prefix / path).exists() for prefix in ("", "usr")), path


def test_the_installed_config_and_profile_are_good(root):
    done = subprocess.run([root / "usr/bin/jigd", "--config", root / "etc/jigd/jigd.yaml", "--check-config"],
                          env={**os.environ, "JIGD_PROFILES": str(root / "usr/share/jigd/jigs")},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_installed_program_does_not_look_into_a_source_tree(root):
    done = subprocess.run([root / "usr/bin/jigsim", "no-such-board"], capture_output=True, text=True, check=False,
                          env={name: value for name, value in os.environ.items() if name != "JIGD_PROFILES"})
    assert done.returncode == 2
    assert "/usr/share/jigd/jigs" in done.stderr and str(SOURCE) not in done.stderr


def test_systemd_finds_nothing_wrong_with_the_unit(root, tmp_path):
    unit = tmp_path / "jigd.service"
    text = (SOURCE / "systemd/jigd.service").read_text()
    unit.write_text(text.replace("=/usr/bin/", f"={root}/usr/bin/"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr
    unit.write_text(unit.read_text().replace("Type=notify", "Type=nonsense"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 or done.stderr.strip(), "a verification that finds nothing proves nothing"


def test_the_readmes_configuration_is_good(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    assert blocks
    for block in blocks:
        path = tmp_path / "jigd.yaml"
        path.write_text(block)
        done = subprocess.run([BIN / "jigd", "--config", path, "--check-config"], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr


def test_every_page_that_is_linked_exists():
    for page in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} → {target}"
