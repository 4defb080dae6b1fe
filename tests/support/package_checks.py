"""What tests of the package share: the program, scratch folders, and skipping where a tool is missing."""

import shutil
import sys

from harness import ROOT  # noqa: F401


def need(*tools):
    """Ends the test as skipped when a tool isn't there."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        sys.exit(77)
