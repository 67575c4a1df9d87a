"""What one process commits to SQLite stays when another process closes the same database.

POSIX drops all locks of a process on a file when the process closes any descriptor of it
(https://www.sqlite.org/howtocorrupt.html, section 2.2). Without its lock, another process that closes the database
takes itself for the last one and deletes the log, and later commits go into the deleted file.
"""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from storage.database import Database

COUNT = """
import sys
from sqlalchemy import text
from storage.database import Database
database = Database(sys.argv[1])
with database.read() as transaction:
    print(transaction.execute(text("SELECT count(*) FROM kept")).scalar())
database.close()
"""


def counted_by_another_process(address: str) -> int:
    """The rows that another process reads; it closes the database afterwards."""
    return int(
        subprocess.run([sys.executable, "-c", COUNT, address], capture_output=True, text=True, check=True).stdout
    )


def test_what_is_committed_after_another_process_closed_the_database_stays(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/ccs.db"
    database = Database(address)
    with database.write() as transaction:
        transaction.execute(text("CREATE TABLE kept (number INTEGER)"))
    for number in range(5):
        # Several readers at once, so that the pool opens further connections.
        with database.read() as one, database.read() as two:
            one.execute(text("SELECT 1"))
            two.execute(text("SELECT 1"))
        assert counted_by_another_process(address) == number
        with database.write() as transaction:
            transaction.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})
        assert counted_by_another_process(address) == number + 1
    assert (tmp_path / "ccs.db-wal").exists()
    database.close()
