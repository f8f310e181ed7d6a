"""`python -m mediation.migrations new "what changes"`."""

import sys
import tempfile
from pathlib import Path

from mediation.migrations import write_first

if len(sys.argv) != 3 or sys.argv[1] != "new":
    sys.exit('usage: python -m mediation.migrations new "what changes"')
with tempfile.TemporaryDirectory() as folder:
    write_first(Path(folder), sys.argv[2])
