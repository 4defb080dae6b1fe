"""packaging/recipes with the real rsyslog: it keeps its port and Azure Monitor Agent's forwarding, and gives CEF to Lurewatch too."""

import pathlib
import shutil
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Process, ROOT, Sensor, binary, free_port, wait_for  # noqa: E402

RECIPES = ROOT / "packaging" / "recipes"
LINE = ("<14>Nov 24 08:00:00 zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/{}?a=b\\=c "
        "suser=a@contoso.com dst=192.0.2.9")

# The shape of the file that the agent puts into rsyslog.d (10-azuremonitoragent-omfwd.conf), with a port of the test's.
AGENT = """
template(name="AMA_RSYSLOG_TraditionalForwardFormat" type="string" string="<%PRI%>%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg%")
action(type="omfwd" template="AMA_RSYSLOG_TraditionalForwardFormat" queue.type="LinkedList" queue.filename="omfwd-azuremonitoragent"
  queue.maxFileSize="32m" queue.maxDiskSpace="1g" action.resumeRetryCount="-1" action.resumeInterval="5" action.reportSuspension="on"
  action.reportSuspensionContinuation="on" queue.size="25000" queue.workerThreads="100" queue.dequeueBatchSize="2048"
  queue.saveOnShutdown="on" target="127.0.0.1" port="{port}" protocol="tcp")
"""


class Agent:
    """Takes what the agent would take."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.received, self.lock = self.listener.getsockname()[1], b"", threading.Lock()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer = self.listener.accept()[0]
            except OSError:
                return  # closed by the test
            threading.Thread(target=self.take, args=(peer,), daemon=True).start()

    def take(self, peer):
        with peer:
            while data := peer.recv(65536):
                with self.lock:
                    self.received += data


class Beside(unittest.TestCase):
    def setUp(self):
        if not shutil.which("rsyslogd"):
            self.skipTest("skipped: rsyslogd not installed")
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.agent = Agent()
        self.addCleanup(self.agent.listener.close)
        self.relp = free_port()
        self.sensor = Sensor(binary(), self.directory, extra=f'[[listen]]\nname = "rsyslog-relp"\ntransport = "relp"\naddress = "127.0.0.1:{self.relp}"\n')
        self.sensor.start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def rsyslog(self, recipe, port_in_recipe, port):
        self.device_port = free_port()
        text = (RECIPES / recipe).read_text()
        self.assertIn(f'port="{port_in_recipe}"', text)
        config = self.directory / "rsyslog.conf"
        config.write_text(f'global(workDirectory="{self.directory}" maxMessageSize="64k")\nmodule(load="imtcp")\n'
                          f'input(type="imtcp" address="127.0.0.1" port="{self.device_port}")\n' + AGENT.format(port=self.agent.port)
                          + text.replace(f'port="{port_in_recipe}"', f'port="{port}"').replace('resumeInterval="5"', 'resumeInterval="1"'))
        daemon = Process(["rsyslogd", "-n", "-f", config, "-i", self.directory / "rsyslog.pid"], self.directory / "rsyslog.log")
        self.addCleanup(daemon.end)
        wait_for("rsyslog listens", self.can_connect)

    def can_connect(self):
        try:
            return socket.create_connection(("127.0.0.1", self.device_port)).close() is None
        except OSError:
            return False

    def send(self, first, count):
        with socket.create_connection(("127.0.0.1", self.device_port)) as device:
            device.sendall("".join(LINE.format(number) + "\n" for number in range(first, first + count)).encode())
            device.sendall(b"<38>Nov 24 08:00:00 host sshd[1]: not for Lurewatch\n")

    def parsed(self, name):
        return next(entry for entry in self.sensor.status()["inputs"] if entry["name"] == name)

    def check(self, name):
        self.send(0, 500)
        wait_for("Lurewatch has every CEF message", lambda: self.parsed(name)["parsed"] == 500)
        wait_for("the agent has all, ours and others", lambda: self.agent.received.count(b"|NSSWeblog|") == 500 and b"not for Lurewatch" in self.agent.received)
        self.assertEqual(500, self.parsed(name)["received"])
        self.assertEqual({"Zscaler": 500}, self.parsed(name)["vendors"])

    def test_in_front_lurewatch_has_the_port_and_rsyslog_and_the_agent_get_their_own_copy(self):
        udp, tcp = free_port(socket.SOCK_DGRAM), free_port()
        text = (RECIPES / "rsyslog-in-front.conf").read_text()
        for kind, port in (("imudp", udp), ("imtcp", tcp)):
            self.assertIn(f'input(type="{kind}" port="1514")', text)
            text = text.replace(f'input(type="{kind}" port="1514")', f'input(type="{kind}" address="127.0.0.1" port="{port}")')
        config = self.directory / "rsyslog.conf"
        config.write_text(f'global(workDirectory="{self.directory}" maxMessageSize="64k")\n{text}' + AGENT.format(port=self.agent.port))
        daemon = Process(["rsyslogd", "-n", "-f", config, "-i", self.directory / "rsyslog.pid"], self.directory / "rsyslog.log")
        self.addCleanup(daemon.end)
        self.device_port = tcp
        wait_for("rsyslog listens", self.can_connect)
        for port in (tcp, self.sensor.tcp):  # as a device with two servers
            self.device_port = port
            self.send(0, 500)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            for port in (udp, self.sensor.udp):
                device.sendto(LINE.format("datagram").encode(), ("127.0.0.1", port))
        wait_for("Lurewatch has every CEF message", lambda: (self.parsed("firewalls-tcp")["parsed"], self.parsed("firewalls-udp")["parsed"]) == (500, 1))
        wait_for("the agent has its copy", lambda: self.agent.received.count(b"|NSSWeblog|") == 501 and b"not for Lurewatch" in self.agent.received)

    def test_rsyslog_forwards_by_tcp_and_the_agent_still_gets_everything(self):
        self.rsyslog("rsyslog-forward.conf", "5514", self.sensor.tcp)
        self.check("firewalls-tcp")

    def test_by_relp_nothing_is_lost_while_lurewatch_is_down(self):
        if not list(pathlib.Path("/usr/lib").glob("*/rsyslog/omrelp.so")):
            self.skipTest("skipped: rsyslog-relp not installed")
        self.rsyslog("rsyslog-forward-relp.conf", "2514", self.relp)
        self.check("rsyslog-relp")
        self.sensor.stop()
        self.send(500, 300)
        self.sensor.start()
        wait_for("what was sent meanwhile", lambda: self.sensor.status()["store"]["events"] >= 800, 60)


if __name__ == "__main__":
    unittest.main()
