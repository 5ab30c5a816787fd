"""Where shards may lie: the same promises hold for each of these, a real S3 server among them."""

import os
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOTS = ["folder", "file", "memory", "s3"]
BUCKET = "pact-tests"


def address(kind, folder):
    """The setting PACT_SHARDS for a test that has this folder to itself."""
    own = f"{folder.parent.name}-{folder.name}"
    return {
        "folder": str(folder / "home" / "shards"),
        "file": f"file://{folder}/home/shards",
        "memory": f"memory://{own}",
        "s3": f"s3://{BUCKET}/{os.getpid()}-{own}",
    }[kind]


class S3Server:
    """moto's server in a process of its own, with one bucket; `environment` leads to it."""

    def __init__(self, folder, port=None):
        self.port = port = port or _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        self.log = (folder / "s3.log").open("wb")
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self._make_bucket()

    def _make_bucket(self):
        for _ in range(600):
            try:
                urlopen(Request(f"{self.url}/{BUCKET}", method="PUT"), timeout=10).close()
                return
            except (URLError, ConnectionError, TimeoutError):
                assert self.process.poll() is None, "the S3 server has ended"
                time.sleep(0.1)
        raise AssertionError("the S3 server did not answer within a minute")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
