"""``python -m benchmarks.peers.serve NAME fill DATABASE PEOPLE`` makes the tables and the people;
``… NAME serve DATABASE PORT WORKERS THREADS`` answers requests, in gunicorn as ``vestibule run``
sets it up.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from gunicorn.app.base import BaseApplication


def main() -> None:
    name, what, database, *rest = sys.argv[1:]
    peer = import_module(f"benchmarks.peers.{name}.site")
    if what == "fill":
        peer.fill(database, json.loads(Path(rest[0]).read_text())["users"])
    else:
        serve(peer, database, *map(int, rest))


def serve(peer: ModuleType, database: str, port: int, workers: int, threads: int) -> None:
    class Server(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"127.0.0.1:{port}")
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", threads)
            self.cfg.set("keepalive", 5)
            self.cfg.set("timeout", 60)
            self.cfg.set("loglevel", "error")
            self.cfg.set("worker_tmp_dir", "/dev/shm" if os.path.isdir("/dev/shm") else None)  # noqa: S108
            self.cfg.set("control_socket_disable", True)

        def load(self) -> object:
            return application

    application = peer.application(database)
    Server().run()


if __name__ == "__main__":
    main()
