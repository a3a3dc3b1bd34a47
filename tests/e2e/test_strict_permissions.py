"""--strict-permissions: directories that are there with another mode end the run (spec, certbot-cli.tsv)."""
import pytest

DIRECTORIES = [("config", 0o755), ("work", 0o755), ("logs", 0o700)]


@pytest.mark.parametrize("name, mode", DIRECTORIES)
def test_another_mode_is_an_error(pair, name, mode):
    def spoil(p):
        (p.tree.root / name).mkdir(exist_ok=True)
        (p.tree.root / name).chmod(0o777)

    for result in pair.each(spoil).run("certificates", "--strict-permissions"):
        result.failed()
    result.says(f"{name} exists, but it should be owned by current user with permissions")
    for result in pair.run("certificates"):
        result.ok()


def test_own_directories_are_fine(pair):
    for _ in range(2):
        for result in pair.run("certificates", "--strict-permissions"):
            result.ok()


def test_accounts_are_looked_at(client):
    (client.tree.config / "accounts").mkdir(parents=True)
    d = client.tree.config / "accounts" / client.pebble.account_path
    d.mkdir(parents=True)
    d.chmod(0o755)
    client.register("--strict-permissions").failed().says("permissions 0700")
    client.register().ok()
