"""Throwaway certificates for tests, made with the openssl program.

    authority = Authority(folder)
    server = authority.issue_server(["localhost"])
    client = authority.issue_client("jigd")

All files are PEM and lie in `folder`. Nobody trusts an authority but who is given its certificate; a second
Authority is one that nobody has heard of. Keys are of elliptic curves, made in milliseconds.
"""

import pathlib
import subprocess
import typing

# The only command of OpenSSL 3.0 that can date a certificate back is `ca`, and it wants a configuration.
CONFIGURATION = """
[ca]
default_ca = issuing
[issuing]
database = {folder}/{name}.database
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
default_md = sha256
default_days = 30
policy = any_name
[any_name]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


class Certificate(typing.NamedTuple):
    """Two files: a certificate and its key."""

    certificate: pathlib.Path
    key: pathlib.Path


class Authority:
    """Its own certificate is `certificate`."""

    def __init__(self, folder, name="authority"):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._configuration = self._folder / f"{name}.conf"
        self._configuration.write_text(CONFIGURATION.format(folder=self._folder, name=name))
        (self._folder / f"{name}.database").touch()
        self.certificate = self._folder / f"{name}.pem"
        self._key = self._make_key(name)
        _openssl("req", "-new", "-x509", "-config", self._configuration, "-extensions", "authority", "-subj",
                 f"/CN={name}", "-days", "30", "-key", self._key, "-out", self.certificate)

    def issue_server(self, names=("localhost",), addresses=(), expired=False):
        """For a server under these DNS names and IP addresses."""
        alternatives = [f"DNS:{name}" for name in names] + [f"IP:{address}" for address in addresses]
        return self._issue((*names, *addresses)[0], ["extendedKeyUsage = serverAuth",
                                                     f"subjectAltName = {', '.join(alternatives)}"], expired)

    def issue_client(self, common_name, expired=False):
        """For a client that logs in under this name."""
        return self._issue(common_name, ["extendedKeyUsage = clientAuth"], expired)

    def _issue(self, common_name, extensions, expired):
        number = len(list(self._folder.glob("*.key")))
        name = f"{self.certificate.stem}-{number}"
        key = self._make_key(name)
        request, extension_file = self._folder / f"{name}.request", self._folder / f"{name}.extensions"
        certificate = self._folder / f"{name}.pem"
        extension_file.write_text("\n".join([*extensions, "authorityKeyIdentifier = keyid", ""]))
        _openssl("req", "-new", "-config", self._configuration, "-subj", f"/CN={common_name}", "-key", key, "-out",
                 request)
        dates = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"] if expired else []
        _openssl("ca", "-batch", "-notext", "-config", self._configuration, "-cert", self.certificate, "-keyfile",
                 self._key, "-extfile", extension_file, *dates, "-in", request, "-out", certificate)
        return Certificate(certificate, key)

    def _make_key(self, name):
        key = self._folder / f"{name}.key"
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        return key


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed ({done.returncode}): {done.stdout.strip()}")
