"""Tells PyInstaller where the package's hook is. PyInstaller finds this module by an entry point of the package."""

import os
from typing import List


def get_hook_dirs() -> List[str]:
    return [os.path.dirname(__file__)]
