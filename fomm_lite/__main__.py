"""``python -m fomm_lite``: the command line, for launchers that start a module in several processes."""

import sys

from fomm_lite.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
