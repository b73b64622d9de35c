"""A `nightdesk` for a shell that starts at once: a server that has imported everything forks a child for each command.

Belongs here: what tests of documented commands run as a process. Does not belong here: tests, or what the commands are.

    forkingshell.py SOCKET        serves; the script `nightdesk` (shim) hands it all that a process has
"""

import importlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

# What the verbs import when they are used. Great Expectations is not among them: nights of tests write no Data Docs.
PRELOADED = (
    "flows.night",
    "flows.reextract",
    "flows.quarantine",
    "flows.sites",
    "flows.adhoc",
    "warehouse.query",
    "warehouse.search",
)

SHIM = """#!{python} -IS
import json, os, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect({address!r})
asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(link, [len(asked).to_bytes(4, "big")], [0, 1, 2])
link.sendall(asked)
sys.exit(int.from_bytes(link.recv(1) or b"\\xff", "big"))
"""


def write_shim(folder: Path, address: Path) -> None:
    """Put a `nightdesk` into a folder that a shell has in its PATH."""
    path = folder / "nightdesk"
    path.write_text(SHIM.format(python=sys.executable, address=str(address)))
    path.chmod(0o755)


def serve(address: str) -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks what became of the waiters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        while True:
            link, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _wait_for_child(link)
            link.close()


def _wait_for_child(link: socket.socket) -> None:
    """In a process between server and child, because the command line leaves by os._exit."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _, _ = socket.recv_fds(link, 4, 3)
    with link.makefile("rb") as stream:
        arguments, folder, environment = json.loads(stream.read(int.from_bytes(size, "big")))
    child = os.fork()
    if child == 0:
        link.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
        # Python's own files remember whether the server's could be sought in.
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        from flows.cli import main

        main(arguments)
    _, status = os.waitpid(child, 0)
    link.sendall(bytes([os.waitstatus_to_exitcode(status) % 256]))
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
