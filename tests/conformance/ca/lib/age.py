"""Time that has passed: what only waiting would bring about, written into the database."""
import datetime
import time


def seconds(count):
    return datetime.timedelta(seconds=count)


def id_of(url):
    return int(url.rstrip("/").rpartition("/")[2])


def _set(ca, table, url, **values):
    with ca.database() as db:
        columns = ", ".join(f"{name} = ?" for name in values)
        count = db.execute(f"UPDATE {table} SET {columns} WHERE id = ?", (*values.values(), id_of(url))).rowcount
    assert count == 1, (table, url)


def order(ca, made, seconds_left):
    _set(ca, "orders", made.url, expires=int(time.time()) + seconds_left)


def authz(ca, made, seconds_left):
    _set(ca, "authzs", made.url, expires=int(time.time()) + seconds_left)


def validated(ca, made, hours):
    _set(ca, "authzs", made.url, validated=int(time.time()) - hours * 3600)
