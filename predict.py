"""Run `stance predict`."""

import sys

from stance.__main__ import main

if __name__ == "__main__":
    main(["predict", *sys.argv[1:]])
