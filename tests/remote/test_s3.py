"""Evidence in a real S3 server: the same reports as from a disk, what it costs, and what is said when it cannot be had."""

import hashlib
import io
import json
import multiprocessing
import sys
import tarfile
import zipfile
from pathlib import Path
from threading import Thread
from uuid import UUID

import msgspec
import pytest

from forensic.cli import main
from forensic.containers import open_image
from forensic.errors import ForensicError, NotFound, Unreadable, Unsupported
from forensic.examination import examine, verify
from forensic.storage.broker import Broker
from forensic.storage.brokered import connect
from forensic.storage.location import locate
from forensic.storage.meter import ReadMeter
from tests.builders import ewf
from tests.builders.virtual_disk import MIB, WRITTEN, pattern, vhdx
from tests.remote import seaweed

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IMAGES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in (".E01", ".vhdx", ".qcow2", ".zip"))
DATA = pattern(3 * MIB)


def parts(report, folder):
    """Return what a report says, with the place of the source taken out of it."""
    text = json.dumps(json.loads(report.to_json()), sort_keys=True)
    return json.loads(text.replace(f"{folder}/", ""))


@pytest.fixture(scope="session")
def stored(seaweed_port):
    """Put the samples into the bucket."""
    import obstore

    client = seaweed.store(seaweed_port, "evidence")
    for path in SAMPLES.iterdir():
        if path.is_file():
            obstore.put(client, f"samples/{path.name}", path.read_bytes())


def same_as_local(name, **options):
    far = examine(f"s3://evidence/samples/{name}", reproducible=True, **options)
    near = examine(SAMPLES / name, reproducible=True, **options)
    assert far.source.format != "unreadable", far.problems
    assert parts(far, "s3://evidence/samples") == parts(near, SAMPLES)
    return far


@pytest.mark.parametrize("name", IMAGES)
def test_the_report_of_a_sample_is_the_same_from_the_store(s3, stored, name):
    far = same_as_local(name)
    assert far.installations
    assert far.source.path == f"s3://evidence/samples/{name}"
    assert 0 < len(s3.requests) <= 12
    size = sum((SAMPLES / segment).stat().st_size for segment in (far.source.segments or [name]))
    assert s3.bytes <= size + 64 * 1024  # nothing twice; the rest are listings


def test_a_later_segment_leads_to_the_others(s3, stored):
    report = examine("s3://evidence/samples/master-2019.E03")
    assert report.source.segments == ("master-2019.E01", "master-2019.E02", "master-2019.E03")
    assert not [one for one in report.problems if one.severity == "error"]


def test_compare_and_verify_take_urls(s3, stored, capsys):
    assert main(["compare", "--format", "json", "s3://evidence/samples/desk-10.E01", "s3://evidence/samples/dirty-10.E01"]) in (0, 1, 3)
    assert json.loads(capsys.readouterr().out)["sources"][0]["path"] == "s3://evidence/samples/desk-10.E01"
    assert verify("s3://evidence/samples/desk-10.E01")["verdict"] == "match"
    assert main(["verify", "s3://evidence/samples/absent.E01"]) == 5
    assert capsys.readouterr().err.startswith("forensic: s3://evidence/samples/absent.E01: absent.E01: there is no such object")


@pytest.mark.parametrize("fault", ["503", "reset", "cut"])
def test_what_networks_do_changes_no_report(s3, stored, fault):
    s3.fault = lambda number, _: fault if number % 4 == 1 else None
    same_as_local("master-2019.E01", depth="triage")
    same_as_local("moved-7.vhdx", depth="triage")
    assert s3.faults >= 3


def test_a_server_that_stays_busy_is_said_so(s3, stored, environment):
    environment.setattr("forensic.storage.stamp.RETRIES", 2)
    s3.fault = lambda number, _: "503"
    report = examine("s3://evidence/samples/desk-10.E01")
    assert report.source.format == "unreadable"
    assert report.problems[0].what == (
        "desk-10.E01: the server is busy or out of order (status 503) in s3://evidence, also when asked again; try later"
    )
    assert len(s3.requests) == 3


