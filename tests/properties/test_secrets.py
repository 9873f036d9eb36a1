"""No secret leaves the image: every output is searched for the plain bytes, in every spelling."""

import base64
import contextlib
import io

import pytest
from Registry import Registry

from forensic import cli
from tests.builders.world import RELEASES, Life, World

TICKET = b"ticket of " + b"ann" * 20


def spellings(secret: bytes):
    """Yield the ways in which bytes may be written into text."""
    yield secret.hex()
    yield secret.hex().upper()
    yield secret.hex(":")
    yield secret.hex(" ")
    yield base64.b64encode(secret[: len(secret) // 3 * 3]).decode()
    yield "".join(f"\\x{byte:02x}" for byte in secret)
    if secret.isascii():
        yield secret.decode()


def output_of(*arguments) -> str:
    """Run the command line in this process and return all that it printed."""
    out, errors = io.StringIO(), io.StringIO()
    out.buffer = io.BytesIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        cli.main([str(argument) for argument in arguments])
    return out.getvalue() + out.buffer.getvalue().decode() + errors.getvalue()


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    world = World(21)
    life = Life(world, RELEASES["10"]).install(world.computer(), "2021-03-02T09:10:00Z").add_user("ann", "2021-03-02T10:00:00Z")
    life.use("2021-08-01T10:00:00Z")
    folder = tmp_path_factory.mktemp("machine")
    for path, content in life.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return life, folder


FORMATS = [
    ["--format", "console", "-v", "--width", "200"],
    *(["--format", name] for name in ("json", "jsonl", "csv", "html", "timesketch", "case")),
]


@pytest.mark.parametrize("options", FORMATS, ids=lambda options: options[1])
def test_no_output_holds_the_boot_key_or_a_ticket(machine, options):
    life, folder = machine
    text = output_of("examine", "--cross-check", *options, folder)
    assert "msa-device-ticket" in text
    assert "lsa-boot-key" in text
    for secret in (life.state.boot_key, TICKET):
        for spelling in spellings(secret):
            assert spelling not in text


def test_the_search_would_find_a_secret(machine):
    life, _ = machine
    assert any(spelling in f"boot key: {life.state.boot_key.hex()}" for spelling in spellings(life.state.boot_key))


@pytest.mark.parametrize(
    "folder", ["machines/win10-rathbun/Registry", "hives/servers/win2019_64", "hives/servers/win2008_32", "hives/m57-pat-xp"]
)
def test_no_output_holds_what_real_hives_keep_secret(real, tmp_path, folder):
    names = {"SAM": "sam.reg", "SECURITY": "security.reg"} if "servers" in folder else {"SAM": "SAM", "SECURITY": "SECURITY"}
    for name, file in names.items():
        (tmp_path / name).write_bytes(real(f"{folder}/{file}").read_bytes())
    secrets = list(plain_secrets(tmp_path / "SECURITY", "Policy", "Cache")) + list(
        plain_secrets(tmp_path / "SAM", r"SAM\Domains\Account\Users")
    )
    assert secrets
    text = output_of("examine", "--format", "json", tmp_path) + output_of("examine", "-v", tmp_path)
    for secret in secrets:
        assert secret.hex() not in text


def plain_secrets(path, *keys):
    """Yield the bytes of LSA secrets, key lists, cached logons and account records, read by python-registry."""
    registry = Registry.Registry(str(path))
    pending = []
    for key in keys:
        with contextlib.suppress(Registry.RegistryKeyNotFoundException):
            pending.append(registry.open(key))
    while pending:
        key = pending.pop()
        pending += key.subkeys()
        secret = any(word in key.path() for word in ("Secrets", "PolEKList", "PolSecretEncryptionKey", "Cache", "Users"))
        for value in key.values() if secret else ():
            data = bytes(value.raw_data())
            yield from (data[at : at + 48] for at in range(0, len(data) - 47, 48) if len(set(data[at : at + 48])) > 24)
