#include "base/str.h"
#include "plugins/nginx/challenge.h"
#include "vhosts/vhosts.h"

static char *site(size_t number)
{
	return str_fmt("server {\n"
		       "    listen 80;\n"
		       "    listen [::]:80;\n"
		       "    server_name site%zu.test www.site%zu.test; # and no other\n"
		       "    root /srv/site%zu;\n"
		       "    access_log /var/log/nginx/site%zu.log combined;\n\n"
		       "    location / {\n"
		       "        try_files $uri $uri/ /index.php?$args;\n"
		       "    }\n\n"
		       "    location ~ \\.php$ {\n"
		       "        fastcgi_pass unix:/run/php/site%zu.sock;\n"
		       "        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n"
		       "        include fastcgi_params;\n"
		       "    }\n"
		       "}\n",
		       number, number, number, number, number);
}

static struct err *load(void **config, const char *dir)
{
	struct config *c = NULL;

	TRY(config_load(&c, dir));
	*config = c;
	return NULL;
}

static void count_edit(void *count, const char *path, const struct buf *old, const struct buf *new)
{
	(void)path;
	(void)old;
	(void)new;
	++*(size_t *)count;
}

static struct err *edit(void *config, const char *name)
{
	const struct challenge_answer answer = { name, "token", "token.thumbprint" };
	const struct challenge_ports ports = { 80, 443 };
	size_t edited = 0;

	TRY(challenge_edit(config, &answer, 1, &ports));
	config_edits(config, count_edit, &edited);
	return edited == 1 ? NULL : err_new(ERR_INTERNAL, "%zu files were edited", edited);
}

static void release(void *config)
{
	config_free(config);
}

const struct bench_server bench_nginx = {
	.name = "nginx",
	.main_file = "nginx.conf",
	.main_text = "events { }\nhttp {\n    include sites/*;\n}\n",
	.site = site,
	.load = load,
	.edit = edit,
	.release = release,
};
