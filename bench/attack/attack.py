"""Attacks a running Gemba in one way after another, and measures meanwhile what another organization notices, and how large the server grows.

The server is the release build with its usual limits, but that the victims may ask as often as they like. The attacker calls from 127.0.0.2, the victims from
127.0.0.1: two addresses, as it would be. Everything shares the machine, so that the attacker's own work slows the victims too; what is measured is an
upper bound.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import socket
import statistics
import string
import subprocess
import sys
import tempfile
import time

ATTACKER = ("127.0.0.2", 0)
PASSWORD = "seven kettles in the fog"


def ask(port, method, path, headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    data = None if body is None else json.dumps(body)
    headers = dict(headers or {}, **({"content-type": "application/json"} if data else {}))
    connection.request(method, path, data, headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, answer.msg.get_all("set-cookie") or [], json.loads(text) if text else None


def key_of(port, email):
    status, cookies, session = ask(port, "POST", "/api/v1/auth/login", body={"email": email, "password": PASSWORD})
    assert status == 200, (status, session)
    headers = {"cookie": "; ".join(cookie.split(";")[0] for cookie in cookies), "x-csrf-token": session["csrf_token"]}
    status, _, key = ask(port, "POST", "/api/v1/api-keys", headers, {"name": "Soak", "scopes": ["*"]})
    assert status == 201, (status, key)
    return key["secret"]


def victims(port, key, rate, seconds, told):
    """Asks at a fixed rate, whether or not answers come; a request's time counts from when it was due."""
    paths = ["/api/v1/regions", "/api/v1/plants?limit=5", "/api/v1/type-lists"]
    times, failures = [], []

    async def one(due, number, free):
        await asyncio.sleep(max(0, due - time.perf_counter()))
        try:
            while True:
                # A connection that nobody used for a while may have been ended by the server, as with every client that keeps some.
                kept = bool(free)
                reader, writer = free.pop() if kept else await asyncio.open_connection("127.0.0.1", port)
                writer.write(f"GET {paths[number % len(paths)]} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n".encode())
                try:
                    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
                    break
                except (asyncio.IncompleteReadError, ConnectionError):
                    if not kept:
                        raise
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
            await asyncio.wait_for(reader.readexactly(int(fields.get("content-length", 0))), 10)
            status = int(head.split(b" ")[1])
            free.append((reader, writer))
            if status == 200:
                times.append((time.perf_counter() - due) * 1000)
            else:
                failures.append(str(status))
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as wrong:
            failures.append(type(wrong).__name__)

    async def all_of_them():
        free, start = [], time.perf_counter() + 0.05
        await asyncio.gather(*(one(start + number / rate, number, free) for number in range(int(rate * seconds))))

    asyncio.run(all_of_them())
    told.put((sorted(times), failures))


class Attack:
    """One way of attacking: so many connections, each of which goes on with `act` until it is over."""

    def __init__(self, port, connections, act):
        self.port, self.connections, self.act, self.counts = port, connections, act, {}

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    async def worker(self, until):
        while time.perf_counter() < until:
            writer = None
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=ATTACKER)
                while time.perf_counter() < until:
                    if not await self.act(self, reader, writer, until):
                        break
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError) as wrong:
                self.count(type(wrong).__name__)
                await asyncio.sleep(0.01)
            finally:
                if writer:
                    writer.close()

    async def answered(self, reader):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        self.count(head.split(b" ")[1].decode())
        fields = {line.split(b": ", 1)[0].lower(): line.split(b": ", 1)[1] for line in head.split(b"\r\n")[1:] if b": " in line}
        await asyncio.wait_for(reader.readexactly(int(fields.get(b"content-length", 0))), 20)
        return fields.get(b"connection") != b"close"

    async def send(self, reader, writer, request):
        writer.write(request)
        await writer.drain()
        return await self.answered(reader)

    def run(self, seconds, told):
        async def all_of_them():
            until = time.perf_counter() + seconds
            await asyncio.gather(*(self.worker(until) for _ in range(self.connections)))

        asyncio.run(all_of_them())
        told.put(self.counts)


def word(length=12):
    return "".join(random.choices(string.ascii_lowercase, k=length))


def post(path, body, length=None, more=""):
    return f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{more}content-length: {length or len(body)}\r\n\r\n{body}".encode()


async def login_storm(attack, reader, writer, until):
    body = json.dumps({"email": f"{word()}@demo.gemba.local", "password": word()})
    return await attack.send(reader, writer, post("/api/v1/auth/login", body))