def test_an_error_in_the_middle_of_an_image_is_told_and_ends_nothing(s3, stored, environment):
    environment.setattr("forensic.storage.stamp.RETRIES", 0)
    s3.fault = lambda number, _: "503" if number > 7 else None
    report = examine("s3://evidence/samples/moved-7.vhdx")
    assert report.source.format == "vhdx"
    assert any("the server is busy" in one.what for one in report.problems)
    assert any(one.severity == "error" for one in report.problems)


def test_the_stats_count_what_went_over_the_network(s3, stored):
    report = examine("s3://evidence/samples/moved-7.vhdx", stats=True)
    assert report.stats["network_requests"] == len(s3.requests)
    assert report.stats["network_bytes"] <= s3.bytes + 4096
    assert "network_requests" not in examine(SAMPLES / "desk-10.E01", stats=True).stats


def raw_split(folder):
    for number in range(3):
        (folder / f"disk.{number + 1:03}").write_bytes(DATA[number * MIB : (number + 1) * MIB])
    return "disk.001"


def e01(folder):
    return ewf.write(folder, DATA, chunks_per_table=16, tables_per_segment=1, stem="image").name


def ex01(folder):
    return ewf.write_ex01(folder, DATA, stem="image").name


def parent_chain(folder):
    parent = {"parent_linkage": f"{{{WRITTEN}}}", "absolute_win32_path": r"C:\vm\BASE.vhdx"}
    (folder / "base.vhdx").write_bytes(vhdx(DATA))
    (folder / "child.vhdx").write_bytes(vhdx(DATA, held=set(), parent=parent, data_write=UUID(int=10)))
    return "child.vhdx"


WRITERS = [raw_split, e01, ex01, parent_chain]


@pytest.fixture(params=WRITERS, ids=lambda one: one.__name__)
def several_files(request, tmp_path, put):
    """Write an image of several files, and put it among other objects; give its URL and the local path."""
    name = request.param(tmp_path)
    prefix = f"sets/{request.param.__name__}"
    for path in tmp_path.iterdir():
        put(f"{prefix}/{path.name}", path.read_bytes())
    for other in ("a/below.E01", "disk-2.001", "disk", "image.txt", "image/x", "imageE01", "z"):
        put(f"{prefix}/{other}", b"another object")
    return f"s3://evidence/{prefix}/{name}", tmp_path / name


def content(image):
    return hashlib.sha256(image.read_at(0, image.size)).hexdigest()


def test_an_image_of_several_files_is_read_whole(s3, several_files):
    url, path = several_files
    far, near = open_image(url), open_image(path)
    assert content(far) == content(near) == hashlib.sha256(DATA).hexdigest()
    assert far.segments == near.segments
    assert len(far.segments) > 1
    assert [(one.where, one.what) for one in far.problems] == [(one.where, one.what) for one in near.problems]


def test_one_listing_finds_the_segments_and_one_more_whether_they_changed(s3, tmp_path, put):
    for path in (e01_path := ewf.write(tmp_path, DATA, chunks_per_table=16, stem="one")).parent.iterdir():
        put(f"listed/{path.name}", path.read_bytes())
    for number in range(30):
        put(f"listed/other-{number}", b"x")
    meter = ReadMeter()
    image = open_image(f"s3://evidence/listed/{e01_path.name}", meter)
    assert len(image.segments) == 48
    assert meter.changed() == []
    assert len([one for one in s3.requests if "list-type" in one[1]]) == 2
    assert len(s3.requests) == 48 + 2 + 1  # the given one was not met in the listing


def test_who_may_not_list_finds_the_segments_by_their_names(s3, environment, tmp_path, put):
    environment.setenv("AWS_ACCESS_KEY_ID", seaweed.READER)
    environment.setenv("AWS_SECRET_ACCESS_KEY", seaweed.READER_SECRET)
    name = raw_split(tmp_path)
    for path in tmp_path.iterdir():
        put(f"unlisted/{path.name}", path.read_bytes())
    image = open_image(f"s3://evidence/unlisted/{name}")
    assert content(image) == hashlib.sha256(DATA).hexdigest()
    assert list(image.segments) == ["disk.001", "disk.002", "disk.003"]


