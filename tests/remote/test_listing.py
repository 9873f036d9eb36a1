"""What lies below a folder or a prefix: the same shape from a store and from this computer."""

import pytest

from forensic.errors import NotFound, Unreadable, Unsupported
from forensic.storage.listing import below
from forensic.storage.location import locate

NAMES = ["a.E01", "b/c.E01", "b/d/e.vhdx", "b.txt", "z z.raw"]


@pytest.fixture
def local(tmp_path):
    for name in NAMES:
        (tmp_path / "case" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "case" / name).write_bytes(name.encode())
    return tmp_path / "case"


@pytest.fixture
def remote(s3, put):
    for name in NAMES:
        put(f"listing/case/{name}", name.encode())
    put("listing/case2/other.E01", b"not below it")
    return "s3://evidence/listing/case"


def test_a_folder_and_a_prefix_list_the_same(local, remote):
    near, far = list(below(str(local))), list(below(remote))
    assert sorted((one.name, one.size) for one in near) == sorted((one.name, one.size) for one in far)
    assert sorted(one.name for one in near) == sorted(NAMES)
    assert list(below(f"{remote}/")) == far
    assert list(below(local.as_uri())) == near
    for one in (*near, *far):
        assert locate(one.path).open().read_at(0, 100) == one.name.encode()


def test_a_stamp_is_another_once_the_file_was_changed(local, remote, put):
    before = {one.name: one.stamp for one in (*below(str(local)), *below(remote))}
    (local / "a.E01").write_bytes(b"other")
    put("listing/case/a.E01", b"other")
    for place in (str(local), remote):
        changed = {one.name for one in below(place) if before.get(one.name) == one.stamp}
        assert "a.E01" not in changed
    assert all(one.stamp for one in below(remote))


def test_links_are_not_followed(local, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.E01").touch()
    (local / "link").symlink_to(tmp_path / "secret")
    (local / "loop").symlink_to(local)
    (local / "file.E01").symlink_to(tmp_path / "secret" / "x.E01")
    assert sorted(one.name for one in below(str(local))) == sorted(NAMES)


def test_what_is_no_folder_is_said(local, remote, environment):
    with pytest.raises(NotFound):
        list(below(str(local / "absent")))
    assert list(below(f"{remote}/absent/")) == []
    with pytest.raises(NotFound, match="there is no bucket 'absent-bucket'"):
        list(below("s3://absent-bucket/"))
    with pytest.raises(Unsupported, match="a web server does not list"):
        list(below("https://host/folder/?signature=secret"))
    environment.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(Unreadable, match="access refused"):
        list(below(remote))


def test_a_listing_comes_page_by_page(s3, put):
    for number in range(1205):
        put(f"many/{number:05}", b"x")
    s3.clear()
    found = below("s3://evidence/many")
    assert next(found).name == "00000"
    assert len(s3.requests) == 1
    assert len(list(found)) == 1204
    assert len(s3.requests) == 2
