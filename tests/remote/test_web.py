"""Evidence on web servers: read in parts, with its segments by their names; and what servers do that are not right, or not honest."""

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from forensic.cli import main
from forensic.containers import open_image
from forensic.errors import NotFound, Unreadable, Unsupported
from forensic.examination import examine
from forensic.model import Examination
from forensic.storage.location import locate
from tests.builders import ewf
from tests.builders.virtual_disk import MIB, pattern
from tests.remote.large_ewf import LargeEwf
from tests.remote.test_s3 import parts

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IMAGES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in (".E01", ".vhdx", ".qcow2", ".zip"))
GIB = 1 << 30


@pytest.fixture
def samples(web):
    for path in SAMPLES.iterdir():
        if path.is_file():
            web.files[f"samples/{path.name}"] = path.read_bytes()
    return web


@pytest.mark.parametrize("name", IMAGES)
def test_the_report_of_a_sample_is_the_same_from_a_web_server(samples, name):
    far = examine(samples.url(f"samples/{name}"), reproducible=True)
    near = examine(SAMPLES / name, reproducible=True)
    assert far.installations
    assert parts(far, samples.url("samples")) == parts(near, SAMPLES)
    assert not [path for path in samples.asked() if path.endswith("/")]


def test_segments_are_asked_for_by_name_until_there_is_none(samples):
    report = examine(samples.url("samples/master-2019.E01"))
    assert report.source.segments == ("master-2019.E01", "master-2019.E02", "master-2019.E03")
    asked = [path.rpartition("/")[2] for path in dict.fromkeys(samples.asked())]
    assert asked == ["master-2019.E01", "master-2019.E02", "master-2019.E03", "master-2019.E04"]
    assert examine(samples.url("samples/master-2019.E03")).source.segments == report.source.segments


def test_a_missing_segment_is_told(samples):
    del samples.files["samples/master-2019.E02"]
    report = examine(samples.url("samples/master-2019.E01"))
    assert any(one.code == "missing-segment" and one.where == "master-2019.E02" for one in report.problems)


def test_encoded_names_are_asked_for_as_they_are_and_shown_decoded(web, tmp_path):
    data = pattern(2 * MIB)
    for path in ewf.write(tmp_path, data, chunks_per_table=64, tables_per_segment=4, stem="Büro 1").parent.iterdir():
        web.files[f"f%20older/B%C3%BCro%201{path.suffix}"] = path.read_bytes()
    image = open_image(web.url("f%20older/B%C3%BCro%201.E01"))
    assert image.segments[:2] == ("Büro 1.E01", "Büro 1.E02")
    assert image.read_at(0, image.size) == data


def test_a_triage_of_four_gigabytes_stays_within_40_requests_and_40_megabytes(web):
    small = open_image(SAMPLES / "desk-10.E01")
    web.files["large.E01"] = LargeEwf(small.read_at(0, small.size), 4 * GIB)
    report = examine(web.url("large.E01"), depth="triage", stats=True)
    assert report.source.size == 4 * GIB
    assert not [one for one in report.problems if one.code in ("truncated-image", "container-malformed")]
    near = examine(SAMPLES / "desk-10.E01", depth="triage")
    assert report.installations[0].machine_sid == near.installations[0].machine_sid
    assert len(report.installations[0].facts) == len(near.installations[0].facts)
    assert len(web.requests) == report.stats["network_requests"] <= 40
    assert report.stats["network_bytes"] <= web.bytes <= 40_000_000
    assert len(web.files["large.E01"]) > 4 * 10**9


def test_a_query_that_may_be_a_signature_is_sent_and_never_shown(samples, capsys):
    secret = "X-Amz-Signature=deadbeef%2F0&X-Amz-Credential=AKIA"
    url = f"{samples.url('samples/desk-10.E01')}?{secret}#part"
    report = examine(url, about=Examination(command=("forensic", "examine", url)))
    assert report.installations
    assert all(path.endswith(f"?{secret}") for path in samples.asked())
    text = report.to_json()
    assert "deadbeef" not in text
    assert report.source.path == samples.url("samples/desk-10.E01")
    samples.behaviour["samples/desk-10.E01"] = "403"
    for command in (["examine", url], ["verify", url], ["compare", url, url], ["examine", "--format", "json", url]):
        assert main(command) == 5
        said = capsys.readouterr()
        assert "deadbeef" not in said.out + said.err
        assert "it wants a signed URL, one that has not expired" in " ".join((said.out + said.err).split())


