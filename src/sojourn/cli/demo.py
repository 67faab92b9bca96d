"""Where the sample sessions of real agents lie: in the wheel, else in the checkout."""

from __future__ import annotations

from pathlib import Path

import sojourn
from sojourn.app.errors import NotFound

PACKAGE = Path(sojourn.__file__).parent
FOLDERS = (PACKAGE / "demo", PACKAGE.parents[1] / "tests" / "fixtures" / "demo")


def demo_folder() -> Path:
    for folder in FOLDERS:
        if folder.is_dir():
            return folder
    raise NotFound("this installation has no sample sessions; use --demo in a checkout")