def test_names_are_matched_without_regard_to_case_only_where_none_is_spelled_so(s3, put):
    put("case/Disk.VHDX", b"1")
    put("case/disk.vhdx", b"22")
    here = locate("s3://evidence/case/other")
    assert here.resolve("disk.vhdx").open().size == 2
    assert here.resolve("DISK.VHDX").name in ("Disk.VHDX", "disk.vhdx")
    with pytest.raises(NotFound, match="is not beside it"):
        here.resolve(r"..\secret.vhdx")


@pytest.mark.parametrize("key", ["odd/a b.raw", "odd/ü ñ.raw", "odd/50%20.raw", "odd/#1?x=2.raw", "odd/~*{}|'\".raw"])
def test_keys_are_taken_as_they_are_written(s3, put, key):
    put(key, b"0123456789")
    location = locate(f"s3://evidence/{key}")
    assert location.open().read_at(3, 4) == b"3456"
    assert location.name in location.siblings(location.name[:1])


REFUSED = [
    ("s3://evidence/none.E01", {}, NotFound, "none.E01: there is no such object in s3://evidence"),
    ("s3://absent-bucket/x.E01", {}, NotFound, "there is no bucket 'absent-bucket' in s3://absent-bucket; check its name"),
    ("s3://evidence/samples/desk-10.E01", {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, Unreadable, "the secret key does not belong to"),
    ("s3://evidence/samples/desk-10.E01", {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, Unreadable, "it does not know the access key"),
    (
        "s3://other/x.E01",
        {"AWS_ACCESS_KEY_ID": seaweed.READER, "AWS_SECRET_ACCESS_KEY": seaweed.READER_SECRET},
        Unreadable,
        "access refused in s3://other: the credentials do not allow to read this object",
    ),
    ("s3://evidence/samples/desk-10.E01", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, Unreadable, "the server cannot be reached"),
    ("s3://evidence/samples//desk-10.E01", {}, NotFound, "a name that cannot be asked for"),
    ("s3://", {}, NotFound, "names no bucket: it is s3://BUCKET/KEY"),
]


@pytest.mark.parametrize(("url", "settings", "kind", "sentence"), REFUSED)
def test_what_is_wrong_is_said_without_a_secret(s3, stored, environment, url, settings, kind, sentence):
    for name, value in settings.items():
        environment.setenv(name, value)
    environment.setattr("forensic.storage.stamp.RETRIES", 1)
    with pytest.raises(kind) as raised:
        locate(url).open()
    said = str(raised.value)
    assert sentence in said
    assert "\n" not in said
    assert len(said) < 300
    for secret in (seaweed.SECRET, seaweed.KEY, seaweed.READER_SECRET, "wrong-secret", "Signature=", "Credential"):
        assert secret not in said
    report = examine(url)
    assert report.source.format == "unreadable"
    assert seaweed.SECRET not in report.to_json()


def test_an_object_that_is_replaced_does_not_mix(s3, put):
    old, new = bytes([1]) * (3 * MIB), bytes([2]) * (3 * MIB)
    url = put("replaced.raw", old)
    file = locate(url).open()
    assert file.read_at(0, 10) == old[:10]
    put("replaced.raw", new)
    assert file.read_at(100, 10) == old[:10]  # of the block that came before
    with pytest.raises(Unreadable, match="was replaced or changed while it was read"):
        file.read_at(2 * MIB, 10)
    assert all(match is not None for _, path, span, match in s3.requests[1:] if span is not None)


def test_an_object_that_changed_while_it_was_read_is_a_problem(s3, put):
    sample = (SAMPLES / "desk-10.E01").read_bytes()
    url = put("changing.E01", sample)

    def replace(number, _):
        if number == 2:
            put("changing.E01", sample + b"\0")

    s3.fault = replace
    report = examine(url)
    assert [one.code for one in report.problems if one.code == "changed-while-read"] == ["changed-while-read"]
    s3.fault = lambda *_: None
    assert not [one for one in examine(url).problems if one.code == "changed-while-read"]


@pytest.fixture
def hives(tmp_path, put):
    """Give the folder of hives of a sample, and put it below a prefix, as a zip and as a tar."""
    folder = tmp_path / "hives"
    from forensic.sources import open_source

    evidence = open_source(str(SAMPLES / "desk-10.E01"), ReadMeter())
    installation = evidence.installations()[0]
    for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
        path = folder / "Windows" / "System32" / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(installation.tree.open(f"Windows/System32/config/{name}").read_all())
    evidence.close()
    packed, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, tarfile.open(fileobj=tarred, mode="w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                archive.writestr(name, path.read_bytes())
                tar.add(path, name)
                put(f"hives/{name}", path.read_bytes())
    put("hives.zip", packed.getvalue())
    put("hives.tar.gz", tarred.getvalue())
    put("SAM", (folder / "Windows/System32/config/SAM").read_bytes())
    return folder


@pytest.mark.parametrize("name", ["hives.zip", "hives.tar.gz", "hives/", "hives"])
def test_collections_are_read_where_they_lie(s3, hives, name):
    near, far = examine(hives), examine(f"s3://evidence/{name}")
    assert far.installations[0].machine_sid is not None
    assert far.installations[0].machine_sid == near.installations[0].machine_sid
    facts = [msgspec.json.encode(one.value, enc_hook=str) for one in near.installations[0].facts]
    assert [msgspec.json.encode(one.value, enc_hook=str) for one in far.installations[0].facts] == facts


def test_a_single_hive_is_read_with_what_belongs_to_it(s3, hives, put):
    put("SAM.LOG1", b"")
    report = examine("s3://evidence/SAM")
    assert report.installations[0].machine_sid == examine(hives).installations[0].machine_sid


def test_a_prefix_without_objects_is_not_found(s3, stored):
    for url in ("s3://evidence/nothing-here/", "s3://absent-bucket/"):
        report = examine(url)
        assert (report.source.format, report.problems[0].code) == ("unreadable", "source-unreadable")
    with pytest.raises(Unsupported, match="is a folder, no file"):
        locate("s3://evidence/samples/").open()


def examine_in_child(connection, out):
    """Examine an image in a process that can neither load obstore nor open a file of evidence, and has no credentials."""
    import os

    sys.modules["obstore"] = None
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    image = open_image(connect(connection))
    out.send((image.segments, content(image), len(image.problems), image.files[0].location.path))


def test_a_child_without_network_and_credentials_reads_through_its_parent(s3, several_files):
    url, path = several_files
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    results, out = context.Pipe(duplex=False)
    child = context.Process(target=examine_in_child, args=(its, out))
    child.start()
    its.close()
    out.close()
    server = Thread(target=Broker(locate(url)).serve, args=(mine,))
    server.start()
    segments, digest, problems, name = results.recv()
    child.join(60)
    server.join(60)
    assert (segments, digest, problems) == (tuple(open_image(path).segments), hashlib.sha256(DATA).hexdigest(), 0)
    assert name == url


def test_errors_pass_through_a_broker(s3):
    mine, its = multiprocessing.Pipe()
    server = Thread(target=Broker(locate("s3://evidence/absent.E01")).serve, args=(mine,))
    server.start()
    here = connect(its)
    with pytest.raises(ForensicError, match="there is no such object"):
        here.open()
    its.close()
    server.join(10)


def test_a_folder_that_is_too_large_to_list_is_asked_by_name(s3, environment, tmp_path, put):
    environment.setattr("forensic.storage.remote.LISTING_LIMIT", 2)
    name = raw_split(tmp_path)
    for path in tmp_path.iterdir():
        put(f"huge/{path.name}", path.read_bytes())
    with pytest.raises(Unsupported, match="more than 2 objects") as raised:
        locate(f"s3://evidence/huge/{name}").siblings("disk.")
    assert raised.value.code == "not-listed"
    assert len(open_image(f"s3://evidence/huge/{name}").segments) == 3


def test_latency_is_paid_once_for_each_request(s3, stored):
    s3.delay = 0.01
    report = examine("s3://evidence/samples/desk-10.E01", depth="triage", stats=True)
    assert report.stats["network_requests"] <= 3