def test_of_a_signed_url_no_other_file_is_guessed(samples):
    report = examine(f"{samples.url('samples/master-2019.E01')}?sig=x")
    assert {path.partition("?")[0] for path in samples.asked()} == {"samples/master-2019.E01"}
    assert any(one.code == "missing-segment" for one in report.problems)


def test_a_user_or_a_password_in_a_url_is_refused_and_not_repeated(capsys):
    assert main(["examine", "https://ann:pass-of-ann@host.example/disk.E01"]) == 5
    said = capsys.readouterr()
    assert "pass-of-ann" not in said.out + said.err
    assert "user name or a password" in " ".join(said.out.split())


def test_a_redirect_is_followed_and_a_circle_is_not(web):
    web.files["there.raw"] = b"0123456789"
    web.behaviour = {
        "here.raw": f"redirect {web.url('there.raw')}",
        "round.raw": "redirect /round.raw",
        "file.raw": "redirect file:///etc/passwd",
    }
    assert locate(web.url("here.raw")).open().read_at(3, 3) == b"345"
    with pytest.raises(Unreadable, match="in a circle"):
        locate(web.url("round.raw")).open()
    with pytest.raises(Unreadable, match="status 302"):
        locate(web.url("file.raw")).open()


WRONG = [
    ("no ranges", Unsupported, "does not give parts of a file"),
    ("404", NotFound, "there is no such file"),
    ("401", Unreadable, "access refused"),
    ("403", Unreadable, "access refused"),
    ("410", Unreadable, "status 410"),
    ("418", Unreadable, "status 418"),
    ("500", Unreadable, "busy or out of order"),
    ("promises more", Unreadable, "broke off its answer"),
    ("says less", Unreadable, "broke off its answer after 262144 of 524288 bytes"),
    ("other range", Unreadable, "does not follow the protocol"),
    ("no range said", Unreadable, "does not follow the protocol"),
    ("packed", Unreadable, "does not follow the protocol"),
    ("500 without end", Unreadable, "busy or out of order"),
    ("404 without end", NotFound, "there is no such file"),
    ("403 without end", Unreadable, "access refused"),
    ("head without end", Unreadable, "does not follow the protocol"),
]


@pytest.mark.parametrize(("how", "kind", "sentence"), WRONG, ids=[how for how, _, _ in WRONG])
def test_a_server_that_does_not_do_its_part_is_named(web, environment, how, kind, sentence):
    environment.setattr("forensic.storage.stamp.RETRIES", 1)
    web.files["disk.raw"], web.behaviour["disk.raw"] = bytes(1_000_000), how
    with pytest.raises(kind, match=sentence) as raised:
        locate(web.url("disk.raw")).open()
    assert str(raised.value).startswith("disk.raw: ")
    assert "\n" not in str(raised.value)
    assert len(web.requests) <= 6
    assert web.bytes < 8 << 20
    assert examine(web.url("disk.raw")).source.format == "unreadable"


@pytest.mark.parametrize("how", ["sends more", "endless chunks"])
def test_a_body_without_end_is_left_when_there_is_enough(web, how):
    web.files["disk.raw"], web.behaviour["disk.raw"] = pattern(1_000_000), how
    assert len(locate(web.url("disk.raw")).open().read_at(0, 1000)) == 1000
    assert web.bytes < 64 << 20


@pytest.mark.parametrize("how", ["drip", "silent", "drip head"])
def test_a_server_that_lets_wait_is_left(web, environment, how):
    environment.setattr("forensic.storage.stamp.TIMEOUT", timedelta(seconds=0.5))
    environment.setattr("forensic.storage.stamp.RETRIES", 1)
    web.files["disk.raw"], web.behaviour["disk.raw"] = bytes(1_000_000), how
    begun = time.monotonic()
    with pytest.raises(Unreadable, match="did not answer in time"):
        locate(web.url("disk.raw")).open()
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_an_interrupt_ends_the_wait_for_a_server(web):
    web.files["disk.raw"], web.behaviour["disk.raw"] = bytes(1_000_000), "silent"
    command = [sys.executable, "-m", "forensic", "examine", web.url("disk.raw")]
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell lets what it starts in the background ignore it
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed) as process:  # noqa: PLW1509  one call of the system
        while not web.requests:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)  # the server would be silent for 30 seconds, and be asked again
    assert (process.returncode, said) == (130, b"forensic: interrupted\n")


