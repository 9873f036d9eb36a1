"""Fixtures that every room's tests use."""

import hashlib
import lzma
import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)  # a busy machine is no defect
settings.load_profile("project")

PROJECT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FORENSIC_DATA", PROJECT.parent / "shared" / "data"))
"""The optional folder of real data: public hives, logs and images, packed with xz."""


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """Give `real("hives/regipy/SAM")`: the path of an unpacked real file; the test is skipped, by name, where it is absent."""
    folder = tmp_path_factory.mktemp("real")

    def unpack(name: str) -> Path:
        target = folder / name
        if target.exists():
            return target
        packed, plain = DATA / f"{name}.xz", DATA / name
        if not packed.exists() and not plain.exists():
            pytest.skip(f"real data absent: {name}")
        if plain.exists():
            return plain
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lzma.decompress(packed.read_bytes()))
        return target

    return unpack


@pytest.fixture(scope="session")
def postgres():
    """Give a PostgreSQL server, whose password is in the environment; tests are skipped, by name, where there is none."""
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    from tests.catalog import server

    if server.programs() is None:
        pytest.skip(server.NEEDED)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSWORD", server.PASSWORD)
        running = server.Server()
        yield running
        running.stop()


@pytest.fixture
def own_server(postgres):
    """Give a server with which the test may do anything."""
    from tests.catalog import server

    one = server.Server()
    yield one
    one.stop()


def real_files(under: str) -> list[str]:
    """Names (without `.xz`) of all real files below a folder of the data, for parametrization; empty where it is absent."""
    root = DATA / under
    return sorted(str(path.relative_to(DATA)).removesuffix(".xz") for path in root.rglob("*") if path.is_file())


def sha256(path: Path) -> str:
    """Digest a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
