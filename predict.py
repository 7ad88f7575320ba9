"""Score new comments: the command `stance predict`."""

import sys

from stance.cli import app

if __name__ == "__main__":
    app(["predict", *sys.argv[1:]], prog_name="stance")
