"""Where the log of a running site goes: standard error, for people or for programs."""

import json
import logging
import sys
from datetime import UTC, datetime

from vestibule.ready_site.options import Options


class Lines(logging.Formatter):
    """A line each; a traceback follows its own, moved in."""

    def format(self, record: logging.LogRecord) -> str:
        at = _moment(record)
        text = f"{at} {record.levelname} {_one_line(record.getMessage())}"
        # Moved in: what an error says may have lines that look like ours.
        trace = self.formatException(record.exc_info).splitlines() if record.exc_info else []
        return "\n".join([text, *(f"  {_one_line(line)}" for line in trace)])


class JsonLines(logging.Formatter):
    """An object per line; of a request its parts beside the sentence."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if isinstance(record.args, dict):
            told |= record.args
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


def set_up_logging(options: Options) -> None:
    """As the option ``log`` says; the root logger is set, so that libraries' warnings come too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if options.log == "json" else Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    if options.log != "errors":
        logging.getLogger("vestibule").setLevel(logging.INFO)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _one_line(text: str) -> str:
    # What a request brings must not forge a line of its own (LOG-6).
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
