"""bench/issue: the sections, the goals, the report."""
import datetime
import os
import re
import subprocess
import sys

import clients
import measure
import peers
from measure import WORK, Report, machine, median, option, ratio

ROUND_TRIP_S, ONE_WAY_MS = 0.1, 50
NAMES = [int(n) for n in option("names", "1,10,20,100").split(",")]
ROUNDS = int(option("rounds", "3"))
LEGO_NAMES = int(option("lego-names", "1"))  # it waits seconds for each name: 100 take seven minutes
DELAY_NAMES = int(option("delay-names", "10"))  # of the others: 100 take minutes each
SECTIONS = option("only", "cold,issue,count,delay").split(",")


def states(section, who):
    """{client: folder with a registered account}; clients that cannot register are left out, loudly."""
    ready = {}
    for client in who:
        state = WORK / section / client.name
        state.mkdir(parents=True)
        if all(measure.run(argv)["rc"] == 0 for argv in client.setup(state)):
            ready[client] = state
        else:
            print(f"{client.name}: no account", measure.LOG.read_text(errors="replace")[-1500:], file=sys.stderr)
    return ready


def turns(section, who, rounds, most=1000):
    """{(client name, names): samples}, the clients taking turns; those that are not ours with at most so many names."""
    ready, samples = states(section, who), {}
    for count in NAMES:
        for number in range(rounds):
            for client, state in ready.items():
                names = 1000 if client.name == "signet" else LEGO_NAMES if client.name == "lego" else most
                if (number and count >= client.slow_from) or count > names:
                    continue
                sample = clients.issue_once(client, state, clients.names_for(client, f"{section}{number}-{count}", count))
                samples.setdefault((client.name, count), []).append(sample)
    return samples


def by_name(samples, who, count, key):
    return {c.name: median(samples.get((c.name, count), []), key) for c in who}


