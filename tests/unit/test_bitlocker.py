"""BitLocker: each kind of key opens, no key is repeated anywhere, and without one the volume says what would open it."""

import io
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from forensic import examine
from forensic.cli import main
from forensic.containers import open_image
from forensic.errors import ForensicError, Malformed
from forensic.volumes.bitlocker import open_bitlocker
from forensic.volumes.disk import open_disk
from forensic.volumes.volume_key import VolumeKey, parse_keys, read_keys
from tests.builders import bitlocker as write
from tests.builders.damage import damage, damages
from tests.builders.disk import boot_record, entry
from tests.builders.source import Bytes

pytest.importorskip("pybde", reason="libbde-python is not installed")
SAMPLES = Path(__file__).parent.parent.parent / "samples"
START = 2048
KEYS = {
    "recovery-key": VolumeKey("recovery-key", write.RECOVERY),
    "password": VolumeKey("password", write.PASSWORD),
}


def plain_volume():
    image = open_image(SAMPLES / "moved-7.vhdx")
    content = image.read_at(START * 512, image.size)
    image.close()
    return content


@pytest.fixture(scope="module")
def encrypted():
    return write.bitlocker(plain_volume())


@pytest.fixture(scope="module")
def disk(encrypted, tmp_path_factory):
    """Give a disk of which the encrypted volume is the only partition."""
    image = open_image(SAMPLES / "moved-7.vhdx")
    table = bytearray(image.read_at(0, START * 512))
    image.close()
    table[446 + 12 : 446 + 16] = struct.pack("<I", len(encrypted) // 512)
    path = tmp_path_factory.mktemp("disk") / "laptop.raw"
    path.write_bytes(bytes(table) + encrypted)
    return path


@pytest.fixture(scope="module")
def startup(tmp_path_factory):
    path = tmp_path_factory.mktemp("usb") / "00000020.BEK"
    path.write_bytes(write.startup_key())
    return path


def volume(data, *keys):
    return open_disk(Bytes(boot_record(entry(7, 2048, len(data) // 512)).ljust(START * 512, b"\0") + data), keys=keys).volumes[0]


@pytest.mark.parametrize("way", ["recovery-key", "password", "startup-key"])
def test_each_kind_of_key_opens_every_byte(encrypted, startup, way):
    key = KEYS.get(way) or VolumeKey("startup-key", str(startup))
    found = volume(encrypted, VolumeKey("password", "wrong"), key) if way == "password" else volume(encrypted, key)
    assert (found.filesystem, found.not_examined, found.unlocked_by) == ("ntfs", None, way)
    content = plain_volume()
    assert found.source.size == len(content)
    assert found.source.read_at(0, len(content)) == content
    for offset, size in ((8190, 5), (1, 16_384), (8191, 1), (511, 2), (1 << 20, 4097), (len(content) - 5, 5)):  # libbde gives wrong bytes
        assert found.source.read_at(offset, size) == content[offset : offset + size]
    assert found.source.read_at(-1, 5) == found.source.read_at(len(content), 5) == b""
    assert found.serial_text == "7c08b1d208b18c6a"


def test_a_suspended_volume_opens_without_a_key(encrypted):
    found = volume(write.bitlocker(plain_volume(), ("clear", "tpm")))
    assert (found.filesystem, found.unlocked_by) == ("ntfs", "clear-key")


def test_without_a_key_the_volume_names_the_id_of_its_recovery_key(encrypted):
    found = volume(encrypted)
    assert (found.filesystem, found.unlocked_by) == ("bitlocker", None)
    assert found.not_examined == (
        "BitLocker: encrypted, needs its key; it opens with: recovery key 00000030-0000-0000-0000-000000000003, password, startup key"
    )


@pytest.mark.parametrize("keys", [[VolumeKey("password", "secret-guess")], [VolumeKey("startup-key", "/nowhere.BEK"), KEYS["password"]]])
def test_keys_that_do_not_fit_are_said_and_not_repeated(encrypted, keys):
    only_recovery = write.bitlocker(bytes(1 << 16), ("recovery", "startup"))
    found = volume(only_recovery, *keys)
    assert found.filesystem == "bitlocker"
    assert ("the key that was given does not open it" in found.not_examined) == (len(keys) == 1)
    assert ("none of the 2 keys that were given opens it" in found.not_examined) == (len(keys) == 2)
    assert not any(key.secret in found.not_examined for key in keys)


def test_the_windows_on_it_is_judged_as_on_the_disk_without_encryption(disk):
    open_one, locked = examine(disk, keys=[KEYS["recovery-key"]], strict=True), examine(disk, strict=True)
    plain = examine(SAMPLES / "moved-7.vhdx", strict=True).installations[0]
    (one,) = open_one.installations
    assert (one.id, one.verdict.history, one.machine_sid) == (plain.id, plain.verdict.history, plain.machine_sid)
    assert open_one.volumes[0].unlocked_by == "recovery-key"
    assert (locked.installations, [problem.code for problem in locked.problems]) == ((), ["encrypted"])


def test_no_key_reaches_a_report_or_the_terminal(disk, tmp_path, capsys, monkeypatch):
    keys = tmp_path / "keys.txt"
    keys.write_text(f"password: {write.PASSWORD}\n{write.RECOVERY}\npassword: another-guess\n", encoding="utf-8")
    for options in (["--format", "json", "--stats"], ["-vv", "--stats"], ["--format", "html"], ["--depth", "triage", "--format", "csv"]):
        assert main(["examine", *options, "--key-file", str(keys), str(disk)]) in {0, 1}
        said = "".join(capsys.readouterr())
        assert "moved" in said.lower() or "Windows" in said
        assert not any(secret in said for secret in (write.RECOVERY, write.PASSWORD, "another-guess"))
    assert repr(KEYS["password"]) == str(KEYS["password"]) == f"{KEYS['password']}" == "VolumeKey(password)"


def test_a_key_comes_from_the_environment_or_is_asked_for_on_a_terminal(disk, capsys, monkeypatch):
    monkeypatch.setenv("FORENSIC_KEY", write.RECOVERY)
    assert main(["examine", "-q", str(disk)]) == 1
    monkeypatch.delenv("FORENSIC_KEY")
    assert main(["examine", "-q", str(disk)]) == 3
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["examine", "--ask-key", str(disk)]) == 2
    assert "needs a terminal" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: write.RECOVERY)
    assert main(["examine", "-q", "--ask-key", str(disk)]) == 1
    assert main(["compare", "--ask-key", str(disk), str(SAMPLES / "moved-7.vhdx")]) in {0, 1, 3}


def test_a_key_file_that_is_none_is_wrong_usage_and_repeats_nothing(disk, tmp_path, capsys):
    keys = tmp_path / "keys.txt"
    keys.write_text("000011-000022-000033-000044-000055-000066-000077-000089", encoding="utf-8")
    assert main(["examine", "--key-file", str(keys), str(disk)]) == 2
    said = capsys.readouterr().err
    assert "line 1: group 8 of a recovery key has a typing error" in said
    assert "000089" not in said
    assert main(["examine", "--key-file", str(tmp_path / "none"), str(disk)]) == 2


def test_a_startup_key_that_is_not_there_or_is_none_is_wrong_usage(disk, startup, tmp_path, capsys):
    keys = tmp_path / "keys.txt"
    (tmp_path / "short.BEK").write_bytes(startup.read_bytes()[:-1])
    (tmp_path / "list.BEK").write_bytes(b"123456")
    (tmp_path / "folder.BEK").mkdir()
    for name, why in (
        ("nofile.BEK", "cannot be read"),
        (str(tmp_path / "none" / "x.BEK"), "cannot be read"),
        ("folder.BEK", "cannot be read"),
        ("short.BEK", "is no startup key"),
        ("list.BEK", "is no startup key"),
        ("/etc/passwd", "is no startup key"),
    ):
        keys.write_text(f"password: a guess\nstartup: {name}\n", encoding="utf-8")
        assert main(["examine", "--key-file", str(keys), str(disk)]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert f"line 2: {'the startup key ' if why == 'cannot be read' else ''}" in said
        assert name in said
        assert why in said
        assert "root:" not in said
    keys.write_text(f"startup: {startup}\n", encoding="utf-8")
    assert main(["examine", "-q", "--key-file", str(keys), str(disk)]) == 1


def test_key_files_are_understood_as_people_keep_them(tmp_path, startup):
    saved = (
        "BitLocker Drive Encryption recovery key\r\n\r\nIdentifier:\r\n\t00000030-0000-0000-0000-000000000003\r\n\r\nRecovery Key:\r\n\t"
    )
    windows = tmp_path / "BitLocker Recovery Key.TXT"
    windows.write_bytes((saved + write.RECOVERY + "\r\n").encode("utf-16"))
    assert read_keys(str(windows)) == (KEYS["recovery-key"],)
    assert read_keys(str(startup)) == (VolumeKey("startup-key", str(startup)),)
    listed = tmp_path / "list.txt"
    listed.write_bytes("first guess\nStraße 5\n\nfirst guess\n".encode())
    assert read_keys(str(listed)) == (VolumeKey("password", "first guess"), VolumeKey("password", "Straße 5"))
    listed.write_bytes("Straße 5".encode("cp1252"))
    assert read_keys(str(listed)) == (VolumeKey("password", "Straße 5"),)
    (tmp_path / "usb").mkdir()
    elsewhere = tmp_path / "usb" / "y.BEK"
    for one in (tmp_path / "x.BEK", elsewhere):
        one.write_bytes(startup.read_bytes())
    listed.write_text(f"password:  two spaces \nstartup: x.BEK\nstartup: {elsewhere}\n# a note\n", encoding="utf-8")
    assert read_keys(str(listed)) == (
        VolumeKey("password", " two spaces "),
        VolumeKey("startup-key", str(tmp_path / "x.BEK")),
        VolumeKey("startup-key", str(elsewhere)),
    )
    for text in ("", "\n\n"):
        with pytest.raises(Malformed, match="holds no key"):
            parse_keys(text, "it")
    with pytest.raises(Malformed, match="more than 32 keys"):
        parse_keys("\n".join(map(str, range(40))), "it")
    listed.write_bytes(bytes(1 << 17))
    with pytest.raises(Malformed, match="more than"):
        read_keys(str(listed))
    with pytest.raises(ForensicError):
        read_keys(str(tmp_path))


def test_a_real_volume_of_bitlocker_to_go_opens_with_its_password(real):
    path = real("images/dfvfs/bdetogo.raw")
    image = open_image(path)
    (locked,) = open_disk(image).volumes
    assert "recovery key CDE2032F-723E-4607-B916-B489B5EB6AB7" in locked.not_examined
    (found,) = open_disk(image, keys=[VolumeKey("password", "bde-TEST")]).volumes
    assert (found.filesystem, found.unlocked_by) == ("fat16", "password")
    assert [found_entry.name for found_entry in found.tree.list() if found_entry.name.endswith(".txt")]
    image.close()


@settings(max_examples=60)
@given(changes=damages(1 << 12))
def test_damaged_metadata_is_survived(encrypted, startup, changes):
    at = encrypted.index(b"-FVE-FS-", 512)
    data = bytearray(encrypted)
    for number in range(3):
        begin = at + number * write.AREA
        data[begin : begin + (1 << 12)] = damage(data[begin : begin + (1 << 12)], changes)[: 1 << 12]
    attempt = open_bitlocker(Bytes(bytes(data)), "p1", [VolumeKey("startup-key", str(startup))])
    assert (attempt.opened is None) == bool(attempt.why)
    if attempt.opened is not None:
        try:
            assert len(attempt.opened.read_at(0, 5000)) == min(5000, attempt.opened.size)
        except ForensicError:
            return


def test_a_volume_without_its_metadata_is_named(encrypted):
    found = volume(encrypted[: 1 << 16])
    assert (found.filesystem, found.not_examined) == ("bitlocker", "BitLocker: encrypted, and its metadata cannot be read")


def test_cryptsetup_agrees_with_what_the_tests_write(encrypted, tmp_path):
    tool = shutil.which("cryptsetup", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        pytest.skip("cryptsetup is not installed")
    path = tmp_path / "volume.raw"
    path.write_bytes(encrypted)
    said = subprocess.run([tool, "bitlkDump", str(path)], capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip(f"this cryptsetup cannot dump: {said.stderr.strip()[:80]}")
    assert "xts-plain64" in said.stdout
    assert str(write.IDS["recovery"]) in said.stdout
