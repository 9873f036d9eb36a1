"""`python -m forensic`: the same as the command `forensic`."""

from forensic.cli import run

if __name__ == "__main__":
    run()
