"""What `cmake --install` puts on a PC: complete, and good in systemd's eyes."""

import grp
import os
import re
import stat
import subprocess

import pytest

from programs import BIN, SOURCE

UNITS = ["jigd.service", "jigd@.service", "jigd.target"]
SERVICES = UNITS[:2]


def install(folder):
    """What `cmake --install` says."""
    done = subprocess.run(["cmake", "--install", BIN.parent], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, "DESTDIR": str(folder)})
    return done.stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    install(folder)
    return folder


def config_script(folder, group):
    """Only the part about jigd.yaml, on the PC itself: without DESTDIR."""
    done = subprocess.run(["cmake", f"-DJIGD_SAMPLE={SOURCE}/config/jigd.yaml", f"-DJIGD_CONFIG_DIR={folder}",
                           f"-DJIGD_GROUP={group}", "-P", SOURCE / "config/install.cmake"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={name: value for name, value in os.environ.items() if name != "DESTDIR"})
    return done.stdout


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_there(root):
    for path in ("usr/bin/jigd", "usr/bin/jigctl", "usr/bin/jigsim", "usr/share/jigd/jigs/testx-jig.yaml",
                 "etc/jigd/jigd.yaml", *(f"lib/systemd/system/{name}" for name in UNITS),
                 "lib/sysusers.d/jigd.conf", "lib/udev/rules.d/70-jigd.rules",
                 "usr/share/doc/jigd/operations.md", "usr/share/doc/jigd/tutorial/power-switch.yaml"):
        assert any((root / prefix / path).exists() for prefix in ("", "usr")), path


def test_programs_are_installed_without_debug_information(root):
    for name in ("jigd", "jigctl", "jigsim"):
        sections = subprocess.run(["readelf", "--section-headers", "--wide", root / "usr/bin" / name], check=True,
                                  capture_output=True, text=True).stdout
        assert ".text" in sections and ".debug_info" not in sections, name


def test_an_edited_configuration_survives_a_second_installation(tmp_path):
    config = tmp_path / "etc/jigd/jigd.yaml"
    sample = tmp_path / "etc/jigd/jigd.yaml.sample"
    install(tmp_path)
    assert mode(config) == 0o640
    assert config.read_text() == (SOURCE / "config/jigd.yaml").read_text()
    install(tmp_path)
    assert not sample.exists(), "nothing was edited, so there is nothing to compare with"
    config.write_text("edited\n")
    config.chmod(0o600)
    said = install(tmp_path)
    assert config.read_text() == "edited\n" and mode(config) == 0o600
    assert sample.read_text() == (SOURCE / "config/jigd.yaml").read_text()
    assert "Kept" in said and "jigd.yaml.sample" in said


def test_a_configuration_that_is_a_link_is_kept(tmp_path):
    config = tmp_path / "etc/jigd/jigd.yaml"
    config.parent.mkdir(parents=True)
    config.symlink_to("elsewhere.yaml")
    install(tmp_path)
    assert os.readlink(config) == "elsewhere.yaml" and not config.exists()


def test_it_says_what_is_left_to_do(tmp_path):
    said = install(tmp_path)
    for command in ("systemd-sysusers", "chgrp jigd /etc/jigd/jigd.yaml", "udevadm control --reload && udevadm trigger",
                    "systemctl daemon-reload"):
        assert command in said, command
    config = tmp_path / "etc/jigd/jigd.yaml"
    config.chmod(0o644)
    assert "chmod 640 /etc/jigd/jigd.yaml" in install(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to a group")
def test_the_services_group_reads_the_configuration(tmp_path):
    group = grp.getgrgid(1)
    assert "chgrp" not in config_script(tmp_path / "there", group.gr_name)
    config = tmp_path / "there/jigd.yaml"
    assert (config.stat().st_gid, mode(config)) == (group.gr_gid, 0o640)
    said = config_script(tmp_path / "missing", "no-such-group")
    assert "no-such-group does not exist yet" in said and "chgrp no-such-group" in said
    config = tmp_path / "missing/jigd.yaml"
    assert (config.stat().st_gid, mode(config)) == (0, 0o640)


def test_the_installed_config_and_profile_are_good(root):
    done = subprocess.run([root / "usr/bin/jigd", "--config", root / "etc/jigd/jigd.yaml", "--check-config"],
                          env={**os.environ, "JIGD_PROFILES": str(root / "usr/share/jigd/jigs")},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_packages_version_is_that_of_the_programs(root):
    said = subprocess.run([root / "usr/bin/jigd", "--version"], capture_output=True, text=True, check=True).stdout
    newest = re.match(r"jigd \(([^)]+)\)", (SOURCE / "debian/changelog").read_text())
    assert said.split()[-1] == newest[1]


def test_an_installed_program_does_not_look_into_a_source_tree(root):
    done = subprocess.run([root / "usr/bin/jigsim", "no-such-board"], capture_output=True, text=True, check=False,
                          env={name: value for name, value in os.environ.items() if name != "JIGD_PROFILES"})
    assert done.returncode == 2
    assert "/usr/share/jigd/jigs" in done.stderr and str(SOURCE) not in done.stderr


@pytest.fixture
def unit(root, tmp_path):
    """unit(name, (old, new), …): an installed unit's copy, whose program is the installed one; with changes."""
    def copy(name, *changes):
        (found,) = root.glob(f"**/lib/systemd/system/{name}")
        text = found.read_text()
        program = [("/usr/bin/jig", f"{root}/usr/bin/jig")] if name in SERVICES else []
        for old, new in [*program, *changes]:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text)
        return path
    return copy


def analyze(*words):
    """Whether systemd has nothing against a unit, and what it said."""
    done = subprocess.run(["systemd-analyze", "--no-pager", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return done.returncode == 0, done.stdout


def verify(path):
    good, said = analyze("verify", "--man=no", "--recursive-errors=no", path)
    return good and not said.strip(), said


def is_secure(path):
    """Whether its exposure is 1.5 at most."""
    return analyze("security", "--offline=true", "--threshold=15", path)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong_with_the_units(unit, name):
    good, said = verify(unit(name))
    assert good, said


@pytest.mark.parametrize("name", SERVICES)
def test_the_services_are_locked_in(unit, name):
    good, said = is_secure(unit(name))
    assert good, said


def test_systemd_would_find_a_mistake(unit):
    assert not verify(unit("jigd.service", ("Type=notify", "Type=nonsense")))[0]
    assert not is_secure(unit("jigd.service", ("ProtectSystem=strict\n", "")))[0]


def test_a_jig_of_several_differs_in_its_configuration_and_its_state_only(unit):
    one = unit("jigd.service", ("/etc/jigd/jigd.yaml", "/etc/jigd/%i.yaml"), ("Directory=jigd", "Directory=jigd/%i"),
               ("a hardware test jig", "the hardware test jig %i")).read_text()
    assert unit("jigd@.service").read_text() == one


@pytest.mark.parametrize("name", SERVICES)
def test_a_reload_checks_what_the_service_reads(unit, name):
    text = unit(name).read_text().replace("\\\n    ", "")
    (start,) = re.findall(r"^ExecStart=(.*)$", text, re.M)
    check, hang_up = re.findall(r"^ExecReload=(.*)$", text, re.M)
    assert check.endswith(f" {start} --check-config") and hang_up == "kill -HUP $MAINPID"


def test_the_readmes_configuration_is_good(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    assert blocks
    for block in blocks:
        path = tmp_path / "jigd.yaml"
        path.write_text(block)
        done = subprocess.run([BIN / "jigd", "--config", path, "--check-config"], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0, done.stderr
