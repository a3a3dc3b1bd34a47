"""bench/manage: many lineages, looked through and renewed."""
import datetime
import os
import shutil
import sys

import ca_peers
import clients
import fleet
import measure
import peers
from measure import WORK, Report, machine, median, option, ratio

ONE_WAY_MS = 50
LINEAGES = [int(n) for n in option("lineages", "100,1000,10000").split(",")]
CERTBOT_LINEAGES = int(option("certbot-lineages", "1000"))  # more take it minutes
RENEWALS = int(option("renewals", "200"))
CERTBOT_RENEWALS = int(option("certbot-renewals", "20"))  # 200 take it seven minutes, and eleven with delay
ROUNDS = int(option("rounds", "3"))
SECTIONS = option("only", "idle,renewals").split(",")


def state_of(client, tag, count):
    """A tree with an account and so many lineages; None, loudly, when that could not be made."""
    state = WORK / f"{tag}-{count}" / client.name
    state.mkdir(parents=True)
    template = clients.names_for(client, "template", 1)
    for argv in client.setup(state):
        measure.run(argv)
    if clients.issue_once(client, state, template)["rc"]:
        return None
    fleet.grow(state / "c", template[0], count)
    return state


def idle_samples(size, ready):
    """{(client name, command, "first run" or "later runs"): samples}: signet keeps an index after the first run."""
    samples = {}
    for number in range(max(2, ROUNDS)):
        for client, state in ready.items():
            for what in ("renew", "certificates"):
                key = (client.name, what, "later runs" if number else "first run")
                samples.setdefault(key, []).append(measure.run(getattr(client, what)(state)))
    return samples


def idle_goals(report, found):
    """found: {(client name, command, when, lineages): samples}."""
    def value(client, what, when, size, key):
        return median(found.get((client, what, when, size), []), key)

    largest, smaller = LINEAGES[-1], LINEAGES[-2] if len(LINEAGES) > 1 else LINEAGES[-1]
    compared = max((n for n in LINEAGES if n <= CERTBOT_LINEAGES), default=None)
    for what in ("renew", "certificates"):
        for when in ("first run", "later runs"):
            both = [{key: value(client, what, when, compared, key) for key in ("wall", "rss_kb")} for client in ("signet", "certbot")]
            report.goal(f"{what}, {compared} lineages, {when}: time / certbot's", ratio(both[0]["wall"], both[1]["wall"]), 1 / 100)
            report.goal(f"{what}, {compared} lineages, {when}: memory / certbot's", ratio(both[0]["rss_kb"], both[1]["rss_kb"]), 1 / 5)
            report.goal(f"{what}, {when}: time for {largest} / for {smaller} (linear, and a fifth for noise)",
                        ratio(value("signet", what, when, largest, "wall"), value("signet", what, when, smaller, "wall")), 1.2 * largest / smaller)


def idle(report, who):
    """`renew` and `certificates` when nothing is due."""
    pebble, found, rows = peers.Pebble(), {}, []
    for size in LINEAGES:
        ready = {c: state_of(c, "idle", size) for c in who if c.name == "signet" or size <= CERTBOT_LINEAGES}
        for key, samples in idle_samples(size, {c: state for c, state in ready.items() if state}).items():
            found[(*key, size)] = samples
            rows.append([" ".join(key[:2]) + ", " + key[2], size, median(samples, "wall"), median(samples, "cpu"),
                         ratio(median(samples, "rss_kb"), 1024)])
        shutil.rmtree(WORK / f"idle-{size}")
    pebble.stop()
    report.table("Many lineages, none due", ["command", "lineages", "wall s", "CPU s", "peak MiB"], rows)
    idle_goals(report, found)


def renewed(state, count):
    """The version all lineages have reached; old ones leave the archive, so that counting files says nothing."""
    return min(version((state / "c/live" / f"s{n}.bench.test" / "cert.pem").resolve()) for n in range(count))


def version(file):
    return int(file.stem.removeprefix("cert"))


def forced(client, state, count, *more):
    before = renewed(state, count)
    sample = measure.run(client.renew(state, "--force-renewal", *more), limit=3600)
    if renewed(state, count) != before + 1:
        sample["rc"] = sample["rc"] or 200
    if sample["rc"]:
        print(f"{client.name}: not all were renewed, exit {sample['rc']}:", measure.LOG.read_text(errors="replace")[-1500:], file=sys.stderr)
    return sample


def renewals(report, who):
    """All lineages renewed by force. Certbot renews fewer, and its time is taken for as many as ours: it goes one by one."""
    server = ca_peers.Signet()
    proxy = peers.Proxy(0, server.port)
    signet, certbot = (next((c for c in who if c.name == name), None) for name in ("signet", "certbot"))
    counts = {signet: RENEWALS, certbot: CERTBOT_RENEWALS}
    ready = {}
    for client, count in counts.items():
        state = state_of(client, "renewals", count)
        if state and forced(client, state, count)["rc"] == 0:  # from the fleet's certificates to the CA's
            ready[client] = state
    proxy.stop()
    for delay in (0, ONE_WAY_MS):
        proxy, rows, wall = peers.Proxy(delay, server.port), [], {}
        for label, client, more in (("signet --jobs 8", signet, ["--jobs", "8"]), ("signet --jobs 1", signet, ["--jobs", "1"]),
                                    ("certbot", certbot, [])):
            samples = [forced(client, ready[client], counts[client], *more) for _ in range(1 if client is certbot else ROUNDS)] if client in ready else []
            scale = RENEWALS / counts[client]
            wall[label] = (median(samples, "wall") or 0) * scale or None
            rows.append([label, counts[client], median(samples, "wall"), ratio(median(samples, "wall"), counts[client]), median(samples, "cpu"),
                         ratio(median(samples, "rss_kb"), 1024)])
        proxy.stop()
        report.table(f"Renewals by force, webroot, {delay} ms each way", ["command", "lineages", "wall s", "s a lineage", "CPU s", "peak MiB"], rows)
        for label in ("signet --jobs 8", "signet --jobs 1"):
            report.line(f"{label}: {measure.text(ratio(wall['certbot'], wall[label]))} times as fast as Certbot.\n")
        report.goal(f"{RENEWALS} renewals, {delay} ms each way, --jobs 8: time / certbot's", ratio(wall["signet --jobs 8"], wall["certbot"]), 1 / 20)
    server.stop()


def main():
    report, who = Report(), [c for c in clients.available() if c.name in ("signet", "certbot")]
    report.line(f"Made by `bench/manage` on {datetime.date.today()}: {machine()}.\n")
    report.line(f"signet beside Debian's certbot {next((c.version() for c in who if c.name == 'certbot'), '')}, in turns. Idle lineages are of a CA without renewal information (Pebble);\n"
                f"renewals are from signet-ca (SQLite, which syncs before it answers), through a proxy that delays. Medians of {ROUNDS} rounds; certbot renews once.\n")
    responder = peers.Responder()
    for name in SECTIONS:
        dns = peers.Dns(peers.DNS_PORT if name == "idle" else ca_peers.DNS_PORT)
        for client in who:
            client.url = peers.URL if name == "idle" else "https://localhost/directory"
        {"idle": idle, "renewals": renewals}[name](report, who)
        dns.stop()
    responder.stop()
    report.line(f"Load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; above 1 a core, wall times say little.\n")
    reached = report.verdicts()
    if "--write" in sys.argv:
        report.write("bench/manage")
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
