"""Azure, by Microsoft's own emulator; the way Google's stores are asked, by a server that understands it; profiles of the AWS tools."""

import pytest

from forensic.errors import Unreadable, Unsupported
from forensic.examination import examine
from forensic.storage.listing import below
from forensic.storage.location import locate
from tests.remote import azurite, seaweed
from tests.remote.test_s3 import SAMPLES, parts

IMAGES = ["desk-10.E01", "master-2019.E02", "moved-7.vhdx", "nt4.qcow2", "lab-xp.raw.zip"]


@pytest.fixture
def azure(azurite_port, environment):
    """Give a client of the container `evidence`, to which the environment leads."""
    from obstore.store import AzureStore

    environment.setenv("AZURE_STORAGE_ACCOUNT_NAME", azurite.ACCOUNT)
    environment.setenv("AZURE_STORAGE_ACCOUNT_KEY", azurite.KEY)
    environment.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{azurite_port}/{azurite.ACCOUNT}")
    return AzureStore("evidence", client_options={"allow_http": True})


@pytest.fixture
def google(seaweed_port, environment):
    """Give a client of the bucket `public`, to which the environment leads without credentials."""
    environment.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{seaweed_port}")
    return seaweed.store(seaweed_port, "public")


def store_samples(client):
    import obstore

    for path in SAMPLES.iterdir():
        if path.is_file():
            obstore.put(client, f"samples/{path.name}", path.read_bytes())
    obstore.put(client, "samples/below/x", b"x")


def assert_same(scheme, place, name):
    url = f"{scheme}://{place}/samples"
    far, near = examine(f"{url}/{name}", reproducible=True), examine(SAMPLES / name, reproducible=True)
    assert far.installations
    assert parts(far, url) == parts(near, SAMPLES)


@pytest.mark.parametrize("name", IMAGES)
def test_the_report_of_a_sample_is_the_same_from_azure(azure, name):
    store_samples(azure)
    assert_same("az", "evidence", name)


@pytest.mark.parametrize("name", IMAGES)
def test_the_report_of_a_sample_is_the_same_by_the_protocol_of_google(google, name):
    store_samples(google)
    assert_same("gs", "public", name)


def test_a_listing_of_azure_and_of_google(azure, google):
    for client, url in ((azure, "az://evidence/samples"), (google, "gs://public/samples")):
        store_samples(client)
        assert {one.name for one in below(url)} == {path.name for path in SAMPLES.iterdir() if path.is_file()} | {"below/x"}


def test_an_object_of_azure_that_is_replaced_does_not_mix(azure):
    import obstore

    obstore.put(azure, "replaced.raw", bytes([1]) * 2_000_000)
    file = locate("az://evidence/replaced.raw").open()
    obstore.put(azure, "replaced.raw", bytes([2]) * 2_000_000)
    with pytest.raises(Unreadable, match="was replaced or changed"):
        file.read_at(1_500_000, 1)


@pytest.mark.parametrize(
    ("url", "settings", "sentence"),
    [
        ("az://evidence/absent", {}, "absent: there is no such object in az://evidence"),
        ("az://absent/x", {}, "there is no container 'absent' in az://absent"),
        ("az://absent/", {}, "there is no container 'absent' in az://absent"),
        ("az://evidence/x", {"AZURE_STORAGE_ACCOUNT_KEY": "d3Jvbmc="}, "access refused in az://evidence"),
        ("az://evidence/x", {"AZURE_STORAGE_ACCOUNT_NAME": ""}, "set AZURE_STORAGE_ACCOUNT_NAME"),
    ],
)
def test_what_is_wrong_with_azure_is_said(azure, environment, url, settings, sentence):
    for name, value in settings.items():
        environment.setenv(name, value) if value else environment.delenv(name)
    report = examine(url)
    assert sentence in report.problems[0].what
    assert azurite.KEY not in report.to_json()


@pytest.fixture
def profiles(s3, environment, tmp_path):
    """Give the environment of somebody whose credentials stand in the files of the AWS tools alone."""
    text = f"[default]\naws_access_key_id = x\naws_secret_access_key = y\n[lab]\naws_access_key_id = {seaweed.KEY}\n"
    (tmp_path / "credentials").write_text(f"{text}aws_secret_access_key = {seaweed.SECRET}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.delenv(name)
    environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    environment.setenv("AWS_PROFILE", "lab")
    return environment


def test_a_profile_of_the_aws_tools_is_read_by_boto3(profiles, put):
    pytest.importorskip("boto3", reason="boto3 is not installed (extra `remote-aws`)")
    url = put("profile.raw", b"0123")
    assert locate(url).open().read_at(1, 2) == b"12"
    profiles.setenv("AWS_PROFILE", "absent")
    with pytest.raises(Unreadable, match="what the environment says of s3:// is incomplete or wrong"):
        locate(url).open()


def test_without_boto3_a_profile_is_refused_with_the_extra_that_reads_it(profiles):
    profiles.setattr("forensic.storage.store.find_spec", lambda name: None)
    with pytest.raises(Unsupported, match=r"sysprep-forensic\[remote-aws\]"):
        locate("s3://evidence/x").open()
