"""bench/servers: one site of many goes from HTTP to HTTPS."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import clients
import measure
import peers
import webservers
from measure import WORK, Report, machine, median, option, ratio

SITES = [int(n) for n in option("sites", "10,100,1000,5000").split(",")]
CERTBOT_SITES = int(option("certbot-sites", "1000"))
LIMIT_S = int(option("limit", "300"))
ROUNDS = int(option("rounds", "3"))
SECTIONS = option("only", "read,nginx,apache").split(",")
ONCE_FROM = 1000  # with that many sites a run is long enough


def served(name):
    """Whether a TLS client is shown a certificate of this name, at the latest when the reload is through."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        shown = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:443", "-servername", name], input="", capture_output=True, text=True)
        if name in subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName"], input=shown.stdout, capture_output=True, text=True).stdout:
            return True
        time.sleep(0.1)
    return False


def install(client, server, count, number):
    """One measured run over a fresh configuration; it counts only when the certificate is served."""
    state, name = WORK / f"{server.name}-{count}-{number}" / client.name, webservers.site(count // 2)
    state.mkdir(parents=True)
    server.generate(count)
    server.start()
    for argv in client.setup(state):
        measure.run(argv)
    sample = measure.run(client.base(state) + ["run", f"--{server.name}", "--redirect", "--server", client.url, "--key-type", "ecdsa",
                                               "-d", name, "-d", f"www.{name}"], LIMIT_S)
    if sample["rc"] == 0 and not served(name):
        sample["rc"] = 200
    if sample["rc"]:
        print(f"{client.name}, {server.name}, {count} sites: exit {sample['rc']} after {sample['wall']:.0f} s, see the end of its output:",
              measure.LOG.read_text(errors="replace")[-1500:], sep="\n", file=sys.stderr)
    server.stop()
    shutil.rmtree(state)
    return sample


def samples_of(server, who, count):
    """{what: samples}, everybody in turns; first the server's own look at the same files."""
    samples = {" ".join(server.test): []}
    for number in range(ROUNDS if count < ONCE_FROM else 1):
        server.generate(count)
        samples[" ".join(server.test)].append(measure.run(server.test))
        for client in who:
            if client.name == "signet" or count <= CERTBOT_SITES:
                samples.setdefault(client.name, []).append(install(client, server, count, number))
    return samples


def growth(found, name):
    """[(sites, CPU seconds)] of those that succeeded."""
    cpu = [(count, median(samples.get(name, []), "cpu")) for count, samples in found.items()]
    return [(count, value) for count, value in cpu if value is not None]


def growth_table(report, server, found):
    rows = []
    for name in ("signet", "certbot"):
        steps = growth(found, name)
        rows += [[name, f"{a} to {b}", b / a, ratio(cpu_b, cpu_a)] for (a, cpu_a), (b, cpu_b) in zip(steps, steps[1:])]
    report.table(f"{server.name}: growth", ["client", "sites", "times the sites", "times the CPU"], rows)


def goals(report, server, found):
    compared = max((n for n in SITES if n <= CERTBOT_SITES), default=None)
    cpu = {name: median(found.get(compared, {}).get(name, []), "cpu") for name in ("signet", "certbot")}
    report.goal(f"{server.name}, {compared} sites: CPU / certbot's", ratio(cpu["signet"], cpu["certbot"]), 1 / 50)
    steps = growth(found, "signet")[-2:]
    if len(steps) == 2:
        (fewer, before), (more, after) = steps
        report.goal(f"{server.name}: CPU for {more} sites / for {fewer} (linear, and a fifth for noise)", ratio(after, before), 1.2 * more / fewer)


def section(server_class):
    def measured(report, who):
        server, found = server_class(), {}
        for count in SITES:
            found[count] = samples_of(server, who, count)
            cpu = {what: median(samples, "cpu") for what, samples in found[count].items()}
            report.table(f"{server.name}, {count} sites", ["command", "wall s", "CPU s", "peak MiB", "signet's CPU / its"],
                         [[what if what not in ("signet", "certbot") else f"{what} run --{server.name} --redirect", median(samples, "wall"), cpu[what],
                           ratio(median(samples, "rss_kb"), 1024), ratio(cpu["signet"], cpu[what])] for what, samples in found[count].items()])
        growth_table(report, server, found)
        goals(report, server, found)
    return measured


def read(report, _):
    """What bench_vhosts says: no CA, no server, no program but our own."""
    rows = []
    for server in ("nginx", "apache"):
        out = subprocess.run([os.environ["BENCH_VHOSTS"], server] + [str(n) for n in SITES], env={**os.environ, "TMPDIR": str(WORK)},
                             check=True, capture_output=True, text=True).stdout
        lines = [json.loads(line) for line in out.splitlines()]
        rows += [[server, line["sites"], line["read_ms"], line["edit_ms"], line["cpu_ms"] * 1000 / line["sites"], line["peak_kib"] / 1024] for line in lines]
        report.goal(f"{server}: {lines[-1]['sites']} sites read, one chosen and edited: CPU", lines[-1]["cpu_ms"] / 1000, 1.0, " s")
    report.table("Signet's own part: one file a site; all read, one site found and edited",
                 ["server", "sites", "read: CPU ms", "find and edit: CPU ms", "CPU us a site", "peak MiB"], rows)


def main():
    report, who = Report(), [c for c in clients.available() if c.name in ("signet", "certbot")]
    report.line(f"Made by `bench/servers` on {datetime.date.today()}: {machine()}.\n")
    report.line(f"signet beside Debian's certbot {next((c.version() for c in who if c.name == 'certbot'), '')} and its plugins, in turns, against one Pebble: `run --redirect` for two names of one site among\n"
                f"many, each in a file of its own, on a server that is running. CPU and memory are those of the client and of all it starts (nginx -t,\n"
                f"apache2ctl). Medians of {ROUNDS} rounds, from {ONCE_FROM} sites on one run. certbot gets at most {CERTBOT_SITES} sites and {LIMIT_S} s.\n")
    dns, pebble = peers.Dns(), peers.Pebble(peers.PEBBLE_PORT)
    for client in who:
        client.url = f"https://localhost:{peers.PEBBLE_PORT}/dir"
    for folder in ("lock/apache2", "apache2"):
        (WORK / "run" / folder).mkdir(parents=True)
    webservers.bind(WORK / "run", pathlib.Path("/run"))
    for name in SECTIONS:
        {"read": read, "nginx": section(webservers.Nginx), "apache": section(webservers.Apache)}[name](report, who)
    pebble.stop()
    dns.stop()
    report.line(f"Load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; above 1 a core, wall times say little.\n")
    reached = report.verdicts()
    if "--write" in sys.argv:
        report.write("bench/servers")
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