def loaded_objects(argv):
    """The shared objects a command loads, by the dynamic linker's own account."""
    trace = WORK / "ld"
    subprocess.run([str(a) for a in argv], env={**os.environ, "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(trace)},
                   stdin=subprocess.DEVNULL, capture_output=True)
    text = "".join(path.read_text(errors="replace") for path in WORK.glob("ld.*"))
    for path in WORK.glob("ld.*"):
        path.unlink()
    return sorted(set(re.findall(r"file=(\S+?\.so[.\d]*) \[\d+\];  generating link map", text)))


def cold(report, who):
    """--version of each, and `renew` with nothing due of the two that have it."""
    pebble = peers.Pebble()
    certbots = [c for c in who if isinstance(c, clients.Certbot)]
    ready = states("cold", certbots)
    commands = {"true, for comparison": ["/bin/true"]} | {f"{c.name} --version": [c.binary, "--version"] for c in who if c.name != "acme-client"}
    for client, state in ready.items():
        clients.issue_once(client, state, clients.names_for(client, "cold", 1))
        commands[f"{client.name} renew"] = client.renew(state)
    pebble.stop()
    samples = {what: [] for what in commands}
    for _ in range(max(ROUNDS, 5) * 3):
        for what, argv in commands.items():
            sample = measure.run(argv)
            samples[what].append({**sample, "rc": 0} if what == "uacme --version" else sample)  # exits 1
    rows = [[what, ratio(median(s, "wall"), 0.001), ratio(median(s, "cpu"), 0.001), ratio(median(s, "rss_kb"), 1024),
             len(loaded_objects(commands[what]))] for what, s in samples.items()]
    report.table("Start, and nothing due (one lineage)", ["command", "wall ms", "CPU ms", "peak MiB", "shared objects"], rows)
    for what in [w for w in commands if w.startswith("signet ")]:
        report.goal(f"{what}: time", ratio(median(samples[what], "wall"), 0.001), 3.0, " ms")
        report.goal(f"{what}: memory", ratio(median(samples[what], "rss_kb"), 1024), 5.0, " MiB")
        http = [o for o in loaded_objects(commands[what]) if re.search(r"curl|nghttp|neon|soup", o)]
        report.goal(f"{what}: HTTP libraries loaded", float(len(http)), 0.0)


def issue(report, who):
    pebble = peers.Pebble()
    samples = turns("issue", who, ROUNDS)
    pebble.stop()
    for count in NAMES:
        wall, cpu, rss = (by_name(samples, who, count, key) for key in ("wall", "cpu", "rss_kb"))
        rows = [[name, wall[name], cpu[name], rss[name] / 1024, ratio(wall["signet"], wall[name]), ratio(cpu["signet"], cpu[name])]
                for name in wall if wall[name] is not None]
        report.table(f"One certificate, {count} name(s), existing account, no delay",
                     ["client", "wall s", "CPU s", "peak MiB", "signet's wall / its", "signet's CPU / its"], rows)
    if 1 in NAMES:
        wall, cpu, rss = (by_name(samples, who, 1, key) for key in ("wall", "cpu", "rss_kb"))
        report.goal("1 name: wall / uacme's", ratio(wall["signet"], wall["uacme"]), 1 / 8)
        report.goal("1 name: CPU / lego's", ratio(cpu["signet"], cpu["lego"]), 0.6)
        report.goal("1 name: peak memory", ratio(rss["signet"], 1024), 12.0, " MiB")
    if 20 in NAMES:
        wall = by_name(samples, who, 20, "wall")
        report.goal("20 names: wall / uacme's", ratio(wall["signet"], wall["uacme"]), 1 / 12)


def count(report, who):
    """Requests by Pebble's log, connections and turns by the proxy; one run each."""
    pebble, proxy = peers.Pebble(peers.PEBBLE_PORT), peers.Proxy(0)
    ready = states("count", who)
    for names in NAMES:
        rows = []
        for client, state in ready.items():
            if client.name == "lego" and names > LEGO_NAMES:
                continue
            pebble.requests()
            before = proxy.stats()
            sample = clients.issue_once(client, state, clients.names_for(client, f"count-{names}", names))
            after, requests = proxy.stats(), pebble.requests()
            if sample["rc"]:
                requests = connections = None
            else:
                connections = after["connections"] - before["connections"]
            rows.append([client.name, requests, connections, after["turns"] - before["turns"],
                         (after["up"] + after["down"] - before["up"] - before["down"]) / 1024])
            if client.name == "signet":
                report.goal(f"{names} name(s): requests", requests, 2 * names + 7)
                report.goal(f"{names} name(s): connections", connections, 1)
        report.table(f"Traffic of one certificate, {names} name(s)", ["client", "HTTP requests", "TCP connections", "turns", "KiB"], rows)
    proxy.stop()
    pebble.stop()


def delay(report, who):
    pebble, proxy = peers.Pebble(peers.PEBBLE_PORT), peers.Proxy(ONE_WAY_MS)
    samples = turns("delay", who, max(1, ROUNDS // 2), DELAY_NAMES)
    proxy.stop()
    pebble.stop()
    for names in NAMES:
        wall = by_name(samples, who, names, "wall")
        rows = [[name, wall[name], wall[name] / ROUND_TRIP_S, ratio(wall["signet"], wall[name])] for name in wall if wall[name] is not None]
        report.table(f"{ONE_WAY_MS} ms each way, {names} name(s)", ["client", "wall s", "round trips (wall / 0.1 s)", "signet's wall / its"], rows)
        limit = {1: 11.0, 10: 14.0, 100: 25.0}.get(names)
        if limit:
            report.goal(f"{names} name(s) at 100 ms: round trips", ratio(wall["signet"], ROUND_TRIP_S), limit)


def versions(who):
    pebble = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "pebble"], capture_output=True, text=True).stdout
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split()[1]
    return ", ".join([f"{c.name} {c.version().removeprefix(c.name).strip()}" for c in who] + [f"pebble {pebble}", f"OpenSSL {openssl}"])


def main():
    report, who = Report(), clients.available()
    report.line(f"Made by `bench/issue` on {datetime.date.today()}: {machine()}.\n{versions(who)}.\n")
    report.line("Clients took turns against one Pebble (PEBBLE_VA_NOSLEEP=1, PEBBLE_WFE_NONCEREJECT=0, PEBBLE_AUTHZREUSE=0), webroot, P-256\n"
                f"certificate keys. Medians of {ROUNDS} rounds; the machine's other work is in them, so compare within a table only.\n")
    helpers = [peers.Dns(), peers.Responder()]
    for name in SECTIONS:
        {"cold": cold, "issue": issue, "count": count, "delay": delay}[name](report, who)
    for helper in helpers:
        helper.stop()
    report.line(f"Load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; above 1 a core, wall times say little.\n")
    reached = report.verdicts()
    if "--write" in sys.argv:
        report.write("bench/issue")
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
