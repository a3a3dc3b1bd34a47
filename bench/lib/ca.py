"""bench/ca: the sections, the goals, the report."""
import json
import os
import statistics
import subprocess
import sys

import ca_peers
import peers
from measure import WORK, Report, machine, option, ratio

ROUNDS, SECONDS = int(option("rounds", "3")), int(option("seconds", "8"))
CLIENTS = [int(n) for n in option("clients", "1,8,64").split(",")]
GROWTH, STORED = int(option("growth", "100000")), int(option("stored", "1000000"))
SECTIONS = option("only", "issue,validate,judge,grow,stored").split(",")
LIMIT_S = 60


def load(server, *args, seconds=SECONDS):
    """One run of bench/load against server; None when not one unit came through."""
    argv = [os.environ["SIGNET_LOAD"], "-C", peers.PKI / "ca.pem", "-P", server.pids, "-T", seconds, "-n", 10000000, *args]
    if not server.always_valid:
        argv += ["-H", 80]
    done = subprocess.run([str(a) for a in argv + [server.url]], capture_output=True, text=True, timeout=seconds + LIMIT_S)
    if done.stderr.strip():
        print(f"  {server.label}: {done.stderr.strip()[-400:]}", file=sys.stderr)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return None
    return found if found["units"] else None


def middle(samples, key):
    values = [s[key] for s in samples if s]
    return statistics.median(values) if values else None


def restarted(server):
    server.stop()
    return type(server)()


def rounds_of(kinds, *args):
    """{kind: samples}, the servers taking turns; one that hung is started anew, what it did until then counts."""
    servers = {kind: kind() for kind in kinds}
    samples, hung = {kind: [] for kind in kinds}, dict.fromkeys(kinds, 0)
    for _ in range(ROUNDS):
        for kind in kinds:
            found = load(servers[kind], *args)
            if not found or found.get("stalled"):
                hung[kind] += 1
                servers[kind] = restarted(servers[kind])
            samples[kind].append(found)
    for server in servers.values():
        server.stop()
    return samples, hung


HEAD = ["server", "issuances/s", "server CPU ms each", "per core-second", "p50 ms", "p99 ms", "MiB", "failed", "hung"]


def row(kind, samples, hung):
    rss = middle(samples, "server_rss_kib")
    return [kind.label, middle(samples, "units_per_s"), middle(samples, "server_cpu_ms_each"), middle(samples, "per_core_s"),
            middle(samples, "p50_ms"), middle(samples, "p99_ms"), rss / 1024 if rss else None,
            sum(s["failed"] for s in samples if s), f"{hung}/{ROUNDS}"]


def bound(report, _):
    """What the signature operations of one issuance alone would allow, in the same run."""
    argv = [WORK / "cryptolimit", peers.PKI / "server.pem", peers.PKI / "server.key", "0.4"]
    runs = [json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout) for _ in range(ROUNDS)]
    us = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    report.table("Cryptography on one core", ["operation", "CPU us"], list(us.items()))
    each = 6 * us["p256_verify"] + us["p256_key_from_jwk_and_verify"] + us["p256_sign"]
    report.line(f"Six JWS verifications with cached keys, one request checked, one signature: {each:.0f} us, {1e6 / each:.0f} issuances a core-second.\n")
    echo = ca_peers.Echo()
    for clients in CLIENTS:
        found = [load(echo, "-m", "order", "-c", clients) for _ in range(ROUNDS)]
        report.line(f"To answer a request over TLS and do nothing else (tools/tlsecho), {clients} clients: {middle(found, 'server_cpu_ms_each') * 1000:.0f} us.\n")
    echo.stop()
    return 1e6 / each


def issue(report, limit):
    proved = [ca_peers.Signet, ca_peers.SignetPostgres, ca_peers.Pebble, ca_peers.Caddy]
    unproved = [ca_peers.SignetUnproved, ca_peers.SignetPostgresUnproved, ca_peers.PebbleUnproved]
    for clients in CLIENTS:
        samples, hung = rounds_of(proved, "-c", clients)
        report.table(f"Issuance with HTTP-01, {clients} at a time", HEAD, [row(k, samples[k], hung[k]) for k in proved])
        per_core = {k: middle(samples[k], "per_core_s") for k in proved}
        for peer, share in ((ca_peers.Pebble, 1 / 5), (ca_peers.Caddy, 1 / 10)):
            report.goal(f"issuances a core-second, {clients} at a time: {peer.label}'s / ours", ratio(per_core[peer], per_core[ca_peers.Signet]), share)
        report.goal(f"p99 / median, {clients} at a time", ratio(middle(samples[ca_peers.Signet], "p99_ms"), middle(samples[ca_peers.Signet], "p50_ms")), 10)
        samples, hung = rounds_of(unproved, "-c", clients)
        report.table(f"Issuance, validation switched off, {clients} at a time", HEAD, [row(k, samples[k], hung[k]) for k in unproved])
        if limit:
            report.goal(f"validation off, {clients} at a time: 60 % of the bound / ours",
                        ratio(0.6 * limit, middle(samples[ca_peers.SignetUnproved], "per_core_s")), 1)


