"""The lines that mend a ready site: what a host writes in Python stands in its config file."""

import json
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vestibule.foundation.database_urls import parsed_url
from vestibule.ready_site.options import CONFIG_FILE, Options
from vestibule.settings import Finding

_SETTING = re.compile(r"VESTIBULE_([A-Z_]+) = ([^;]*)")
_DURATION = re.compile(r"timedelta\((\w+)=([\d.]+)\)")
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def mended_at_site(finding: Finding, options: Options) -> Finding:
    """With lines of the config file, or of the environment where that is what is wrong."""
    return replace(finding, fix=_SETTING.sub(lambda found: _line(found, options), finding.fix))


def line_of_site(given: Mapping[str, Any], words: str) -> str:
    """A command for the same site as this one was given. A password is not printed again."""
    line = f"vestibule {words}"
    if given.get("instance"):
        line += f" --instance {shlex.quote(str(given['instance']))}"
    if given.get("database") and not _has_password(given["database"]):
        line += f" --database {shlex.quote(given['database'])}"
    return line


def _line(found: re.Match[str], options: Options) -> str:
    name, value = found.groups()
    value, _, extra = value.partition(" (")
    seconds = _DURATION.fullmatch(value)
    if seconds:
        value = f"{float(seconds[2]) * _SECONDS[seconds[1]]:g}"
    value = {"True": "true", "False": "false"}.get(value, value)
    told = f" ({extra}" if extra else ""
    if os.environ.get(f"VESTIBULE_{name}"):
        if value.startswith('"'):
            # What is wrong in it may be repeated here, and the line is made to be pasted.
            value = shlex.quote(json.loads(value))
        return f"export VESTIBULE_{name}={value}{told}"
    return f"in {options.instance / CONFIG_FILE}: {name.lower()} = {value}{told}"


def _has_password(url: str) -> bool:
    try:
        return parsed_url(url).password is not None
    except ValueError:
        return True
