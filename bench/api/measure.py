"""Gemba, pgbench with the same statements, Express and Fastify on one database, in turns.

What the server sends to the database for one request is taken from the database's own log, so that pgbench sends the same. Everybody connects
through the same socket to the same PostgreSQL, which `gemba up` made (fsync on). Gemba's requests come at a fixed rate, open loop, and the
highest rate is searched at which 95 % are answered within 100 ms; so do the peers'. pgbench runs closed, as fast as it can, with as many
connections as Gemba's pool.
"""

import argparse
import collections
import http.server
import json
import os
import pathlib
import random
import re
import selectors
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
POOL = 16


def main():
    options = arguments()
    with Installation(options) as gemba:
        contenders = Contenders(gemba, options)
        results = {"memory at rest (MiB)": gemba.memory_mib()} if "memory" in options.only else {}
        if "reads" in options.only:
            results |= contenders.rounds(contenders.reads())
        if "costs" in options.only:
            results |= contenders.rounds(contenders.costs())
        if "writes" in options.only:
            results |= contenders.rounds(contenders.writes())
        if "seals" in options.only:
            results |= contenders.seals()
        if "services" in options.only:
            results |= contenders.services()
        print(json.dumps(results, indent=2))
        print(table(results))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gemba", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--cost-rate", type=int, default=400)
    parser.add_argument("--only", default="memory,costs,reads,writes,seals,services", type=lambda text: text.split(","))
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """`gemba up` on a folder of its own, two organizations, a key of each."""

    def __init__(self, options):
        self.options = options
        # A socket's path must be short.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="gb", dir="/tmp"))
        self.home.chmod(0o755)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        """Made by `gemba up`; then the same database is started as `gemba up` starts it, with a log, and served by `gemba serve`."""
        password = f"bench-{random.getrandbits(60):x}"
        self.environment = os.environ | {
            "GEMBA_DEMO_PASSWORD": password,
            "GEMBA_REQUESTS_PER_HOUR": "100000000",
            "GEMBA_DATABASE_CONNECTIONS": str(POOL),
            "GEMBA_LOG": "warn",
        }
        if "services" in self.options.only:
            self.sink = Sink()
            self.environment |= {
                "GEMBA_TRACES_COLLECTOR": self.sink.url, "GEMBA_TRACES_SHARE": "10", "GEMBA_OUTBOUND_ALLOW": "127.0.0.0/8",
            }
        self.log = open(self.home / "log", "w")
        self.data = self.home / "data"
        made = self.start("up", "--data-dir", str(self.data))
        command = shlex.split((self.data / "postgres/postmaster.opts").read_text())
        stop(made)
        secrets = self.data / "secrets"
        self.passwords = json.loads((secrets / "postgres.json").read_text())
        self.folder = next(option.split("=", 1)[1] for option in command if option.startswith("unix_socket_directories="))
        logged = [*command, "-c", "log_min_messages=warning", "-c", "log_line_prefix=%p ", "-c", "log_error_verbosity=default"]
        account = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.database_log = self.home / "database.log"
        self.database = subprocess.Popen([*account, *logged], stdout=open(self.database_log, "w"), stderr=subprocess.STDOUT)
        self.environment |= {
            "GEMBA_DATABASE_URL": f"host={self.folder} port=5432 user=gemba_app password={self.passwords['app']} dbname=gemba",
            "GEMBA_KEY": (secrets / "installation.key").read_text().strip(),
            "GEMBA_AUDIT_KEY": str(secrets / "audit.key"),
        }
        self.until(lambda: self.admin("select 1"))
        self.server = self.start("serve")
        self.keys = [self.key(address, password) for address in ("admin@demo.gemba.local", "admin@other.gemba.local")]
        self.admin("analyze")
        return self

    def __exit__(self, *_):
        stop(self.server)
        postmaster = int((self.data / "postgres/postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGINT)
        self.database.wait(60)
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self, *command):
        server = subprocess.Popen([self.options.gemba, *command, "--port", str(self.port)], env=self.environment, stdout=self.log, stderr=self.log)
        self.until(lambda: urllib.request.urlopen(f"{self.url}/readyz", timeout=2), server)
        return server

    def until(self, ready, server=None):
        for _ in range(600):
            try:
                return ready()
            except (OSError, subprocess.CalledProcessError):
                if server and server.poll() is not None:
                    break
                time.sleep(0.1)
        sys.exit((self.home / "log").read_text())

    def ask(self, method, path, body=None, key="", headers=()):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("content-type", "application/json")
        if key:
            request.add_header("authorization", f"Bearer {key}")
        for name, value in headers:
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null"), answer.headers
        except urllib.error.HTTPError as refused:
            refused.msg += f": {method} {path}: {refused.read().decode()[:1000]}"
            raise

    def key(self, address, password):
        session, headers = self.ask("POST", "/api/v1/auth/login", {"email": address, "password": password})
        cookies = "; ".join(cookie.split(";")[0] for cookie in headers.get_all("set-cookie"))
        proof = [("cookie", cookies), ("x-csrf-token", session["csrf_token"])]
        made, _ = self.ask("POST", "/api/v1/api-keys", {"name": "bench", "scopes": ["*"]}, headers=proof)
        return made["secret"]

    def dsn(self, role):
        return f"postgres://gemba_{role}:{self.passwords[role]}@/gemba?host={self.folder}&port=5432"

    def psql(self, role, sql):
        done = subprocess.run(["psql", self.dsn(role), "-XAtc", sql], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def admin(self, sql):
        return self.psql("admin", sql)

    def memory_mib(self):
        """Resident memory of the server, and proportional memory of the whole database, with nothing going on."""
        time.sleep(3)
        status = pathlib.Path(f"/proc/{self.server.pid}/status").read_text()
        server = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
        postmaster = (self.data / "postgres/postmaster.pid").read_text().splitlines()[0]
        processes = [postmaster] + subprocess.run(["pgrep", "-P", postmaster], capture_output=True, text=True).stdout.split()
        database = 0
        for process in processes:
            rollup = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
            database += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M)[1]) / 1024
        return {"server": round(server), "PostgreSQL": round(database)}

    def database_s(self):
        """Seconds of processor time of all processes of the database, those that ended included."""
        postmaster = (self.data / "postgres/postmaster.pid").read_text().splitlines()[0]
        fields = pathlib.Path(f"/proc/{postmaster}/stat").read_text().rsplit(")", 1)[1].split()
        ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
        children = subprocess.run(["pgrep", "-P", postmaster], capture_output=True, text=True).stdout.split()
        return ended + sum(map(processor_s, children))

    def statements(self, method, path, body, key):
        """What one request makes the server send, as (text, parameters), from the database's log."""
        mark = f"mark-{random.getrandbits(60):x}"
        self.ask(method, path, body("warm"), key)
        self.admin("alter role gemba_app set log_statement = 'all'")
        # New connections log: the server's are closed, and one request opens them again.
        self.admin("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'gemba_app'")
        time.sleep(0.5)
        for attempt in range(POOL * 2):
            try:
                self.ask(method, path, body(f"again-{attempt}-{mark[5:]}"), key)
            except urllib.error.HTTPError:
                time.sleep(0.1)
        before = self.database_log.stat().st_size
        made, _ = self.ask(method, path, body(mark), key)
        time.sleep(0.5)
        text = self.database_log.read_text(errors="replace")[before:]
        self.admin("alter role gemba_app reset log_statement")
        self.admin("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'gemba_app'")
        time.sleep(0.5)
        return transactions(text), made, mark


