"""A real Kannel on free ports in a temporary folder: bearerbox, smsbox and, as the operator, fakesmsc."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows.screen import septets
from tests.support.servers import free_port, missing
from tests.support.waiting import eventually

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
CONFIG = """
group = core
admin-port = {admin}
admin-password = admin
smsbox-port = {box}
log-file = "{folder}/bearerbox.log"
log-level = 0
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
sms-combine-concatenated-mo = {combine}

group = smsc
smsc = fake
smsc-id = operator
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-chars = "0123456789 +-"
log-file = "{folder}/smsbox.log"
log-level = 0
global-sender = 36223

group = sendsms-user
username = ccs
password = secret
max-messages = 3
concatenation = true

group = sms-service
keyword = default
catch-all = yes
max-messages = 0
get-url = "{hooks}/sms?from=%p&to=%P&text=%b&id=%I&coding=%c&charset=%C&udh=%u"
"""


@dataclass
class Kannel:
    """A running Kannel; `url` is the address of smsbox. fakesmsc is the operator: it sends an SMS, then receives."""

    url: str
    smsc_port: int
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    operator: subprocess.Popen[bytes] | None = None

    def deliver(self, sender: str, text: str, receiver: str = "36223") -> None:
        """Sends an SMS from a phone as an operator does: GSM letters as text, all others as UCS-2."""
        if septets(text) is None:
            content = "ucs2 " + "".join(f"%{byte:02X}" for byte in text.encode("utf-16-be"))
        else:
            content = f"text {text}"
        self.start_operator(f"{sender} {receiver} {content}")

    def deliver_part(self, sender: str, reference: int, number: int, of: int, text: str) -> None:
        """Sends one part of a long SMS with a phone's user data header; returns when it has been sent."""
        sent = self.received().count("sent message")
        header = "".join(f"%{byte:02X}" for byte in (5, 0, 3, reference, of, number))
        self.start_operator(f"{sender} 36223 udh {header} {text}")
        eventually(lambda: self.received().count("sent message") > sent)

    def start_operator(self, message: str = "", most: int = 1) -> None:
        self.stop_operator()
        with (self.folder / "operator.log").open("ab") as out:
            self.operator = subprocess.Popen(
                [FAKESMSC, "-H", "127.0.0.1", "-r", str(self.smsc_port), "-i", "0.2", "-m", str(most if message else 0),
                 message or "0 0 text x"],
                stdout=out, stderr=out,
            )  # fmt: skip

    def stop_operator(self) -> None:
        if self.operator:
            self.operator.terminate()
            self.operator.wait(10)

    def received(self) -> str:
        """Everything that the operator received, as fakesmsc prints it."""
        log = self.folder / "operator.log"
        return log.read_text(errors="replace") if log.exists() else ""


@contextlib.contextmanager
def kannel(folder: Path, hooks: str, combine: bool = True) -> Iterator[Kannel]:
    """`hooks` is the address of our webhooks for Kannel; `combine`: whether bearerbox joins the parts of long SMS."""
    for tool in ("bearerbox", "smsbox"):
        if not shutil.which(tool) and not Path("/usr/sbin", tool).exists():
            missing("Kannel", "kannel kannel-extras")
    if not Path(FAKESMSC).exists():
        missing("Kannel's fakesmsc", "kannel-extras")
    ports = {name: free_port() for name in ("admin", "box", "smsc", "send")}
    config = folder / "kannel.conf"
    config.write_text(CONFIG.format(folder=folder, hooks=hooks, combine=str(combine).lower(), **ports))
    running = Kannel(f"http://127.0.0.1:{ports['send']}", ports["smsc"], folder)
    try:
        for tool, port in (("bearerbox", ports["smsc"]), ("smsbox", ports["send"])):
            path = shutil.which(tool) or f"/usr/sbin/{tool}"
            with (folder / f"{tool}.out").open("wb") as out:
                running.processes.append(subprocess.Popen([path, str(config)], stdout=out, stderr=out, cwd=folder))
            _wait_for(port, running.processes[-1], folder / f"{tool}.out")
        yield running
    finally:
        running.stop_operator()
        for process in reversed(running.processes):
            process.terminate()
        for process in running.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], out: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}: {out.read_text(errors='replace')[-500:]}")