async def wrong_keys(attack, reader, writer, until):
    return await attack.send(reader, writer, f"GET /api/v1/lines HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gmb_{word(40)}\r\n\r\n".encode())


async def slow_bodies(attack, reader, writer, until):
    writer.write(post("/api/v1/auth/login", '{"email": "', 500))
    for _ in range(40):
        await asyncio.sleep(0.5)
        if time.perf_counter() > until:
            return False
        if reader.at_eof():
            break
        writer.write(b"a")
        await writer.drain()
    attack.count("held")
    return False


async def slow_headers(attack, reader, writer, until):
    writer.write(b"GET /api/v1/lines HTTP/1.1\r\nhost: x\r\n")
    for number in range(60):
        await asyncio.sleep(0.5)
        if time.perf_counter() > until or reader.at_eof():
            break
        writer.write(f"x-{number}: y\r\n".encode())
        await writer.drain()
    attack.count("held")
    return False


async def header_flood(attack, reader, writer, until):
    writer.write(b"GET /api/v1/lines HTTP/1.1\r\nhost: x\r\n" + b"x-header: yyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 4000)
    await writer.drain()
    await attack.answered(reader)
    return False


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def field(name, value):
    return bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def question(path):
    return b"\x82\x86" + field(":path", path) + field(":authority", "x")


BEGIN = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")


async def http_2_floods(attack, reader, writer, until):
    """Taken back at once, headers without an end, settings and pings to confirm, fields that unpack to megabytes."""
    page = question("/api/v1/lines")
    rapid = b"".join(frame(1, 5, n, page) + frame(3, 0, n, b"\0\0\0\x08") for n in range(1, 400, 2))
    continuation = frame(1, 0, 1, b"\x82") + frame(9, 0, 1, bytes(64)) * 2000
    bomb = page + b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000 + b"\xbe" * 8000
    bombs = b"".join(frame(1, 5, n, bomb) for n in range(1, 100, 2))
    name, flood = random.choice([
        ("taken back", rapid), ("continuations", continuation), ("settings", frame(4, 0, 0, b"\0\4\0\0\0\0") * 2000), ("pings", frame(6, 0, 0, bytes(8)) * 2000),
        ("bombs", bombs),
    ])
    writer.write(BEGIN + flood)
    writer.write_eof()
    while await asyncio.wait_for(reader.read(65536), 20):
        pass
    attack.count(name)
    return False


async def http_2_taken_back(attack, reader, writer, until):
    """One request after the other, each of which reaches the server and is taken back then."""
    writer.write(BEGIN)
    page, stream = question("/api/v1/lines"), 1
    while time.perf_counter() < until and not reader.at_eof():
        writer.write(frame(1, 5, stream, page))
        await writer.drain()
        await asyncio.sleep(0.001)
        writer.write(frame(3, 0, stream, b"\0\0\0\x08"))
        stream += 2
        reader._buffer.clear()
    attack.count("connections ended")
    return False


async def http_2_not_taken(attack, reader, writer, until):
    """Long answers, for which there is no room at the client, as many as one connection has."""
    writer.write(BEGIN + frame(4, 0, 0, b"\0\4\0\0\0\0") + b"".join(frame(1, 5, n, question("/api/v1/openapi.json")) for n in range(1, 200, 2)))
    await writer.drain()
    while time.perf_counter() < until and not reader.at_eof():
        writer.write(frame(6, 0, 0, bytes(8)))
        await asyncio.sleep(1)
        reader._buffer.clear()
    attack.count("held")
    return False


async def not_taken(attack, reader, writer, until):
    """A long answer, of which nothing is read."""
    writer.transport.pause_reading()
    writer.write(b"GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\naccept-encoding: br\r\n\r\n")
    await asyncio.sleep(max(0, until - time.perf_counter()))
    attack.count("held")
    return False


async def giant_json(attack, reader, writer, until):
    inside = ",".join(f'"{word()}":{{"a":[1,2,3,"{word()}"]}}' for _ in range(20))
    body = "{" + ",".join([inside] * (900_000 // len(inside))) + "}"
    return await attack.send(reader, writer, post("/api/v1/auth/login", body))


async def deep_json(attack, reader, writer, until):
    opening = random.choice(["[", '{"email":', '[{"a":'])
    return await attack.send(reader, writer, post("/api/v1/auth/login", opening * (400_000 // len(opening))))


def abuse(key):
    async def act(attack, reader, writer, until):
        path = random.choice([
            "/api/v1/demand?" + "&".join(f"quantity[gte]={n}" for n in range(200)),
            "/api/v1/items?name[contains]=" + "%25a" * 60,
            "/api/v1/items?q=" + "+".join(word(3) for _ in range(30)),
            "/api/v1/items?sort=name,-code,created_at&limit=500",
            "/api/v1/items?id[in]=" + ",".join(["0199d1a0-0000-7000-8000-000000000001"] * 500),
            f"/api/v1/items?cursor={word(2000)}",
            "/api/v1/capabilities?limit=500",
            "/api/v1/audit/events?limit=500&action=line.*",
        ])
        return await attack.send(reader, writer, f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n".encode())

    return act


async def idle(attack, reader, writer, until):
    await asyncio.sleep(min(12, max(0, until - time.perf_counter())))
    attack.count("held")
    return False


def memory_mib(process):
    with open(f"/proc/{process}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0


def start(gemba, folder):
    environment = dict(os.environ, GEMBA_DEMO_PASSWORD=PASSWORD, GEMBA_LOG="error", GEMBA_REQUESTS_PER_HOUR="100000000")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [gemba, "up", "--data-dir", folder, "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    for _ in range(1200):
        try:
            if ask(port, "GET", "/readyz")[0] == 200:
                return server, port
        except OSError:
            pass
        if server.poll() is not None:
            sys.exit("the server did not start")
        time.sleep(0.1)
    sys.exit("the server does not get ready")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gemba", required=True, help="the program")
    parser.add_argument("--seconds", type=float, default=30, help="of each attack")
    parser.add_argument("--rate", type=float, default=40, help="requests of the victims in a second")
    parser.add_argument("--only", help="one attack")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    many = min(2000, (hard - 200) // 2)
    folder = tempfile.mkdtemp(prefix="gemba-attack-")
    server, port = start(options.gemba, folder)
    held = True
    try:
        victim, attacker = key_of(port, "admin@other.gemba.local"), key_of(port, "admin@demo.gemba.local")
        attacks = {
            "nothing (for comparison)": (0, idle),
            "login storm": (64, login_storm),
            "wrong keys": (64, wrong_keys),
            f"slow bodies, {many} connections": (many, slow_bodies),
            f"slow headers, {many} connections": (many, slow_headers),
            f"idle, {many} connections": (many, idle),
            "header floods": (32, header_flood),
            "HTTP/2 floods": (32, http_2_floods),
            "HTTP/2 requests taken back": (32, http_2_taken_back),
            "HTTP/2 answers not taken": (100, http_2_not_taken),
            f"answers not taken, {many // 2} connections": (many // 2, not_taken),
            "giant JSON": (32, giant_json),
            "deep JSON": (32, deep_json),
            "filters and cursors, by a key of another organization": (64, abuse(attacker)),
        }
        print("| attack | attacker's answers | others: p50 / p95 / most (ms) | others refused | memory (MiB) |\n|---|---|---:|---:|---:|")
        for name, (connections, act) in attacks.items():
            if options.only and options.only not in name:
                continue
            told_attack, told_victims = multiprocessing.Queue(), multiprocessing.Queue()
            attacking = multiprocessing.Process(target=Attack(port, connections, act).run, args=(options.seconds + 1, told_attack))
            asking = multiprocessing.Process(target=victims, args=(port, victim, options.rate, options.seconds, told_victims))
            attacking.start()
            time.sleep(1)
            asking.start()
            most = 0
            while asking.is_alive() and most >= 0:
                most = max(most, memory_mib(server.pid))
                time.sleep(0.1)
                if not told_victims.empty():
                    break
            times, failures = told_victims.get()
            answers = told_attack.get()
            attacking.join()
            asking.join()
            p95 = times[int(len(times) * 0.95)] if times else float("inf")
            held = held and p95 <= 300 and len(failures) * 1000 <= len(times)
            said = ", ".join(f"{count} × {what}" for what, count in sorted(answers.items(), key=lambda one: -one[1])[:4]) or "none"
            middle = statistics.median(times) if times else float("inf")
            refused = f"{len(failures)} of {len(times) + len(failures)}" + (f" ({failures[0]})" if failures else "")
            print(f"| {name} | {said} | {middle:.0f} / {p95:.0f} / {times[-1] if times else 0:.0f} | {refused} | {most:.0f} |", flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    print("held: 95 % of what others ask is answered within 300 ms" if held else "FAILED: others notice", flush=True)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