def test_a_size_that_changes_with_every_answer_is_noticed(web):
    web.files["disk.raw"], web.behaviour["disk.raw"] = bytes(4_000_000), "other size"
    file = locate(web.url("disk.raw")).open()
    with pytest.raises(Unreadable, match="was replaced or changed"):
        file.read_at(3_000_000, 10)


@pytest.mark.parametrize(("before", "after"), [('"1"', '"2"'), ('W/"1"', 'W/"2"'), ('"1"', ""), ("", '"2"')])
def test_a_file_that_is_replaced_does_not_mix(web, before, after):
    web.files["disk.raw"], web.etags["disk.raw"] = bytes([1]) * 4_000_000, before
    file = locate(web.url("disk.raw")).open()
    assert file.read_at(2_000_000, 1) == b"\1"
    web.files["disk.raw"], web.etags["disk.raw"] = bytes([2]) * 4_000_000, after
    with pytest.raises(Unreadable, match="was replaced or changed"):
        file.read_at(3_500_000, 1)


@pytest.mark.parametrize("etag", ['"{}"', 'W/"{}"', ""])
def test_a_file_that_is_replaced_while_an_answer_breaks_off_does_not_mix(web, etag):
    data = {0: bytes([1]) * 1_000_000, 1: bytes([2]) * 1_000_000}
    web.files["disk.raw"], web.etags["disk.raw"], web.behaviour["disk.raw"] = data[0], etag.format(0), "promises more"

    def replace():
        web.files["disk.raw"], web.etags["disk.raw"], web.behaviour["disk.raw"] = data[1], etag.format(1), ""

    web.afterwards = replace
    assert set(locate(web.url("disk.raw")).open().read_at(0, 500_000)) == {2}
    assert len(web.requests) >= 2


def test_a_weak_etag_is_compared_and_not_asked_for(web):
    web.files["disk.raw"], web.etags["disk.raw"] = bytes(4_000_000), 'W/"1"'
    file = locate(web.url("disk.raw")).open()
    assert file.read_at(3_000_000, 1) == b"\0"
    assert {match for _, _, _, match in web.requests} == {None}


def test_a_proxy_of_the_environment_is_asked(web, environment):
    web.files["http://elsewhere.example/disk.raw"] = b"0123456789"
    environment.setenv("http_proxy", f"http://ann:of-ann@127.0.0.1:{web.port}")
    environment.setenv("no_proxy", "")
    assert locate("http://elsewhere.example/disk.raw").open().read_at(2, 3) == b"234"


def test_a_server_that_closes_what_it_promised_to_keep_is_asked_again(web):
    web.files["disk.raw"], web.behaviour["disk.raw"] = pattern(4_000_000), "closes"
    file = locate(web.url("disk.raw")).open()
    for at in (0, 3_000_000, 1_500_000):
        assert file.read_at(at, 9) == pattern(4_000_000)[at : at + 9]


def test_a_certificate_that_is_not_trusted_is_said(web):
    report = examine(f"https://127.0.0.1:{web.port}/disk.raw")  # what does not even speak TLS
    assert report.source.format == "unreadable"
    assert "the server" in report.problems[0].what


def test_an_empty_file_is_one(web):
    web.files["disk.raw"] = b""
    assert locate(web.url("disk.raw")).open().size == 0
    assert "is empty" in examine(web.url("disk.raw")).problems[0].what


def test_a_folder_of_a_web_server_is_refused(web):
    assert "does not list its folders" in examine(web.url("case/")).problems[0].what
    assert web.requests == []


def test_a_server_that_is_off_is_said(environment):
    environment.setattr("forensic.storage.stamp.RETRIES", 1)
    assert "the server cannot be reached" in examine("http://127.0.0.1:1/disk.E01").problems[0].what


def test_threads_share_one_file(web):
    data = pattern(6_000_000)
    web.files["disk.raw"] = data
    file, wrong = locate(web.url("disk.raw")).open(), []

    def read(first):
        wrong.extend(at for at in range(first, len(data), 700_000) if file.read_at(at, 3000) != data[at : at + 3000])

    threads = [threading.Thread(target=read, args=(first,)) for first in (0, 100_000, 524_288, 1_048_000)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert len(web.requests) <= 13


def test_verify_reads_in_large_pieces(web, capsys):
    web.files["disk.raw"] = pattern(40 * MIB)
    assert main(["verify", "--format", "json", web.url("disk.raw")]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "none-stored"
    assert len(web.requests) <= 14
    assert web.bytes <= 41 * MIB
