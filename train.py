"""Run `stance train`."""

import sys

from stance.__main__ import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
