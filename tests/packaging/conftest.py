import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "support")]

from broker import Broker  # noqa: E402
from container import Container, make_root  # noqa: E402
from programs import SOURCE, Caller  # noqa: E402
from jig_host import JigHost  # noqa: E402

BUILD = SOURCE / "build"


@pytest.fixture(scope="session")
def package():
    """The package that ./dev package has built."""
    (path,) = (BUILD / "package").glob("jigd_*.deb")
    return path


@pytest.fixture(scope="session")
def newer_package(package, tmp_path_factory):
    """The same with a higher version and another sample configuration."""
    folder = tmp_path_factory.mktemp("newer")
    subprocess.run(["dpkg-deb", "-R", package, folder / "jigd"], check=True)
    control = folder / "jigd/DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", r"\g<0>+newer", control.read_text(), flags=re.M))
    with (folder / "jigd/etc/jigd/jigd.yaml").open("a") as sample:
        sample.write("# Another sample.\n")
    subprocess.run(["dpkg-deb", "-b", folder / "jigd", folder / "jigd.deb"], check=True, stdout=subprocess.DEVNULL)
    return folder / "jigd.deb"


@pytest.fixture(scope="session")
def root(package):
    assert os.geteuid() == 0, "a container takes root"
    depends = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, capture_output=True, text=True).stdout
    return make_root(BUILD / "package-test", [re.split(r"[ (|]", each.strip())[0] for each in depends.split(",")])


@pytest.fixture(scope="session")
def broker():
    with Broker() as running:
        yield running


@pytest.fixture
def caller(broker):
    with Caller(broker.url) as client:
        yield client


@pytest.fixture
def bare_host(root, package, newer_package):
    """A PC without jigd. The packages are /deb/jigd.deb and /newer/jigd.deb."""
    with Container(root, {"/deb": package.parent, "/newer": newer_package.parent}) as container:
        container.run("ln", "-s", f"/deb/{package.name}", "/tmp/jigd.deb")
        yield JigHost(container)


@pytest.fixture
def host(bare_host):
    """A PC with the package installed."""
    bare_host.install()
    return bare_host
