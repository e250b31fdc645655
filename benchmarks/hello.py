"""The least that Flask can do, in the gunicorn of ``vestibule run``."""

import sys

from flask import Flask

from vestibule.cli.listening import listen
from vestibule.cli.serving import serve
from vestibule.ready_site.options import Options

app = Flask(__name__)


@app.route("/")
def hello() -> str:
    return "hello"


if __name__ == "__main__":
    port, workers, threads = map(int, sys.argv[1:])
    with listen("127.0.0.1", port) as listening:
        options = Options(port=port, workers=workers, threads=threads, database="sqlite://")
        serve(app, listening, options)
