"""Examines images one after another in one process and prints the seconds that each took, as a JSON list.

`python -m benchmarks.repeat PROGRAM ROUNDS IMAGE ...`, where the program is `triage`, `full` or `naive`, goes through the images in turn,
ROUNDS times. The first number holds the imports, not the start of the interpreter. What the programs state is encoded and thrown away.
"""

import json
import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path


def examine_naively(image: str) -> None:
    from benchmarks import naive

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        naive.main(image)


def examine(image: str, depth: str) -> None:
    from forensic.examination import examine
    from forensic.model.codec import encode

    encode(examine(image, depth=depth))


def main(program: str, rounds: str, *images: str) -> None:
    seconds = []
    for image in images * int(rounds):
        start = time.perf_counter()
        if program == "naive":
            examine_naively(image)
        else:
            examine(image, program)
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
