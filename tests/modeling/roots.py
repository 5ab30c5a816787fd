"""Where shards may lie: the same promises hold for each of these, a real S3 server among them."""

import os
from threading import Thread
from urllib.request import Request, urlopen

from werkzeug.serving import make_server

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
    """moto's server in a thread, with one bucket; `environment` leads to it.

    What is stored outlives a stop, as behind a real server that is away for a while.
    """

    def __init__(self, port=0):
        from moto.moto_server import werkzeug_app as moto  # slow to load, and few tests need it

        application = moto.DomainDispatcherApplication(moto.create_backend_app)
        self._server = make_server(
            "127.0.0.1", port, application, threaded=True, request_handler=moto.MotoRequestHandler
        )
        self.port = self._server.port
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "tests",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        urlopen(Request(f"{url}/{BUCKET}", method="PUT"), timeout=10).close()

    def stop(self):
        """Refuse connections from here on."""
        self._server.shutdown()
        self._thread.join(20)
        self._server.server_close()
