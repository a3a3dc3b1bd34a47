"""nginx and Apache with many sites: generated in the style of a hosting panel, below /etc as the plugins expect them."""
import pathlib
import shutil
import socket
import subprocess
import time

from measure import WORK

NGINX_MAIN = """user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 768; }
http {
	server_names_hash_max_size 32768;
	server_names_hash_bucket_size 128;
	access_log off;
	include /etc/nginx/sites-enabled/*;
}
"""
NGINX_SITE = """# Site %(name)s
server {
	listen 80%(default)s;

	server_name %(name)s www.%(name)s;
	root /var/www/%(name)s/public;
	index index.php index.html;

	client_max_body_size 32m;   # uploads

	location / {
		try_files $uri $uri/ /index.php?$query_string;
	}

	location ~ \\.php$ {
		fastcgi_pass unix:/run/php/%(name)s.sock;
		fastcgi_index index.php;
		fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
		fastcgi_param QUERY_STRING $query_string;
	}

	location ~* \\.(?:css|js|jpe?g|gif|png|svg|woff2?)$ {
		expires 30d;
		add_header Cache-Control "public, immutable";
	}

	# no dot files
	location ~ /\\. {
		deny all;
	}
}
"""
APACHE_SITE = """# Site %(name)s
<VirtualHost *:80>
	ServerName %(name)s
	ServerAlias www.%(name)s
	ServerAdmin webmaster@%(name)s
	DocumentRoot /var/www/html

	<Directory /var/www/html>
		Options -Indexes +FollowSymLinks
		AllowOverride All
		Require all granted
	</Directory>

	<IfModule mod_headers.c>
		Header always set X-Content-Type-Options "nosniff"
	</IfModule>

	ErrorLog ${APACHE_LOG_DIR}/error.log
	CustomLog ${APACHE_LOG_DIR}/access.log combined
</VirtualHost>
"""
MODULES = ("ssl", "rewrite", "headers", "socache_shmcb", "mime", "setenvif")


def bind(source, target):
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", source, target], check=True)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def site(number):
    return f"s{number}.bench.test"


class Server:
    """One of the two, in folders of its own that lie over the machine's."""
    name = package = text = None

    def __init__(self):
        for target in (pathlib.Path("/etc") / self.package, pathlib.Path("/var/log") / self.package):
            folder = WORK / self.package / target.parent.name
            folder.mkdir(parents=True)
            if target.parts[1] == "etc":
                self.original(folder.parent / "original", target)
            bind(folder, target)
        self.etc = pathlib.Path("/etc") / self.package

    def original(self, keep, etc):
        """What each configuration begins with."""
        raise NotImplementedError

    def generate(self, count):
        for entry in self.etc.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        shutil.copytree(WORK / self.package / "original", self.etc, symlinks=True, dirs_exist_ok=True)
        for number in range(count):
            name = f"{site(number)}.conf"
            (self.etc / "sites-available" / name).write_text(
                self.text % {"name": site(number), "default": "" if number else " default_server"})
            (self.etc / "sites-enabled" / name).symlink_to(f"../sites-available/{name}")

    def control(self, on):
        raise NotImplementedError

    def start(self):
        self.control(True)
        self.wait(True)

    def stop(self):
        self.control(False)
        self.wait(False)

    @staticmethod
    def wait(on):
        deadline = time.monotonic() + 60
        while listens(80) != on:
            if time.monotonic() > deadline:
                raise RuntimeError(f"port 80 is {'not ' if on else ''}listened on after a minute")
            time.sleep(0.02)


class Nginx(Server):
    name = package = "nginx"
    text = NGINX_SITE
    test = ["nginx", "-t"]

    def original(self, keep, etc):
        for folder in ("sites-available", "sites-enabled"):
            (keep / folder).mkdir(parents=True)
        (keep / "nginx.conf").write_text(NGINX_MAIN)

    def control(self, on):
        subprocess.run(["nginx"] if on else ["nginx", "-s", "quit"], check=on, stderr=subprocess.DEVNULL)


class Apache(Server):
    name, package = "apache", "apache2"
    text = APACHE_SITE
    test = ["apache2ctl", "-t"]

    def original(self, keep, etc):
        shutil.copytree(etc, keep, symlinks=True)
        for folder in ("sites-available", "sites-enabled"):
            for entry in (keep / folder).iterdir():
                entry.unlink()
        for module in MODULES:
            for kind in ("load", "conf"):
                link, target = keep / f"mods-enabled/{module}.{kind}", f"../mods-available/{module}.{kind}"
                if (link.parent / target).exists() and not link.is_symlink():
                    link.symlink_to(target)
        with open(keep / "apache2.conf", "a") as f:
            f.write("\nServerName localhost\n")

    def control(self, on):
        subprocess.run(["apache2ctl", "start" if on else "stop"], check=on, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