def validate(report, _):
    """Orders of 25 names whose challenges are judged; nothing is issued."""
    names = 25
    kinds = [ca_peers.Signet, ca_peers.Pebble]
    samples, hung = rounds_of(kinds, "-m", "authorize", "-N", names, "-c", 8)
    per_core = {k: middle(samples[k], "per_core_s") for k in kinds}
    report.table("HTTP-01 validations with their requests (newOrder, authorizations, challenges, polls), 8 at a time",
                 ["server", "validations/s", "validations a core-second", "p50 ms an order", "hung"],
                 [[k.label, (middle(samples[k], "units_per_s") or 0) * names, (per_core[k] or 0) * names, middle(samples[k], "p50_ms"),
                   f"{hung[k]}/{ROUNDS}"] for k in kinds])


JUDGMENTS, TOKEN, THUMBPRINT = 4000, "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA", "9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"


def judge(report, _):
    """The library that judges, without a CA around it: its CPU alone, each name once."""
    responder = peers.Responder()
    (peers.CHALLENGES / TOKEN).write_text(f"{TOKEN}.{THUMBPRINT}")
    rows = []
    for at_once in CLIENTS:
        for what in ((), ("caa",)):
            argv = [os.environ["BENCH_VA"], TOKEN, THUMBPRINT, JUDGMENTS, at_once, ca_peers.DNS_PORT, 80, *what]
            runs = [json.loads(subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=True).stdout) for _ in range(ROUNDS)]
            rows.append([at_once, "addresses, HTTP, CAA" if what else "addresses, HTTP", middle(runs, "per_core_s"), 1e6 / middle(runs, "per_core_s")])
    responder.stop()
    report.table(f"HTTP-01 judged by the validation authority alone (src/va), {JUDGMENTS} names a run", ["at a time", "what is asked", "a core-second", "CPU us each"], rows)
    for at_once, what, per_core_s, _ in rows:
        report.goal(f"{at_once} at a time, {what}: 3000 a core-second / ours", ratio(3000, per_core_s), 1)


def grow(report, _):
    """Memory and cost from the first issuance to the last."""
    server, rows, done = ca_peers.SignetUnproved(), [], 0
    while done < GROWTH:
        found = load(server, "-c", 8, seconds=20)
        if not found:
            break
        done += found["units"]
        rows.append([done, found["server_rss_kib"] / 1024, found["server_cpu_ms_each"], found["p50_ms"], found["p99_ms"]])
    server.stop()
    report.table("One signet-ca over many issuances", ["issued", "MiB", "server CPU ms each", "p50 ms", "p99 ms"], rows)
    warm = next((row for row in rows if row[0] >= GROWTH / 5), None)
    report.goal(f"memory after {GROWTH} issuances / after a fifth of them", ratio(rows[-1][1], warm[1]) if done >= GROWTH else None, 1.1)


def stored(report, _):
    """The same load beside a thousand certificates that are stored already, and beside a million, in turns."""
    for kind in (ca_peers.SignetFull, ca_peers.SignetPostgresFull):
        servers = {count: kind.holding(count, number) for number, count in enumerate((1000, STORED))}
        samples = {count: [] for count in servers}
        for _ in range(ROUNDS):
            for count, server in servers.items():
                samples[count].append(load(server, "-c", 8))
        for server in servers.values():
            server.stop()
        each = {count: middle(found, "server_cpu_ms_each") for count, found in samples.items()}
        report.table(f"Issuance beside stored certificates, {kind.label}, 8 at a time",
                     ["stored before", "issuances/s", "server CPU ms each", "p50 ms", "p99 ms"],
                     [[count, middle(found, "units_per_s"), each[count], middle(found, "p50_ms"), middle(found, "p99_ms")]
                      for count, found in samples.items()])
        report.goal(f"{kind.label}: CPU of an issuance beside {STORED} stored certificates / beside 1000", ratio(each[STORED], each[1000]), 1.15)


# A part is what is measured, and written to docs/performance.md, together: goals of one compare its own figures only.
PARTS = {"issue": [bound, issue], "validate": [validate], "judge": [judge], "grow": [grow], "stored": [stored]}


def run_part(name):
    report, limit = Report(), None
    report.line(f"Made by `bench/ca --only={name}`: {machine()}. Servers took turns; medians of {ROUNDS} rounds of {SECONDS} s; kept connections;\n"
                "P-256 keys. signet-ca and Caddy store on disk (signet-ca syncs before it answers), Pebble in memory.\n")
    for section in PARTS[name]:
        limit = section(report, limit) or limit
    report.line(f"Load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; above 1 a core, wall times say little.\n")
    reached = report.verdicts()
    if "--write" in sys.argv:
        report.write(f"bench/ca {name}")
    return reached


def main():
    helper = ca_peers.system_dns()
    reached = [run_part(name) for name in SECTIONS]
    helper.stop()
    sys.exit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
