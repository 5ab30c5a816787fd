"""What the Dockerfile and compose.yaml start, started here: the same words, the same order.

No container engine is needed. Addresses inside containers become those of this machine's services,
`/data` a folder; everything else is run as it is written there.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import psycopg
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = {name: s for name, s in COMPOSE["services"].items() if s.get("image") == "pact"}


def health_command():
    return json.loads(re.search(r"HEALTHCHECK.*?CMD (\[.*?\])$", DOCKERFILE, re.S | re.M)[1])


def start_command():
    return json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1])


class TestFiles:
    def test_what_the_image_installs_is_the_lock_and_its_store(self):
        locks = re.findall(r"-r (\S+)", DOCKERFILE)
        assert locks == ["requirements-s3.txt"]
        pinned = {
            name: dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / name).read_text(), re.M))
            for name in ("requirements.txt", "requirements-s3.txt")
        }
        assert pinned["requirements.txt"].items() <= pinned["requirements-s3.txt"].items()
        assert "s3fs" in pinned["requirements-s3.txt"]

    def test_debian_packages_are_those_that_the_project_installs(self):
        own = (ROOT / ".ci/install-system-packages").read_text()
        image = DOCKERFILE.split("install -y")[1].split("&&")[0]
        packages = set(re.findall(r"lib\S+|fonts-\S+", image))
        assert len(packages) > 4
        packages -= {"fonts-noto-cjk"}  # 56 MB to fetch, and no test has a name in those letters
        assert [package for package in packages if package not in own] == []

    def test_vllm_is_the_version_that_was_tested(self):
        image = COMPOSE["services"]["vllm"]["image"]
        version = re.search(
            r"^vllm==(\S+)", (ROOT / "requirements-vllm-gpu.txt").read_text(), re.M
        )[1]
        assert image.endswith(f":v{version.split('+')[0]}")

    def test_every_variable_is_explained(self):
        page = (ROOT / "docs/how-to/run-on-services.md").read_text()
        names = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
        settings = (ROOT / "docs/reference/settings.md").read_text()
        assert {name for name in names if name not in page and f"`{name}`" not in settings} == set()


@pytest.mark.services
class TestNatively:
    @pytest.fixture
    def database(self):
        """A database of its own on the server that CI promises."""
        name = f"pact_compose_{uuid.uuid4().hex[:12]}"
        url = re.sub(r"/[^/]*$", "", os.environ["DATABASE_URL"])
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            yield f"{url}/{name}"
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @pytest.fixture
    def port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    @pytest.fixture
    def environment(self, database, tmp_path):
        """What compose.yaml sets, with its `.env` filled in and its hosts exchanged."""
        given = {"PACT_SECRET_KEY": uuid.uuid4().hex * 2, "POSTGRES_PASSWORD": "-"}
        told = {
            name: re.sub(
                r"\$\{([A-Z_]+)(?::[-?]([^}]*))?\}",
                lambda found: given.get(found[1]) or (found[2] or ""),
                value,
            )
            for name, value in OURS["web"]["environment"].items()
        }
        assert told["DATABASE_URL"].endswith("@db:5432/pact")
        told["DATABASE_URL"] = database
        for name in ("REDIS_URL", "PACT_BROKER_URL"):
            assert told[name].startswith("redis://cache:6379/")
            told[name] = re.sub(r"/\d+$", "/9", os.environ["REDIS_URL"])
        image = dict(re.findall(r"(\w+)=(\S+)", re.search(r"^ENV (.*)$", DOCKERFILE, re.M)[1]))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, **image, **told, "PACT_HOME": str(tmp_path / "data")}

    @pytest.fixture
    def started(self, environment, tmp_path):
        running = []

        def start(command, port=8000):
            (tmp_path / "data").mkdir(exist_ok=True)
            words = [
                word.replace("0.0.0.0:8000", f"127.0.0.1:{port}")
                .replace("127.0.0.1:8000", f"127.0.0.1:{port}")
                .replace("/data/", f"{tmp_path}/data/")
                for word in command
            ]
            running.append(subprocess.Popen(words, cwd=ROOT, env=environment))
            return running[-1]

        yield start
        for process in running:
            process.kill()
            process.wait()

    def fetch(self, port, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.headers, response.read().decode()

    def manage(self, environment, *words):
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_setup_then_web_worker_and_beat(self, started, environment, port):
        assert set(OURS) == {"setup", "web", "worker", "beat"}
        assert started(OURS["setup"]["command"]).wait(400) == 0

        web = started(start_command(), port)
        healthy = [word.replace(":8000", f":{port}") for word in health_command()]
        until(
            lambda: (
                subprocess.run(healthy, env=environment, stderr=subprocess.DEVNULL).returncode == 0
            )
        )
        secure = {"X-Forwarded-Proto": "https"}
        _, page = self.fetch(port, "/", **secure)
        style = re.search(r'href="(/static/pact/base\.[0-9a-f]+\.css)"', page)[1]
        headers, _ = self.fetch(port, style, **secure)
        assert "immutable" in headers["Cache-Control"]

        worker, beat = (started(OURS[name]["command"]) for name in ("worker", "beat"))
        self.manage(environment, "load_study")
        told = self.manage(
            environment, "run_models", "--study", "first-light", "--endpoint", "baseline:uniform",
            "--limit", "40", "--chunk-size", "10", "--queue",
        )  # fmt: skip
        run = told.split("run: ")[-1].strip()
        database = environment["DATABASE_URL"]
        with psycopg.connect(database, autocommit=True) as connection:
            query = "SELECT state FROM modeling_run WHERE public_id = %s"
            until(lambda: connection.execute(query, [run]).fetchone()[0] == "done")
            rows = connection.execute("SELECT sum(rows) FROM modeling_chunk").fetchone()[0]
        assert rows == 40

        for process in (beat, worker, web):
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def until(true, seconds=240):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s")
