"""One command serves, works in the background, and survives being killed."""

import os
import signal
import socket
from collections.abc import Iterator

import psycopg
import pytest

from jiangjie.runtime.cluster import Cluster
from jiangjie.runtime.keys import load_or_create
from tests.runtime.installations import Installation, children_of, empty_home, is_alive, until


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """With a first organisation, so that there are events to put into the tree."""
    with empty_home() as home:
        made = Installation(home)
        done = made.run(
            "createadmin", "--org", "示例港口集团", "--kind", "evaluator", "--region", "370200",
            "--username", "boss", "--name", "张三", "--password-stdin",
            text="correct-horse-battery\n",
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        Cluster(home).stop()
        yield made


def test_taken_port_leads_to_the_next_and_the_worker_sequences(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with installation.served("--port", str(port)) as server:
            assert port < server.port < port + 50
            until(lambda: server.answers("/ledger/checkpoint"))
            assert server.get("/ledger/checkpoint").splitlines()[1] == "2"
            web = [pid for pid, line in server.children().items() if "worker" not in line]
            os.kill(max(web), signal.SIGKILL)
            until(lambda: not is_alive(max(web)))
            until(lambda: server.answers("/ledger/checkpoint"))  # another took its place
    assert server.process.returncode == 0
    assert not Cluster(installation.home).is_running()  # it had started it
    assert children_of(server.process.pid) == {}


def test_killed_server_leaves_nobody_behind_and_starts_again(installation: Installation) -> None:
    with installation.served("--port", "18300") as server:
        until(lambda: len(server.children()) >= 2)
        children = server.children()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        until(lambda: not any(is_alive(child) for child in children))
    assert Cluster(installation.home).is_running()
    with installation.served("--port", str(server.port)) as again:
        assert again.port == server.port
        until(lambda: again.answers("/ledger/checkpoint"))
    # It found the database running, so it is not its own to stop.
    assert Cluster(installation.home).is_running()


def test_killed_database_comes_back_with_what_was_committed(installation: Installation) -> None:
    cluster = Cluster(installation.home)
    cluster.stop()
    with installation.served("--port", "18300", "--no-worker") as server:
        until(lambda: server.answers("/account/login/"))
        pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_alive(pid))
        until(lambda: server.answers("/account/login/"))
        url = cluster.url(load_or_create(installation.home / "keys").database.hex())
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT name FROM orgs_organisation").fetchall()
        assert found == [("示例港口集团",)]
    assert not cluster.is_running()  # its own again, so stopped with it


def test_port_that_nobody_may_have_is_said_in_words(installation: Installation) -> None:
    done = installation.run("serve", "--host", "203.0.113.1")  # an address of no machine
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("无法监听203.0.113.1:8000：")
