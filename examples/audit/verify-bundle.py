#!/usr/bin/env python3
"""Verifies a bundle of Gemba's audit trail, from docs/audit-trail.md alone and with nothing but Python's standard library.

    verify-bundle.py BUNDLE.jsonl [PUBLIC_KEY ...]

Give the public keys as you got them from the operator, not from the bundle. Without any, the keys that signed are printed for you to compare.
Exit code 0: sound; 1: something does not fit, told line by line.
"""

import hashlib
import json
import sys

MEMBERS = ["organization", "id", "occurred_at", "plant", "actor", "ip", "request", "action", "kind", "record", "outcome", "before", "after", "detail"]


def sha256(data):
    return hashlib.sha256(data).digest()


def micros(instant):
    """Instants always have six digits behind the second in what is hashed; JSON may leave zeros out."""
    whole, _, fraction = instant.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<6}Z"


def leaf(entry):
    lines = [b"gemba audit entry 1\n"]
    for name in MEMBERS:
        value = entry[name]
        if value is None:
            lines.append(f"{name} -\n".encode())
        else:
            value = (micros(value) if name == "occurred_at" else value).encode()
            lines.append(f"{name} {len(value)}:".encode() + value + b"\n")
    return sha256(b"\0" + b"".join(lines))


def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:]))


def numbers(ranges):
    found = set()
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


# Ed25519 (RFC 8032, 5.1.7), slow and plain.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def times(factor, point):
    result = (0, 1)
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed(key, statement, signature):
    key, signature = bytes.fromhex(key), bytes.fromhex(signature)
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + statement).digest(), "little") % L
    return times(s, BASE) == add(r, times(h, a))


def verify(path, keys):
    wrong, used, removed = [], set(), set()
    with open(path, "rb") as bundle:
        lines = bundle.read().splitlines(keepends=True)
    header, end = json.loads(lines[0]), json.loads(lines[-1]).get("end")
    if end is None:
        return ["it has no end"], used
    trusted = set(keys)
    for _ in header["introductions"]:
        for word in header["introductions"]:
            if word["by"] in trusted and signed(word["by"], f"gemba audit key 1\nkey {word['key']}\nby {word['by']}\n".encode(), word["signature"]):
                trusted.add(word["key"])

    def believe(what, key, statement, signature):
        used.add(key)
        if not signed(key, statement.encode(), signature):
            wrong.append(f"{what}: the signature is forged")
        elif keys and key not in trusted:
            wrong.append(f"{what}: signed with {key}, which is not trusted")

    digest = hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    if end["lines"] != len(lines) - 1 or end["hash"] != digest:
        wrong.append("lines are missing, or were changed")
    believe("the end", end["key"], f"gemba audit bundle 1\nlines {end['lines']}\nhash {end['hash']}\n", end["signature"])

    seal, found, before = None, [], None
    organization = header["organization"]
    for line in lines[1:]:
        line = json.loads(line)
        if "entry" in line:
            found.append(leaf(line["entry"]))
            continue
        if seal is not None:
            there = set(found)
            missing = {seal["first"] + at for at, known in enumerate(seal["leaves"]) if bytes.fromhex(known) not in there}
            gone = missing - removed - numbers(seal["outside"])
            expected = [bytes.fromhex(known) for at, known in enumerate(seal["leaves"]) if seal["first"] + at not in missing]
            if gone or expected != found:
                wrong.append(f"seal {seal['number']}: entries were changed, added, removed or moved")
        elif found:
            wrong.append("there are entries before the first seal")
        seal, found = None, []
        if "removal" in line:
            word = line["removal"]
            statement = f"gemba audit removal 1\norganization {word['organization']}\nentries {word['entries']}\nreason {word['reason']}\nremoved_at {micros(word['removed_at'])}\n"
            believe("a removal", word["key"], statement, word["signature"])
            removed |= numbers(word["entries"])
        if "seal" in line:
            seal = line["seal"]
            what, leaves = f"seal {seal['number']}", [bytes.fromhex(known) for known in seal["leaves"]]
            statement = (
                f"gemba audit seal 1\norganization {organization}\nnumber {seal['number']}\nfirst {seal['first']}\nentries {len(leaves)}\n"
                f"transactions {seal['from_transaction']} {seal['to_transaction']}\nsealed_at {micros(seal['sealed_at'])}\n"
                f"root {root(leaves).hex()}\nprevious {seal['previous']}\n"
            )
            if hashlib.sha256(statement.encode()).hexdigest() != seal["hash"]:
                wrong.append(f"{what}: its hash does not fit what it says")
            entries = seal["first"] - 1 + len(leaves)
            head = f"gemba audit head 1\norganization {organization}\nnumber {seal['number']}\nentries {entries}\nsealed_at {micros(seal['sealed_at'])}\nhash {seal['hash']}\n"
            believe(what, seal["key"], head, seal["signature"])
            if before is None and header["from"] is None:
                before = {"number": 0, "hash": "00" * 32, "entries": 0, "to_transaction": 0}
            follows = (seal["number"], seal["previous"], seal["first"], seal["from_transaction"])
            if before is not None and follows != (before["number"] + 1, before["hash"], before["entries"] + 1, before["to_transaction"]):
                wrong.append(f"{what}: it does not follow the seal before")
            before = {**seal, "entries": entries}
    return wrong, used


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    findings, signers = verify(sys.argv[1], sys.argv[2:])
    for finding in findings:
        print(finding)
    if not findings:
        print("sound")
    if len(sys.argv) == 2:
        print("signed with:", *sorted(signers), "(compare with the operator's)")
    sys.exit(1 if findings else 0)