def processor_s(process):
    """Seconds of processor time that a process has used; of one that has just ended, its parent tells."""
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stop(server):
    server.send_signal(signal.SIGINT)
    server.wait(60)


def transactions(log):
    """Transactions of the log, each a list of statements with their parameters; backends are told apart by their process."""
    found, open_ones, latest = [], {}, {}
    entry = re.compile(r"^(\d+) (LOG|DETAIL):  (.*?)(?=^\d+ [A-Z]+:  |\Z)", re.S | re.M)
    for process, kind, text in entry.findall(log):
        text = text.strip()
        current = open_ones.setdefault(process, [])
        if kind == "DETAIL" and process in latest:
            pairs = re.findall(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", text)
            latest[process][:] = [None if value == "NULL" else value[1:-1].replace("''", "'") for _, value in pairs]
            continue
        statement = re.match(r"(?:execute [^:]*|statement): (.*)", text, re.S)
        if not statement:
            continue
        latest[process] = []
        current.append((re.sub(r"\s+", " ", statement[1]).strip(), latest[process]))
        if current[-1][0] in ("commit", "rollback") or not current[0][0].startswith("begin"):
            found.append(current)
            open_ones[process] = []
    return found


class Contenders:
    def __init__(self, gemba, options):
        self.gemba, self.options = gemba, options
        self.work = gemba.home / "work"
        self.work.mkdir()
        self.plants = [self.plant_ids(key) for key in gemba.keys]
        self.turn = 0

    def plant_ids(self, key):
        return [plant["id"] for plant in self.gemba.ask("GET", "/api/v1/plants?limit=50", key=key)[0]["items"]]

    # what is compared -------------------------------------------------------------------------------------------------

    def reads(self):
        files = []
        for plants, name in zip(self.plants, ("one", "two")):
            file = self.work / f"reads-{name}"
            file.write_text("".join(f"GET /api/v1/plants/{plant}\n" for plant in plants))
            files.append(file)
        scripts = [self.script("read", "GET", lambda plants: f"/api/v1/plants/{plants[0]}", index) for index in (0, 1)]
        peers = self.peer_requests()
        return {
            "reads/s, 1 organization": lambda: self.load(files[:1]),
            "pgbench reads/s, 1 organization": lambda: self.pgbench(scripts[:1]),
            "Express reads/s": lambda: self.peer("express.js", peers),
            "Fastify reads/s": lambda: self.peer("fastify.js", peers),
            "reads/s, 2 organizations": lambda: self.load(files),
            "pgbench reads/s, 2 organizations": lambda: self.pgbench(scripts),
        }

    def writes(self):
        # The load tool's numbers begin anew with every run, so each run's requests carry a mark of their own.
        def load(count):
            self.turn += 1
            mark = f"{self.turn}-{random.getrandbits(32):x}"
            file = self.work / f"writes-{mark}"
            file.write_text(f'POST /api/v1/customers {{"code": "{mark}-{{n}}", "name": "Customer {mark} {{n}}"}}\n')
            return self.load([file] * count, start=300)

        scripts = [self.script("write", "POST", lambda _: "/api/v1/customers", index) for index in (0, 1)]
        return {
            "audited writes/s, 1 organization": lambda: load(1),
            "pgbench audited writes/s, 1 organization": lambda: self.pgbench(scripts[:1]),
            "audited writes/s, 2 organizations": lambda: load(2),
            "pgbench audited writes/s, 2 organizations": lambda: self.pgbench(scripts),
        }

    def costs(self):
        """Processor time of one read (µs), of the program and of the database together, all at the same rate: other work on the machine
        makes answers later, not dearer, so that this holds where rates do not."""
        file = self.work / "reads-cost"
        file.write_text("".join(f"GET /api/v1/plants/{plant}\n" for plant in self.plants[0]))
        script = self.script("cost", "GET", lambda plants: f"/api/v1/plants/{plants[0]}", 0)
        peers, rate = self.peer_requests(), self.options.cost_rate
        server = lambda: {self.gemba.server.pid}
        return {
            "cost of a read": lambda: self.cost(lambda: self.load([file], rate=rate), server),
            "cost of a read, pgbench": lambda: self.cost(lambda: self.pgbench([script], rate=rate), lambda: set()),
            "cost of a read, Express": lambda: self.peer("express.js", peers, rate=rate),
            "cost of a read, Fastify": lambda: self.peer("fastify.js", peers, rate=rate),
        }

    def cost(self, run, programs):
        own = lambda: sum(map(processor_s, programs()))
        before = own() + self.gemba.database_s()
        run()
        # The load tool warms up for a second at half the rate.
        requests = self.options.cost_rate * (self.options.seconds + 0.5)
        return (own() + self.gemba.database_s() - before) / requests * 1e6

    def rounds(self, measures):
        found = {name: [] for name in measures}
        for number in range(self.options.rounds):
            for name, measure in measures.items():
                found[name].append(measure())
                print(f"round {number + 1}: {name}: {found[name][-1]:.0f}", file=sys.stderr)
        return {name: {"median": statistics.median(values), "rounds": values} for name, values in found.items()}

    # how it is measured -----------------------------------------------------------------------------------------------

    def load(self, files, start=800, port=None, headers=True, rate=None):
        command = [self.options.load, "--address", f"127.0.0.1:{port or self.gemba.port}", *(() if rate else ("--capacity",)),
                   "--rate", str(rate or start), "--seconds", str(self.options.seconds), "--requests", str(files[0])]
        if headers:
            command += ["--header", f"authorization: Bearer {self.gemba.keys[0]}"]
        if len(files) > 1:
            command += ["--also-header", f"authorization: Bearer {self.gemba.keys[1]}", "--also-requests", str(files[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        answer = json.loads(done.stdout)
        if not answer.get("rate"):
            print(done.stderr, file=sys.stderr)
        return answer.get("answered_per_s", 0)

    def peer_requests(self):
        organization = self.gemba.admin(f"select organization_id from plants where id = '{self.plants[0][0]}'")
        file = self.work / "peer-reads"
        file.write_text("".join(f"GET /plants/{organization}/{plant}\n" for plant in self.plants[0]))
        return file

    def peer(self, program, file, rate=None):
        port = free_port()
        environment = os.environ | {"DATABASE": self.node_dsn(), "PORT": str(port), "NODE_ENV": "production"}
        server = subprocess.Popen(["node", str(HERE / "peers" / program)], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            server.stdout.readline()
            if rate:
                return self.cost(lambda: self.load([file], port=port, headers=False, rate=rate), lambda: {server.pid})
            return self.load([file], port=port, headers=False)
        finally:
            server.terminate()
            server.wait()

    def node_dsn(self):
        """The role that no walls hold: the peers know nothing of them."""
        return f"postgres://gemba_admin:{self.gemba.passwords['admin']}@/gemba?host={self.gemba.folder}&port=5432"

    def script(self, name, method, path, index):
        """A pgbench script of the statements that the server sends for one request."""
        key = self.gemba.keys[index]
        body = (lambda mark: {"code": mark, "name": f"Customer {mark}"}) if method == "POST" else (lambda _: None)
        statements, made, mark = self.gemba.statements(method, path(self.plants[index]), body, key)
        own = [transaction for transaction in statements if self.is_own(transaction, made, mark)]
        lines, variables = ["\\set turn random(1, 1000000000000)"], {}
        for transaction in own:
            for text, values in transaction:
                for number, value in enumerate(values, 1):
                    variable = f"p{len(lines)}x{number}"
                    text = re.sub(rf"\${number}\b", lambda _: self.argument(variable, value, made, mark), text)
                    if value:
                        variables[variable] = value
                # What looks like a variable within a text is none: HH24:MI.
                lines.append(re.sub(r"'[^']*'", lambda quoted: "E" + quoted[0].replace(":", "\\x3a") if ":" in quoted[0] else quoted[0], text) + ";")
        file = self.work / f"{name}-{index}.sql"
        # pgbench takes a statement over several lines, and no variable inside quotes; variables differ between the organizations.
        text = "\n".join(lines) + "\n"
        for variable in variables:
            text = re.sub(rf":{variable}\b", f":{name}{index}{variable}", text)
        file.write_text(text)
        print(f"{file.name}: {len(lines) - 1} statements", file=sys.stderr)
        if os.environ.get("GEMBA_BENCH_SHOW"):
            print(text, variables, file=sys.stderr)
        return file, {f"{name}{index}{variable}": value for variable, value in variables.items()}

    def is_own(self, transaction, made, mark):
        text = json.dumps(transaction)
        return "caller_of" in text or made["id"] in text or mark in text or "from field_definitions" in text

    def argument(self, variable, value, made, mark):
        if not value:
            return "null" if value is None else "''"
        fresh = f":{variable}"
        if mark in value:
            fresh = f"replace({fresh}::text, '{mark}', 'B' || :client_id || 'x' || :turn)"
            if made["id"] in value:
                fresh = f"replace({fresh}, '{made['id']}', gen_random_uuid()::text)"
            fresh += "::jsonb" if value[:1] in "[{" else ""
        return fresh

    def pgbench(self, scripts, rate=None):
        # A rate is kept for half a second longer, as long as the load tool's requests with its warming up.
        seconds = self.options.seconds + 0.5 if rate else self.options.seconds
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(POOL), "-j", "2"]
        command += ["-R", str(rate), "-t", str(round(rate * seconds / POOL))] if rate else ["-T", str(max(1, round(seconds)))]
        for file, variables in scripts:
            command += ["-f", str(file)]
            for name, value in variables.items():
                command += ["-D", f"{name}={value}"]
        done = subprocess.run([*command, self.gemba.dsn("app")], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"pgbench: {done.stderr}")
        return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])

    def seals(self):
        """How long the entries of steady writing waited for their seal, from the beginning of their transaction on."""
        file = self.work / "seals"
        file.write_text(f'POST /api/v1/customers {{"code": "s{random.getrandbits(32):x}-{{n}}", "name": "Sealed {{n}}"}}\n')
        rate, seconds = 300, 30
        command = [self.options.load, "--address", f"127.0.0.1:{self.gemba.port}", "--rate", str(rate), "--seconds", str(seconds),
                   "--requests", str(file), "--header", f"authorization: Bearer {self.gemba.keys[0]}"]
        began = self.gemba.admin("select clock_timestamp()")
        load = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        time.sleep(10)
        entries, *lags = self.gemba.admin(LAGS.format(began=began)).split("|")
        return {f"from change to seal at {rate} writes/s (s)": dict(zip(("p50", "p99", "most"), map(float, lags))) | {
            "entries": int(entries), "load": load}}

    def services(self):
        """1,000 requests a second with all services on: a policy that each decision asks, one request in ten traced to a collector, a webhook for
        every event, 1,000 live streams that each event is told to, the sealer and a worker. Nine of ten read a plant, the rest list lines, but for ten
        audited writes a second."""
        key = self.gemba.keys[0]
        draft, _ = self.gemba.ask("POST", "/api/v1/policies", {"text": POLICY, "note": "bench"}, key)
        self.gemba.ask("POST", f"/api/v1/policies/{draft['id']}/try", {}, key)
        self.gemba.ask("POST", f"/api/v1/policies/{draft['id']}/activate", {}, key, [("if-match", "*")])
        self.gemba.ask("POST", "/api/v1/webhooks", {"name": "Bench", "url": f"{self.gemba.sink.url}/hook", "types": ["gemba.*"]}, key)
        mark = f"{random.getrandbits(32):x}"
        plants = self.plants[0]
        lines = [f"GET /api/v1/plants/{plants[n % len(plants)]}" for n in range(90)]
        lines += [f"GET /api/v1/plants/{plants[n % len(plants)]}/lines?limit=20" for n in range(9)]
        lines += [f'POST /api/v1/customers {{"code": "{mark}-{{n}}", "name": "Customer {mark} {{n}}"}}']
        random.Random(1).shuffle(lines)
        file = self.work / "services"
        file.write_text("\n".join(lines) + "\n")
        command = [self.options.load, "--address", f"127.0.0.1:{self.gemba.port}", "--rate", "1000", "--seconds", str(self.options.seconds * 4),
                   "--requests", str(file), "--header", f"authorization: Bearer {key}"]
        with Streams(self.gemba.port, key, 1000) as streams:
            load = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            time.sleep(5)
        return {"1,000 requests/s with all services on": load | {
            "events told to streams": streams.told, "streams that ended": streams.ended, "webhook calls": self.gemba.sink.calls["/hook"],
            "calls of the trace collector": self.gemba.sink.calls["/v1/traces"]}}


POLICY = """
@id("night-shift-lines")
@refusal("lines stay as they are on Mars")
forbid (principal, action in [Action::"factory.line.update", Action::"factory.customer.create"], resource)
when { context.minute_of_day > 1440 };
"""


class Sink:
    """Takes what webhooks and the exporter of traces send, and counts it."""

    def __init__(self):
        calls = self.calls = collections.Counter()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                calls[self.path] += 1
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"


class Streams:
    """Live streams, read as they come."""

    def __init__(self, port, key, count):
        self.address, self.key, self.count, self.told, self.ended, self.done = ("127.0.0.1", port), key, count, 0, 0, False

    def __enter__(self):
        self.open = selectors.DefaultSelector()
        asks = f"GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {self.key}\r\naccept: text/event-stream\r\n\r\n"
        for _ in range(self.count):
            stream = socket.create_connection(self.address)
            stream.sendall(asks.encode())
            if not (head := stream.recv(65536)).startswith(b"HTTP/1.1 200"):
                sys.exit(f"a stream was refused: {head[:500]}")
            stream.setblocking(False)
            self.open.register(stream, selectors.EVENT_READ)
        self.reading = threading.Thread(target=self.read)
        self.reading.start()
        return self

    def read(self):
        while not self.done:
            for found, _ in self.open.select(0.2):
                said = found.fileobj.recv(262144)
                self.told += said.count(b"\nid:") + said.startswith(b"id:")
                if not said:
                    self.ended += 1
                    self.open.unregister(found.fileobj)

    def __exit__(self, *_):
        self.done = True
        self.reading.join()
        for found in list(self.open.get_map().values()):
            found.fileobj.close()


LAGS = """
    select count(*), {percentiles} from audit_events e
    join audit_seals s on s.organization_id = e.organization_id
        and e.transaction::text::bigint >= s.from_transaction and e.transaction::text::bigint < s.to_transaction
    where e.occurred_at > '{{began}}'""".format(percentiles=", ".join(
        f"percentile_cont({share}) within group (order by extract(epoch from s.sealed_at - e.occurred_at))" for share in (0.5, 0.99, 1)))


def table(results):
    median = lambda name: results.get(name, {}).get("median")
    lines = ["| what | Gemba | beside | ratio | goal |", "|---|---:|---:|---:|---:|"]
    for what in ("reads/s", "audited writes/s"):
        for count in ("1 organization", "2 organizations"):
            own, other = median(f"{what}, {count}"), median(f"pgbench {what}, {count}")
            if own and other:
                lines.append(f"| {what}, {count}, beside pgbench | {own:.0f} | {other:.0f} | {own / other:.0%} | {'50 %' if what == 'reads/s' else '60 %'} |")
    for peer, goal in (("Express", "4 ×"), ("Fastify", "2 ×")):
        own, other = median("reads/s, 1 organization"), median(f"{peer} reads/s")
        if own and other:
            lines.append(f"| reads/s beside {peer} without sign-in, walls or rights | {own:.0f} | {other:.0f} | {own / other:.2f} × | {goal} |")
    for peer, goal in (("pgbench", "50 %"), ("Express", "4 ×"), ("Fastify", "2 ×")):
        own, other = median("cost of a read"), median(f"cost of a read, {peer}")
        if own and other:
            ratio = f"{other / own:.0%}" if peer == "pgbench" else f"{other / own:.2f} ×"
            lines.append(f"| processor time of a read (µs), program and database, beside {peer} | {own:.0f} | {other:.0f} | {ratio} | {goal} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
