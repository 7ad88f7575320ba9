"""Score new comments: the command `stance predict`."""

import sys

from stance.cli import main

if __name__ == "__main__":
    main(["predict", *sys.argv[1:]])
